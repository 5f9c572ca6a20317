"""A shared chat that was lost is replaced by another one, into which everybody entitled is invited."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from subscriptions.application.access.chat_place import look_at, refuse_taken
from subscriptions.domain.entities.access import AccessEvent
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.resource import GROUP, PERSONAL_CHANNEL, Resource
from subscriptions.domain.errors import InvalidInput, RetryLater
from subscriptions.domain.events import PlanOpened
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.invite_maker import InviteMaker
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

_CALLED: Final = {GROUP: "group"}


@dataclass(frozen=True)
class Replacement:
    """What came of it. invited: how many people have a plan that opens it."""

    resource: Resource
    invited: int


class ReplaceResource:
    """Looks at the new chat as the bot sees it, and makes it the place of a resource.

    The row of the old chat is kept as deleted, with the rights of its people ended; nobody is put out of it, since it
    is taken to be gone.
    """

    def __init__(self, units: UnitOfWorkFactory, maker: InviteMaker, clock: Clock) -> None:
        self._units = units
        self._maker = maker
        self._clock = clock

    async def __call__(self, soft_id: str, chat: ChatId | str, *, actor: str) -> Replacement:
        """Replace it. chat: the new one's id, or `@name`. actor: who, for the audit.

        Raises InvalidInput naming `resource` or `chat`, and RetryLater while Telegram cannot be asked.
        """
        async with self._units() as uow:
            await _replaceable(uow, soft_id)
        kind, look = await look_at(self._maker, chat)
        async with self._units() as uow:
            resource, old = await _replaceable(uow, soft_id)
            if kind != resource.kind:
                kind_word = _CALLED.get(resource.kind, "channel")
                raise InvalidInput("chat", f"{soft_id} is a {kind_word}, and «{look.title}» is none; name another one")
            await refuse_taken(uow, look)
            now = self._clock.now()
            locked = await uow.channels.get(old.id, lock=True)
            if locked is None or locked.resource_id != resource.id:
                raise RetryLater(f"{soft_id} is being changed by somebody else")
            await _give_up(uow, locked, now)
            place = Channel.shared(resource, look.chat, locked.title, now)
            place.replaces = locked.id
            if not await uow.channels.add_if_new(place):
                raise InvalidInput("chat", f"«{look.title}» is being added by somebody else")
            plans = await uow.resources.plans_opening(resource.id)
            for plan_id in {*plans, *await uow.resources.plans_keeping(resource.id)}:
                uow.record(PlanOpened(plan_id, (soft_id,)))
            holders = (await uow.resources.holders(resource, plans)).all if plans else 0
            await uow.audit.record(
                actor=actor,
                action="resource.replaced",
                subject=str(resource.id),
                why="asked at the command line",
                at=now,
                facts={"resource": soft_id, "before": str(locked.channel_id), "chat": str(look.chat)},
            )
            await uow.commit()
        log.info("resource replaced", resource=soft_id, chat=look.chat)
        return Replacement(resource, holders)


async def _replaceable(uow: UnitOfWork, soft_id: str) -> tuple[Resource, Channel]:
    resource = await uow.resources.by_soft_id(soft_id)
    if resource is None:
        raise InvalidInput("resource", f"{soft_id} is no resource; `umbral resources` lists them")
    if resource.kind == PERSONAL_CHANNEL:
        raise InvalidInput("resource", f"{soft_id} is made for each customer, and replaced by itself where one is lost")
    if resource.has_ritual:
        raise InvalidInput("resource", f"{soft_id} is the VIP channel; choose another in the panel, or VIP_CHANNEL_ID")
    place = await uow.resources.place(resource.id)
    if place is None:
        raise InvalidInput("resource", f"{soft_id} has no chat that could be replaced")
    return resource, place


async def _give_up(uow: UnitOfWork, place: Channel, now: datetime) -> None:
    """Nobody is in it any more, and no link leads there."""
    for invite in await uow.channels.live_invites(place.id):
        invite.revoke(now)
        await uow.channels.save_invite(invite)
    for access in await uow.accesses.of_channel(place.id, lock=True):
        access.apply(AccessEvent.ENDED)
        access.apply(AccessEvent.REMOVED)
        await uow.accesses.save(access)
    place.deleted()
    await uow.channels.save(place)
