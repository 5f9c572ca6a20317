"""What one kind of payment event does to a purchase."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.payments import part_payments
from subscriptions.application.payments.issue_receipts import IssueReceipts
from subscriptions.application.payments.money_back import MoneyBack
from subscriptions.application.payments.purchase import REVERSALS, Fact, Purchase, Untold, begun_at
from subscriptions.application.payments.record_payment import COUNTED, RecordPayment
from subscriptions.application.payments.take_part import PART_KEPT, TakePart
from subscriptions.application.subscriptions.follow_plan import FollowPlan
from subscriptions.application.subscriptions.follow_provider import outlast
from subscriptions.domain.entities.order import AttemptStatus, CheckoutAttempt, Order, OrderStatus
from subscriptions.domain.events import CheckoutFailed
from subscriptions.domain.ports.payment_facts import UNDERPAID
from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import provider_sync

CHECKOUT_CLOSED: Final = "checkout closed"
_LATER: Final = frozenset(
    {
        PaymentEventKind.SUBSCRIPTION_UPDATED,
        PaymentEventKind.SUBSCRIPTION_CANCELED,
        PaymentEventKind.SUBSCRIPTION_PAUSED,
    }
)


class ApplyEvent:
    """Applies one fact to a locked purchase; the caller commits."""

    def __init__(
        self,
        recording: RecordPayment,
        money_back: MoneyBack,
        granting: GrantAccess,
        plans: FollowPlan,
        receipts: IssueReceipts,
    ) -> None:
        self._recording = recording
        self._parts = TakePart(recording)
        self._money_back = money_back
        self._granting = granting
        self._plans = plans
        self._receipts = receipts

    async def __call__(self, uow: UnitOfWork, purchase: Purchase, fact: Fact) -> str:
        """What came of it, for the inbox. Raises Untold before anything is written."""
        note = await self._apply(uow, purchase, fact)
        if note == PART_KEPT:
            # No sale yet: its receipt comes with the rest.
            return note
        if note == COUNTED:
            # Also where a part made up the price.
            fact = replace(fact, event=replace(fact.event, kind=PaymentEventKind.PAYMENT_COMPLETED))
        await self._receipts(uow, purchase, fact)
        return note

    async def _apply(self, uow: UnitOfWork, purchase: Purchase, fact: Fact) -> str:
        event = fact.event
        if fact.unknown and event.kind not in REVERSALS:
            # Signed, and about a subscription that our own key cannot see: of another account, or not genuine.
            raise Untold(f"the provider does not know subscription {event.subscription_ref}")
        if _awaits_beginning(purchase, event):
            raise Untold("what began at this checkout is not counted yet")
        purchase = await self._with_plan(uow, purchase, fact)
        if event.kind is PaymentEventKind.PAYMENT_COMPLETED and _speaks_of_money(event):
            lacking = await self._parts.lacks(uow, purchase, event)
            note = await (self._parts if lacking else self._recording.record)(uow, purchase, fact)
            await _remember_beginning(uow, purchase, event)
            return note
        if event.kind in {PaymentEventKind.PAYMENT_COMPLETED, PaymentEventKind.SUBSCRIPTION_ACTIVATED}:
            return await self._recording.activate(uow, purchase, fact)
        if event.kind is PaymentEventKind.CHECKOUT_EXPIRED:
            await _close_attempt(uow, purchase.order, event)
            return CHECKOUT_CLOSED
        if event.kind in REVERSALS:
            return await self._money_back(uow, purchase, fact)
        if event.kind is PaymentEventKind.PAYMENT_FAILED:
            return await self._failed(uow, purchase, fact)
        return await self._follow(uow, purchase, fact)

    async def _failed(self, uow: UnitOfWork, purchase: Purchase, fact: Fact) -> str:
        if fact.event.reason == UNDERPAID and purchase.subscription is None:
            return await self._parts(uow, purchase, fact)
        if purchase.subscription is not None:
            if fact.event.reason == UNDERPAID:
                await self._parts.of_renewal(uow, purchase, fact)
            return await self._follow(uow, purchase, fact)
        if fact.event.final:
            await _give_up_checkout(uow, purchase.order, fact.event)
            return CHECKOUT_CLOSED
        return await self._follow(uow, purchase, fact)

    async def _with_plan(self, uow: UnitOfWork, purchase: Purchase, fact: Fact) -> Purchase:
        """The purchase with the plan the provider charges for by now: what an event means depends on it."""
        subscription = purchase.subscription
        if subscription is None:
            return purchase
        if fact.snapshot is not None:
            await self._plans(uow, subscription, fact.snapshot, fact.now)
            await uow.subscriptions.save(subscription)
        plan = await uow.plans.get(subscription.plan_id)
        return purchase if plan is None else replace(purchase, plan=plan)

    async def _follow(self, uow: UnitOfWork, purchase: Purchase, fact: Fact) -> str:
        subscription = purchase.subscription
        if subscription is None:
            return "nothing to follow yet"
        rested = subscription.rests
        if fact.snapshot is not None:
            provider_sync.follow_provider(subscription, fact.snapshot, fact.now, final=fact.event.final)
            await outlast(uow, subscription, fact.snapshot, fact.now)
        else:
            provider_sync.follow_event(subscription, fact.event, fact.now)
        await uow.subscriptions.save(subscription)
        if rested or subscription.rests:
            await self._granting.settle(uow, subscription, purchase.customer, purchase.plan, fact.now)
        return f"subscription is {subscription.status}"


def _speaks_of_money(event: PaymentEvent) -> bool:
    """Some providers say "completed" when a subscription starts and tell of the money apart."""
    return event.payment_key is not None or event.amount is not None


def _awaits_beginning(purchase: Purchase, event: PaymentEvent) -> bool:
    """Whether an event continues what nobody has told the beginning of, naming it by its checkout alone."""
    continues = event.is_renewal or event.kind in _LATER
    unnamed = event.subscription_ref is None and event.checkout_ref is not None
    begun = purchase.subscription is not None or begun_at(purchase.attempt, event) is not None
    return continues and unnamed and purchase.order.recurring and not begun


async def _remember_beginning(uow: UnitOfWork, purchase: Purchase, event: PaymentEvent) -> None:
    """Also where the money was set aside: what then comes of it belongs to it, and to nothing else."""
    attempt = purchase.attempt
    if attempt is None or event.subscription_ref is None or attempt.session_ref != event.checkout_ref:
        return
    if attempt.session_ref is not None and attempt.subscription_ref is None:
        attempt.subscription_ref = event.subscription_ref
        await uow.orders.save_attempt(attempt)


async def _give_up_checkout(uow: UnitOfWork, order: Order, event: PaymentEvent) -> None:
    """Who may still be waiting for their bank hears that nothing came; not who pays another way by now."""
    attempts = await _close_attempt(uow, order, event)
    failed = next((attempt for attempt in attempts if _is_of(attempt, event)), None)
    pending = any(attempt.status is not AttemptStatus.CLOSED for attempt in attempts)
    if failed is not None and not pending and order.status is not OrderStatus.PAID:
        uow.record(CheckoutFailed(order.id, order.customer_id, failed.number))


async def _close_attempt(uow: UnitOfWork, order: Order, event: PaymentEvent) -> Sequence[CheckoutAttempt]:
    """All attempts of the order, as they are now."""
    attempts = await uow.orders.attempts(order.id)
    for attempt in attempts:
        if _is_of(attempt, event):
            attempt.close()
            await uow.orders.save_attempt(attempt)
    over = order.status is OrderStatus.OPEN and all(attempt.status is AttemptStatus.CLOSED for attempt in attempts)
    # Where a part was paid, there is time for the rest whatever becomes of a page.
    if over and not await part_payments.waiting(uow, order.id):
        order.expire()
        await uow.orders.save(order)
    return attempts


def _is_of(attempt: CheckoutAttempt, event: PaymentEvent) -> bool:
    return attempt.provider == event.provider and attempt.session_ref == event.checkout_ref
