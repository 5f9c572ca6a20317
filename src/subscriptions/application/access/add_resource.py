"""A chat of the operator's own becomes something that plans can open."""

from dataclasses import dataclass

from subscriptions.application.access.chat_place import look_at, refuse_taken
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.resource import SHARED_CHANNEL, EntryPolicy, Resource, ResourceStatus
from subscriptions.domain.entities.service_plan import soft_id_from
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.invite_maker import InviteMaker
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory


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
        kind, place = await look_at(self._maker, chat)
        async with self._units() as uow:
            await refuse_taken(uow, place)
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


async def _refuse_ritual(uow: UnitOfWork, kind: str) -> None:
    if kind != SHARED_CHANNEL:
        raise InvalidInput("entry", "the ritual leads into a channel; a group is entered by a link that asks")
    for each in await uow.resources.all():
        if each.has_ritual:
            raise InvalidInput("entry", f"{each.soft_id} alone has the ritual; VIP_CHANNEL_ID names its channel")
