"""Exception for a violated guarantee, and the checks of the guarantees about payments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from tests.fakes.clock import ManualClock
from tests.year.facts import Agreement, Capture
from tests.year.offer import grace_of
from tests.year.provider import YearProvider
from tests.year.reading import Reading, Row, fold
from tests.year.weather import Weather

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LIVE = frozenset({"trialing", "active", "past_due", "paused", "canceled"})


class Gift(Protocol):
    """Protocol of an activation code with the fields on which access time depends: plan, days, user and time of use."""

    plan: str
    days: int
    used_by: int | None
    used_at: datetime | None


class Broken(Exception):
    """Error that states a violated guarantee.

    rows: records that prove the violation.
    person: customer concerned, or None.
    """

    def __init__(self, promise: str, rows: Sequence[object], person: int | None) -> None:
        super().__init__(f"{promise}: {list(rows)}")
        self.promise = promise
        self.rows = list(rows)
        self.person = person


class MoneyPromises:
    """Guarantees about payments: a payment is applied exactly once; only payments give paid time; the ledger determines
    the end of access.
    """

    def __init__(
        self,
        reading: Reading,
        provider: YearProvider,
        gifts: Mapping[str, Gift],
        clock: ManualClock,
        weather: Weather,
    ) -> None:
        """Create the checks.

        gifts: activation codes, keyed by the product's id of the code.
        """
        self._reading = reading
        self._gifts = gifts
        self._provider = provider
        self._clock = clock
        self._weather = weather
        self._folded: dict[object, tuple[Sequence[Row], int, datetime | None]] = {}

    def hold(self) -> None:
        """Check the guarantees about payments. Raises Broken if one is violated. Guarantees that depend only on the
        product's rows are checked only if the rows changed.
        """
        changed = self._reading.changed
        if changed:
            self._one_payment_per_key()
            self._one_live_subscription()
        self._time_comes_from_money()
        self._codes_are_counted()
        if changed:
            self._the_ledger_is_folded()
        self._every_capture_is_known()
        self._nobody_out_is_charged()
        if changed:
            self._refunds_are_taken()
            self._receipts_have_no_gap()
        self._events_are_worked_on()
        self._answers_follow_from_the_facts()

    def _one_payment_per_key(self) -> None:
        for key, rows in self._reading.payments.items():
            if len(rows) != 1:
                raise Broken("one payment per provider key", rows, rows[0]["person"])
            found = self._provider.capture_of(key)
            if found is None or found[1].amount.minor != rows[0]["amount_minor"]:
                raise Broken("a payment is what the provider took", [*rows, found], rows[0]["person"])

    def _one_live_subscription(self) -> None:
        seen: dict[tuple[int, str], Row] = {}
        for row in self._reading.standing:
            if row["status"] in LIVE:
                other = seen.setdefault((row["person"], row["plan"]), row)
                if other is not row:
                    raise Broken("one live subscription per customer and plan", [other, row], row["person"])

    def _time_comes_from_money(self) -> None:
        for entry in self._reading.fresh_entries:
            if not (self._bridges(entry) or self._explained(entry)):
                owner = next(row for row in self._reading.standing if row["id"] == entry["subscription_id"])
                raise Broken("time comes from what was paid or given, once", [entry, owner], owner["person"])

    def _explained(self, entry: Row) -> bool:
        span = (entry["starts_at"], entry["starts_at"] + entry["length"])
        if entry["kind"] == "token":
            gift = self._gifts.get(entry["source_key"])
            return gift is not None and (gift.used_at, entry["length"]) == (span[0], timedelta(days=gift.days))
        key = entry["source_key"].split(":", 1)[1]
        if entry["kind"] == "trial":
            agreement = self._provider.agreements.get(key)
            return agreement is not None and agreement.trial == span
        if entry["kind"] == "payment":
            found = self._provider.capture_of(key)
            return found is not None and (found[1].start, found[1].end) == span
        if entry["kind"] == "compensation":
            return self._compensates(entry)
        reversal = self._provider.reversal_of(key)
        if reversal is None:
            return False
        lost = reversal.closed_at is not None and not reversal.won
        return bool(entry["kind"] == "refund" or (entry["kind"] == "dispute" and lost))

    def _compensates(self, entry: Row) -> bool:
        """Return True if the entry restores time lost in a dispute, or between a payment and the first entry. A lost
        dispute may be compensated too, because the customer's other paid time was paused during the dispute.
        """
        owner = next(row for row in self._reading.standing if row["id"] == entry["subscription_id"])
        agreements = (
            one
            for one in self._provider.agreements.values()
            if (one.person, one.plan) == (owner["person"], owner["plan"])
        )
        captures = [capture for one in agreements for capture in one.captures]
        disputes = [each for capture in captures for each in capture.disputes]
        # The last of overlapping disputes restores the days of all, and the access was on hold until the product
        # learned of its end.
        start, length = entry["starts_at"], entry["length"]
        if entry["source_key"].startswith("no_access:"):
            return any(abs(each.at - start) < HOUR for each in captures) and bool(start + length <= self._clock.now())
        is_closed = any(each.closed_at is not None for each in disputes)
        return is_closed and start in {each.at for each in disputes} and bool(start + length <= self._clock.now())

    def _bridges(self, entry: Row) -> bool:
        """Return True if the entry gives a readmitted customer the time up to the next charge, in a period that was not
        charged because the access was on hold.
        """
        if not entry["source_key"].startswith("uncharged:"):
            return False
        start, length = entry["starts_at"], entry["length"]
        end = datetime.fromisoformat(entry["source_key"].split(":", 2)[2])
        periods = [each for one in self._provider.agreements.values() for each in one.uncharged]
        return any(began <= start and until == end and length <= end - start for began, until in periods)

    def _nobody_out_is_charged(self) -> None:
        """Check that a period is not charged if it begins while an open dispute puts the access on hold."""
        now = self._clock.now()
        for agreement in self._provider.judged():
            fresh = [one for one in _recent(agreement.captures)[1:] if now - 2 * HOUR < one.at <= now]
            for capture in fresh:
                before, then = (
                    partial(self._reading.knew_at, moment=capture.start - wait) for wait in (12 * HOUR, timedelta())
                )
                out = agreement.on_hold(before) and agreement.on_hold(then)
                if out and self._weather.calm(capture.start - 12 * HOUR, 11 * HOUR):
                    raise Broken("nobody is charged while they are kept out", [capture, agreement], agreement.person)

    def _codes_are_counted(self) -> None:
        entered = self._reading.codes_entered
        for key, gift in self._gifts.items():
            if gift.used_by not in self._reading.excused and entered[key] != (0 if gift.used_by is None else 1):
                raise Broken("the days of a code are in the ledger, once", [gift, dict(entered)], gift.used_by)

    def _the_ledger_is_folded(self) -> None:
        for row in self._reading.standing:
            entries = self._reading.entries.get(row["id"], [])
            if self._fold(row["id"], entries) != row["access_until"]:
                raise Broken("access_until is the fold over the ledger", [row, *entries], row["person"])

    def _fold(self, subscription: object, entries: Sequence[Row]) -> datetime | None:
        """Return the end of access by the ledger. The end is recalculated only if the ledger has more entries, because
        entries never change.
        """
        known, length, end = self._folded.get(subscription, ((), -1, None))
        if known is not entries or length != len(entries):
            end = fold(entries)
            self._folded[subscription] = (entries, len(entries), end)
        return end

    def _every_capture_is_known(self) -> None:
        """Check that in time each payment either counts or is under review with an alarm, and that each unreported
        payment is found or has an alarm.
        """
        for agreement in self._provider.judged():
            for capture in _recent(agreement.captures):
                row = self._reading.payment(capture.key)
                if row is None and self._weather.calm(capture.at, self._patience(agreement, capture)):
                    raise Broken(
                        "a captured payment leads to access or an alarm", [agreement, capture], agreement.person
                    )
                if row is None or row["status"] == "refunded":
                    continue
                alarmed = capture.refunds or self._reading.alarms(str(row["id"]))
                if row["status"] == "flagged" and not alarmed and self._weather.calm(row["recorded_at"]):
                    raise Broken("money set aside has an alarm, or goes back", [row, capture], agreement.person)
                if row["status"] == "captured" and not self._counted(row):
                    raise Broken("a captured payment is in the ledger", [row, capture], agreement.person)

    def _patience(self, agreement: Agreement, capture: Capture) -> timedelta:
        """Return how long a payment with a lost event may remain unknown: during grace days the provider is not
        queried.

        An alarm, after which the operator has events sent again, allows two more days. The provider is also not queried
        during the days of a code or days restored after a dispute.
        """
        recovers = capture.at - capture.start > 2 * HOUR
        mine = [row for row in self._reading.standing if str(row["order_id"]) == agreement.order]
        alarmed = any(self._reading.alarms(f"payment_event_missing:{row['id']}") for row in mine)
        whose = (agreement.person, agreement.plan)
        given = timedelta(days=sum(one.days for one in self._gifts.values() if (one.used_by, one.plan) == whose))
        disputes = [one for each in agreement.captures for one in each.disputes]
        given += sum(((one.closed_at or self._clock.now()) - one.at + DAY for one in disputes), timedelta())
        return (48 if alarmed else 12) * HOUR + given + (grace_of(agreement.plan) if recovers else timedelta())

    def _counted(self, row: Row) -> bool:
        entries = self._reading.entries.get(row["subscription_id"], [])
        return sum(1 for entry in entries if (entry["kind"], entry["payment_id"]) == ("payment", row["id"])) == 1

    def _refunds_are_taken(self) -> None:
        for agreement in self._provider.judged():
            for capture in agreement.captures:
                row = self._reading.payment(capture.key)
                for refund in capture.refunds:
                    known = self._reading.applied.get(refund.event)
                    if row is None or known is None or not refund.full:
                        continue
                    if row["status"] != "refunded":
                        raise Broken("a full refund is taken over", [row, refund], agreement.person)

    def _receipts_have_no_gap(self) -> None:
        counted: dict[tuple[str, int], int] = {}
        written = {row["source_id"]: row["amount_minor"] for row in self._reading.receipts if row["kind"] == "receipt"}
        for row in self._reading.receipts:
            series = (row["series"], row["year"])
            counted[series] = counted.get(series, 0) + 1
            if row["number"] != counted[series]:
                raise Broken("receipts have no gap", [row, counted[series]], None)
        for row in (found for rows in self._reading.payments.values() for found in rows):
            sold = row["flag"] is None and row["subscription_id"] is not None and row["amount_minor"] > 0
            if written.get(row["id"]) != (row["amount_minor"] if sold else None):
                raise Broken("a payment that counts has its receipt", [row, written.get(row["id"])], row["person"])

    def _events_are_worked_on(self) -> None:
        for row in self._reading.pending.values():
            if self._weather.calm(row["received_at"]):
                raise Broken("an event that arrived is worked on within the hour", [row], None)
        for key in self._reading.parked:
            if not self._reading.alarms("inbox:"):
                raise Broken("an event nobody can apply has an alarm", [key], None)

    def _answers_follow_from_the_facts(self) -> None:
        alarm = self._reading.open_alarms.get("state_differs")
        refs = (row["provider_ref"] for row in self._reading.standing if alarm and str(row["id"]) in alarm["key"])
        # The simulated provider also pauses a period that it charged, which no gateway reports.
        is_paused = any(ref in self._provider.agreements and self._provider.agreements[ref].pauses for ref in refs)
        if alarm is not None and not is_paused:
            raise Broken("access, billing and money follow from the facts", [alarm], None)


def _recent(captures: Sequence[Capture]) -> Sequence[Capture]:
    """Return the captures whose event may still arrive. Older captures were checked when they were new."""
    return captures[-3:]
