"""Staff command that replaces the chat of a resource, and invites all entitled customers to the new one."""

from datetime import datetime
from typing import Any

from subscriptions.application.access.chat_place import ChatPlace
from subscriptions.application.access.resource_kind import kind_of
from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.application.resources.add_resource import CHAT, chats_on_offer, place_of
from subscriptions.application.resources.change_resource import ChangeResource
from subscriptions.application.resources.staff_resources import audit_entry, resource_of
from subscriptions.application.staff.command import Act, Effect, NothingToDo, Outcome, Subject
from subscriptions.application.staff.inputs import Choice, Input
from subscriptions.domain.entities.access import AccessEvent
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.resource import Resource
from subscriptions.domain.events import PlanOpened
from subscriptions.domain.ports.unit_of_work import UnitOfWork


class ReplaceResource(ChangeResource):
    """Staff command that replaces an abandoned or lost chat by another one, under its own title.

    The row of the old chat is kept as deleted, and access to it ends. No member is removed from the old chat, because
    it is assumed to be gone.
    """

    name = "replace_resource"
    inputs = (CHAT,)
    outcomes = ("replaced",)
    effects = ("invites",)

    async def preview(self, act: Act) -> Effect:
        """Return the new chat and the number of customers to invite."""
        resource, _, place = await self._chats(act)
        return Effect(name="invites", facts={"chat": place.title, "count": await _holders(act.uow, resource)})

    async def run(self, act: Act) -> Outcome:
        """Replace the chat. Raises Wrong for an unsuitable chat; NothingToDo for a resource without a replaceable
        chat.
        """
        resource, old, place = await self._chats(act)
        channel_row = await act.uow.channels.get(old.id, lock=True)
        if channel_row is None or channel_row.resource_id != resource.id:
            raise NothingToDo("somebody else changes it at this moment")
        old_chat = str(channel_row.channel_id)
        await _give_up(act.uow, channel_row, act.at)
        resource.rename(place.title, act.at)
        await act.uow.resources.save(resource)
        channel = Channel.for_resource(resource, place.chat, place.title, act.at)
        channel.replaces = channel_row.id
        if not await act.uow.channels.add_if_new(channel):
            raise NothingToDo("somebody else adds it at this moment")
        plans = await act.uow.resources.plans_opening(resource.id)
        for plan_id in {*plans, *await act.uow.resources.plans_keeping(resource.id)}:
            act.uow.record(PlanOpened(plan_id, (resource.soft_id,)))
        return Outcome(
            name="replaced",
            facts={"title": resource.title, "count": await _holders(act.uow, resource)},
            audit=[audit_entry(resource, "resource.replaced", before=old_chat, chat=str(place.chat))],
        )

    async def _chats(self, act: Act) -> tuple[Resource, Channel, ChatPlace]:
        resource = await resource_of(act)
        old = await act.uow.resources.place(resource.id)
        if kind_of(resource).for_one:
            raise NothingToDo("it is made for each customer, and replaced by itself where one is lost")
        if resource.is_vip:
            raise NothingToDo("it is the VIP channel; choose another in the panel, or VIP_CHANNEL_ID")
        if old is None:
            raise NothingToDo("it has no chat that could be replaced")
        kind, place = await place_of(act)
        if kind is not kind_of(resource):
            raise Wrong("chat_kind", question=CHAT.name, title=place.title)
        return resource, old, place

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> list[Choice]:
        """Return the chats where the bot is an administrator."""
        return await chats_on_offer(uow)


async def _holders(uow: UnitOfWork, resource: Resource) -> int:
    plans = await uow.resources.plans_opening(resource.id)
    return (await uow.resources.holders(resource, plans)).all if plans else 0


async def _give_up(uow: UnitOfWork, place: Channel, now: datetime) -> None:
    """End all access to a channel, revoke its invite links, and mark it as deleted."""
    for invite in await uow.channels.live_invites(place.id):
        invite.revoke(now)
        await uow.channels.save_invite(invite)
    for access in await uow.accesses.of_channel(place.id, lock=True):
        access.apply(AccessEvent.ENDED)
        access.apply(AccessEvent.REMOVED)
        await uow.accesses.save(access)
    place.mark_deleted()
    await uow.channels.save(place)
