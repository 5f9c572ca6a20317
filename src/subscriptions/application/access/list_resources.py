"""What plans can open, for the shell."""

from dataclasses import dataclass

from subscriptions.domain.entities.resource import ResourceStatus
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


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
