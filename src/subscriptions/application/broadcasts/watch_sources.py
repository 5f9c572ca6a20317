"""Whether some account sees each channel that is mirrored: what is deleted there follows only then."""

from datetime import datetime

from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.broadcasts.sources import UNSEEN_FOR, DeletionsUnseen, sight_of, sources
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


class WatchSources:
    """Tells the owners of one that nobody has seen for a while; the accounts are given as long after each start."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock) -> None:
        self._units = units
        self._clock = clock
        self._unseen: dict[ChatId, datetime] = {}

    async def __call__(self) -> None:
        """Repeating it changes nothing."""
        now = self._clock.now()
        async with self._units() as uow:
            for source in await sources(uow):
                sight = await sight_of(uow, source.chat)
                if sight is not None and sight.fresh(now):
                    self._unseen.pop(source.chat, None)
                    await keep_alarm(uow, DeletionsUnseen, str(source.chat), None, now)
                elif now - self._unseen.setdefault(source.chat, now) >= UNSEEN_FOR:
                    alarm = DeletionsUnseen(channel=source.title, plans=source.plans)
                    await keep_alarm(uow, DeletionsUnseen, str(source.chat), alarm, now)
            await uow.commit()
