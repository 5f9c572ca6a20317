"""Check at the provider whether an earlier checkout can still be used."""

from collections.abc import Container
from dataclasses import dataclass
from enum import Enum, auto

import structlog

from subscriptions.domain.entities.order import AttemptStatus, CheckoutAttempt
from subscriptions.domain.events import PagesExpired
from subscriptions.domain.ids import OrderId
from subscriptions.domain.ports.payment_gateway import (
    CheckoutState,
    FetchesCheckouts,
    GatewayError,
    GatewayRegistry,
)
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)


class Page(Enum):
    """State of a checkout.

    open: the checkout can be used, or its state is not known
    gone: a new checkout is needed
    paid: nothing is left to pay
    """

    OPEN = auto()
    GONE = auto()
    PAID = auto()


@dataclass(frozen=True)
class CheckPage:
    """Use case that fetches a checkout from its provider. A checkout that can't be used is closed in the
    database too.
    """

    units: UnitOfWorkFactory
    gateways: GatewayRegistry

    async def __call__(self, attempt: CheckoutAttempt) -> Page:
        """Return the state of the checkout. If the provider can't be polled or does not respond, the checkout counts as
        open.
        """
        gateway = self.gateways.get(attempt.provider)
        if attempt.session_ref is None or not isinstance(gateway, FetchesCheckouts):
            return Page.OPEN
        try:
            state = await gateway.fetch_checkout(attempt.session_ref)
        except GatewayError as error:
            log.warning("page not asked about", provider=attempt.provider, reason=str(error))
            return Page.OPEN
        if state is not None and (state.paid or state.pending):
            return Page.PAID
        if not is_gone(state) and not (state is not None and state.unsure):
            return Page.OPEN
        async with self.units() as uow:
            await close_pages(uow, attempt.order_id, {attempt.number})
            await uow.commit()
        return Page.GONE


def is_gone(state: CheckoutState | None) -> bool:
    """Return True if the checkout can no longer be paid, according to the provider. `state`: None if the provider does
    not know the checkout.
    """
    return state is None or (state.expired and not state.paid and state.event is None)


async def close_pages(uow: UnitOfWork, order_id: OrderId, numbers: Container[int]) -> None:
    """Close the order's open checkouts with these numbers. Late payments still count."""
    await uow.orders.get(order_id, lock=True)
    fresh = await uow.orders.attempts(order_id)
    checkout_attempts = [item for item in fresh if item.number in numbers and item.status is AttemptStatus.OPEN]
    for attempt in checkout_attempts:
        attempt.close()
        await uow.orders.save_attempt(attempt)
    if checkout_attempts:
        uow.record(PagesExpired(order_id))
