"""Refunds and disputes: money that goes back takes the time it had bought with it, and nothing else."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from subscriptions.domain.entities.ledger import CUTS, LedgerEntry, LedgerKind, access_until, was_past
from subscriptions.domain.entities.payment import Payment, PaymentStatus
from subscriptions.domain.entities.reversal import FINAL_STATES, Dispute, DisputeStatus, Refund, RefundStatus
from subscriptions.domain.entities.service_plan import DisputePolicy, RefundPolicy
from subscriptions.domain.entities.subscription import DISPUTE, DISPUTE_LOST, PROVIDER, REFUNDED, Subscription
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import INQUIRY, PaymentEvent, PaymentEventKind
from subscriptions.domain.services import access_policy, provider_sync
from subscriptions.domain.services import payment_outcomes as outcomes
from subscriptions.domain.services.payment_outcomes import (
    DisputeSettled,
    Extent,
    RefundOutcome,
    TimeRestored,
    TimeTaken,
)
from subscriptions.domain.services.purchase import Fact, Purchase, Reversal

_ENDINGS: Final = {"won": DisputeStatus.WON, "lost": DisputeStatus.LOST}


def decide(purchase: Purchase, fact: Fact) -> outcomes.Outcome:
    """What comes of an event about money that went back, or may."""
    reversal = purchase.reversal
    if reversal is None:
        alarm = "unknown_subscription" if fact.unknown else "payment_event_stuck"
        return outcomes.Untold("money went back for a payment that is not counted yet", alarm)
    if fact.event.kind is PaymentEventKind.REFUND:
        return _refund(purchase, fact, reversal)
    if fact.event.kind is PaymentEventKind.FRAUD_WARNING:
        return outcomes.FraudWarned(reversal)
    dispute = reversal.dispute
    if dispute is not None and dispute.status in FINAL_STATES:
        return outcomes.DisputeOver(dispute.status)
    if fact.event.kind is PaymentEventKind.DISPUTE_OPENED:
        is_claimed = fact.event.reason != INQUIRY or (dispute is not None and dispute.status is DisputeStatus.OPEN)
        status = DisputeStatus.OPEN if is_claimed else DisputeStatus.INQUIRY
        is_apart = _has_other_time(purchase, fact, reversal) or _is_past(purchase.subscription, fact, reversal)
        suspends = is_claimed and _suspends(purchase) and not is_apart
        return outcomes.DisputeOutcome(reversal, status, purchase.subscription if suspends else None)
    return _dispute_settled(purchase, fact, reversal)


def amount_of(event: PaymentEvent, payment: Payment, refunds: Iterable[Refund]) -> Money:
    """How much a refund is: no more than is left, where staff gave back by other means what its provider tells of.
    refunds: those before it."""
    amount = event.amount_refunded or event.amount or payment.amount
    money_left = payment.amount - given_of(payment, refunds)
    return min(amount, money_left) if amount.currency == money_left.currency else amount


def bought_by(payment: Payment, entries: Iterable[LedgerEntry]) -> Sequence[LedgerEntry]:
    """What a payment brought into the ledger."""
    return [entry for entry in entries if entry.payment_id == payment.id and entry.kind is LedgerKind.PAYMENT]


def time_of(purchase: Purchase, fact: Fact, reason: str) -> TimeTaken:
    """Return what becomes of the time that a payment bought, before its provider says that the money went back.

    reason: why the subscription ends, where it does. Raises ValueError for a payment that bought no time.
    """
    if purchase.subscription is None or purchase.reversal is None:
        raise ValueError("a payment that bought no time")
    return _take_time(purchase.subscription, fact, purchase.reversal, reason)


def was_difference(payment: Payment, entries: Iterable[LedgerEntry]) -> bool:
    """Whether a counted payment was only the difference of a change of plan: without it nothing ends."""
    mine = bought_by(payment, entries)
    return bool(mine) and not any(entry.length for entry in mine)


def _refund(
    purchase: Purchase, fact: Fact, reversal: Reversal
) -> RefundOutcome | outcomes.RefundFailed | outcomes.RefundedBefore:
    if fact.event.reason == "reversed":
        return outcomes.RefundFailed(reversal)
    if reversal.payment.amount.minor and not _refunded_sum(fact, reversal).minor:
        return outcomes.RefundedBefore()
    extent, subscription = _extent(purchase, fact, reversal), purchase.subscription
    if extent is not Extent.IN_FULL or subscription is None:
        return RefundOutcome(reversal, extent)
    if was_difference(_with_time(reversal), reversal.entries):
        return RefundOutcome(reversal, extent)
    return RefundOutcome(reversal, extent, _take_time(subscription, fact, reversal, REFUNDED))


def _extent(purchase: Purchase, fact: Fact, reversal: Reversal) -> Extent:
    payment = reversal.payment
    if _refunded_sum(fact, reversal).currency != payment.amount.currency:
        # Whether that was all of it nobody can say by what was told, and the wrong guess would put somebody out.
        return Extent.OTHER_CURRENCY
    if _given_back(fact, reversal) < payment.amount or payment.status is PaymentStatus.REFUNDED:
        return Extent.IN_PART
    if any(item.id != payment.id and item.status is not PaymentStatus.REFUNDED for item in reversal.payments):
        return Extent.ONE_OF_SEVERAL
    return Extent.ACCESS_KEPT if purchase.order.refund_policy is RefundPolicy.KEEP_ACCESS else Extent.IN_FULL


def began_in_rest(start: datetime | None, entries: Iterable[LedgerEntry]) -> bool:
    """Whether a provider's period began while we kept its customer out."""
    if start is None:
        return False
    return any(each.is_rest and each.starts_at <= start < each.starts_at + each.length for each in entries)


def end_without(payments: Collection[PaymentId], entries: Sequence[LedgerEntry], at: datetime) -> datetime | None:
    """Return when access would end if these payments went back at a moment; None where no time would be left."""
    cuts = [
        replace(entry, id=None, kind=LedgerKind.REFUND, starts_at=at, length=timedelta())
        for entry in entries
        if entry.payment_id in payments and entry.kind not in CUTS
    ]
    return access_until([*entries, *cuts])


def given_of(payment: Payment, refunds: Iterable[Refund]) -> Money:
    """What went back of a payment, in its own currency: what was told in another one is for a person to weigh."""
    amounts = (item.amount for item in refunds if item.status is RefundStatus.GIVEN)
    own = payment.amount.currency
    return sum((amount for amount in amounts if amount.currency == own), Money(0, own))


def disputed_part(event: PaymentEvent, payment: Payment) -> Money | None:
    """Return how much of a payment a dispute is about, where that is less than all of it."""
    amount, whole = event.amount, payment.amount
    is_part = amount is not None and amount.currency == whole.currency and 0 < amount.minor < whole.minor
    return amount if is_part else None


def back_of(
    payment: Payment,
    refunds: Iterable[Refund],
    disputes: Iterable[Dispute],
    states: Collection[DisputeStatus] = (DisputeStatus.LOST,),
) -> Money:
    """Return what of a payment is gone, in its own currency: what was refunded, and what the bank took by disputes in
    one of the states."""
    counting_disputes = [item for item in disputes if item.status in states]
    other_refunds = [item for item in refunds if not any(dispute.tells_of(item) for dispute in counting_disputes)]
    disputed_amount = sum(
        (item.amount or payment.amount for item in counting_disputes), Money(0, payment.amount.currency)
    )
    return min(payment.amount, given_of(payment, other_refunds) + disputed_amount)


def _refunded_sum(fact: Fact, reversal: Reversal) -> Money:
    refund = reversal.refund
    return refund.amount if refund is not None else amount_of(fact.event, reversal.payment, reversal.refunds)


def _given_back(fact: Fact, reversal: Reversal) -> Money:
    """The event's refund included."""
    given_amount = given_of(reversal.payment, reversal.refunds)
    return given_amount + _refunded_sum(fact, reversal) if reversal.refund is None else given_amount


def _dispute_settled(purchase: Purchase, fact: Fact, reversal: Reversal) -> DisputeSettled:
    status, subscription = _ENDINGS.get(fact.event.reason or "", DisputeStatus.CLOSED), purchase.subscription
    if subscription is None:
        return DisputeSettled(reversal, status)
    if status is DisputeStatus.LOST:
        return DisputeSettled(reversal, status, _take_time(subscription, fact, reversal, DISPUTE_LOST))
    dispute = reversal.dispute
    is_held = dispute is not None and dispute.status is DisputeStatus.OPEN and _suspends(purchase)
    is_restored = is_held and DISPUTE in subscription.paused_for
    return DisputeSettled(reversal, status, _restore_time(subscription, fact, reversal) if is_restored else None)


def _take_time(subscription: Subscription, fact: Fact, reversal: Reversal, reason: str) -> TimeTaken:
    """The payment counts only for what had run by now; other entries still count. Once nothing keeps the customer out
    any more, what stood still of those meanwhile goes on.

    Where that time is over and other time came after it, nothing ends and billing goes on: what runs was bought apart.
    What has all run, and is canceled, ends: nothing comes after it.
    """
    payment, kind = _with_time(reversal), LedgerKind.DISPUTE if reason == DISPUTE_LOST else LedgerKind.REFUND
    cut_entry = _entry(subscription, kind, fact, fact.event.occurred_at, timedelta(), payment)
    is_held, rest = _is_held(subscription, fact, reversal, apart_from=payment), _rest(subscription, fact, reversal)
    end = access_until([*reversal.entries, cut_entry, *rest])
    is_over = end is None or end <= fact.now
    more_comes = subscription.renews or _moved_on(subscription, fact, payment, reversal)
    moved_on = _is_past(subscription, fact, reversal) and (more_comes or not is_over)
    ends = not moved_on and not is_held and subscription.live and is_over
    resumes = DISPUTE in subscription.paused_for and not is_held and not ends
    return TimeTaken(
        subscription=subscription,
        reason=reason,
        entries=(cut_entry, *rest) if resumes and _lets_in(subscription) else (cut_entry,),
        moved_on=moved_on,
        ends=ends,
        resumes=resumes,
    )


def _restore_time(subscription: Subscription, fact: Fact, reversal: Reversal) -> TimeRestored:
    """What stood still while the customer was out goes on; as long as something else keeps them out, it does with
    that."""
    resumes = not _is_held(subscription, fact, reversal)
    rest = _rest(subscription, fact, reversal) if resumes and _lets_in(subscription) else ()
    return TimeRestored(subscription=subscription, entries=rest, resumes=resumes)


def _rest(subscription: Subscription, fact: Fact, reversal: Reversal) -> tuple[LedgerEntry, ...]:
    """What the ledger is told of the time that they have been kept out."""
    withheld_since = _withheld_since(subscription, reversal)
    if withheld_since is None or withheld_since >= fact.now:
        return ()
    key = f"{fact.event.provider}:{fact.event.payment_key}"
    return (access_policy.rest(subscription, withheld_since, fact.now, key),)


def _current_entries(subscription: Subscription | None, fact: Fact, reversal: Reversal) -> Sequence[LedgerEntry]:
    """The entries as they stand now, in a rest that lasts."""
    return [*reversal.entries, *(_rest(subscription, fact, reversal) if subscription is not None else ())]


def _withheld_since(subscription: Subscription, reversal: Reversal) -> datetime | None:
    """Since when we keep its customer out. Until all processes are of one version, the dispute alone may tell."""
    dispute = reversal.dispute
    opened_at = dispute.opened_at if dispute is not None and DISPUTE in subscription.paused_for else None
    return subscription.withheld_since or opened_at


def _lets_in(subscription: Subscription) -> bool:
    """Whether we keep its customer out for nothing but disputes."""
    return not subscription.paused_for - {DISPUTE, PROVIDER}


def _suspends(purchase: Purchase) -> bool:
    return purchase.order.dispute_policy is DisputePolicy.SUSPEND


def _has_other_time(purchase: Purchase, fact: Fact, reversal: Reversal) -> bool:
    """Whether who was given it would be in without what is left of it as well: what another one's bank asks keeps
    nobody from that."""
    payment_ids = {item.id for item in reversal.payments}
    end = end_without(payment_ids, _current_entries(purchase.subscription, fact, reversal), fact.now)
    return purchase.holder is not None and end is not None and end > fact.now


def _is_held(subscription: Subscription, fact: Fact, reversal: Reversal, apart_from: Payment | None = None) -> bool:
    """Whether another open dispute holds the subscription back, those about that payment aside, and those about time
    that was over when they were opened."""
    own, payment_id = reversal.dispute, apart_from.id if apart_from is not None else None
    others = (item for item in reversal.open_disputes if own is None or item.id != own.id)
    others_about = (item for item in others if item.payment_id != payment_id)
    entries = _current_entries(subscription, fact, reversal)
    return any(not was_past(entries, [item.payment_id], item.opened_at) for item in others_about)


def _with_time(reversal: Reversal) -> Payment:
    """Of what was paid together, the payment by which the time was entered: the last that came, or counted when a gift
    was opened."""
    payment_ids = {entry.payment_id for entry in reversal.entries}
    return next((part for part in reversal.payments if part.id in payment_ids), reversal.payment)


def _is_past(subscription: Subscription | None, fact: Fact, reversal: Reversal) -> bool:
    """Whether what goes back, or is at stake, is for time that is over, not for what runs now: other time came after
    it, or the provider says that it is in a later period, whose payment may be told only after this.
    """
    if subscription is None or not subscription.live:
        return False
    # At a provider that cannot be asked the ledger alone tells.
    past = was_past(_current_entries(subscription, fact, reversal), [part.id for part in reversal.payments], fact.now)
    return past or _moved_on(subscription, fact, _with_time(reversal), reversal)


def _moved_on(subscription: Subscription, fact: Fact, payment: Payment, reversal: Reversal) -> bool:
    """Whether the period a payment bought is over at the provider, and it goes on. A period that begins while we keep
    the customer out is not charged, and says nothing."""
    start = fact.snapshot.current_period_start if fact.snapshot is not None else None
    if subscription.withheld or began_in_rest(start, reversal.entries):
        return False
    ends = [entry.starts_at + entry.length for entry in bought_by(payment, reversal.entries)]
    if not ends or fact.snapshot is None or fact.snapshot.ref != subscription.provider_ref:
        return False
    return provider_sync.has_moved_on(fact.snapshot, max(ends), fact.now)


def _entry(
    subscription: Subscription,
    kind: LedgerKind,
    fact: Fact,
    starts_at: datetime,
    length: timedelta,
    payment: Payment | None = None,
) -> LedgerEntry:
    return LedgerEntry(
        subscription_id=subscription.id,
        kind=kind,
        source_key=f"{fact.event.provider}:{fact.event.payment_key}",
        starts_at=starts_at,
        length=length,
        payment_id=payment.id if payment is not None else None,
        created_at=fact.now,
    )
