"""Counting money: one captured payment becomes one ledger entry, once, or is kept for a person."""

from datetime import datetime
from typing import Final

import structlog

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.payments import part_payments
from subscriptions.application.payments.purchase import Fact, Purchase, Untold, payment_of
from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind
from subscriptions.domain.entities.payment import FlagReason, Payment
from subscriptions.domain.entities.subscription import Subscription, SubscriptionEvent, SubscriptionStatus
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.events import AlarmRaised, PaymentFlagged, PaymentReceived
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import PLAN_CHANGE
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import payment_policy, pricing, provider_sync

log = structlog.get_logger(__name__)

COUNTED: Final = "counted"


class RecordPayment:
    """Applies captured money, and time given without any, to a purchase inside the caller's unit of work."""

    def __init__(self, granting: GrantAccess) -> None:
        self._granting = granting

    async def record(self, uow: UnitOfWork, purchase: Purchase, fact: Fact, excess: Money | None = None) -> str:
        """Count a payment; the answer says what came of it, for the inbox. Raises Untold.

        excess: by how much it, and the parts before it, are too much; None where the event itself says it.
        """
        event, key = fact.event, fact.event.payment_key
        if key is None:
            raise Untold("a captured payment without the provider's key")
        if await uow.payments.by_key(event.provider, key) is not None:
            await self._follow(uow, purchase, fact)
            return "counted before"
        order, known = purchase.order, purchase.subscription
        if event.reason == PLAN_CHANGE and known is None:
            raise Untold("the difference of a change for a subscription that is not counted yet")
        live = await uow.subscriptions.live_for(order.customer_id, purchase.plan.id, lock=True)
        changes = await uow.subscriptions.changes_of(known.id) if known is not None else []
        earlier = [change.old_price for change in changes]
        asked = pricing.asked_by(purchase.attempt, order)
        flag = payment_policy.flag_for(
            event, order, purchase.customer, known, live, fact.snapshot, earlier, asked=asked
        )
        if flag is None and known is None and fact.asked_first and pricing.came_late(event, order, purchase.attempt):
            flag = FlagReason.ORDER_CLOSED
        payment = payment_of(purchase, event, key, fact.now)
        payment.excess = excess or payment_policy.excess_of(event)
        if flag is not None:
            return await self.set_aside(uow, payment, flag, fact)
        time = payment_policy.paid_time(event, fact.snapshot, order)
        if time is None:
            raise Untold("the provider does not tell the paid period yet")
        more = payment_policy.extends(order, live, renews=event.subscription_ref is not None)
        extended = live if known is None and more else None
        return await self._count(uow, purchase, payment, fact, time, extended)

    async def activate(self, uow: UnitOfWork, purchase: Purchase, fact: Fact) -> str:
        """A trial begins, or a period of a plan without a price: time without money, counted once."""
        order, given = purchase.order, payment_policy.free_time(fact.event, fact.snapshot, purchase.order)
        live = await uow.subscriptions.live_for(order.customer_id, purchase.plan.id)
        known = purchase.subscription
        elsewhere = live is not None and (known is None or known.id != live.id)
        if given is None or elsewhere or (known is not None and not known.live):
            await self._follow(uow, purchase, fact)
            return "nothing was paid and nothing given"
        kind, time = given
        subscription = known or _begin(purchase, fact)
        first = SubscriptionEvent.TRIAL_STARTED if kind is LedgerKind.TRIAL else SubscriptionEvent.PAID
        await self._open(uow, purchase, subscription, fact, first)
        # A subscription has one trial, whichever event tells of it; a free plan has one entry per period.
        which = "" if kind is LedgerKind.TRIAL else f":{time[0].isoformat()}"
        source = f"{fact.event.provider}:{fact.event.subscription_ref}{which}"
        await self._give(uow, purchase, subscription, fact, _entry(subscription, kind, source, time, fact.now))
        return f"given: {kind}"

    async def _follow(self, uow: UnitOfWork, purchase: Purchase, fact: Fact) -> None:
        """What is told beside money and time: a provider may call it an activation that a pause is over."""
        subscription = purchase.subscription
        if subscription is None or fact.snapshot is None:
            return
        rested = subscription.rests
        provider_sync.follow_provider(subscription, fact.snapshot, fact.now)
        await uow.subscriptions.save(subscription)
        if rested or subscription.rests:
            await self._granting.settle(uow, subscription, purchase.customer, purchase.plan, fact.now)

    async def set_aside(self, uow: UnitOfWork, payment: Payment, flag: FlagReason, fact: Fact) -> str:
        """Keep it on record without giving anything for it; what was paid twice, or for an order that was closed, goes
        back by itself where it can.
        """
        back = flag in {FlagReason.SECOND_CAPTURE, FlagReason.ORDER_CLOSED}
        payment.raise_flag(flag)
        if back and fact.returns:
            payment.give_back(fact.now)
        await _add(uow, payment)
        uow.record(
            PaymentFlagged(
                payment.id,
                payment.customer_id,
                payment.order_id,
                flag,
                returning=back and fact.returns,
                subscription_ref=(fact.event.subscription_ref or "") if back else "",
            )
        )
        log.warning("payment set aside", payment=payment.reference, reason=str(flag))
        return f"set aside: {flag}"

    async def _count(
        self,
        uow: UnitOfWork,
        purchase: Purchase,
        payment: Payment,
        fact: Fact,
        time: payment_policy.Time,
        extended: Subscription | None,
    ) -> str:
        order = purchase.order
        subscription = purchase.subscription or extended or _begin(purchase, fact)
        if extended is not None:
            subscription.provider = payment.provider
            subscription.price = pricing.full_price(purchase.attempt, order)
        await self._open(uow, purchase, subscription, fact, SubscriptionEvent.PAID)
        recovers = subscription.settle_debt(time[0], time[0] + time[1])
        await part_payments.settle(uow, order, purchase.attempt, subscription, payment)
        payment.subscription_id = subscription.id
        await _add(uow, payment)
        source = f"{payment.provider}:{payment.payment_key}"
        entry = _entry(subscription, LedgerKind.PAYMENT, source, time, fact.now, payment)
        await self._give(uow, purchase, subscription, fact, entry)
        received = PaymentReceived(
            payment.id,
            subscription.id,
            order.customer_id,
            payment.is_renewal,
            recovers,
            settles_change=fact.event.reason == PLAN_CHANGE,
        )
        uow.record(received)
        if payment.excess is not None:
            facts = (("order", order.reference), ("amount", str(payment.amount)), ("excess", str(payment.excess)))
            uow.record(AlarmRaised(f"overpaid:{payment.id}", "overpaid", facts))
        log.info("payment counted", order=order.reference, payment=payment.reference)
        return COUNTED

    async def _open(
        self, uow: UnitOfWork, purchase: Purchase, subscription: Subscription, fact: Fact, first: SubscriptionEvent
    ) -> None:
        """Close the order and store the subscription, so that money and time can refer to it."""
        order = purchase.order
        order.capture(fact.now)
        await uow.orders.save(order)
        other = await uow.orders.open_for(order.customer_id, purchase.plan.id, lock=True)
        if other is not None:
            other.cancel()
            await uow.orders.save(other)
            await part_payments.let_go(uow, [other.id])
        unpaid = subscription.status in {SubscriptionStatus.INCOMPLETE, SubscriptionStatus.TRIALING}
        if unpaid or fact.snapshot is None:
            subscription.apply(first, fact.now)
        if fact.snapshot is not None:
            provider_sync.follow_provider(subscription, fact.snapshot, fact.now)
        else:
            provider_sync.follow_payment(subscription, fact.event)
        await uow.subscriptions.save(subscription)

    async def _give(
        self, uow: UnitOfWork, purchase: Purchase, subscription: Subscription, fact: Fact, entry: LedgerEntry
    ) -> None:
        await uow.ledger.add_if_new(entry)
        await self._granting.recount(uow, subscription)
        await uow.subscriptions.save(subscription)
        if self._granting.timely(subscription, purchase.plan, fact.now):
            cause = f"{entry.kind}:{entry.source_key}"
            # The message about a first payment shows the first stage with it.
            told = entry.kind is LedgerKind.PAYMENT and not fact.event.is_renewal
            await self._granting.grant(
                uow, subscription, purchase.customer, purchase.plan, fact.now, cause=cause, told=told
            )
        elif not provider_sync.still_running(fact.snapshot, fact.now):
            await self._granting.too_late(uow, subscription, purchase.order)


async def _add(uow: UnitOfWork, payment: Payment) -> None:
    if not await uow.payments.add_if_new(payment):
        raise RetryLater("this payment is being counted for another order")


def _begin(purchase: Purchase, fact: Fact) -> Subscription:
    price = pricing.full_price(purchase.attempt, purchase.order)
    return Subscription.begin(purchase.order, fact.event.provider, fact.event.subscription_ref, fact.now, price)


def _entry(
    subscription: Subscription,
    kind: LedgerKind,
    source_key: str,
    time: payment_policy.Time,
    now: datetime,
    payment: Payment | None = None,
) -> LedgerEntry:
    return LedgerEntry(
        subscription_id=subscription.id,
        kind=kind,
        source_key=source_key,
        starts_at=time[0],
        length=time[1],
        payment_id=payment.id if payment is not None else None,
        created_at=now,
    )
