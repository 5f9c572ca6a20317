"""Storage of refunds and of the access time that they revoke, and queries about the purchase that a
payment belongs to.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from subscriptions.application.access.begin_waiting_time import BeginWaitingTime
from subscriptions.application.access.brought_days import brought_days
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.alarms import payment_causes
from subscriptions.application.alarms.alarm_kind import AlarmLink, ByCheck, OfPurchase
from subscriptions.application.dto import jobs
from subscriptions.application.subscriptions.money_left import answer_request, left_of
from subscriptions.application.subscriptions.sync_from_provider import sync_subscription
from subscriptions.domain.entities.payment import Payment, PaymentStatus
from subscriptions.domain.entities.reversal import Dispute, DisputeStatus, Refund, RefundStatus
from subscriptions.domain.entities.subscription import DISPUTE, PROVIDER, Subscription
from subscriptions.domain.events import BroughtPaymentReversed, HandoverRevoked, PaymentBalanceChanged, PaymentRefunded
from subscriptions.domain.ids import PaymentId, SubscriptionId, TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.former_accounts import FORMER_ACCOUNTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.ports.writing.payments import PAYMENTS, REVERSALS
from subscriptions.domain.services import reversal_decisions
from subscriptions.domain.services.payment_outcomes import Extent, RefundFailed, RefundOutcome, TimeTaken
from subscriptions.domain.services.purchase import Fact, Purchase

log = structlog.get_logger(__name__)


class RefundCurrency(OfPurchase):
    """Alarm: a refund is in another currency than its payment."""

    name = "refund_currency"
    closes = ByCheck(payment_causes.nothing_to_weigh)
    amount: Money
    paid: Money


class RefundReversed(OfPurchase):
    """Alarm: a refund was reversed after it was recorded, for example because it failed at the provider."""

    name = "refund_reversed"
    closes = ByCheck(payment_causes.given_again)
    link = AlarmLink.REFUND
    amount: Money


class LossReduced(OfPurchase):
    """Alarm: a lost dispute cost less than was recorded, according to the refund by which the provider executed the
    dispute. Access may have ended because of the higher recorded amount.
    """

    name = "loss_reduced"
    closes = ByCheck(payment_causes.made_up_for)
    link = AlarmLink.GRANT
    amount: Money
    paid: Money


class DifferenceLeft(OfPurchase):
    """Alarm: a period went back whose plan the customer had changed by paying a difference, and the difference was
    kept. `amount`: what is left of the difference.
    """

    name = "difference_left"
    closes = ByCheck(payment_causes.difference_back)
    link = AlarmLink.REFUND
    amount: Money


@dataclass(frozen=True)
class Refunds:
    """Service that stores refunds for a locked purchase, and revokes the access time that they end.
    The caller commits.
    """

    grant_access: GrantAccess

    async def __call__(
        self, uow: UnitOfWork, purchase: Purchase, fact: Fact, outcome: RefundOutcome | RefundFailed
    ) -> None:
        """Store the refund, and revoke access time if the refund ends it. Idempotent."""
        payment = outcome.reversal.payment
        known_refund = outcome.reversal.refund
        refund = known_refund or await record_refund(uow, outcome, fact)
        uow.record(PaymentBalanceChanged(payment.id, purchase.customer.brought_by))
        if isinstance(outcome, RefundFailed):
            await _reverse(uow, purchase, refund, fact.now)
            return
        if known_refund is None:
            # A provider reports a refund several times, and it is also found by reconciliation.
            uow.record(PaymentRefunded(refund.id, purchase.customer.id))
            await _check_disputes(uow, refund, fact.now)
        if outcome.extent is Extent.OTHER_CURRENCY:
            _for_a_person(uow, purchase, payment, refund, fact.now)
        elif outcome.extent is not Extent.IN_PART:
            payment.status = PaymentStatus.REFUNDED
            await uow.write(PAYMENTS).save(payment)
        if outcome.time is not None:
            await self.take_back(uow, purchase, fact, outcome.time)
        elif purchase.order.for_another and outcome.extent is Extent.IN_FULL:
            await reverse_brought_days(uow, purchase, payment.id)

    async def take_back(self, uow: UnitOfWork, purchase: Purchase, fact: Fact, time: TimeTaken) -> None:
        """Revoke the access time that the refunded or disputed payment bought."""
        subscription = time.subscription
        loses_time = subscription.live and time.loses_time
        for entry in time.entries:
            await self.grant_access.enter(uow, subscription, entry)
        if time.moved_on and fact.snapshot is not None:
            await sync_subscription(uow, self.grant_access, subscription, fact.snapshot, fact.now)
        elif time.ends:
            subscription.end(time.reason, fact.now)
            await BeginWaitingTime(self.grant_access)(uow, subscription, fact.now)
        if time.resumes:
            # The subscription resumes, but not because a dispute was won.
            subscription.resume(DISPUTE, fact.now, shown_reason=PROVIDER)
        if purchase.holder is not None and loses_time:
            # A recipient who has already used all of the gift's time is not notified.
            uow.record(HandoverRevoked(subscription.id, purchase.holder.id, purchase.order.id))
        if time.stops_billing:
            subscription.stop_billing(fact.now)
        for payment_id in {each.payment_id for each in time.entries if each.payment_id is not None}:
            await self._report_differences(uow, purchase, subscription, payment_id, fact.now)
        await self.settle(uow, purchase, subscription, fact.now)
        goes_on = time.moved_on and subscription.renews
        for payment_id in {each.payment_id for each in time.entries if each.payment_id is not None}:
            await reverse_brought_days(uow, purchase, payment_id, "" if goes_on else time.reason)
        reference = purchase.order.reference
        log.info("time taken back", order=reference, payment=reference, reason=time.reason)

    async def _report_differences(
        self, uow: UnitOfWork, purchase: Purchase, subscription: Subscription, payment_id: PaymentId, now: datetime
    ) -> None:
        """Offer staff to refund what is left of the price differences that a customer paid to have the period of the
        reversed payment on another plan. They bought no time of their own.
        """
        for payment, left in await differences_left(uow, subscription.id, [payment_id]):
            alarm = DifferenceLeft(order=purchase.order.reference, customer=payment.customer_id, amount=left)
            uow.record(alarm.raise_event(f"{alarm.name}:{payment.id}", now))

    async def settle(self, uow: UnitOfWork, purchase: Purchase, subscription: Subscription, now: datetime) -> None:
        """Save the subscription, and update the customer's access to match it."""
        await uow.subscriptions.save(subscription)
        holder = purchase.holder or purchase.customer
        await self.grant_access.settle(uow, subscription, holder, purchase.plan, now)


async def _check_disputes(uow: UnitOfWork, refund: Refund, now: datetime) -> None:
    """Request a check of open disputes: what a refund leaves may all be disputed, which suspends access."""
    for dispute in await uow.reversals.disputes_of([refund.payment_id]):
        if dispute.status is DisputeStatus.OPEN:
            look = jobs.WatchDispute(provider=dispute.provider, dispute_key=dispute.dispute_key)
            await uow.enqueue(look.delayed_job(now, f"{dispute.id}:{refund.id}"))


async def differences_left(
    uow: UnitOfWork, subscription_id: SubscriptionId, periods: Collection[PaymentId]
) -> Sequence[tuple[Payment, Money]]:
    """Return the price differences that were paid to have these periods on another plan, with what is left of each.
    `periods`: payments of the periods
    """
    entries, found = await uow.ledger.of_subscription(subscription_id), list[tuple[Payment, Money]]()
    for each in sorted({entry.payment_id for entry in entries if entry.payment_id is not None}):
        payment = await uow.payments.get(each)
        if payment is None or reversal_decisions.changed_period(payment, entries) not in periods:
            continue
        left = await left_of(uow, payment)
        if left.minor:
            found.append((payment, left))
    return found


async def stop_billing(uow: UnitOfWork, subscription: Subscription, now: datetime) -> None:
    """Stop the charges of a locked subscription at its provider."""
    subscription.stop_billing(now)
    await uow.subscriptions.save(subscription)


async def reverse_brought_days(uow: UnitOfWork, purchase: Purchase, payment_id: PaymentId, reason: str = "") -> None:
    """Request the revocation of the referral days granted for a refunded payment. The job that revokes them checks
    whether days were granted, under the lock that is taken when granting them.
    """
    if await brought_days(uow, purchase.customer, payment_id):
        uow.record(BroughtPaymentReversed(payment_id, reason))


async def gave_no_time(uow: UnitOfWork, payment: Payment) -> bool:
    """Return True if a counted payment was only the price difference of a plan change. A refund of such a payment ends
    no access.
    """
    if payment.subscription_id is None:
        return False
    return reversal_decisions.was_difference(payment, await uow.ledger.of_subscription(payment.subscription_id))


async def paid_together(uow: UnitOfWork, payment: Payment) -> Sequence[Payment]:
    """Return the payments that together paid an order, or only the given payment if it covered the price alone."""
    if not payment.part or payment.subscription_id is None:
        return [payment]
    of_order = await uow.payments.of_order(payment.order_id)
    return [item for item in of_order if item.part and item.subscription_id == payment.subscription_id]


async def record_refund(uow: UnitOfWork, outcome: RefundOutcome | RefundFailed, fact: Fact) -> Refund:
    """Record a refund. If the provider reports a lost dispute as this refund, also correct the dispute."""
    event, reversal = fact.event, outcome.reversal
    amount = reversal_decisions.amount_of(event, reversal)
    key = event.payment_key or event.event_key
    dispute = outcome.repeated_dispute if isinstance(outcome, RefundOutcome) else None
    refund = Refund.give(
        event.provider,
        key,
        reversal.payment.id,
        amount,
        occurred_at=event.occurred_at,
        now=fact.now,
        repeats_dispute=dispute is not None,
    )
    # The trigger `refund_followed` of revision 207 looks for a request only if the refund answers none.
    await answer_request(uow, refund)
    await uow.write(REVERSALS).add_refund_if_new(refund)
    if dispute is not None:
        await _correct(uow, outcome, dispute, amount, fact)
    return refund


async def _correct(
    uow: UnitOfWork, outcome: RefundOutcome | RefundFailed, known_dispute: Dispute, amount: Money, fact: Fact
) -> None:
    """Correct the amount of a lost dispute to match the provider's refund. `amount`: amount of the refund."""
    reversal = outcome.reversal
    payment, corrected = reversal.payment, reversal_decisions.corrected_amount(known_dispute, amount, reversal)
    if corrected == known_dispute.amount:
        return
    await uow.write(REVERSALS).save_dispute(replace(known_dispute, amount=corrected))
    alarm = LossReduced(order=payment.reference, customer=payment.customer_id, amount=amount, paid=payment.amount)
    uow.record(alarm.raise_event(f"{alarm.name}:{payment.id}", fact.now))


def _for_a_person(uow: UnitOfWork, purchase: Purchase, payment: Payment, refund: Refund, now: datetime) -> None:
    order = purchase.order
    alarm = RefundCurrency(order=order.reference, customer=order.customer_id, amount=refund.amount, paid=payment.amount)
    uow.record(alarm.raise_event(f"refund_currency:{refund.id}", now))


async def _reverse(uow: UnitOfWork, purchase: Purchase, refund: Refund, now: datetime) -> None:
    if refund.status is RefundStatus.GIVEN:
        refund.status = RefundStatus.REVERSED
        await uow.write(REVERSALS).save_refund(refund)
        order = purchase.order
        alarm = RefundReversed(order=order.reference, customer=order.customer_id, amount=refund.amount)
        uow.record(alarm.raise_event(f"refund_reversed:{refund.id}", now))


async def payer_of(uow: UnitOfWork, payment: Payment) -> TelegramId | None:
    """Return the Telegram account that paid, even if the purchases were transferred to another account later; None if
    the payer is unknown. The provider continues to charge the account that began the subscription.
    """
    payer = await uow.customers.get(payment.customer_id)
    if payer is None:
        return None
    subscription_id = payment.subscription_id if payment.is_renewal else None
    subscription = await uow.subscriptions.get(subscription_id) if subscription_id is not None else None
    start = subscription.created_at if subscription is not None else payment.occurred_at
    return await uow.of(FORMER_ACCOUNTS_KEY).account_at(payer.id, start) or payer.telegram_id
