"""What the operator offers, written by the operator's own tools."""

from collections.abc import Sequence
from dataclasses import dataclass

from subscriptions.domain.entities.service_plan import AccessKind, Interval, ServicePlan, soft_id_from
from subscriptions.domain.ids import PlanId, TelegramId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True, kw_only=True)
class NewPlan:
    """A plan for customers' own channels, charged again each interval. soft_id: made from the name unless given."""

    name: str
    emoji: str
    description: str
    price: Money
    interval: Interval = Interval.MONTH
    interval_count: int = 1
    soft_id: str | None = None
    position: int = 0


class ManagePlans:
    """Adds and lists plans."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def add_if_new(self, new: NewPlan, created_by: TelegramId | None = None) -> bool:
        """False: a plan with this soft_id exists and stays as it is. Raises InvalidInput naming the field."""
        soft_id = new.soft_id or soft_id_from(new.name)
        plan = ServicePlan(
            id=PlanId(new_uuid()),
            soft_id=soft_id,
            name=new.name,
            emoji=new.emoji,
            description=new.description,
            price=new.price,
            interval=new.interval,
            interval_count=new.interval_count,
            access=AccessKind.PERSONAL_CHANNEL,
            position=new.position,
            created_at=self._clock.now(),
            created_by=created_by,
        )
        async with self._units() as uow:
            if await uow.plans.by_soft_id(soft_id) is not None:
                return False
            await uow.plans.save(plan)
            await uow.commit()
        return True

    async def all(self) -> Sequence[ServicePlan]:
        """Every plan, also those switched off."""
        async with self._units() as uow:
            return await uow.plans.all(active_only=False)
