"""Timeline of a subscription: all its answers at any moment, computed from its facts alone.

The function is total and pure. Every interface, message and list reads a `State`; nothing else decides who is inside,
until when, what is charged next, or what is left of a payment.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Final

from subscriptions.domain.entities.hold import HoldReason
from subscriptions.domain.timeline.access import lay_out
from subscriptions.domain.timeline.billing import LATE, Bills
from subscriptions.domain.timeline.facts import Facts, Terms
from subscriptions.domain.timeline.money import Accounts
from subscriptions.domain.timeline.state import (
    Access,
    AdmittedBy,
    Billing,
    Charge,
    Charging,
    Ends,
    Inside,
    Outside,
    OutsideBecause,
    State,
    Unbilled,
    UnbilledBecause,
    Unpaid,
    Use,
)

PATIENCE: Final = timedelta(hours=3)
"""Time after the end of a period within which its provider reports the next charge."""
_EVER: Final = datetime.max.replace(tzinfo=UTC)
WAKES: Final = timedelta(days=1)
"""Minimum time for the charge after a skipped period to succeed; used if the grace period is shorter."""


@dataclass(frozen=True)
class Timeline:
    """Timeline of one subscription."""

    facts: Facts
    terms: Terms

    @cached_property
    def accounts(self) -> Accounts:
        """Payments with their refunds and disputes."""
        return Accounts(self.facts, keeps_refunded=self.terms.keeps_refunded)

    def at(self, now: datetime) -> State:
        """Return the state at the given moment, if nothing happens that the facts do not contain."""
        return _Reading(self, now).state()

    def next_change(self, after: datetime) -> datetime | None:
        """Return the next moment after the given one at which the access or the billing may change by itself."""
        changes = _Reading(self, after).changes()
        return min((at for at in changes if at > after), default=None)


class _Reading:
    """Parts from which the state at one moment is put together."""

    def __init__(self, of: Timeline, now: datetime) -> None:
        facts, terms = of.facts, of.terms
        self._facts, self._terms, self._accounts, self._now = facts, terms, of.accounts, now
        self._layout = self._whole = lay_out(facts, terms, self._accounts, now)
        if facts.disputed:
            self._whole = lay_out(facts, terms, self._accounts, now, without_disputes=True)
        self._bills = Bills(facts, terms, self._accounts, self._layout, self._whole.end, now)
        self._report = self._bills.report

    def state(self) -> State:
        """Return the state."""
        unheld = self._bills.next(is_lifted=True)
        ends = self._ends(unheld)
        access = self._access(unheld, ends)
        if isinstance(access, Inside) and self._layout.holds and not self._is_past(access):
            access = Outside(because=OutsideBecause.HELD, held=self._layout.holds, since=self._layout.held_since)
        return State(
            access=access,
            billing=self._bills.next(),
            ends=ends,
            money=self._accounts.balances(self._now),
            uses=self._uses(),
        )

    def _is_past(self, access: Inside) -> bool:
        """Return True if only a dispute about used time is open while a charge under way admits the customer."""
        is_over = self._whole.end is not None and self._whole.end <= self._now
        return access.by is AdmittedBy.CHARGING and is_over and self._layout.holds == {HoldReason.DISPUTE}

    def changes(self) -> Iterator[datetime]:
        """Yield the moments at which something may change by itself."""
        for each in self._layout.segments:
            yield from (each.begin, each.end)
        end, grace = self._whole.end, self._terms.grace
        if end is not None:
            yield from (end + PATIENCE, end + grace)
        match self._bills.next():
            case Charge(at=at) as charge:
                due = self._due(charge, end) if end is not None else at
                yield from (at, due + PATIENCE, due + grace, at + max(grace, WAKES))
            case Charging(end=end):
                yield end
            case Unpaid(grace_until=grace_until):
                yield grace_until
            case Unbilled():
                pass
        if self._report is not None:
            periods = (self._report.current_period_start, self._report.current_period_end)
            yield from (at for at in periods if at is not None)
            lasting = self._ends(self._bills.next(is_lifted=True)).lasting
            yield from (at for at in (lasting,) if at is not None)

    def _access(self, billing: Billing, ends: Ends) -> Access:
        """Return the access without regard to holds."""
        layout, now, end = self._layout, self._now, self._whole.end
        if end is None:
            return Outside(because=OutsideBecause.NEVER)
        if layout.running(now) is not None:
            return Inside(by=AdmittedBy.TIME, until=layout.unbroken_end(now))
        returns = layout.next_begin(now)
        match billing:
            case Charging(end=charged_end, ends_pause=False):
                return Inside(by=AdmittedBy.CHARGING, until=charged_end)
            case Unpaid(grace_until=grace_until, ends_pause=False) if now < grace_until:
                return Inside(by=AdmittedBy.GRACE, until=grace_until)
            case Charge() if returns is None:
                return self._before_charge(billing, ends, end)
        because = OutsideBecause.WAITING if returns is not None else OutsideBecause.OVER
        if returns is None and self._is_paused(billing):
            because = OutsideBecause.PAUSED
        return Outside(because=because, since=end, returns=returns)

    def _is_paused(self, billing: Billing) -> bool:
        """Return True if the customer is outside because of a pause that a charge may still end."""
        if isinstance(billing, Charging):
            return billing.ends_pause
        if isinstance(billing, Unpaid):
            return billing.ends_pause and billing.may_retry and self._now < billing.grace_until
        return billing == Unbilled(because=UnbilledBecause.PAUSED)

    def _before_charge(self, charge: Charge, ends: Ends, end: datetime) -> Access:
        """Return the access of a customer whose time is over and whose next charge is planned."""
        now, pause_end = self._now, self._report.pause_until if self._report is not None else None
        if pause_end is not None:
            if ends.lasting is not None and now < ends.lasting:
                return Outside(because=OutsideBecause.SKIPPED, since=end, returns=pause_end)
        elif charge.at > end + LATE and now < charge.at:
            return Outside(because=OutsideBecause.WAITING, since=end, returns=charge.at)
        else:
            due = self._due(charge, end)
            for by, patience in ((AdmittedBy.BRIDGE, PATIENCE), (AdmittedBy.GRACE, self._terms.grace)):
                if now < due + patience:
                    return Inside(by=by, until=due + patience)
        return Outside(because=OutsideBecause.OVER, since=end)

    def _due(self, charge: Charge, end: datetime) -> datetime:
        """Return when a charge that has not been reported yet was due, without the time of holds since then. `end`: end
        of all time
        """
        due = max(end, charge.at)
        return due + self._layout.held_within(due, self._now)

    def _ends(self, billing: Billing) -> Ends:
        end, lasting = self._whole.end, self._whole.end
        if end is None:
            return Ends(paid=None, shown=None, lasting=None)
        is_outside = False
        match billing:
            case Charging(end=charged_end, ends_pause=is_outside):
                lasting = max(end, charged_end)
            case Unpaid(grace_until=grace_until, ends_pause=is_outside):
                lasting = max(end, grace_until)
            case Charge() if self._report is not None and self._report.pause_until is not None:
                is_outside = True
                lasting = max(end, self._report.pause_until) + max(self._terms.grace, WAKES)
        # A customer who is outside because of a pause is admitted by the payment that ends the pause.
        return Ends(paid=end, shown=end if is_outside else lasting, lasting=lasting)

    def _uses(self) -> Mapping[str, Use]:
        keys = (*(each.key for each in self._facts.bought), *(each.key for each in self._facts.given))
        used = {key: self._whole.used(key, self._now) for key in keys}
        return {key: Use(used=used[key], left=self._whole.used(key, _EVER) - used[key]) for key in used}


def timeline(facts: Facts, terms: Terms) -> Timeline:
    """Return the timeline of a subscription."""
    return Timeline(facts, terms)
