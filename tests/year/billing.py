"""Billing by the simulated provider: periods end, cards are charged, and failed charges are retried and finally
abandoned.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from subscriptions.domain.ports.payment_gateway import ProviderStatus
from tests.year.agenda import Agenda
from tests.year.chance import Stream
from tests.year.facts import Agreement
from tests.year.journal import Journal
from tests.year.provider import YearProvider

AGAIN_AFTER = (timedelta(days=1), timedelta(days=3), timedelta(days=2))
"""Waits before the retries of a declined charge, each after the previous attempt. After the last attempt the provider
stops retrying.
"""

CHARGEABLE = frozenset({ProviderStatus.ACTIVE, ProviderStatus.PAST_DUE})


class Billing:
    """Runner of every payment agreement (subscription or single payment) until its end."""

    def __init__(self, provider: YearProvider, agenda: Agenda, journal: Journal, chance: Stream, failing: float):
        """Create the runner.

        failing: share of first charges that are declined; of later attempts, half of this share is declined.
        """
        self._provider = provider
        self._agenda = agenda
        self._journal = journal
        self._chance = chance
        self._failing = failing
        provider.began = self._watch

    def _watch(self, agreement: Agreement) -> None:
        if agreement.interval is not None:
            end = self._provider.subscriptions[agreement.ref].current_period_end
            assert end is not None
            self._agenda.at(end, partial(self._period_over, agreement))

    async def _period_over(self, agreement: Agreement) -> None:
        known = self._provider.subscriptions[agreement.ref]
        if known.status is ProviderStatus.ENDED:
            return
        if known.cancel_at_period_end or agreement.unpaid_since is not None:
            self._log(agreement, "ends at the provider")
            self._provider.finish(agreement.ref)
            return
        if known.status is ProviderStatus.PAUSED:
            self._agenda.after(timedelta(hours=1), partial(self._period_over, agreement))
            return
        start = self._provider.next_period(agreement.ref)
        if agreement.ref in self._provider.held:
            self._log(agreement, "is left uncharged")
            end = self._provider.subscriptions[agreement.ref].current_period_end
            assert end is not None
            agreement.uncharged.append((start, end))
            self._watch(agreement)
            return
        wait = self._chance.wait(timedelta(seconds=5), timedelta(minutes=2))
        if self._chance.happens(0.2):
            wait = self._chance.wait(timedelta(minutes=2), timedelta(hours=1))
        self._agenda.at(start + wait, partial(self._charge, agreement))
        self._watch(agreement)

    async def _charge(self, agreement: Agreement) -> None:
        if self._provider.subscriptions[agreement.ref].status not in CHARGEABLE:
            return
        works = not self._chance.happens(self._failing if agreement.attempts == 0 else 0.5)
        self._log(agreement, "is charged" if works else "cannot be charged")
        self._provider.charge(agreement.ref, works=works)
        if works:
            return
        if agreement.attempts > len(AGAIN_AFTER):
            self._log(agreement, "is given up by the provider")
            self._provider.finish(agreement.ref)
            return
        self._agenda.after(AGAIN_AFTER[agreement.attempts - 1], partial(self._charge, agreement))

    def _log(self, agreement: Agreement, what: str) -> None:
        self._journal.log(what, agreement.ref, person=agreement.person)
