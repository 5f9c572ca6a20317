"""Staff command that adds a chat of the operator as a resource."""

import re
from typing import Any, Final

from subscriptions.application.access.chat_check import (
    BASIC,
    ChatUnfit,
    NamedChat,
    check_chat,
    refuse_taken,
    release_chat,
)
from subscriptions.application.access.resource_kind import ResourceKind
from subscriptions.application.catalog.plan_catalog import PlanCatalog
from subscriptions.application.dto.policy import Policy
from subscriptions.application.dto.typed_answers import Answer, Answers, Fact, Wrong, choice
from subscriptions.application.resources.change_resource import ChangeResource
from subscriptions.application.resources.staff_resources import audit_entry, plans_of, save_opens
from subscriptions.application.staff.command import Effect, Execution, NothingToDo, Outcome, Subject, SubjectKind
from subscriptions.application.staff.inputs import Choice, Input, InputKind
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.resource import EntryPolicy, Resource
from subscriptions.domain.entities.service_plan import soft_id_from
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.invite_maker import ChannelLook
from subscriptions.domain.ports.unit_of_work import UnitOfWork

CHATS_SHOWN: Final = 12
"""Maximum number of chats offered as choices."""
_ID: Final = re.compile(r"-?[0-9]{1,18}")
_BARE: Final = re.compile(r"[0-9]{6,13}")
"""Pattern of a channel id without the prefix `-100`, as Telegram's own apps show it."""
_NAME: Final = re.compile(r"@[A-Za-z0-9_]{3,64}")
_SOFT_ID: Final = re.compile(r"[a-z0-9-]{1,40}")
_LONGEST_NAME: Final = 40


def _chat(answer: Answer, _: Answers) -> str:
    text = answer.text.strip()
    if answer.channel is not None:
        return str(answer.channel)
    if _BARE.fullmatch(text):
        return f"-100{text}"
    if _ID.fullmatch(text) or _NAME.fullmatch(text):
        return text
    raise Wrong("chat_named")


def _soft_id(answer: Answer, _: Answers) -> str:
    text = answer.text.strip()
    if text and not _SOFT_ID.fullmatch(text):
        raise Wrong("soft_id")
    return text


CHAT: Final[Input[str]] = Input(name="chat", kind=InputKind.TEXT, parse=_chat, value=str, limits=(1, 65))
"""Input for a channel or group: its id, its @name or, in the chat with the bot, a message forwarded from it."""
SOFT_ID: Final[Input[str]] = Input(
    name="soft_id", kind=InputKind.TEXT, parse=_soft_id, value=str, limits=(0, 40), default="", rare=True
)
"""Input for the slug of the resource, by which plans include it; derived from the title by default."""
ENTRY: Final[Input[EntryPolicy]] = Input(
    name="entry", kind=InputKind.CHOICE, parse=choice, value=EntryPolicy, default=EntryPolicy.REQUEST, rare=True
)
"""Input for the entry policy of the chat."""


FOR_NO_PLAN: Final = "plans_none"
SAME: Final = "plans_same"
PLAN_CHOICE: Final[Input[str]] = Input(
    name="together", kind=InputKind.CHOICE, parse=choice, value=str, default=FOR_NO_PLAN, rare=True
)
"""Input for the choice whether plans that include a channel will also include the channel's discussion group, which is
being added.
"""


class AddResource(ChangeResource):
    """Staff command that adds a channel or group in which the bot is an administrator, so that plans can include it.

    The chat's data is taken from the bot's last check (`NoteChat`), so that a process without the bot's token can add
    the chat as well.
    """

    name = "add_resource"
    subject = SubjectKind.SHOP
    inputs = (CHAT, SOFT_ID, ENTRY, PLAN_CHOICE)
    outcomes = ("added",)
    effects = ("becomes", "becomes_basic", "becomes_discussion", "discussion_open", "becomes_public")
    makes = SubjectKind.RESOURCE

    plan_catalog: PlanCatalog
    policy: Policy

    async def preview(self, execution: Execution) -> Effect:
        """Return the slug of the new resource, and a warning if people without access can act in the chat. For a
        discussion group, also return its channel and the number of customers who would be invited.
        """
        resource, channel = await self._make(execution)
        facts: dict[str, Fact] = {"title": channel.title, "resource": resource.soft_id}
        look = await execution.uow.resources.seen_chat(channel.channel_id) if channel.channel_id is not None else None
        channel_resource = await discussed_by(execution.uow, look)
        if channel_resource is not None:
            plans = [plan.id for plan in await plans_of(execution.uow, channel_resource, includes_it=True)]
            facts |= {
                "channel": channel_resource.title,
                "count": (await execution.uow.resources.holders(channel_resource, plans)).all,
            }
            return Effect(name="discussion_open" if look and look.outsiders else "becomes_discussion", facts=facts)
        if look is not None and look.outsiders:
            return Effect(name="becomes_public", facts=facts)
        return Effect(name="becomes_basic" if look is not None and look.chat_type == BASIC else "becomes", facts=facts)

    async def run(self, execution: Execution) -> Outcome:
        """Add the resource. Customers are admitted only after a plan includes it.

        Raises Wrong if the plans of the linked channel are chosen but the group is not the discussion group of a
        resource.
        """
        resource, channel = await self._make(execution)
        if not await execution.uow.resources.add_if_new(resource):
            raise Wrong("soft_id_taken", question=SOFT_ID.name, name=resource.soft_id)
        if channel.channel_id is not None:
            await release_chat(execution.uow, channel.channel_id)
        if not await execution.uow.channels.add_if_new(channel):
            raise NothingToDo("somebody else adds it at this moment")
        if execution[PLAN_CHOICE] == SAME:
            await self._open_together(execution, resource, channel)
        facts = {"kind": resource.kind, "chat": str(channel.channel_id)}
        outcome_facts = {"title": channel.title, "resource": resource.soft_id}
        return Outcome(name="added", facts=outcome_facts, audit=[audit_entry(resource, "resource.added", **facts)])

    async def _make(self, execution: Execution) -> tuple[Resource, Channel]:
        kind, chat = await chosen_chat(execution)
        check_entry(execution[ENTRY], kind, self.policy, ENTRY)
        name = execution[SOFT_ID] or await _free_name(execution.uow, chat.title)
        if await execution.uow.resources.by_soft_id(name) is not None:
            raise Wrong("soft_id_taken", question=SOFT_ID.name, name=name)
        resource = Resource.add(name, kind.name, chat.title, execution[ENTRY], execution.at)
        return resource, Channel.for_resource(resource, chat.chat, chat.title, execution.at)

    async def _open_together(self, execution: Execution, group: Resource, channel: Channel) -> None:
        look = await execution.uow.resources.seen_chat(channel.channel_id) if channel.channel_id is not None else None
        channel_resource = await discussed_by(execution.uow, look)
        if channel_resource is None:
            raise Wrong("no_discussion", question=PLAN_CHOICE.name, title=channel.title)
        for plan in await plans_of(execution.uow, channel_resource, includes_it=True):
            await save_opens(execution, plan, (*plan.opens, group.soft_id))

    async def after_commit(self) -> None:
        """Drop this process's cached catalog."""
        self.plan_catalog.forget()

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> list[Choice]:
        """Return the options of an input: the chats in which the bot is an administrator, the entry policies, or the
        choices for the plans of the linked channel.
        """
        if asked_input is PLAN_CHOICE:
            return [Choice(FOR_NO_PLAN), Choice(SAME)]
        if asked_input is ENTRY:
            return entry_choices(self.policy)
        return await chats_on_offer(uow) if asked_input is CHAT else []


async def _free_name(uow: UnitOfWork, title: str) -> str:
    """Return a slug derived from a chat's title that no resource has: `vip-2` for a chat named VIP. A title without
    Latin letters and digits gives `chat`.
    """
    try:
        beginning = soft_id_from(title)
    except InvalidInput:
        beginning = "chat"
    name, number = beginning, 1
    while await uow.resources.by_soft_id(name) is not None:
        number += 1
        name = f"{beginning[: _LONGEST_NAME - len(f'-{number}')].rstrip('-')}-{number}"
    return name


def entry_choices(policy: Policy) -> list[Choice]:
    """Return the entry policies of a chat. The entry steps are included only while a feature that is on provides
    them.
    """
    steps = [Choice(EntryPolicy.RITUAL)] if policy.entry_steps else []
    return [Choice(EntryPolicy.REQUEST), *steps]


def check_entry(entry: EntryPolicy, kind: ResourceKind, policy: Policy, question: Input[EntryPolicy]) -> None:
    """Raise Wrong for entry steps that the kind of resource does not support or that no feature provides."""
    if entry is not EntryPolicy.RITUAL:
        return
    if not kind.may_have_ritual:
        raise Wrong("ritual_group", question=question.name)
    if not policy.entry_steps:
        raise Wrong("ritual_off", question=question.name)


async def seen_chat(execution: Execution) -> tuple[ChatId | str, ChannelLook | None]:
    """Return the chat that staff named, and its data as last seen by the bot. The data is None if the bot never saw the
    chat.
    """
    chat = execution[CHAT] if execution[CHAT].startswith("@") else ChatId(int(execution[CHAT]))
    return chat, await execution.uow.resources.seen_chat(chat)


async def chosen_chat(execution: Execution, channel: Channel | None = None) -> tuple[ResourceKind, NamedChat]:
    """Return the kind of resource that fits the chat that staff named, and the chat. `channel`: recorded channel that
    may be the same chat. Raises Wrong for an unsuitable chat.
    """
    chat, look = await seen_chat(execution)
    try:
        kind, named_chat = check_chat(chat, look)
        await refuse_taken(execution.uow, named_chat, channel)
    except ChatUnfit as unfit:
        lacks = f"_{unfit.facts['rights'].split()[0]}" if unfit.reason == "lacks" else ""
        raise Wrong(f"chat_{unfit.reason}{lacks}", question=CHAT.name, **unfit.facts) from unfit
    return kind, named_chat


async def discussed_by(uow: UnitOfWork, look: ChannelLook | None) -> Resource | None:
    """Return the resource of the channel to which a discussion group is linked. Return None if there is none. `look`:
    data of the group as last seen by the bot.
    """
    channel = (
        await uow.channels.by_chat_id(look.linked_chat) if look is not None and look.linked_chat is not None else None
    )
    return await uow.resources.get(channel.resource_id) if channel and channel.resource_id is not None else None


async def chats_on_offer(uow: UnitOfWork) -> list[Choice]:
    """Return the chats in which the bot is an administrator."""
    return [Choice(str(look.chat), look.title) for look in await uow.resources.seen_chats(CHATS_SHOWN)]
