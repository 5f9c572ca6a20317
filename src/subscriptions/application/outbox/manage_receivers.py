"""Receivers of what happens: added, listed, given another secret, told again, removed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.outbox.send_events import WebhookReceiverOff
from subscriptions.domain.entities.outgoing import Happening, OutgoingEvent, Receiver
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import new_uuid
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.outbox import Outbox, Seals
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

NAME_LIMIT: Final = 80
MOST: Final = 50
"""Receivers: each event is kept for each of them."""
SHOWN: Final = 50


@dataclass(frozen=True)
class Added:
    """A receiver, and its secret, which is shown this once."""

    receiver: Receiver
    secret: str


class ManageReceivers:
    """Each raises RetryLater, and InvalidInput naming what is wrong, `name` for a receiver that is not there."""

    def __init__(self, outbox: Outbox, seals: Seals, units: UnitOfWorkFactory, clock: Clock) -> None:
        self._outbox, self._seals, self._units, self._clock = outbox, seals, units, clock

    async def all(self) -> Sequence[Receiver]:
        """By name."""
        return await self._outbox.receivers()

    async def add(self, url: str, name: str, kinds: Sequence[str]) -> Added:
        """kinds: what it wants to be told, empty for everything. name: empty for the address's host."""
        address = self._seals.check_address(url)
        name = name.strip() or (urlsplit(address).hostname or "")
        if not name.isprintable() or len(name) > NAME_LIMIT:
            raise InvalidInput("name", f"1 to {NAME_LIMIT} printable characters")
        unknown_kinds = sorted(set(kinds) - set(Happening))
        if unknown_kinds:
            raise InvalidInput("events", f"{', '.join(unknown_kinds)}: there are {', '.join(Happening)}")
        if len(await self._outbox.receivers()) >= MOST:
            raise InvalidInput("name", f"there are {MOST} already; remove one")
        secret = self._seals.new_secret()
        receiver = Receiver(
            id=new_uuid(),
            name=name,
            url=address,
            kinds=frozenset(kinds),
            secret=self._seals.seal(secret),
            created_at=self._clock.now(),
        )
        if not await self._outbox.add(receiver):
            raise InvalidInput("name", f"there is a receiver called {name}; choose another name")
        return Added(receiver, secret)

    async def rotate(self, name: str) -> Added:
        """Another secret; for a day both sign."""
        receiver, secret, now = await self.named(name), self._seals.new_secret(), self._clock.now()
        sealed_secret = self._seals.seal(secret)
        await self._outbox.settle(receiver.id, [], lambda it: it.rotate(sealed_secret, now))
        return Added(receiver, secret)

    async def switch_on(self, name: str) -> None:
        """Tell it again, what waited first."""
        receiver, now = await self.named(name), self._clock.now()
        receiver.switch_on()
        await self._outbox.save(receiver, now)
        await self._close_alarm(receiver, now)

    async def remove(self, name: str) -> None:
        """Forget it, and what it was told."""
        receiver, now = await self.named(name), self._clock.now()
        await self._outbox.settle(receiver.id, [], lambda it: it.switch_off("removed", now))
        await self._outbox.remove(receiver.id)
        await self._close_alarm(receiver, now)

    async def replay(self, name: str, since: datetime, *, told_too: bool) -> int:
        """Tell again what it did not take since then; told_too: and what it took. How much that is."""
        receiver = await self.named(name)
        return await self._outbox.replay(receiver.id, since, self._clock.now(), told_too=told_too)

    async def newest(self, name: str) -> Sequence[OutgoingEvent]:
        """What it was told last, the newest first."""
        return await self._outbox.newest((await self.named(name)).id, SHOWN)

    async def named(self, name: str) -> Receiver:
        """By its name or id."""
        for receiver in await self._outbox.receivers():
            if name in {receiver.name, str(receiver.id)}:
                return receiver
        raise InvalidInput("name", f"there is no receiver called {name}")

    async def _close_alarm(self, receiver: Receiver, now: datetime) -> None:
        async with self._units() as uow:
            await keep_alarm(uow, WebhookReceiverOff, str(receiver.id), None, now)
            await uow.commit()
