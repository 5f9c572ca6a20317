"""Simulated external faults: failures of single calls, and storms, in which a service is unreachable for a while."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from subscriptions.domain.errors import Ambiguous, RetryLater
from subscriptions.domain.ids import AccountId
from subscriptions.domain.ports.channel_provisioner import FloodWait
from subscriptions.domain.ports.payment_errors import GatewayUnavailable
from tests.fakes.clock import ManualClock
from tests.year.bot_api import BROKEN, IDLE, LOST, REFUSED, Fault
from tests.year.chance import Stream
from tests.year.journal import Journal

POST, PROVIDER, BOT, ACCOUNTS = "the provider's deliveries", "the provider", "the Bot API", "the accounts' Telegram"
STORMS = {
    POST: timedelta(hours=26),
    PROVIDER: timedelta(hours=2),
    BOT: timedelta(hours=1),
    ACCOUNTS: timedelta(hours=1),
}
"""Services with storms, and their maximum duration."""

EVERY = timedelta(days=30)
"""Average interval between the storms of a service."""

SURE = frozenset(
    {"GetParticipants", "GetParticipant", "GetChatInviteImporters", "GetExportedChatInvites", "GetDialogs"}
)
"""Read-only calls, whose lost response causes no uncertainty."""


@dataclass(frozen=True)
class Storm:
    """Period in which a service is unreachable."""

    service: str
    start: datetime
    end: datetime


@dataclass
class Weather:
    """Generator of the faults of external calls, chosen when a call is made.

    storms: outages of services; flood waits that Telegram requests are added when they occur.
    """

    clock: ManualClock
    journal: Journal
    chance: Stream
    storms: list[Storm] = field(default_factory=list)

    def forecast(self, start: datetime, days: int, *, brisk: bool) -> None:
        """Determine the storms of the whole span.

        brisk: True for storms six times as frequent.
        """
        every = EVERY / 6 if brisk else EVERY
        for service, longest in STORMS.items():
            at = start + self.chance.wait(timedelta(days=1), every)
            while at < start + timedelta(days=days):
                length = self.chance.wait(timedelta(minutes=10), longest)
                self.storms.append(Storm(service, at, at + length))
                at += self.chance.wait(every / 2, every * 3 / 2)

    def away(self, service: str) -> datetime | None:
        """Return the time until which a service is unreachable, or None if it is reachable."""
        now = self.clock.now()
        return max(
            (one.end for one in self.storms if one.service == service and one.start <= now < one.end), default=None
        )

    def calm(self, since: datetime, length: timedelta = timedelta(hours=1), *, but: str | None = None) -> bool:
        """Return True if more than the given time has passed without outages. but: service whose outages are
        ignored.
        """
        now = self.clock.now()
        rough = sum(
            (max(min(one.end, now) - max(one.start, since), timedelta()) for one in self.storms if one.service != but),
            start=timedelta(),
        )
        return now - since - rough > length

    def bot_api(self, method: str, person: int) -> Fault | None:
        """Return the fault of a call of the bot, or None."""
        until = self.away(BOT)
        if until is not None:
            return Fault(REFUSED, min(max(int((until - self.clock.now()).total_seconds()), 10), 600))
        drawn = self.chance.random()
        if drawn < 0.03:
            return Fault(REFUSED if drawn < 0.01 else BROKEN if drawn < 0.02 else LOST)
        lies = method in {"BanChatMember", "UnbanChatMember"}
        return Fault(IDLE) if lies and self.chance.happens(0.15) else None

    def provider(self, method: str) -> None:
        """Raise the error of an unreachable provider while the provider is unreachable."""
        until = self.away(PROVIDER)
        if until is not None:
            rest = min(max(until - self.clock.now(), timedelta(minutes=1)), timedelta(minutes=10))
            raise GatewayUnavailable("acme", "maintenance", delay=rest)
        if self.chance.happens(0.01):
            self.journal.log("provider", method, "does not answer")
            raise GatewayUnavailable("acme", f"{method}: timeout")

    def account(self, account: AccountId, method: str, moment: str) -> None:
        """Raise the fault of an account's call, if any.

        moment: `before` for faults that prevent the call, `after` for faults that lose the response of an executed
            call.
        """
        if moment == "before" and self.away(ACCOUNTS) is not None:
            raise RetryLater("Telegram does not answer", delay=timedelta(minutes=10))
        drawn = self.chance.random()
        if moment == "before" and drawn < 0.004:
            wait = self.chance.wait(timedelta(seconds=10), timedelta(minutes=20))
            now = self.clock.now()
            self.storms.append(Storm(ACCOUNTS + " wants a rest", now, now + wait))
            self.journal.log("account", account, method, "flood wait", wait)
            raise FloodWait(method, wait)
        uncertain = 0.3 if method == "CreateChannel" else 0.01
        if moment == "after" and drawn < uncertain and method not in SURE:
            self.journal.log("account", account, method, LOST)
            raise Ambiguous(f"{method}: the answer got lost")
