"""Decisions on refunds and disputes: returned money ends only the time that was bought with it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from subscriptions.domain.entities.ledger import (
    CUTS,
    DISCOUNT_SOURCE,
    PROVIDERS_TIME,
    REVERSAL_SUFFIX,
    LedgerEntry,
    LedgerKind,
    access_until,
    brought_source,
    days_returning,
    entries_ahead,
    was_ahead,
    was_bought_after,
    was_past,
)
from subscriptions.domain.entities.payment import Payment, PaymentStatus
from subscriptions.domain.entities.reversal import FINAL_STATES, Dispute, DisputeStatus, Refund, RefundStatus
from subscriptions.domain.entities.service_plan import DisputePolicy, RefundPolicy
from subscriptions.domain.entities.subscription import DISPUTE, DISPUTE_LOST, PROVIDER, REFUNDED, Subscription
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import (
    GIVEN_BY_HAND,
    INQUIRY,
    TAKEN_BACK,
    PaymentEvent,
    PaymentEventKind,
)
from subscriptions.domain.services import access_policy, charge_policy, provider_sync
from subscriptions.domain.services import payment_outcomes as outcomes
from subscriptions.domain.services.payment_balance import PaymentBalance, are_at_stake, are_gone
from subscriptions.domain.services.payment_outcomes import (
    DisputeOutcome,
    DisputeSettled,
    Extent,
    RefundOutcome,
    TimeRestored,
    TimeTaken,
)
from subscriptions.domain.services.purchase import Fact, Purchase, Reversal

_ENDINGS: Final = {"won": DisputeStatus.WON, "lost": DisputeStatus.LOST}


def decide(purchase: Purchase, fact: Fact) -> outcomes.Outcome:
    """Return the outcome of an event about returned or disputed money."""
    reversal = purchase.reversal
    if reversal is None:
        alarm = "unknown_subscription" if fact.unknown else "payment_event_stuck"
        return outcomes.PrerequisiteMissing("money went back for a payment that is not counted yet", alarm)
    if fact.event.kind is PaymentEventKind.REFUND:
        return _refund(purchase, fact, reversal)
    if fact.event.kind is PaymentEventKind.FRAUD_WARNING:
        return outcomes.FraudWarned(reversal)
    dispute = reversal.dispute
    if dispute is not None and dispute.status in FINAL_STATES and not _is_decided_anew(dispute, fact.event):
        return outcomes.DisputeOver(dispute.status)
    if fact.event.kind is PaymentEventKind.DISPUTE_OPENED:
        return _dispute_opened(purchase, fact, reversal)
    return _dispute_settled(purchase, fact, reversal)


def _is_decided_anew(dispute: Dispute, event: PaymentEvent) -> bool:
    """Return True if an event about a decided dispute reports a later decision: after an appeal, or because a bank
    takes back what it had left to the seller. A dispute that was lost is not opened again, because its money is gone.
    """
    if dispute.closed_at is None or event.occurred_at <= dispute.closed_at:
        return False
    if event.kind is PaymentEventKind.DISPUTE_OPENED:
        return not dispute.is_lost
    return _ENDINGS.get(event.reason or "", dispute.status) is not dispute.status


def amount_of(event: PaymentEvent, reversal: Reversal) -> Money:
    """Return the amount of a refund: at most the amount that was left of the payment at that time. Staff may already
    have refunded the payment outside the provider.
    """
    amount = event.amount_refunded or event.amount or reversal.payment.amount
    if amount.currency != reversal.payment.amount.currency:
        return amount
    repeated_dispute = _repeated_dispute(event, reversal)
    if repeated_dispute is not None:
        return min(amount, _taken_by(repeated_dispute, reversal))
    return min(amount, _left_by(event.occurred_at, reversal))


def bought_by(payment: Payment, entries: Iterable[LedgerEntry]) -> Sequence[LedgerEntry]:
    """Return the ledger entries of the time that a payment bought."""
    return [entry for entry in entries if entry.payment_id == payment.id and entry.kind is LedgerKind.PAYMENT]


def time_of(purchase: Purchase, fact: Fact, reason: str) -> TimeTaken:
    """Return the effect of a refund on the time bought by the payment, before the provider reports the refund.

    `reason`: end reason, used if the subscription ends. Raise ValueError for a payment that bought no time.
    """
    if purchase.subscription is None or purchase.reversal is None:
        raise ValueError("a payment that bought no time")
    return _take_time(purchase.subscription, fact, purchase.reversal, reason, purchase=purchase)


def was_difference(payment: Payment, entries: Iterable[LedgerEntry]) -> bool:
    """Return True if a counted payment was only the difference of a plan change, so that its refund ends nothing."""
    mine = bought_by(payment, entries)
    return bool(mine) and not any(entry.length for entry in mine)


def changed_period(payment: Payment, entries: Iterable[LedgerEntry]) -> PaymentId | None:
    """Return the payment of the period in which a plan was changed for this price difference. Return None if the
    payment was not a difference, or if the period was free or its payment is not recorded.
    """
    entries = list(entries)
    if not was_difference(payment, entries):
        return None
    changed_at = min(entry.starts_at for entry in bought_by(payment, entries))
    periods = [
        each
        for each in entries
        if each.kind in PROVIDERS_TIME and each.length and not each.source_key.startswith(DISCOUNT_SOURCE)
        if each.starts_at <= changed_at
    ]
    period = max(periods, key=lambda each: each.starts_at, default=None)
    return period.payment_id if period is not None and period.kind is LedgerKind.PAYMENT else None


def _refund(
    purchase: Purchase, fact: Fact, reversal: Reversal
) -> RefundOutcome | outcomes.RefundFailed | outcomes.RefundedBefore:
    if fact.event.reason == "reversed":
        return outcomes.RefundFailed(reversal)
    if reversal.payment.amount.minor and not _refunded_sum(fact, reversal).minor:
        return outcomes.RefundedBefore()
    repeated_dispute = None if reversal.refund is not None else _repeated_dispute(fact.event, reversal)
    extent, subscription = _extent(purchase, fact, reversal, repeated_dispute), purchase.subscription
    takes_time = extent is Extent.IN_FULL and not was_difference(_with_time(reversal), reversal.entries)
    time = None
    if takes_time and subscription is not None:
        time = _take_time(subscription, fact, reversal, REFUNDED, purchase=purchase)
    return RefundOutcome(reversal, extent, time, repeated_dispute)


def _extent(purchase: Purchase, fact: Fact, reversal: Reversal, repeated_dispute: Dispute | None) -> Extent:
    payment = reversal.payment
    if _refunded_sum(fact, reversal).currency != payment.amount.currency:
        # The extent of the refund is unknown, and a wrong guess would remove the customer.
        return Extent.OTHER_CURRENCY
    refunds, disputes = _after_refund(fact, reversal, repeated_dispute)
    # A refund that is reported again ends nothing more, even if a dispute has taken the rest of the payment since.
    is_done = payment.status is PaymentStatus.REFUNDED or _is_given(reversal.refund)
    is_part = PaymentBalance(payment, refunds, disputes).left.minor and not _takes_most(fact, reversal)
    if is_done or is_part:
        return Extent.IN_PART
    others = (item for item in reversal.payments if item.id != payment.id)
    if not all(PaymentBalance(item, refunds, disputes).is_gone for item in others):
        return Extent.ONE_OF_SEVERAL
    return Extent.ACCESS_KEPT if purchase.order.refund_policy is RefundPolicy.KEEP_ACCESS else Extent.IN_FULL


def _takes_most(fact: Fact, reversal: Reversal) -> bool:
    """Return True if the payer's bank took back more than half of the payment, which counts as all of it, as with a
    lost dispute. The seller decides freely about the amount of a refund.
    """
    is_most = 2 * _refunded_sum(fact, reversal).minor > reversal.payment.amount.minor
    return is_most and fact.event.reason == TAKEN_BACK


def _is_given(refund: Refund | None) -> bool:
    return refund is not None and refund.status is RefundStatus.GIVEN


def _after_refund(
    fact: Fact, reversal: Reversal, repeated_dispute: Dispute | None
) -> tuple[Sequence[Refund], Sequence[Dispute]]:
    """Return the refunds and disputes, including the refund of the event."""
    if reversal.refund is not None:
        return reversal.refunds, reversal.disputes
    amount, payment, event = _refunded_sum(fact, reversal), reversal.payment, fact.event
    refund = Refund.give(
        event.provider,
        event.payment_key or event.event_key,
        payment.id,
        amount,
        occurred_at=event.occurred_at,
        now=fact.now,
        repeats_dispute=repeated_dispute is not None,
    )
    if repeated_dispute is None:
        return [*reversal.refunds, refund], reversal.disputes
    corrected_dispute = replace(repeated_dispute, amount=corrected_amount(repeated_dispute, amount, reversal))
    disputes = [corrected_dispute if item.id == repeated_dispute.id else item for item in reversal.disputes]
    return [*reversal.refunds, refund], disputes


def corrected_amount(dispute: Dispute, amount: Money, reversal: Reversal) -> Money | None:
    """Return the amount that a lost dispute took, corrected by a smaller refund that its provider reports. Return None
    for the whole payment.
    """
    return amount if amount < _taken_by(dispute, reversal) else dispute.amount


def _repeated_dispute(event: PaymentEvent, reversal: Reversal) -> Dispute | None:
    """Return the lost dispute whose money a refund reports again. Return None for a separate refund.

    A refund repeats a dispute if nothing else is left to refund, or if the provider executes the decision by a refund
    of that amount. A refund that staff paid outside the provider, or requested from the provider, is separate.
    """
    amount = event.amount_refunded or event.amount or reversal.payment.amount
    is_ours = (event.payment_key or "").startswith(GIVEN_BY_HAND) or amount in reversal.awaited
    if is_ours or amount.currency != reversal.payment.amount.currency:
        return None
    is_anything_left = _left_by(event.occurred_at, reversal).minor > 0
    for dispute in _disputes_lost(reversal):
        is_reported = any(_reports(refund, dispute) for refund in reversal.refunds)
        # The provider refunds while the dispute is open, and its decision may be heard of later.
        is_executed = dispute.by_refund is True and dispute.opened_at <= event.occurred_at
        carries_out = is_executed and (dispute.amount or reversal.payment.amount) == amount
        is_all = _is_lost_by(dispute, event.occurred_at) and not is_anything_left
        if not is_reported and (carries_out or is_all):
            return dispute
    return None


def _reports(refund: Refund, dispute: Dispute) -> bool:
    """Return True if a recorded refund reports the money of this dispute."""
    is_same = refund.payment_id == dispute.payment_id and dispute.amount in {None, refund.amount}
    return is_same and dispute.reports(refund)


def _disputes_lost(reversal: Reversal) -> Sequence[Dispute]:
    """Return the disputes about the payment that were lost, the latest first."""
    own = [item for item in reversal.disputes if item.payment_id == reversal.payment.id and item.is_lost]
    return sorted(own, key=lambda item: item.closed_at or item.opened_at, reverse=True)


def _is_lost_by(dispute: Dispute, at: datetime) -> bool:
    return (dispute.closed_at or dispute.opened_at) <= at


def _left_by(at: datetime, reversal: Reversal) -> Money:
    """Return the amount left of the payment after its refunds and the disputes lost by the given time."""
    lost = [item for item in _disputes_lost(reversal) if _is_lost_by(item, at)]
    return PaymentBalance(reversal.payment, reversal.refunds, lost).left


def _taken_by(dispute: Dispute, reversal: Reversal) -> Money:
    """Return the amount that a lost dispute took: at most the amount left by refunds and other disputes."""
    others = [item for item in reversal.disputes if item.id != dispute.id]
    payment = reversal.payment
    return min(dispute.amount or payment.amount, PaymentBalance(payment, reversal.refunds, others).left)


def end_without(payments: Collection[PaymentId], entries: Sequence[LedgerEntry], at: datetime) -> datetime | None:
    """Return when access would end if these payments were refunded at the given time. Return None if no time would be
    left.
    """
    cuts = [
        replace(entry, id=None, kind=LedgerKind.REFUND, starts_at=at, length=timedelta())
        for entry in entries
        if entry.payment_id in payments and entry.kind not in CUTS
    ]
    return access_until([*entries, *cuts])


def disputed_part(event: PaymentEvent, payment: Payment) -> Money | None:
    """Return the disputed amount if it is less than the payment. Return None for the whole payment."""
    amount, whole = event.amount, payment.amount
    is_part = amount is not None and amount.currency == whole.currency and 0 < amount.minor < whole.minor
    return amount if is_part else None


def _refunded_sum(fact: Fact, reversal: Reversal) -> Money:
    refund = reversal.refund
    return refund.amount if refund is not None else amount_of(fact.event, reversal)


def dispute_of(fact: Fact, reversal: Reversal, status: DisputeStatus) -> Dispute:
    """Return the dispute of an event, updated by the event."""
    event, payment, known_dispute = fact.event, reversal.payment, reversal.dispute
    key, opened_at = event.payment_key or event.event_key, event.occurred_at
    dispute = replace(known_dispute) if known_dispute is not None else None
    if dispute is None:
        first_status = DisputeStatus.OPEN if status in FINAL_STATES else status
        dispute = Dispute.begin(event.provider, key, payment.id, first_status, opened_at)
    disputed_amount = dispute.amount or payment.amount
    if event.amount is not None:
        dispute.amount = disputed_part(event, payment)
    if status in FINAL_STATES:
        # If the decision is about less than was disputed, the provider made it, and executes it as a refund.
        is_reduced = known_dispute is not None and (dispute.amount or payment.amount) < disputed_amount
        dispute.by_refund = event.amount_refunded is not None or is_reduced or dispute.by_refund
        dispute.settle(status, event.occurred_at)
    elif status in {DisputeStatus.OPEN, DisputeStatus.INQUIRY} and dispute.status in FINAL_STATES:
        dispute.reopen(status, event.occurred_at)
    elif status is DisputeStatus.OPEN:
        dispute.claim(event.occurred_at)
    return dispute


def _dispute_opened(purchase: Purchase, fact: Fact, reversal: Reversal) -> DisputeOutcome:
    """Return the outcome of an opened dispute. Access is suspended while banks hold more than half of the payments that
    together paid the period, and from the beginning of that period.
    """
    known_dispute, subscription = reversal.dispute, purchase.subscription
    is_open = known_dispute is not None and known_dispute.status is DisputeStatus.OPEN
    is_claimed = fact.event.reason != INQUIRY or is_open
    dispute = dispute_of(fact, reversal, DisputeStatus.OPEN if is_claimed else DisputeStatus.INQUIRY)
    disputes = _disputes_with(dispute, reversal)
    holds = is_claimed and _suspends(purchase) and are_at_stake(_compared(reversal), reversal.refunds, disputes)
    is_past = _is_past(subscription, fact, reversal)
    if purchase.holder is not None and known_dispute is not None:
        # Since the dispute was opened, other time runs instead of the gift's.
        paid_with = [part.id for part in reversal.payments]
        is_past = was_past(_current_entries(subscription, fact, reversal), paid_with, known_dispute.opened_at)
    is_apart = _has_other_time(purchase, fact, reversal) or is_past
    if holds:
        is_apart = is_apart or _is_ahead(subscription, fact, reversal)
        return DisputeOutcome(reversal, dispute, None if is_apart else subscription)
    was_held = is_open and subscription is not None and DISPUTE in subscription.paused_for and _suspends(purchase)
    if not was_held or subscription is None or _is_held(subscription, fact, reversal, dispute):
        return DisputeOutcome(reversal, dispute)
    return DisputeOutcome(reversal, dispute, time=_restore_time(subscription, fact, reversal, dispute))


def _dispute_settled(purchase: Purchase, fact: Fact, reversal: Reversal) -> DisputeSettled:
    """Return the outcome of a dispute that has been decided. A lost dispute ends the time once banks took more than
    half of the payments that together paid the period. If more of that money is left, the time is kept, as with a
    partial refund. A lost dispute that is decided for the seller later is recorded; staff decide about the access.
    """
    status, subscription = _ENDINGS.get(fact.event.reason or "", DisputeStatus.CLOSED), purchase.subscription
    dispute = dispute_of(fact, reversal, status)
    repeated_refund = _repeated_refund(dispute, reversal)
    is_lost_in_part = dispute.is_lost and _has_money_left(dispute, repeated_refund, reversal)
    outcome = DisputeSettled(
        reversal,
        dispute,
        is_lost_in_part=is_lost_in_part,
        repeated_refund=repeated_refund,
        restored_refunds=_restored_refunds(reversal, dispute),
    )
    if subscription is None:
        return outcome
    if dispute.is_lost and not is_lost_in_part:
        time = _take_time(subscription, fact, reversal, DISPUTE_LOST, dispute, purchase=purchase)
        return replace(outcome, time=time)
    known_dispute = reversal.dispute
    was_open = known_dispute is not None and known_dispute.status is DisputeStatus.OPEN and _suspends(purchase)
    is_restored = was_open and DISPUTE in subscription.paused_for
    return replace(outcome, time=_restore_time(subscription, fact, reversal, dispute) if is_restored else None)


def _restored_refunds(reversal: Reversal, dispute: Dispute) -> Sequence[Refund]:
    """Return the refunds that reported the money of a lost dispute which is now decided for the seller."""
    known = reversal.dispute
    if known is None or not known.is_lost or dispute.is_lost:
        return ()
    return [item for item in reversal.refunds if _reports(item, known) and item.status is RefundStatus.GIVEN]


def _repeated_refund(dispute: Dispute, reversal: Reversal) -> Refund | None:
    """Return the refund, reported before the decision, by which a provider executed a lost dispute; None if there is
    none.
    """
    if not dispute.is_lost or not dispute.by_refund:
        return None
    amount = dispute.amount or reversal.payment.amount
    given = (item for item in reversal.refunds if item.payment_id == dispute.payment_id and item.amount == amount)
    return next(
        (
            item
            for item in given
            if not item.repeats_dispute
            and item.occurred_at >= dispute.opened_at
            and item.id not in reversal.requested
            and not item.refund_key.startswith(GIVEN_BY_HAND)
        ),
        None,
    )


def _has_money_left(dispute: Dispute, repeated_refund: Refund | None, reversal: Reversal) -> bool:
    """Return True if anything counts as left of the payments that together paid the period, after a dispute is lost."""
    disputes = _disputes_with(dispute, reversal)
    refunds = [
        replace(item, repeats_dispute=True) if repeated_refund is not None and item.id == repeated_refund.id else item
        for item in reversal.refunds
    ]
    if was_difference(_with_time(reversal), reversal.entries):
        # The period itself stays paid.
        return not all(PaymentBalance(item, refunds, disputes).is_gone for item in _compared(reversal))
    return not are_gone(_compared(reversal), refunds, disputes)


def _compared(reversal: Reversal) -> Sequence[Payment]:
    """Return the payments with which a dispute about the payment is compared."""
    return reversal.period_payments or reversal.payments


def _disputes_with(dispute: Dispute | None, reversal: Reversal) -> Sequence[Dispute]:
    """Return all known disputes, including `dispute` in its updated state."""
    disputes = {item.id: item for item in (*reversal.disputes, *reversal.open_disputes)}
    if dispute is not None:
        disputes[dispute.id] = dispute
    return list(disputes.values())


def _take_time(
    subscription: Subscription,
    fact: Fact,
    reversal: Reversal,
    reason: str,
    dispute: Dispute | None = None,
    *,
    purchase: Purchase,
) -> TimeTaken:
    """Reduce a payment to the time that has already run. Other entries keep their time, which resumes once no reason
    for a suspension is left.

    If the payment's time is over and a paid period follows, nothing ends and billing continues, because the current
    time was bought separately. Free days that follow are kept too, but billing stops. A canceled subscription whose
    time has run completely ends.

    A gift is other people's money: it ends nothing that its recipient pays for. If the recipient's own charge was
    postponed behind the gift, access continues until that charge can be made with notice.

    dispute: dispute of the event, already updated
    """
    has_other_payer = purchase.holder is not None
    payment, kind = _with_time(reversal), LedgerKind.DISPUTE if reason == DISPUTE_LOST else LedgerKind.REFUND
    pays, rest, cut_at = has_other_payer and subscription.renews, _rest(subscription, fact, reversal), None
    if has_other_payer and dispute is not None and _suspends(purchase) and not pays and not rest:
        # Since the dispute was opened, other time runs instead of the gift's.
        cut_at = dispute.opened_at
    cut_entry = _entry(subscription, kind, fact, cut_at or fact.event.occurred_at, timedelta(), payment)
    is_held = _is_held(subscription, fact, reversal, dispute, apart_from=payment, cut=cut_entry)
    entries = [*reversal.entries, cut_entry, *rest]
    end = access_until(entries)
    key = f"{fact.event.provider}:{fact.event.payment_key}"
    bridge = charge_policy.bridge(subscription, end, fact.now, purchase.notice, key) if pays else None
    entries = [*entries, bridge] if bridge is not None else entries
    end = access_until(entries)
    is_over = (end is None or end <= fact.now) and not pays
    more_comes = subscription.renews or _moved_on(subscription, fact, payment, reversal)
    moved_on = _is_bought_after(subscription, fact, reversal) and (more_comes or not is_over)
    ends = not moved_on and not is_held and subscription.live and is_over
    if ends and rest:
        # No time ran since the suspension began, and nothing is left that would have to be given back.
        cut_entry = replace(cut_entry, starts_at=min(cut_entry.starts_at, rest[0].starts_at))
    resumes = DISPUTE in subscription.paused_for and not is_held and not ends
    return TimeTaken(
        subscription=subscription,
        reason=reason,
        entries=(
            cut_entry,
            *(rest if resumes and _lets_in(subscription) else ()),
            *([bridge] if bridge is not None else []),
        ),
        moved_on=moved_on,
        ends=ends,
        resumes=resumes,
        until=_end_with_days_back(subscription, fact, reversal, entries),
        loses_time=ends or not _is_past(subscription, fact, reversal),
        # The recipient of a gift may have paid for more time, which continues.
        stops_billing=not moved_on and (not has_other_payer or ends),
    )


def _end_with_days_back(
    subscription: Subscription, fact: Fact, reversal: Reversal, entries: Sequence[LedgerEntry]
) -> datetime | None:
    """Return when access ends after the referral days of the payments are revoked; None if no time was granted."""
    length = days_returning(entries, [item.id for item in reversal.payments], fact.now)
    days_back = _entry(subscription, LedgerKind.ADMIN_GRANT, fact, fact.now, -length)
    days_back = replace(days_back, source_key=f"{brought_source(reversal.payment.id)}{REVERSAL_SUFFIX}")
    return access_until([*entries, days_back] if length else entries)


def _restore_time(
    subscription: Subscription, fact: Fact, reversal: Reversal, dispute: Dispute | None = None
) -> TimeRestored:
    """Resume the time paused by the suspension, unless there is another reason for it. `dispute`: dispute of the event,
    already updated.
    """
    resumes = not _is_held(subscription, fact, reversal, dispute)
    rest = _rest(subscription, fact, reversal) if resumes and _lets_in(subscription) else ()
    return TimeRestored(subscription=subscription, entries=rest, resumes=resumes)


def _rest(subscription: Subscription, fact: Fact, reversal: Reversal) -> tuple[LedgerEntry, ...]:
    """Return the ledger entry for the time of the suspension; empty if there was no suspension."""
    withheld_since = _withheld_since(subscription, reversal)
    if withheld_since is None or withheld_since >= fact.now:
        return ()
    return (access_policy.rest_of_hold(subscription, withheld_since, fact.now),)


def _current_entries(subscription: Subscription | None, fact: Fact, reversal: Reversal) -> Sequence[LedgerEntry]:
    """Return the ledger entries, including a temporary entry for a suspension that is still in effect."""
    return [*reversal.entries, *(_rest(subscription, fact, reversal) if subscription is not None else ())]


def _withheld_since(subscription: Subscription, reversal: Reversal) -> datetime | None:
    """Return the time since which the customer is kept out; None if the customer is not kept out. Rows of an older
    release do not contain this time; the time of the dispute is used instead.
    """
    dispute = reversal.dispute
    opened_at = dispute.opened_at if dispute is not None and DISPUTE in subscription.paused_for else None
    return subscription.withheld_since or opened_at


def _lets_in(subscription: Subscription) -> bool:
    """Return True if the end of the disputes is enough to admit the customer: Umbral keeps the customer out for no
    other reason.
    """
    return not subscription.paused_for - {DISPUTE, PROVIDER}


def _suspends(purchase: Purchase) -> bool:
    return purchase.order.dispute_policy is DisputePolicy.SUSPEND


def _has_other_time(purchase: Purchase, fact: Fact, reversal: Reversal) -> bool:
    """Return True if the recipient of a gift also pays for the plan or has time from another source, which a dispute at
    the giver's bank does not affect.
    """
    payment_ids = {item.id for item in reversal.payments}
    # Since the dispute was opened, other time runs instead of the gift's.
    since = reversal.dispute.opened_at if reversal.dispute is not None else fact.now
    end = end_without(payment_ids, _current_entries(purchase.subscription, fact, reversal), since)
    pays = purchase.subscription is not None and purchase.subscription.renews
    return purchase.holder is not None and (pays or (end is not None and end > fact.now))


def _is_held(
    subscription: Subscription,
    fact: Fact,
    reversal: Reversal,
    dispute: Dispute | None = None,
    apart_from: Payment | None = None,
    cut: LedgerEntry | None = None,
) -> bool:
    """Return True if another open dispute keeps the customer out. Such a dispute concerns more than half of the
    payments of its order, and time that was not over when the dispute was opened and has begun.

    apart_from: payment whose disputes are ignored
    cut: entry of the event, which may let the time of another payment begin
    """
    own, payment_id = dispute or reversal.dispute, apart_from.id if apart_from is not None else None
    others = (item for item in reversal.open_disputes if own is None or item.id != own.id)
    others_about = [item for item in others if item.payment_id != payment_id]
    entries, disputes = _current_entries(subscription, fact, reversal), _disputes_with(dispute, reversal)
    entries_now = [*entries, cut] if cut is not None else entries
    return any(
        _is_at_stake(item, reversal, disputes)
        and not was_past(entries, [item.payment_id], item.opened_at)
        and not was_ahead(entries_now, _paid_with(item, reversal), fact.now)
        for item in others_about
    )


def _paid_with(dispute: Dispute, reversal: Reversal) -> Collection[PaymentId]:
    """Return the disputed payment and the payments that together with it paid the period."""
    return {dispute.payment_id, *(payment.id for payment in reversal.together.get(dispute.payment_id, ()))}


def _is_at_stake(dispute: Dispute, reversal: Reversal, disputes: Sequence[Dispute]) -> bool:
    """Return True if the payments of a disputed order will be gone if the disputes are lost, or if those payments
    are unknown.
    """
    is_own = any(item.id == dispute.payment_id for item in reversal.payments)
    payments = _compared(reversal) if is_own else reversal.together.get(dispute.payment_id)
    return payments is None or are_at_stake(payments, reversal.refunds, disputes)


def _with_time(reversal: Reversal) -> Payment:
    """Return the partial payment whose ledger entry grants the order's time: the last partial payment or, for a gift,
    the payment recorded when the gift was redeemed. Return the event's own payment if no payment of the order has an
    entry.
    """
    payment_ids = {entry.payment_id for entry in reversal.entries}
    return next((part for part in reversal.payments if part.id in payment_ids), reversal.payment)


def _is_past(subscription: Subscription | None, fact: Fact, reversal: Reversal) -> bool:
    """Return True if the returned or disputed money paid for time that is over: time from another source follows, or
    the provider is in a later period whose payment may be reported later. Time that is left, because it began after the
    provider's period did, is not over with that period.
    """
    if subscription is None or not subscription.live:
        return False
    # If the provider's state cannot be fetched, only the ledger decides.
    entries, payment_ids = _current_entries(subscription, fact, reversal), [part.id for part in reversal.payments]
    is_left = any(entry.payment_id in payment_ids for entry in entries_ahead(entries, fact.now))
    moved_on = not is_left and _moved_on(subscription, fact, _with_time(reversal), reversal)
    return moved_on or was_past(entries, payment_ids, fact.now)


def _is_ahead(subscription: Subscription | None, fact: Fact, reversal: Reversal) -> bool:
    """Return True if the disputed money paid for time that has not begun, while other time runs. `WatchDispute` has the
    dispute applied again once the time begins.
    """
    if subscription is None:
        return False
    payment_ids = [part.id for part in reversal.payments]
    return was_ahead(_current_entries(subscription, fact, reversal), payment_ids, fact.now)


def _is_bought_after(subscription: Subscription, fact: Fact, reversal: Reversal) -> bool:
    """Return True if the returned money paid for time that is over, and the period that follows is paid or its payment
    may be reported later.
    """
    if not subscription.live:
        return False
    entries, payment_ids = _current_entries(subscription, fact, reversal), [part.id for part in reversal.payments]
    is_bought = was_bought_after(entries, payment_ids, fact.now, reversal.paying)
    return is_bought or _moved_on(subscription, fact, _with_time(reversal), reversal)


def _moved_on(subscription: Subscription, fact: Fact, payment: Payment, reversal: Reversal) -> bool:
    """Return True if the period of a payment is over and the charge of a later period is under way, or was made and is
    not recorded yet. If the charge is refused, `Subscription.give_up_charge` decides again.

    Without the provider's state, as in a preview, the last reported state is used.
    """
    start, snapshot = subscription.charging_since, fact.snapshot
    if fact.ends_contract:
        return False
    if snapshot is not None and snapshot.ref == subscription.provider_ref:
        start = provider_sync.charging_since(subscription, snapshot, reversal.entries, fact.now)
    ends = [entry.starts_at + entry.length for entry in bought_by(payment, reversal.entries)]
    end = subscription.current_period_end if snapshot is None else snapshot.current_period_end
    return start is not None and bool(ends) and start >= max(ends) and end is not None and end > fact.now


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
