"""Comparison of today's answers about a subscription with those of its timeline."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from subscriptions.domain.entities.hold import HoldReason
from subscriptions.domain.entities.ledger import given_until
from subscriptions.domain.money import Money
from subscriptions.domain.services import access_policy
from subscriptions.domain.services.stored_facts import Rows
from subscriptions.domain.timeline.facts import Terms
from subscriptions.domain.timeline.state import (
    Access,
    Charge,
    Charging,
    Inside,
    Outside,
    State,
    Unbilled,
    UnbilledBecause,
    Unpaid,
)
from subscriptions.domain.timeline.timeline import timeline

CLOSE: Final = timedelta(hours=1)
"""Largest difference between two dates that counts as none: providers report the same period to within minutes."""
_CHECKED_EVERY: Final = timedelta(days=1)
_LONG_AGO: Final = timedelta(days=40)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One answer that differs. `stored`: today's answer; `computed`: that of the timeline. Both are in words."""

    field: str
    stored: str
    computed: str

    def __str__(self) -> str:
        return f"{self.field}: {self.stored}, by the facts {self.computed}"


def differences(rows: Rows, terms: Terms, now: datetime) -> Iterator[Difference]:
    """Yield each difference between today's answers about a live subscription and those of its timeline."""
    subscription = rows.subscription
    if not subscription.live:
        return
    state = timeline(rows.facts(), terms).at(now)
    if _is_unchecked(state, now):
        yield from _request_differences(rows, state)
        return
    end, paid_end = given_until(access_policy.with_rest(subscription, rows.entries, now)), state.ends.paid
    if (end is None or end > now - _LONG_AGO) and not _are_close(end, paid_end):
        yield Difference(field="end of paid time", stored=_date(end), computed=_date(paid_end))
    is_inside = access_policy.lets_in(subscription, terms.grace, now)
    # Nobody is removed before the provider has reported what became of a charge that was due.
    is_due = isinstance(state.billing, Charge) and state.billing.at <= now
    if is_inside is not isinstance(state.access, Inside) and not is_due:
        yield Difference(field="access", stored="inside" if is_inside else "outside", computed=_reason(state.access))
    charge, billing, next_charge = subscription.next_charge, state.billing, None
    match billing:
        case Charge(at=at):
            next_charge = at
        case Charging(end=period_end) if charge is not None:
            # The stored date is that of the charge after the one under way, which may follow a skipped month.
            report = max(rows.reports, key=lambda each: each.fetched_at)
            next_charge = report.pause_until or period_end
    # Around a hold, the stored date changes only with the provider's next report.
    is_held = billing == Unbilled(because=UnbilledBecause.HELD)
    if not isinstance(billing, Unpaid) and not is_held and not _are_close(charge, next_charge):
        reason = f"none ({billing.because})" if isinstance(billing, Unbilled) else type(billing).__name__.lower()
        computed = _date(next_charge) if next_charge is not None else reason
        yield Difference(field="next charge", stored=_date(charge), computed=computed)
    yield from _request_differences(rows, state)


def _is_unchecked(state: State, now: datetime) -> bool:
    """Return True if a dispute keeps the customer out since a moment after its last daily check."""
    access, billing = state.access, state.billing
    if not isinstance(access, Outside) or access.held != {HoldReason.DISPUTE}:
        return False
    since = billing.since if isinstance(billing, Unpaid) else access.since
    return since is not None and now - since <= _CHECKED_EVERY


def _request_differences(rows: Rows, state: State) -> Iterator[Difference]:
    """Yield each difference in what is requested as a refund of a payment."""
    for payment in rows.payments:
        amounts = (each.amount for each in rows.requests if each.payment_id == payment.id and each.is_open)
        requested, money = sum(amounts, Money(0, payment.amount.currency)), state.money.get(payment.id)
        if money is None or money.asked != requested:
            told = str(money.asked) if money is not None else "not paid"
            yield Difference(field=f"requested of payment {payment.reference}", stored=str(requested), computed=told)


def _are_close(one: datetime | None, other: datetime | None) -> bool:
    return one == other or (one is not None and other is not None and abs(one - other) <= CLOSE)


def _date(at: datetime | None) -> str:
    return "none" if at is None else f"{at:%Y-%m-%d %H:%M} UTC"


def _reason(access: Access) -> str:
    return f"inside ({access.by})" if isinstance(access, Inside) else f"outside ({access.because})"
