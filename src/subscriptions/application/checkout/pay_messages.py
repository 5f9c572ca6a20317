"""Messages that link to a checkout, recorded so that they can be updated after the payment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from subscriptions.application.checkout.start_checkout import CheckoutView
from subscriptions.application.people.customers import known_customer
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.order import AttemptStatus, CheckoutAttempt, Order, OrderStatus
from subscriptions.domain.ids import NO_MESSAGE, OrderId, PaymentId, TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import pricing

RECENT: Final = timedelta(days=2)
"""Maximum age of messages that may link to an open checkout: no checkout stays open longer."""


@dataclass(frozen=True, kw_only=True)
class PayMessages:
    """Chat messages to update after a payment.

    message_ids: ids of messages that are only about this payment
    cards: ids of status cards, which also show other information
    is_paid: True if the order is paid; False if the payment does not match the order
    """

    customer: Customer
    message_ids: tuple[int, ...]
    cards: tuple[int, ...]
    reference: str
    is_paid: bool


@dataclass(frozen=True)
class RememberPayMessage:
    """Use case that records which chat message links to a checkout."""

    units: UnitOfWorkFactory

    async def __call__(self, telegram_id: TelegramId, checkout: CheckoutView, message_id: int) -> int | None:
        """Record that the message links to the checkout, instead of any other checkout that it linked to before.

        Return the id of an earlier message that linked to this checkout, which is then forgotten. Return None if there
        is none. In the Mini App there is no chat message, and nothing is recorded.
        """
        if message_id <= NO_MESSAGE:
            return None
        previous_id: int | None = None
        async with self.units() as uow:
            for attempt in await _open_attempts(uow, telegram_id):
                is_shown = (attempt.order_id, attempt.number) == (checkout.order_id, checkout.attempt)
                if is_shown or attempt.message_id == message_id:
                    previous_id = attempt.message_id if is_shown else previous_id
                    attempt.message_id = message_id if is_shown else None
                    await uow.orders.save_attempt(attempt)
            await uow.commit()
        return previous_id if previous_id != message_id else None

    async def nothing(self, telegram_id: TelegramId, message_id: int) -> None:
        """Record that the message no longer links to a checkout, so that it is not replaced when a checkout is paid or
        expires. In the Mini App there is no chat message, and nothing is recorded.
        """
        if message_id <= NO_MESSAGE:
            return
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id)
            # Expired orders too: their messages are replaced with those of the next order of the plan.
            await uow.orders.forget_message(customer.id, message_id)
            await uow.commit()

    async def card(self, telegram_id: TelegramId, message_id: int) -> None:
        """Record a message as a status card, which links to the checkouts of all open orders."""
        if message_id <= NO_MESSAGE:
            return
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id)
            for order in await uow.orders.open_of(customer.id):
                await uow.orders.add_card(order.id, message_id)
            await uow.commit()


@dataclass(frozen=True)
class FindPayMessages:
    """Use case that finds the messages that link to a paid checkout."""

    units: UnitOfWorkFactory

    async def __call__(self, payment_id: PaymentId) -> PayMessages | None:
        """Return the messages to update after this payment. Return None if there are none."""
        async with self.units() as uow:
            payment = await uow.payments.get(payment_id)
            order = await uow.orders.get(payment.order_id) if payment is not None else None
            customer = await uow.customers.get(order.customer_id) if order is not None else None
            if payment is None or payment.is_renewal or order is None or customer is None:
                return None
            shown_ids, cards = set[int](), set[int]()
            # Expired orders of the same plan may have had open checkouts until now.
            for each in await _sibling_orders(uow, order):
                attempts = await uow.orders.attempts(each.id)
                shown_ids |= {attempt.message_id for attempt in attempts if attempt.message_id is not None}
                cards |= set(await uow.orders.cards(each.id))
        if not shown_ids and not cards:
            return None
        return PayMessages(
            customer=customer,
            message_ids=tuple(sorted(shown_ids)),
            cards=tuple(sorted(cards - shown_ids)),
            reference=order.reference,
            is_paid=order.status is OrderStatus.PAID,
        )


@dataclass(frozen=True, kw_only=True)
class LapsedPurchase:
    """Purchase whose checkouts expired unpaid.

    provider: provider of the last checkout
    price: amount of the last checkout
    message_ids: ids of messages that are only about this purchase
    cards: ids of status cards, which also show other information
    is_asked: True if the messages are about the order; False if they are the plan's card
    for_another: True for a gift
    """

    order_id: OrderId
    customer: Customer
    soft_id: str
    plan_name: str
    provider: str
    price: Money
    reference: str
    expires_at: datetime
    message_ids: tuple[int, ...] = ()
    cards: tuple[int, ...] = ()
    is_asked: bool = True
    for_another: bool = False
    url: None = None


@dataclass(frozen=True)
class FindLapsed:
    """Use case that finds expired purchases, for customers who return and for messages that still link to expired
    checkouts.
    """

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(self, order_id: OrderId) -> LapsedPurchase | None:
        """Return the expired purchase. Return None if no message links to an expired checkout, or if a new checkout is
        being opened.
        """
        now = self.clock.now()
        async with self.units() as uow:
            order = await uow.orders.get(order_id)
            if order is None or order.status is OrderStatus.PAID:
                return None
            live, dead = set[int | None](), set[int | None]()
            for each in await _sibling_orders(uow, order):
                for attempt in await uow.orders.attempts(each.id):
                    if attempt.status is AttemptStatus.CREATING and now < attempt.expires_at:
                        return None
                    (live if attempt.usable(now) else dead).add(attempt.message_id)
            dead_messages = [message for message in dead - live if message is not None]
            cards = await uow.orders.cards(order.id)
            lapsed_purchase = await self._lapsed_purchase(uow, order)
        if lapsed_purchase is None or not (dead_messages or cards):
            return None
        return replace(
            lapsed_purchase,
            message_ids=tuple(sorted(dead_messages)),
            cards=tuple(sorted(set(cards) - set(dead_messages))),
        )

    async def find_last(
        self, telegram_id: TelegramId, soft_id: str, *, for_another: bool = False
    ) -> LapsedPurchase | None:
        """Return the customer's most recent purchase of a plan if it expired unpaid; None otherwise. `for_another`:
        True for a gift.
        """
        async with self.units() as uow:
            customer, plan = await known_customer(uow, telegram_id), await uow.plans.by_soft_id(soft_id)
            if plan is None:
                return None
            recent = await uow.orders.list_since(
                customer.id, plan.id, self.clock.now() - RECENT, for_another=for_another
            )
            is_lapsed = recent and recent[-1].status is OrderStatus.EXPIRED
            return await self._lapsed_purchase(uow, recent[-1]) if is_lapsed else None

    async def _lapsed_purchase(self, uow: UnitOfWork, order: Order) -> LapsedPurchase | None:
        customer, plan = await uow.customers.get(order.customer_id), await uow.plans.get(order.plan_id)
        attempts = [item for item in await uow.orders.attempts(order.id) if item.session_ref is not None]
        if customer is None or plan is None or not attempts:
            return None
        return LapsedPurchase(
            order_id=order.id,
            customer=customer,
            soft_id=plan.soft_id,
            plan_name=plan.name,
            provider=attempts[-1].provider,
            price=pricing.asked_by(attempts[-1], order),
            reference=order.reference,
            expires_at=attempts[-1].expires_at,
            is_asked=order.asked,
            for_another=order.for_another,
        )


async def _sibling_orders(uow: UnitOfWork, order: Order) -> Sequence[Order]:
    """Return the order and the recent unpaid orders of the same plan and kind, because their checkouts may have been
    open as well.

    Paid orders, such as an earlier gift, are left out: their messages continue to report the payment.
    """
    moment = order.created_at - RECENT
    orders = await uow.orders.list_since(order.customer_id, order.plan_id, moment, for_another=order.for_another)
    return [each for each in orders if each.id == order.id or each.status is not OrderStatus.PAID]


async def _open_attempts(uow: UnitOfWork, telegram_id: TelegramId) -> list[CheckoutAttempt]:
    """Lock the customer's open orders, and return all their checkouts."""
    customer = await known_customer(uow, telegram_id)
    checkout_attempts: list[CheckoutAttempt] = []
    for order in await uow.orders.open_of(customer.id, lock=True):
        checkout_attempts += await uow.orders.attempts(order.id)
    return checkout_attempts
