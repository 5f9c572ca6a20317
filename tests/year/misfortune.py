"""Random events that later affect a payment: refunds, disputes, and pauses at the provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import ProviderStatus
from tests.year.agenda import Agenda
from tests.year.chance import Stream
from tests.year.facts import Agreement, Capture, Reversal
from tests.year.journal import Journal
from tests.year.provider import YearProvider

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class Misfortune:
    """Random refunds, disputes and pauses. share: share of all payments that are refunded, disputed or paused."""

    provider: YearProvider
    agenda: Agenda
    journal: Journal
    chance: Stream
    share: float

    def befall(self, agreement: Agreement, capture: Capture) -> None:
        """Plan what later happens to a payment: a refund, a dispute, a pause, or nothing."""
        fate = self.chance.random() / self.share
        length = capture.end - capture.start
        wait = self.chance.wait(HOUR, max(length * 5 / 4, 2 * DAY))
        if fate < 0.25:
            self.agenda.after(wait, partial(self._refund, agreement, capture, 1))
        elif fate < 0.45:
            self.agenda.after(wait, partial(self._refund, agreement, capture, 3))
        elif fate < 0.75:
            self.agenda.after(wait, partial(self._dispute, agreement, capture))
        elif fate < 1 and agreement.interval is not None:
            self.agenda.after(self.chance.wait(HOUR, length / 2), partial(self._pause, agreement, length))

    async def _refund(self, agreement: Agreement, capture: Capture, divisor: int) -> None:
        if capture.reversals:
            return
        self._log(agreement, "is refunded" if divisor == 1 else "is refunded in part", capture.key)
        amount = Money(capture.amount.minor // divisor, capture.amount.currency)
        self.provider.give_back(agreement, capture, amount)

    async def _dispute(self, agreement: Agreement, capture: Capture) -> None:
        if capture.reversals:
            return
        self._log(agreement, "disputes", capture.key)
        dispute = self.provider.dispute(agreement, capture)
        won = self.chance.happens(0.6)
        self.agenda.after(
            self.chance.wait(6 * HOUR, 20 * DAY), partial(self._decide, agreement, capture, dispute, won=won)
        )

    async def _decide(self, agreement: Agreement, capture: Capture, dispute: Reversal, *, won: bool) -> None:
        self._log(agreement, "loses the dispute" if won else "wins the dispute", capture.key)
        self.provider.decide_dispute(agreement, capture, dispute, won=won)

    async def _pause(self, agreement: Agreement, length: timedelta) -> None:
        if self.provider.subscriptions[agreement.ref].status is not ProviderStatus.ACTIVE:
            return
        self._log(agreement, "rests")
        self.provider.pause(agreement.ref)
        self.agenda.after(self.chance.wait(HOUR, length), partial(self._resume, agreement))

    async def _resume(self, agreement: Agreement) -> None:
        if self.provider.subscriptions[agreement.ref].status is ProviderStatus.PAUSED:
            self._log(agreement, "goes on")
            self.provider.unpause(agreement.ref)

    def _log(self, agreement: Agreement, what: str, *facts: object) -> None:
        self.journal.log(what, agreement.ref, *facts, person=agreement.person)
