"""A page that was opened before, and is asked for again: is it still one to pay at?"""

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
    """open: as far as is known · gone: a new one is needed · paid: there is nothing more to be paid there."""

    OPEN = auto()
    GONE = auto()
    PAID = auto()


@dataclass(frozen=True)
class CheckPage:
    """Asks the provider; a page at which nobody can pay any more is closed with us too."""

    units: UnitOfWorkFactory
    gateways: GatewayRegistry

    async def __call__(self, attempt: CheckoutAttempt) -> Page:
        """A provider that cannot be asked, or does not answer, changes nothing."""
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
    """Whether the provider says that nobody can pay there any more. None: it knows no such page."""
    return state is None or (state.expired and not state.paid and state.event is None)


async def close_pages(uow: UnitOfWork, order_id: OrderId, numbers: Container[int]) -> None:
    """Those attempts of an order. Money that comes there all the same is counted as ever."""
    await uow.orders.get(order_id, lock=True)
    fresh = await uow.orders.attempts(order_id)
    checkout_attempts = [item for item in fresh if item.number in numbers and item.status is AttemptStatus.OPEN]
    for attempt in checkout_attempts:
        attempt.close()
        await uow.orders.save_attempt(attempt)
    if checkout_attempts:
        uow.record(PagesExpired(order_id))
