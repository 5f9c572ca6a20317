"""A chat of the operator's own becomes something that plans can open."""

from dataclasses import dataclass
from typing import Final

from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.resource import GROUP, SHARED_CHANNEL, EntryPolicy, Resource, ResourceStatus
from subscriptions.domain.entities.service_plan import soft_id_from
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.invite_maker import ChannelLook, InviteMaker
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

KIND_OF_CHAT: Final = {"channel": SHARED_CHANNEL, "supergroup": GROUP}
"""The kind of resource that a chat is, by Telegram's word for the chat."""
_RIGHTS: Final = {"invite": "invite users", "remove": "ban users", "post": "post messages"}


@dataclass(frozen=True, kw_only=True)
class ResourceView:
    """One thing that plans can open. chat: its Telegram id, None where there is none. plans: the soft ids of those that
    open it."""

    soft_id: str
    kind: str
    title: str
    entry: str
    status: ResourceStatus
    chat: ChatId | None
    plans: tuple[str, ...]


class ListResources:
    """Everything that plans can open, the oldest first."""

    def __init__(self, units: UnitOfWorkFactory) -> None:
        self._units = units

    async def __call__(self) -> list[ResourceView]:
        """One view per resource."""
        async with self._units() as uow:
            plans = await uow.plans.all(active_only=False)
            views = []
            for each in await uow.resources.all():
                place = await uow.resources.place(each.id)
                views.append(
                    ResourceView(
                        soft_id=each.soft_id,
                        kind=each.kind,
                        title=place.title if place is not None else each.title,
                        entry=each.entry,
                        status=each.status,
                        chat=place.channel_id if place is not None else None,
                        plans=tuple(plan.soft_id for plan in plans if each.soft_id in plan.opens),
                    )
                )
            return views


class AddResource:
    """Looks at a channel or a group as the bot sees it, and keeps it as a resource."""

    def __init__(self, units: UnitOfWorkFactory, maker: InviteMaker, clock: Clock) -> None:
        self._units = units
        self._maker = maker
        self._clock = clock

    async def __call__(
        self, chat: ChatId | str, soft_id: str | None, entry: EntryPolicy = EntryPolicy.REQUEST, *, actor: str
    ) -> Resource:
        """Add it. chat: its id, or `@name`. soft_id: made from its title where None. entry: how customers come in: by a
        link that asks, or by the ritual, which one channel may have. actor: who, for the audit.

        Raises InvalidInput naming `chat`, `name` or `entry`, and RetryLater while Telegram cannot be asked.
        """
        if isinstance(chat, str) and chat.lstrip("-").isdigit():
            chat = ChatId(int(chat))
        look = await self._maker.look(chat)
        kind, place = _checked(chat, look)
        async with self._units() as uow:
            await self._refuse_taken(uow, place.chat, place.title)
            if entry is EntryPolicy.RITUAL:
                await _refuse_ritual(uow, kind)
            name = soft_id or soft_id_from(place.title)
            resource = Resource.add(name, kind, place.title, entry, self._clock.now())
            if not await uow.resources.add_if_new(resource):
                raise InvalidInput("name", f"{name} is another resource already; choose one with --name")
            channel = Channel.shared(resource, place.chat, place.title, self._clock.now())
            if not await uow.channels.add_if_new(channel):
                raise InvalidInput("chat", f"«{place.title}» is being added by somebody else")
            await uow.audit.record(
                actor=actor,
                action="resource.added",
                subject=str(resource.id),
                why="asked at the command line",
                at=self._clock.now(),
                facts={"resource": name, "kind": kind, "chat": str(place.chat)},
            )
            await uow.commit()
        return resource

    async def _refuse_taken(self, uow: UnitOfWork, chat: ChatId, title: str) -> None:
        channel = await uow.channels.by_chat_id(chat)
        if channel is None:
            return
        resource = await uow.resources.get(channel.resource_id) if channel.resource_id is not None else None
        what = f"the resource {resource.soft_id} already" if resource is not None else "a customer's own channel"
        raise InvalidInput("chat", f"«{title}» is {what}")


async def _refuse_ritual(uow: UnitOfWork, kind: str) -> None:
    if kind != SHARED_CHANNEL:
        raise InvalidInput("entry", "the ritual leads into a channel; a group is entered by a link that asks")
    for each in await uow.resources.all():
        if each.has_ritual:
            raise InvalidInput("entry", f"{each.soft_id} alone has the ritual; VIP_CHANNEL_ID names its channel")


@dataclass(frozen=True)
class _Place:
    chat: ChatId
    title: str


def _checked(chat: ChatId | str, look: ChannelLook | None) -> tuple[str, _Place]:
    """The kind of resource that a chat can be, and where it is. Raises InvalidInput saying what to do."""
    if look is None or look.chat is None:
        raise InvalidInput(
            "chat", f"the bot sees no chat {chat}; add the bot to it as an administrator, and check the id or @name"
        )
    if look.chat_type == "group":
        raise InvalidInput(
            "chat",
            f"«{look.title}» is a basic group, for which there are no links that ask; let new members see its history"
            " in its settings at Telegram, which makes it a supergroup with a new id",
        )
    if look.chat_type not in KIND_OF_CHAT:
        raise InvalidInput("chat", f"{chat} is a private chat; name a channel or a group")
    if not look.is_admin:
        raise InvalidInput(
            "chat", f"the bot is no administrator of «{look.title}»; make it one that may invite and ban users"
        )
    if look.missing:
        lacks = ", ".join(_RIGHTS[right] for right in look.missing)
        raise InvalidInput("chat", f"the bot lacks these rights in «{look.title}»: {lacks}; give them to it")
    if look.members_invite:
        raise InvalidInput(
            "chat",
            f"members of «{look.title}» may add others, who would be in without paying; take «Add members» out of its"
            " permissions at Telegram",
        )
    return KIND_OF_CHAT[look.chat_type], _Place(look.chat, look.title)
