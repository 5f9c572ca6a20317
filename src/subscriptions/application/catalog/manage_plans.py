"""Creation and listing of plans for the operator's own programs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from subscriptions.application.catalog.plan_catalog import missing_of
from subscriptions.domain.entities.service_plan import Interval, ServicePlan, soft_id_from
from subscriptions.domain.ids import PlanId, TelegramId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True, kw_only=True)
class NewPlan:
    """Plan to create.

    soft_id: slug; None derives it from the name
    duration_days: length in days of a plan that is paid once; None for a plan that is charged each interval
    opens: slugs of the included resources; empty for a personal channel
    texts: see ServicePlan
    """

    name: str
    emoji: str
    description: str
    price: Money
    interval: Interval = Interval.MONTH
    interval_count: int = 1
    soft_id: str | None = None
    position: int = 0
    opens: tuple[str, ...] = ()
    duration_days: int | None = None
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class ManagePlans:
    """Use case that adds and lists plans."""

    units: UnitOfWorkFactory
    clock: Clock

    async def add_if_new(self, new: NewPlan, created_by: TelegramId | None = None) -> bool:
        """Add a plan. Return False, without a change, if a plan with this slug exists. Raises InvalidInput naming the
        field.
        """
        soft_id = new.soft_id or soft_id_from(new.name)
        plan = ServicePlan(
            id=PlanId(new_uuid()),
            soft_id=soft_id,
            name=new.name,
            emoji=new.emoji,
            description=new.description,
            price=new.price,
            recurring=new.duration_days is None,
            interval=new.interval if new.duration_days is None else None,
            interval_count=new.interval_count,
            duration_days=new.duration_days,
            opens=new.opens,
            position=new.position,
            texts=new.texts,
            created_at=self.clock.now(),
            created_by=created_by,
        )
        async with self.units() as uow:
            if await uow.plans.by_soft_id(soft_id) is not None:
                return False
            await uow.plans.save(plan)
            await uow.audit.record(
                actor=str(created_by) if created_by is not None else "operator",
                action="plan.created",
                subject=str(plan.id),
                reason="decided by the operator",
                at=plan.created_at,
                facts={"plan": plan.soft_id, "price": str(plan.price)},
            )
            await uow.commit()
        return True

    async def missing(self, plans: Sequence[ServicePlan]) -> Mapping[PlanId, tuple[str, ...]]:
        """Return the slugs of included resources that are not set up, keyed by plan. A plan with such a resource is not
        sold.
        """
        async with self.units() as uow:
            return await missing_of(uow, plans)

    async def all(self) -> Sequence[ServicePlan]:
        """Return every plan, including those switched off."""
        async with self.units() as uow:
            return await uow.plans.all(active_only=False)
