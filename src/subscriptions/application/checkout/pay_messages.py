"""The messages that lead to a payment: once it arrived, nobody is to pay by them again."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from subscriptions.application.checkout.start_checkout import CheckoutView
from subscriptions.application.people.customers import known_customer
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.order import CheckoutAttempt, OrderStatus
from subscriptions.domain.ids import PaymentId, TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

RECENT: Final = timedelta(days=2)
"""How long before the order that was paid a message may have led to another page: none stays open longer."""


@dataclass(frozen=True, kw_only=True)
class PayMessages:
    """What to change, and in whose chat. message_ids: messages about this payment alone. cards: status cards, which
    show other things too. counted: the order is paid; else what arrived is not what it asked for.
    """

    customer: Customer
    message_ids: tuple[int, ...]
    cards: tuple[int, ...]
    reference: str
    counted: bool


class RememberPayMessage:
    """Notes which message shows the place to pay."""

    def __init__(self, units: UnitOfWorkFactory) -> None:
        self._units = units

    async def __call__(self, telegram_id: TelegramId, checkout: CheckoutView, message_id: int) -> None:
        """A message shows one place to pay at a time: what it showed before is forgotten."""
        async with self._units() as uow:
            for attempt in await _open_attempts(uow, telegram_id):
                shown = (attempt.order_id, attempt.number) == (checkout.order_id, checkout.attempt)
                if shown or attempt.message_id == message_id:
                    attempt.message_id = message_id if shown else None
                    await uow.orders.save_attempt(attempt)
            await uow.commit()

    async def card(self, telegram_id: TelegramId, message_id: int) -> None:
        """Notes a status card that offers the places to pay of all open orders."""
        async with self._units() as uow:
            customer = await known_customer(uow, telegram_id)
            for order in await uow.orders.open_of(customer.id):
                await uow.orders.add_card(order.id, message_id)
            await uow.commit()


class FindPayMessages:
    """The messages that led to what a payment has paid."""

    def __init__(self, units: UnitOfWorkFactory) -> None:
        self._units = units

    async def __call__(self, payment_id: PaymentId) -> PayMessages | None:
        """None where there is nothing to change."""
        async with self._units() as uow:
            payment = await uow.payments.get(payment_id)
            order = await uow.orders.get(payment.order_id) if payment is not None else None
            customer = await uow.customers.get(order.customer_id) if order is not None else None
            if payment is None or payment.is_renewal or order is None or customer is None:
                return None
            shown, cards = set[int](), set[int]()
            # Other orders for the plan, given up since, may have pages that were open until now.
            for each in await uow.orders.since(order.customer_id, order.plan_id, order.created_at - RECENT):
                attempts = await uow.orders.attempts(each.id)
                shown |= {attempt.message_id for attempt in attempts if attempt.message_id is not None}
                cards |= set(await uow.orders.cards(each.id))
        if not shown and not cards:
            return None
        return PayMessages(
            customer=customer,
            message_ids=tuple(sorted(shown)),
            cards=tuple(sorted(cards - shown)),
            reference=order.reference,
            counted=order.status is OrderStatus.PAID,
        )


async def _open_attempts(uow: UnitOfWork, telegram_id: TelegramId) -> list[CheckoutAttempt]:
    """All attempts of a person's open orders, their rows held by their orders."""
    customer = await known_customer(uow, telegram_id)
    found: list[CheckoutAttempt] = []
    for order in await uow.orders.open_of(customer.id, lock=True):
        found += await uow.orders.attempts(order.id)
    return found
