"""Checks of the guarantees about events that no webhook reports: fetching finds changes at the provider in time, and
missing webhooks raise an alarm.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from subscriptions.domain.ports.payment_gateway import ProviderStatus
from tests.fakes.clock import ManualClock
from tests.year.facts import Agreement, Capture, Reversal
from tests.year.journal import Journal
from tests.year.patience import Patience
from tests.year.promises import DAY, HOUR, LIVE, Broken
from tests.year.provider import YearProvider
from tests.year.reading import Reading, Row
from tests.year.silence import Silence
from tests.year.weather import POST, Weather

SELDOM = timedelta(hours=6)
"""Interval of the regular checks in the simulated year. In production they run every second, which would take most of
the available time here.
"""
OFTEN = timedelta(minutes=20)
"""Interval of the checks while no webhooks arrive: as often as providers are queried in production."""
ASKED = DAY + 6 * HOUR
"""Maximum time to learn a subscription's status: each subscription is fetched once per day and, after a missing
response, again six hours later.
"""
POSTED = 3 * DAY
"""Maximum delay of a webhook."""
SILENT = timedelta(hours=2)
"""Time until the owners are alerted about missing webhooks, counted from the fetch that found an unreported event."""


class RecordingPromises:
    """Checks that compare the events at the provider with the product's records, whether learned by webhook or by
    fetching.
    """

    def __init__(
        self,
        reading: Reading,
        provider: YearProvider,
        clock: ManualClock,
        weather: Weather,
        journal: Journal,
        silence: Silence,
    ) -> None:
        self._reading = reading
        self._provider = provider
        self._clock = clock
        self._weather = weather
        self._journal = journal
        self._silence = silence
        self._patience = Patience(clock, weather, POST)
        self._recorded: set[str] = set()

    def hold(self) -> None:
        """Check the guarantees about recorded events. Raises Broken if one is violated."""
        self._patience.begin()
        for agreement in self._provider.judged():
            for capture in agreement.captures:
                if capture.refunds or capture.disputes or capture.key not in self._recorded:
                    self._money_is_recorded(agreement, capture)
            if agreement.interval is not None:
                self._it_stands_as_there(agreement)
        self._silence_is_reported()
        self._patience.end()

    def _money_is_recorded(self, agreement: Agreement, capture: Capture) -> None:
        """Check that a payment and its reversals are recorded in time."""
        row = self._reading.payment(capture.key)
        self._in_time("money that came", agreement, capture.key, capture.at, HOUR, known=row is not None)
        for one in capture.reversals:
            known = one.key in self._reading.reversals
            self._in_time("money that left", agreement, one.key, one.at, HOUR, known=known)
            if known and self._cuts(one) and self._late(one.at, HOUR) and not self._late(one.at, 6 * HOUR):
                self._who_lost_it_is_out(agreement, one)
            if one.closed_at is not None:
                over = known and self._reading.reversals[one.key]["status"] in {"won", "lost"}
                self._in_time("the end of a dispute", agreement, f"{one.key} end", one.closed_at, ASKED, known=over)

    def _in_time(
        self, what: str, agreement: Agreement, key: str, at: datetime, bound: timedelta, *, known: bool
    ) -> None:
        if key in self._recorded:
            return
        if not self._silence.reigns(at):
            # An event arrives by webhook or by the regular check, which is rarer here.
            bound = max(bound, 2 * SELDOM)
        if self._provider.forgetful:
            # The provider lists nothing, so events arrive by webhook only, which may take days.
            bound = max(bound, POSTED)
        if known:
            self._recorded.add(key)
            self._journal.log(f"{what} is heard of" + (" unheard" if self._silence.reigns(at) else ""), key)
        elif self._late(at, bound):
            raise Broken(f"{what} is heard of in time", [agreement, key], agreement.person)

    def _cuts(self, reversal: Reversal) -> bool:
        return self._silence.reigns(reversal.at) and reversal.full and not reversal.won

    def _who_lost_it_is_out(self, agreement: Agreement, reversal: Reversal) -> None:
        """Check that a customer without time left by the ledger is removed within an hour of a reversal, even if no
        webhook reported the reversal.
        """
        rows = self._reading.of(agreement.person, agreement.plan)
        inside = [row for row in rows if row["access"] in {"invited", "active"}]
        if inside and not any(self._has_time(row) for row in rows):
            raise Broken("whose money left is out within the hour", [reversal, *inside], agreement.person)

    def _has_time(self, row: Row) -> bool:
        if row["status"] not in LIVE or row["paused_for"] is not None:
            return False
        # During grace days there is time left, and the provider may report a running period whose payment is on its
        # way.
        until = row["access_until"]
        return row["status"] == "past_due" or until is None or bool(until > self._clock.now() - HOUR)

    def _it_stands_as_there(self, agreement: Agreement) -> None:
        there = self._provider.subscriptions[agreement.ref]
        for row in self._reading.by_ref.get(agreement.ref, ()):
            if row["status"] not in LIVE:
                continue
            is_paused, until = there.status is ProviderStatus.PAUSED, row["access_until"]
            # Granted days beyond the provider's period are used during a pause without a date.
            has_own_days = until is not None and until > (there.current_period_end or until)
            ended, stops = there.status is ProviderStatus.ENDED, row["status"] == "canceled" or row["cancels"]
            wrong = {
                "an end": ended and row["status"] in {"trialing", "active"},
                "a cancellation": not ended and there.cancel_at_period_end is not stops,
                "a pause": not ended and is_paused is not _is_paused(row) and not (is_paused and has_own_days),
            }
            for what, differs in wrong.items():
                if differs and self._patience.over(what, row["id"], ASKED):
                    raise Broken(f"{what} is heard of in time", [row, there], agreement.person)

    def _silence_is_reported(self) -> None:
        """Check that the alarm is raised as soon as fetching finds an unreported event, and closed when webhooks arrive
        again.
        """
        alarm = self._reading.open_alarms.get("webhooks_silent")
        asked, received = self._reading.asked, self._reading.received
        missed = asked is not None and self._silence.reigns(asked) and (received is None or received < asked)
        if missed and alarm is None and self._patience.over("silence", "not told", SILENT):
            raise Broken("webhooks that stop are told to the owners", [asked, received], None)
        over = received is not None and (asked is None or received > asked)
        if over and alarm is not None and self._patience.over("silence", "still told", 2 * SELDOM):
            raise Broken("an alarm about silence ends with it", [alarm, received], None)

    def _late(self, since: datetime, length: timedelta) -> bool:
        return self._weather.calm(since, length, but=POST)


def _is_paused(row: Row) -> bool:
    return "provider" in (row["paused_for"] or "")
