"""Putting a broadcast together: what it says, whom it is for, when."""

from datetime import datetime, timedelta
from typing import Final

from subscriptions.application.catalog.browse_plans import PlanUnavailable
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.domain.entities.broadcast import Audience, Broadcast, BroadcastStatus
from subscriptions.domain.entities.pick import PickButton, PickContent
from subscriptions.domain.errors import InvalidInput, UmbralError
from subscriptions.domain.ids import BroadcastId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction

ALBUM_COMES_IN: Final = timedelta(seconds=3)
"""How long an album's messages take to come, one by one."""

FARTHEST: Final = timedelta(days=366)


class BroadcastConflict(UmbralError):
    """The same idempotency key came with another broadcast."""


class BroadcastChanged(UmbralError):
    """It says something else, or is for others, than what was agreed to."""


class UnknownBroadcast(UmbralError):
    """There is none of this name (any more)."""


class ComposeBroadcast:
    """For managers and owners in the chat, and for programs that have shown a key. actor: None is such a program."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, staff_desk: StaffDesk) -> None:
        self._units = units
        self._clock = clock
        self._staff_desk = staff_desk

    async def draft(
        self, actor: TelegramId, key: str, content: PickContent, audience: Audience | None = None
    ) -> tuple[Broadcast, bool]:
        """What somebody wrote or forwarded, and whether it is the first message of it: an album comes in several.
        audience: None where it is chosen later.

        Raises NotAllowed, PlanUnavailable.
        """
        async with self._units() as uow:
            await self._staff_desk.require(uow, actor, StaffAction.BROADCAST)
            fresh = Broadcast.draft(key, actor, content, self._clock.now())
            if audience is not None:
                await self._refuse_unknown(uow, audience)
                fresh.aim(audience)
            if await uow.broadcasts.add_if_new(fresh):
                await uow.commit()
                return fresh, True
            broadcast = await self._known_key(uow, key)
            if broadcast.add(content):
                await uow.broadcasts.save(broadcast)
                await uow.commit()
            return broadcast, False

    async def hand_over(
        self, key: str, content: PickContent, audience: Audience, at: datetime | None, *, former: str = ""
    ) -> Broadcast:
        """Take one in from a program, to begin at a moment, or now. The same again gives the same broadcast.

        former: the key by which the version before kept the same request; what it took in is not sent twice.
        Raises BroadcastConflict, PlanUnavailable, InvalidInput.
        """
        now = self._clock.now()
        starts = self._moment(at, now)
        async with self._units() as uow:
            await self._refuse_unknown(uow, audience)
            broadcast = await uow.broadcasts.by_key(former) if former else None
            if broadcast is not None and _same(broadcast, content, audience):
                return broadcast
            fresh = Broadcast.draft(key, None, content, now)
            fresh.aim(audience)
            fresh.start(starts, now)
            if await uow.broadcasts.add_if_new(fresh):
                await uow.audit.record(
                    actor="operator",
                    action=str(StaffAction.BROADCAST),
                    subject=str(fresh.id),
                    why="handed over by a program",
                    at=now,
                )
                await uow.commit()
                return fresh
            known_broadcast = await self._known_key(uow, key)
        if not _same(known_broadcast, content, audience):
            raise BroadcastConflict(key)
        return known_broadcast

    async def shown_in(self, broadcast_id: BroadcastId, card: int) -> None:
        """Remember the message that shows how it goes."""
        async with self._units() as uow:
            broadcast = await self._get(uow, broadcast_id)
            broadcast.card = card
            await uow.broadcasts.save(broadcast)
            await uow.commit()

    async def aim(self, actor: TelegramId, broadcast_id: BroadcastId, audience: Audience) -> Broadcast:
        """Choose whom it is for. Raises NotAllowed, UnknownBroadcast, PlanUnavailable, InvalidInput once it began."""
        async with self._units() as uow:
            await self._staff_desk.require(uow, actor, StaffAction.BROADCAST)
            await self._refuse_unknown(uow, audience)
            broadcast = await self._get(uow, broadcast_id)
            broadcast.aim(audience)
            await uow.broadcasts.save(broadcast)
            await uow.commit()
            return broadcast

    async def put_buttons(
        self, actor: TelegramId, broadcast_id: BroadcastId, buttons: tuple[tuple[PickButton, ...], ...]
    ) -> Broadcast:
        """The links under it. Raises as aim does; an album has none."""
        async with self._units() as uow:
            await self._staff_desk.require(uow, actor, StaffAction.BROADCAST)
            broadcast = await self._get(uow, broadcast_id)
            if buttons and broadcast.content.source is not None and len(broadcast.content.source.messages) > 1:
                raise InvalidInput("buttons", "an album has none at Telegram")
            broadcast.edit(_with_buttons(broadcast.content, buttons), self._clock.now())
            await uow.broadcasts.save(broadcast)
            await uow.commit()
            return broadcast

    async def start(
        self, actor: TelegramId, broadcast_id: BroadcastId, at: datetime | None = None, seal: str | None = None
    ) -> Broadcast:
        """Let it go now, or at a moment. Pressed twice, it goes once. Raises as aim does; BroadcastChanged where it has
        another seal than the one that was seen.
        """
        now = self._clock.now()
        async with self._units() as uow:
            staff = await self._staff_desk.require(uow, actor, StaffAction.BROADCAST)
            broadcast = await self._get(uow, broadcast_id)
            if broadcast.status is not BroadcastStatus.DRAFT:
                return broadcast
            if seal not in (None, broadcast.seal):
                raise BroadcastChanged(str(broadcast_id))
            broadcast.start(self._moment(at, now), now)
            await uow.broadcasts.save(broadcast)
            await self._staff_desk.note(
                uow, staff, StaffAction.BROADCAST, broadcast.id, "begun", now, **_facts(broadcast)
            )
            await uow.commit()
            return broadcast

    async def discard(self, actor: TelegramId, broadcast_id: BroadcastId) -> bool:
        """Throw a draft away. False: it is none any more. Raises NotAllowed."""
        async with self._units() as uow:
            await self._staff_desk.require(uow, actor, StaffAction.BROADCAST)
            broadcast = await uow.broadcasts.get(broadcast_id, lock=True)
            if broadcast is None or broadcast.status is not BroadcastStatus.DRAFT:
                return False
            await uow.broadcasts.remove(broadcast_id)
            await uow.commit()
            return True

    def _moment(self, at: datetime | None, now: datetime) -> datetime:
        if at is None:
            return now
        if at < now - ALBUM_COMES_IN or at > now + FARTHEST:
            raise InvalidInput("at", "must be a moment to come, within a year")
        return at

    async def _get(self, uow: UnitOfWork, broadcast_id: BroadcastId) -> Broadcast:
        broadcast = await uow.broadcasts.get(broadcast_id, lock=True)
        if broadcast is None:
            raise UnknownBroadcast(str(broadcast_id))
        return broadcast

    async def _known_key(self, uow: UnitOfWork, key: str) -> Broadcast:
        broadcast = await uow.broadcasts.by_key(key, lock=True)
        if broadcast is None:
            raise UnknownBroadcast(key)
        return broadcast

    async def _refuse_unknown(self, uow: UnitOfWork, audience: Audience) -> None:
        for soft_id in sorted(audience.channels | ({audience.plan} if audience.plan is not None else set())):
            if await uow.plans.by_soft_id(soft_id) is None:
                raise PlanUnavailable(soft_id)
        if audience.chat is not None and await uow.resources.by_soft_id(audience.chat) is None:
            raise InvalidInput("chat", "there is none of this name")


def _with_buttons(content: PickContent, buttons: tuple[tuple[PickButton, ...], ...]) -> PickContent:
    return PickContent(
        text=content.text,
        photo_url=content.photo_url,
        buttons=buttons,
        entities=content.entities,
        source=content.source,
    )


def _facts(broadcast: Broadcast) -> dict[str, str]:
    to = broadcast.audience
    if to is None:
        return {}
    if to.channels:
        return {"channels": ", ".join(sorted(to.channels))}
    minimum = str(to.spent) if to.spent is not None else None
    facts = {"segment": str(to.segment), "language": to.language, "plan": to.plan, "chat": to.chat, "spent": minimum}
    return {name: value for name, value in facts.items() if value is not None}


def _same(broadcast: Broadcast, content: PickContent, audience: Audience) -> bool:
    """Whether it is what a request says; one that was edited meanwhile may read otherwise."""
    is_unchanged = broadcast.content.fingerprint == content.fingerprint or broadcast.revision > 1
    return is_unchanged and broadcast.audience == audience
