"""Staff command that sets the VIP channel."""

from typing import Any

from subscriptions.application.access.chat_check import NamedChat
from subscriptions.application.access.resource_kind import kind_of
from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.application.resources.add_resource import CHAT, chats_on_offer, chosen_chat
from subscriptions.application.staff.command import (
    AuditEntry,
    Effect,
    Execution,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import Choice, Input
from subscriptions.application.vip.vip_chat import set_vip_channel
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.resource import VIP
from subscriptions.domain.ports.repositories.vip import VIP_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import StaffAction


class SetUpChannel(StaffCommand):
    """Staff command that makes a channel in which the bot is an administrator the VIP channel.

    The chat's data is taken from the bot's last check (`NoteChat`). `ApplyVipSetting` applies a channel that is named
    in the settings.
    """

    name = "set_up_channel"
    permission = StaffAction.SET_UP_CHANNEL
    subject = SubjectKind.SHOP
    inputs = (CHAT,)
    outcomes = ("set_up", "unchanged")
    effects = ("becomes", "moves")

    async def preview(self, execution: Execution) -> Effect:
        """Return the chosen chat, and the chat that it replaces."""
        channel, chat = await self._chats(execution)
        if channel is None or channel.channel_id == chat.chat:
            return Effect(name="becomes", facts={"title": chat.title})
        return Effect(name="moves", facts={"title": chat.title, "before": channel.title})

    async def run(self, execution: Execution) -> Outcome:
        """Set the channel. Raises Wrong for an unsuitable chat."""
        channel, chat = await self._chats(execution)
        facts = {"title": chat.title}
        if channel is None or channel.channel_id != chat.chat:
            channel = await set_vip_channel(execution.uow, channel, chat.chat, chat.title, execution.at)
            audit_facts = {"chat": str(chat.chat), **facts}
            entry = AuditEntry(subject=channel.id, facts=audit_facts, reason="the VIP channel")
            return Outcome(name="set_up", facts=facts, audit=[entry])
        channel.title = chat.title
        await execution.uow.channels.save(channel)
        return Outcome(name="unchanged", facts=facts)

    async def _chats(self, execution: Execution) -> tuple[Channel | None, NamedChat]:
        """Return the current VIP channel, locked, and the chosen chat."""
        vip, resource = await execution.uow.of(VIP_KEY).channel(), await execution.uow.resources.by_soft_id(VIP)
        channel = await execution.uow.channels.get(vip.id, lock=True) if vip is not None else None
        kind, chat = await chosen_chat(execution, channel)
        if resource is not None and kind is not kind_of(resource):
            raise Wrong("chat_kind", question=CHAT.name, title=chat.title)
        return channel, chat

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> list[Choice]:
        """Return the chats in which the bot is an administrator."""
        return await chats_on_offer(uow)
