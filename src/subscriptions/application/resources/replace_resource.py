"""Staff command that replaces the chat of a resource, and invites all entitled customers to the new one."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from subscriptions.application.access.chat_check import NamedChat, is_replaced, release_chat
from subscriptions.application.access.empty_old_chat import EMPTIED_AT, NEVER
from subscriptions.application.access.resource_kind import kind_of
from subscriptions.application.dto.jobs import EmptyOldChat
from subscriptions.application.dto.policy import Policy
from subscriptions.application.dto.typed_answers import Fact, Wrong, day
from subscriptions.application.resources.add_resource import CHAT, chats_on_offer, chosen_chat, seen_chat
from subscriptions.application.resources.change_resource import ChangeResource
from subscriptions.application.resources.staff_resources import audit_entry, resource_of
from subscriptions.application.staff.command import Effect, Execution, NothingToDo, Outcome, Subject
from subscriptions.application.staff.inputs import Choice, Input, InputKind
from subscriptions.domain.entities.access import AccessEvent
from subscriptions.domain.entities.channel import Channel, Invite
from subscriptions.domain.entities.resource import Resource
from subscriptions.domain.events import InviteAskedAgain, PlanOpened
from subscriptions.domain.ids import ChannelId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.zones import end_of_day

EMPTIED_ON: Final[Input[date | None]] = Input(
    name="emptied_on",
    kind=InputKind.TEXT,
    parse=day,
    is_day=True,
    value=lambda text: date.fromisoformat(text) if text else None,
    limits=(0, 10),
    default="",
)
"""Input for the last day on which customers may stay in the old chat, in the shop's time zone; None if no customer is
to be removed.
"""


class ReplaceResource(ChangeResource):
    """Staff command that replaces an abandoned or lost chat by another chat, which keeps its own title.

    The row of the old chat is kept as deleted, and access to it ends. Its customers have until a day that the operator
    chooses to move to the new chat, and are then removed from the old one. Without a day, no person is removed. To
    change or remove the day, run the command again with the same chat. Customers who have not used their link yet are
    then sent the link again with the new day.
    """

    policy: Policy

    name = "replace_resource"
    inputs = (CHAT, EMPTIED_ON)
    outcomes = ("replaced", "replaced_emptied", "emptied", "emptied_never")
    effects = ("invites", "invites_emptied", "empties", "empties_never")

    async def preview(self, execution: Execution) -> Effect:
        """Return the new chat and the number of customers to invite."""
        moved = await _moved(execution)
        if moved is not None:
            facts = {"count": len(await _unused_links(execution, moved)), **self._emptied(execution)}
            return Effect(name="empties" if execution[EMPTIED_ON] else "empties_never", facts=facts)
        resource, _, chat, _ = await self._chats(execution)
        facts = {"chat": chat.title, "count": await _holders(execution.uow, resource), **self._emptied(execution)}
        return Effect(name="invites_emptied" if execution[EMPTIED_ON] else "invites", facts=facts)

    async def run(self, execution: Execution) -> Outcome:
        """Replace the chat. Raises Wrong for an unsuitable chat or a day in the past, and NothingToDo for a resource
        without a replaceable chat.
        """
        emptied_on, moved = execution[EMPTIED_ON], await _moved(execution)
        if moved is not None and moved.replaces is not None:
            return await self._change_day(execution, moved, moved.replaces)
        resource, old, chat, unused = await self._chats(execution)
        if unused is not None and not await execution.uow.resources.delete_if_unused(unused.id):
            raise Wrong("chat_known", question=CHAT.name, title=chat.title, what=unused.title)
        channel_row = await execution.uow.channels.get(old.id, lock=True)
        if channel_row is None or channel_row.resource_id != resource.id:
            raise NothingToDo("somebody else changes it at this moment")
        old_chat = str(channel_row.channel_id)
        await release_chat(execution.uow, chat.chat)
        await _give_up(execution.uow, channel_row, execution.at)
        resource.rename(chat.title, execution.at)
        await execution.uow.resources.save(resource)
        channel = Channel.for_resource(resource, chat.chat, chat.title, execution.at)
        channel.replaces = channel_row.id
        if not await execution.uow.channels.add_if_new(channel):
            raise NothingToDo("somebody else adds it at this moment")
        plans = await execution.uow.resources.plans_with(resource.id)
        for plan_id in {*plans, *await execution.uow.resources.plans_keeping(resource.id)}:
            execution.uow.record(PlanOpened(plan_id, (resource.soft_id,)))
        facts = {"title": resource.title, "count": await _holders(execution.uow, resource), **self._emptied(execution)}
        if emptied_on is not None:
            await self._empty_on(execution, channel_row.id, emptied_on)
        audit = {"before": old_chat, "chat": str(chat.chat), "emptied_on": str(emptied_on or "")}
        return Outcome(
            name="replaced_emptied" if emptied_on is not None else "replaced",
            facts=facts,
            audit=[audit_entry(resource, "resource.replaced", **{key: each for key, each in audit.items() if each})],
        )

    async def _change_day(self, execution: Execution, new: Channel, old: ChannelId) -> Outcome:
        """Change or remove the day on which the old chat is emptied. Raises Wrong for a day that is over."""
        resource, day, uow = await resource_of(execution), execution[EMPTIED_ON], execution.uow
        invites, facts = await _unused_links(execution, new), self._emptied(execution)
        if day is not None:
            await self._empty_on(execution, old, day)
        else:
            await uow.variables.set(EMPTIED_AT.for_subject(old), NEVER)
        for invite in invites:
            uow.record(InviteAskedAgain(invite.customer_id, invite.id, f"{invite.id}:{execution.operation}"))
        audit = {"title": resource.title, "emptied_on": str(day or "")}
        return Outcome(
            name="emptied" if day is not None else "emptied_never",
            facts={"count": len(invites), **facts},
            audit=[audit_entry(resource, "resource.emptied_on", **{key: each for key, each in audit.items() if each})],
        )

    async def _empty_on(self, execution: Execution, old: ChannelId, day: date) -> None:
        """Queue the removal at the end of a day. Jobs that were queued for an earlier choice do nothing before then."""
        at = end_of_day(day, self.policy.zones.home)
        await execution.uow.variables.set(EMPTIED_AT.for_subject(old), at)
        await execution.uow.enqueue(EmptyOldChat(channel_id=old).delayed_job(at, f"empty:{old}:{day}"))

    def _emptied(self, execution: Execution) -> Mapping[str, Fact]:
        """Return the time at which the customers are removed from the old chat, as a fact for the confirmation; empty
        if none is removed. Raises Wrong for a day that is over.
        """
        emptied_on = execution[EMPTIED_ON]
        if emptied_on is None:
            return {}
        end = end_of_day(emptied_on, self.policy.zones.home)
        if end <= execution.at:
            raise Wrong("day_past", question=EMPTIED_ON.name)
        return {"day": end}

    async def _chats(self, execution: Execution) -> tuple[Resource, Channel, NamedChat, Resource | None]:
        """Return the resource, its current chat, the new chat, and the unused resource as which the new chat was added
        before. The last is None if the new chat was not added before.
        """
        resource = await resource_of(execution)
        old = await execution.uow.resources.channel(resource.id)
        if kind_of(resource).for_one:
            raise NothingToDo("it is made for each customer, and replaced by itself where one is lost")
        if resource.is_vip:
            raise NothingToDo("it is the VIP channel; choose another in the panel, or VIP_CHANNEL_ID")
        if old is None:
            raise NothingToDo("it has no chat that could be replaced")
        added = await _added_before(execution, resource)
        kind, chat = await chosen_chat(execution, added[0] if added is not None else None)
        if kind is not kind_of(resource):
            raise Wrong("chat_kind", question=CHAT.name, title=chat.title)
        return resource, old, chat, added[1] if added is not None else None

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> list[Choice]:
        """Return the chats in which the bot is an administrator."""
        return await chats_on_offer(uow)


async def _moved(execution: Execution) -> Channel | None:
    """Return the resource's channel if an earlier replacement already moved the resource to the given chat, and the day
    on which the old chat is emptied is to be set, changed or removed. Return None otherwise.
    """
    _, look = await seen_chat(execution)
    channel = await execution.uow.resources.channel((await resource_of(execution)).id)
    if channel is None or channel.replaces is None or look is None or channel.channel_id != look.chat:
        return None
    emptied_at = await execution.uow.variables.get(EMPTIED_AT.for_subject(channel.replaces))
    is_ahead = emptied_at is not None and execution.at < emptied_at < NEVER
    return channel if execution[EMPTIED_ON] is not None or is_ahead else None


async def _unused_links(execution: Execution, channel: Channel) -> Sequence[Invite]:
    """Return the links to a channel with which a customer may still join."""
    return [each for each in await execution.uow.channels.live_invites(channel.id) if each.expires_at > execution.at]


async def _added_before(execution: Execution, resource: Resource) -> tuple[Channel, Resource] | None:
    """Return the new chat's channel and resource if the operator added the chat before the replacement and no plan
    includes it. Return None otherwise.
    """
    _, look = await seen_chat(execution)
    channel = await execution.uow.channels.by_chat_id(look.chat) if look is not None and look.chat is not None else None
    if channel is None or channel.resource_id is None or channel.resource_id == resource.id or is_replaced(channel):
        return None
    other = await execution.uow.resources.get(channel.resource_id)
    if other is None or other.is_built_in:
        return None
    plans = {
        *await execution.uow.resources.plans_with(other.id),
        *await execution.uow.resources.plans_keeping(other.id),
    }
    return (channel, other) if not plans and not await execution.uow.accesses.of_channel(channel.id) else None


async def _holders(uow: UnitOfWork, resource: Resource) -> int:
    plans = await uow.resources.plans_with(resource.id)
    return (await uow.resources.holders(resource, plans)).all if plans else 0


async def _give_up(uow: UnitOfWork, channel: Channel, now: datetime) -> None:
    """End all access to a channel, revoke its invite links, and mark it as deleted."""
    for invite in await uow.channels.live_invites(channel.id):
        invite.revoke(now)
        await uow.channels.save_invite(invite)
    for access in await uow.accesses.of_channel(channel.id, lock=True):
        access.apply(AccessEvent.ENDED)
        access.apply(AccessEvent.REMOVED)
        await uow.accesses.save(access)
    channel.mark_deleted()
    await uow.channels.save(channel)
