"""Creation of the plans' price objects at the providers that require them."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from subscriptions.application.alarms import alarm_causes
from subscriptions.application.alarms.alarm_kind import AlarmKind, AlarmLink, ByCheck
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import PlanId
from subscriptions.domain.ports.payment_gateway import GatewayRegistry, GatewayRejected, MakesPrices, PriceRequest
from subscriptions.domain.ports.repositories.catalog import PlanPaymentPrice
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)


class PlanWithoutPrice(AlarmKind):
    """Alarm: a plan has no price object at a provider, so that the plan is not sold through the provider."""

    name = "plan_without_price"
    closes = ByCheck(alarm_causes.has_price)
    link = AlarmLink.PLAN
    plan: str
    provider: str


@dataclass(frozen=True)
class SyncPrices:
    """Use case that creates missing price objects. Idempotent."""

    units: UnitOfWorkFactory
    gateways: GatewayRegistry
    brand: str

    async def __call__(
        self, provider: str, on_progress: Callable[[int, int], None] = lambda *_: None
    ) -> dict[str, str]:
        """Create the missing price objects, and return the references of all price objects, keyed by plan.

        Raises InvalidInput if the provider is not configured. The result is empty for a provider that has no price
        objects. `on_progress`: called after each plan with the number of processed plans and the total.
        """
        gateway = self.gateways.get(provider)
        if gateway is None:
            providers = ", ".join(self.gateways.enabled_names()) or "none"
            raise InvalidInput("provider", f"{provider!r} is not configured (configured: {providers})")
        if not isinstance(gateway, MakesPrices):
            return {}
        async with self.units() as uow:
            plans = [plan for plan in await uow.plans.all() if not plan.free]
        made_refs: dict[str, str] = {}
        for plan in plans:
            made_refs[plan.soft_id] = await self._make(plan, provider, gateway)
            on_progress(len(made_refs), len(plans))
        return made_refs

    async def plan(self, plan_id: PlanId) -> None:
        """Create the price objects of one plan at every configured provider. Raises RetryLater while a provider is
        unreachable.

        If a provider refuses, the owners are alerted and the plan is not sold through that provider; the other
        providers are not affected.
        """
        async with self.units() as uow:
            plan = await uow.plans.get(plan_id)
        if plan is None or plan.free or not plan.active:
            return
        for provider in self.gateways.enabled_names():
            gateway = self.gateways.get(provider)
            if not isinstance(gateway, MakesPrices):
                continue
            try:
                await self._make(plan, provider, gateway)
            except GatewayRejected as refusal:
                await self._tell(plan, provider, str(refusal))

    async def _make(self, plan: ServicePlan, provider: str, gateway: MakesPrices) -> str:
        async with self.units() as uow:
            agreed_price = await uow.plans.price_at(plan.id, provider)
        own = agreed_price.price if agreed_price is not None else None
        reference = await gateway.ensure_price(
            PriceRequest(
                plan=plan.soft_id,
                name=f"{self.brand} · {plan.name}",
                description=plan.description,
                amount=own or plan.price,
                recurring=plan.recurring,
                interval=plan.interval,
                interval_count=plan.interval_count,
            )
        )
        async with self.units() as uow:
            # The plan is locked, so that a concurrent edit of the plan deletes the reference stored here.
            present = await uow.plans.get(plan.id, lock=True)
            plan_payment_price = await uow.plans.price_at(plan.id, provider)
            meant_amount = plan_payment_price.price if plan_payment_price is not None else None
            same = present is not None and present.rhythm == plan.rhythm and meant_amount == own
            if present is None or not same or (own is None and present.price != plan.price):
                # The plan or its price was changed in the meantime; that change queued the creation of a new object.
                return reference
            await uow.plans.save_price(
                PlanPaymentPrice(plan_id=plan.id, provider=provider, external_price_id=reference, price=own)
            )
            await uow.commit()
        return reference

    async def _tell(self, plan: ServicePlan, provider: str, reason: str) -> None:
        log.error("price refused by the provider", plan=plan.soft_id, provider=provider, reason=reason)
        alarm = PlanWithoutPrice(plan=plan.soft_id, provider=provider)
        async with self.units() as uow:
            uow.record(alarm.raise_event(f"plan_without_price:{plan.id}:{provider}"))
            await uow.commit()
