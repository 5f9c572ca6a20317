"""What is on offer."""

from collections.abc import Sequence

from subscriptions.application.dto.views import PlanView
from subscriptions.domain.entities.service_plan import AccessKind, ServicePlan
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ports.payment_gateway import Capability, GatewayRegistry
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory


class PlanUnavailable(UmbralError):
    """The plan does not exist, is switched off, or cannot be sold at this moment."""


class BrowsePlans:
    """Reads the plans that can be bought now."""

    def __init__(self, units: UnitOfWorkFactory, gateways: GatewayRegistry) -> None:
        self._units = units
        self._gateways = gateways

    async def all(self) -> Sequence[PlanView]:
        """Every plan on offer, in the operator's order."""
        async with self._units() as uow:
            plans = await uow.plans.all()
            return [self.view(plan) for plan in plans if await self.sellable(uow, plan)]

    async def one(self, soft_id: str) -> PlanView:
        """Raises PlanUnavailable for a plan that is not on offer (any more)."""
        async with self._units() as uow:
            return self.view(await self.offered(uow, soft_id))

    async def offered(self, uow: UnitOfWork, soft_id: str) -> ServicePlan:
        """The plan itself, inside a unit of work. Raises PlanUnavailable."""
        plan = await uow.plans.by_soft_id(soft_id)
        if plan is None or not plan.active or not await self.sellable(uow, plan):
            raise PlanUnavailable(soft_id)
        return plan

    async def sellable(self, uow: UnitOfWork, plan: ServicePlan) -> bool:
        """Whether we can keep the promise: the kind of channel it opens is set up."""
        return plan.access is AccessKind.PERSONAL_CHANNEL or await uow.vip.channel() is not None

    def methods(self, plan: ServicePlan) -> tuple[str, ...]:
        """Codes of the providers that can take this plan and currency, in the operator's order."""
        needed = {Capability.RECURRING} if plan.recurring else set[Capability]()
        if plan.trial_days > 0:
            needed.add(Capability.TRIAL)
        descriptors = self._gateways.descriptors()
        return tuple(
            code
            for code in self._gateways.enabled()
            if needed <= descriptors[code].capabilities
            and (descriptors[code].currencies is None or plan.price.currency in (descriptors[code].currencies or ()))
        )

    def view(self, plan: ServicePlan) -> PlanView:
        """The plan as it is shown."""
        return PlanView(
            soft_id=plan.soft_id,
            name=plan.name,
            emoji=plan.emoji,
            description=plan.description,
            price=plan.price,
            recurring=plan.recurring,
            interval=plan.interval,
            interval_count=plan.interval_count,
            duration_days=plan.duration_days,
            methods=self.methods(plan),
        )
