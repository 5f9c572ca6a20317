"""Facts of a subscription from the rows in which they are stored today."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Final

from subscriptions.domain.entities.hold import Hold, HoldReason
from subscriptions.domain.entities.ledger import (
    BROUGHT_BY_PAYMENT,
    BROUGHT_SOURCE,
    CUTS,
    IMPORT_NOTE,
    REVERSAL_SUFFIX,
    LedgerEntry,
    LedgerKind,
    period_at,
    switches_of,
)
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.refund_request import RefundRequest
from subscriptions.domain.entities.reversal import Dispute, DisputeStatus, Refund, RefundStatus
from subscriptions.domain.entities.subscription import BAN, STAFF, Subscription, SubscriptionStatus
from subscriptions.domain.ids import PaymentId, PlanId
from subscriptions.domain.ports.payment_facts import ProviderStatus, SubscriptionSnapshot
from subscriptions.domain.timeline.facts import (
    Asked,
    Bought,
    Disputed,
    DisputeState,
    Facts,
    Given,
    Held,
    Paid,
    Purchase,
    Returned,
    Source,
    Stopped,
    Switched,
    Taken,
)

_NO_TIME: Final = timedelta()
_LEGACY_HOLDS: Final = {STAFF: HoldReason.STAFF, BAN: HoldReason.BAN}
_SOURCES: Final = {
    LedgerKind.TRIAL: Source.TRIAL,
    LedgerKind.FREE_PERIOD: Source.WAIVED,
    LedgerKind.TOKEN: Source.CODE,
    LedgerKind.COMPENSATION: Source.WAIVED,
}


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Rows about one subscription.

    payments: payments of the subscription and of the time in its ledger, for example of gifts
    refunds, disputes, requests: those of these payments
    reports: stored reports of the provider; without one, the subscription states what its provider reported last
    """

    subscription: Subscription
    entries: Sequence[LedgerEntry]
    payments: Sequence[Payment]
    refunds: Sequence[Refund]
    disputes: Sequence[Dispute]
    requests: Sequence[RefundRequest]
    holds: Sequence[Hold]
    reports: Sequence[SubscriptionSnapshot]

    def facts(self) -> Facts:
        """Return the facts that the rows state."""
        return Facts(
            bought=tuple(self._bought()),
            given=tuple(self._given()),
            taken=tuple(self._taken()),
            paid=tuple(map(paid_fact, self.payments)),
            returned=tuple(returned_facts(self.refunds, self.disputes)),
            asked=tuple(self._asked()),
            disputed=tuple(disputed_facts(self.disputes)),
            held=tuple(self._held()),
            switched=tuple(self._switched()),
            stopped=tuple(self._stopped()),
            reported=tuple(self.reports or self._last_report()),
        )

    @cached_property
    def _known(self) -> Mapping[PaymentId, Payment]:
        return {payment.id: payment for payment in self.payments}

    @cached_property
    def _first_plan(self) -> PlanId:
        """Return the plan of entries that name none: that in effect before the first switch."""
        switches = switches_of(self.entries)
        return (switches[0].changed_from if switches else None) or self.subscription.plan_id

    def _bought(self) -> Iterator[Bought]:
        for entry in self.entries:
            if entry.payment_id is not None and entry.kind not in CUTS and entry.length > _NO_TIME:
                yield Bought(
                    key=_key(entry),
                    purchase=self._purchase(entry.payment_id),
                    plan=entry.plan_id or self._first_plan,
                    start=entry.starts_at,
                    length=entry.length,
                    kind=self._kind(entry),
                    worth=self.subscription.price,
                )

    def _given(self) -> Iterator[Given]:
        for entry in self.entries:
            is_given = entry.payment_id is None and entry.kind not in CUTS and not entry.is_suspension
            if is_given and entry.length > _NO_TIME:
                yield Given(
                    key=_key(entry),
                    plan=entry.plan_id or self._first_plan,
                    start=entry.starts_at,
                    length=entry.length,
                    source=_source(entry),
                    worth=self.subscription.price,
                )

    def _taken(self) -> Iterator[Taken]:
        """Yield the deductions. A transfer of a payment's remaining value deducts all its time that is left."""
        for entry in self.entries:
            if entry.length < _NO_TIME:
                own = entry.source_key.removesuffix(REVERSAL_SUFFIX)
                of = next(
                    (_key(each) for each in self.entries if each.source_key == own and each.length > _NO_TIME), None
                )
                yield Taken(key=f"taken:{_key(entry)}", at=entry.starts_at, length=-entry.length, of=of)
            elif entry.kind is LedgerKind.CHANGE and entry.changed_from is None and entry.payment_id is not None:
                for each in self.entries:
                    if (
                        each.payment_id == entry.payment_id
                        and each.kind in BROUGHT_BY_PAYMENT
                        and each.length > _NO_TIME
                    ):
                        yield from self._transferred(each, entry)

    def _transferred(self, entry: LedgerEntry, change: LedgerEntry) -> Iterator[Taken]:
        if entry.starts_at <= change.starts_at:
            yield Taken(
                key=f"transferred:{_key(entry)}",
                at=change.starts_at,
                length=entry.length,
                of=_key(entry),
                is_limited=True,
            )

    def _asked(self) -> Iterator[Asked]:
        """Yield the requests for refunds that did not fail."""
        keys = {refund.id: refund.refund_key for refund in self.refunds}
        for each in self.requests:
            if each.failed_at is None:
                key = keys[each.refund_id] if each.refund_id is not None else each.operation
                yield Asked(key=key, payment=each.payment_id, amount=each.amount, at=each.asked_at)

    def _held(self) -> Iterator[Held]:
        """Yield the holds, and those of before holds were rows: ended ones from the ledger, open ones from the
        subscription.
        """
        for hold in self.holds:
            yield Held(key=str(hold.id), reason=hold.reason, since=hold.since, until=hold.until)
        for entry in self.entries:
            if entry.is_suspension:
                end = entry.starts_at + entry.length
                yield Held(key=_key(entry), reason=HoldReason.STAFF, since=entry.starts_at, until=end)
        since = self.subscription.withheld_since
        open_reasons = {hold.reason for hold in self.holds if hold.until is None}
        for cause, reason in _LEGACY_HOLDS.items():
            if since is not None and cause in self.subscription.paused_for and reason not in open_reasons:
                yield Held(key=f"legacy:{reason}", reason=reason, since=since)

    def _switched(self) -> Iterator[Switched]:
        for entry in self.entries:
            if entry.changed_from is not None and entry.plan_id is not None:
                yield Switched(
                    key=_key(entry),
                    at=entry.starts_at,
                    plan=entry.plan_id,
                    price=self.subscription.price,
                    length=_NO_TIME,
                    follows=self._running_period(entry) if entry.plan_id != entry.changed_from else None,
                )

    def _stopped(self) -> Iterator[Stopped]:
        if self.subscription.billing_stopped_at is not None:
            yield Stopped(at=self.subscription.billing_stopped_at)

    def _last_report(self) -> Iterator[SubscriptionSnapshot]:
        """Yield the provider's last report as the subscription stores it: that of a provider that is not asked, or from
        before reports were rows.
        """
        one = self.subscription
        if one.provider_ref is None or (one.current_period_start is None and one.synced_at is None):
            return
        yield SubscriptionSnapshot(
            ref=one.provider_ref,
            status=_STATUSES.get(one.status, ProviderStatus.ACTIVE),
            raw_status="",
            current_period_start=one.current_period_start,
            current_period_end=one.current_period_end,
            cancel_at_period_end=one.cancel_at_period_end,
            cancel_at=one.cancel_at,
            price=one.price,
            pause_until=one.pause_until,
            charge_moved_to=one.charge_moved_to,
            owed=one.owed_amount,
            upcoming=one.upcoming,
            fetched_at=one.synced_at or one.current_period_start or one.created_at,
        )

    def _running_period(self, switch: LedgerEntry) -> str | None:
        """Return the key of the provider's period that runs at a switch of its plan."""
        period = period_at(self.entries, switch.starts_at)
        return _key(period) if period is not None else None

    def _purchase(self, payment: PaymentId) -> str:
        known = self._known.get(payment)
        return paid_fact(known).purchase if known is not None else str(payment)

    def _kind(self, entry: LedgerEntry) -> Purchase:
        if entry.kind is LedgerKind.TOKEN:
            return Purchase.BY_ANOTHER
        return Purchase.PERIOD if self.subscription.provider_ref is not None else Purchase.ONCE


def paid_fact(payment: Payment) -> Paid:
    """Return the fact that a payment states. All parts of an order's price pay for one purchase."""
    return Paid(
        payment=payment.id,
        purchase=str(payment.order_id if payment.part else payment.id),
        amount=payment.amount,
        at=payment.occurred_at,
        excess=payment.excess,
    )


def returned_facts(refunds: Sequence[Refund], disputes: Sequence[Dispute]) -> Iterator[Returned]:
    """Yield the facts that refunds state. When a refund failed is not stored, so it counts as if it had failed at
    once.
    """
    for refund in refunds:
        lost = (each for each in disputes if each.payment_id == refund.payment_id and each.reports(refund))
        yield Returned(
            key=refund.refund_key,
            payment=refund.payment_id,
            amount=refund.amount,
            at=refund.occurred_at,
            repeats=next((each.dispute_key for each in lost), None),
            failed_at=refund.occurred_at if refund.status is RefundStatus.REVERSED else None,
        )


def disputed_facts(disputes: Sequence[Dispute]) -> Iterator[Disputed]:
    """Yield the facts that disputes state: that each was opened, and its decision."""
    for each in disputes:
        opened = Disputed(
            key=each.dispute_key,
            payment=each.payment_id,
            state=DisputeState.INQUIRY if each.status is DisputeStatus.INQUIRY else DisputeState.OPEN,
            at=each.opened_at,
            amount=each.amount,
        )
        if each.status is not DisputeStatus.CLOSED:
            yield opened
        if each.closed_at is not None:
            yield replace(opened, state=DisputeState(each.status.value), at=max(each.closed_at, each.opened_at))


_STATUSES: Final = {
    SubscriptionStatus.TRIALING: ProviderStatus.TRIALING,
    SubscriptionStatus.PAST_DUE: ProviderStatus.PAST_DUE,
    SubscriptionStatus.EXPIRED: ProviderStatus.ENDED,
}


def _key(entry: LedgerEntry) -> str:
    return f"{entry.kind}:{entry.source_key}"


def _source(entry: LedgerEntry) -> Source:
    if entry.source_key.startswith(BROUGHT_SOURCE):
        return Source.EARNED
    if entry.note == IMPORT_NOTE:
        return Source.IMPORT
    return _SOURCES.get(entry.kind, Source.STAFF)
