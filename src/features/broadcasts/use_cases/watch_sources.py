"""Check that a userbot account sees each mirrored channel. Without such an account, deletions are not mirrored."""

from datetime import datetime

from features.broadcasts.alarms import DeletionsUnseen
from features.broadcasts.use_cases.sources import UNSEEN_FOR, sight_of, sources
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


class WatchSources:
    """Use case that alerts the owners if no userbot account sees a mirrored channel. After a start of the process,
    accounts have `UNSEEN_FOR` to find each channel before an alarm is raised.
    """

    def __init__(self, units: UnitOfWorkFactory, clock: Clock) -> None:
        self._units = units
        self._clock = clock
        self._unseen: dict[ChatId, datetime] = {}

    async def __call__(self) -> None:
        """Raise and close the alarms about unseen channels. Idempotent."""
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
