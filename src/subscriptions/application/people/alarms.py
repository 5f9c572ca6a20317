"""What only a person can mend: told to the owners, listed, settled."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from subscriptions.application.people.alarm_facts import named, with_customer
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.application.people.watch_alarms import close_if_mended, open_again
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.events import AlarmRaised
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction

VIP_BOT_OUT: Final = "vip_bot_put_out"
"""One of our bots is not in the VIP channel any more: put out, or the channel deleted."""

ERASURE_WAITS: Final = "erasure_waits"
"""Somebody who wants to be forgotten still cannot be."""

SHOWN: Final = 10
_LOOKED_AT: Final = 50
TOLD_AGAIN_AFTER: Final = timedelta(days=1)
"""How long an alarm stays settled by an owner's word while its cause goes on."""


class SeeAlarms:
    """Open alarms, the newest first. All but `count` raise NotAllowed."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, staff_desk: StaffDesk) -> None:
        self._units = units
        self._clock = clock
        self._staff_desk = staff_desk

    async def count(self) -> int:
        """How many wait."""
        async with self._units() as uow:
            return await uow.alarms.count_open()

    async def open(self, actor: TelegramId) -> Sequence[Alarm]:
        """Those that still need a person; what mended itself meanwhile is closed on the way."""
        async with self._units() as uow:
            await self._staff_desk.require(uow, actor, StaffAction.SEE_ALARMS)
            found, now = await uow.alarms.open(_LOOKED_AT), self._clock.now()
            needed = [alarm for alarm in found if not await close_if_mended(uow, alarm, now)]
            if len(needed) < len(found):
                await uow.commit()
        return needed[:SHOWN]

    async def get(self, actor: TelegramId, alarm_id: UUID) -> Alarm | None:
        """One of them, also a closed one."""
        async with self._units() as uow:
            await self._staff_desk.require(uow, actor, StaffAction.SEE_ALARMS)
            alarm = await uow.alarms.get(alarm_id)
            if alarm is not None:
                alarm.facts = await named(uow, alarm.facts)
            return alarm

    async def close(self, actor: TelegramId, alarm_id: UUID) -> bool:
        """It is settled. False: somebody else was first, or there is none."""
        now = self._clock.now()
        async with self._units() as uow:
            staff = await self._staff_desk.require(uow, actor, StaffAction.CLOSE_ALARMS)
            alarm = await uow.alarms.get(alarm_id, lock=True)
            if alarm is None or not alarm.close(staff.telegram_id, now):
                return False
            await uow.alarms.save(alarm)
            await self._staff_desk.note(
                uow, staff, StaffAction.CLOSE_ALARMS, alarm.key, "settled", now, kind=alarm.kind
            )
            await uow.commit()
        return True


class ReportProblem:
    """Tells the owners once per key."""

    def __init__(self, units: UnitOfWorkFactory) -> None:
        self._units = units

    async def __call__(self, key: str, kind: str, **facts: str) -> None:
        """key: what makes it one alarm however often it is seen."""
        async with self._units() as uow:
            uow.record(AlarmRaised(key, kind, tuple(sorted(facts.items()))))
            await uow.commit()


class KeepAlarm:
    """`keep_alarm`, where its cause is seen by itself."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def __call__(self, kind: str, about: str, facts: Mapping[str, str] | None) -> None:
        """As `keep_alarm`."""
        async with self._units() as uow:
            await keep_alarm(uow, kind, about, facts, self._clock.now())
            await uow.commit()


async def raise_once(uow: UnitOfWork, alarm: AlarmRaised, now: datetime) -> None:
    """Tell the owners, unless they were told under the same key: then it is open again, where it had closed itself.

    The caller commits.
    """
    raised = Alarm.raised(alarm.key, alarm.kind, await with_customer(uow, dict(alarm.facts)), now)
    if await uow.alarms.add_if_new(raised):
        uow.record(alarm)
    else:
        await open_again(uow, raised)


async def keep_alarm(uow: UnitOfWork, kind: str, about: str, facts: Mapping[str, str] | None, now: datetime) -> None:
    """An alarm that stands as long as its cause, and closes itself; the caller commits.

    about: what it is about, one alarm for each. facts: None = its cause is gone. An owner who settles it while its
    cause goes on hears of it again after a day.
    """
    newest = await uow.alarms.newest(kind, f"{kind}:{about}:", lock=True)
    if newest is not None and newest.open:
        if facts is None:
            newest.closed_at = now
            await uow.alarms.save(newest)
        return
    if facts is None or (newest is not None and _settled_lately(newest, now)):
        return
    key = f"{kind}:{about}:{now:%Y-%m-%dT%H}"
    if newest is not None and newest.key == key:
        # It comes and goes: told once an hour, and open while it is there.
        newest.closed_at = None
        await uow.alarms.save(newest)
        return
    await raise_once(uow, AlarmRaised(key, kind, tuple(facts.items())), now)


def _settled_lately(alarm: Alarm, now: datetime) -> bool:
    return alarm.closed_by is not None and alarm.closed_at is not None and now - alarm.closed_at < TOLD_AGAIN_AFTER


def about_period(subscription: Subscription, kind: str, **more: str) -> AlarmRaised:
    """An alarm about a subscription, one of its kind for each of its periods."""
    end = subscription.access_until
    key = f"{kind}:{subscription.id}:{end.isoformat() if end is not None else '-'}"
    facts = {"subscription": str(subscription.id), "customer": str(subscription.customer_id), **more}
    return AlarmRaised(key, kind, tuple(facts.items()))
