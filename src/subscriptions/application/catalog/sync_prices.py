"""Creation and checks of the plans' price objects at the providers that require them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from subscriptions.application.alarms import alarm_causes
from subscriptions.application.alarms.alarm_kind import AlarmKind, AlarmLink, ByCheck
from subscriptions.application.dto import jobs
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import PlanId
from subscriptions.domain.ports.payment_gateway import (
    ChecksPrices,
    GatewayRegistry,
    GatewayRejected,
    MakesPrices,
    PriceRequest,
)
from subscriptions.domain.ports.repositories.catalog import PlanPaymentPrice
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)


class PlanWithoutPrice(AlarmKind):
    """Alarm: a provider refuses a plan's price, so that the plan is not sold through the provider."""

    name = "plan_without_price"
    closes = ByCheck(alarm_causes.has_price)
    link = AlarmLink.PLAN
    plan: str
    provider: str
    reason: str


@dataclass(frozen=True)
class SyncPrices:
    """Use case that creates missing price objects, and checks existing ones. Idempotent."""

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
                await self._store_fault(plan.id, provider, None, str(refusal))

    async def check_all(self) -> None:
        """Queue a check of the price objects of each plan on sale."""
        gateways = [self.gateways.get(each) for each in self.gateways.enabled_names()]
        if not any(isinstance(each, ChecksPrices) for each in gateways):
            return
        async with self.units() as uow:
            for plan in await uow.plans.all():
                if not plan.free:
                    await uow.enqueue(jobs.SyncPlanPrices.checks(plan.id))
            await uow.commit()

    async def check(self, plan_id: PlanId) -> None:
        """Check the price objects of one plan. A provider that refuses its price object does not sell the plan until
        the provider accepts it again; the owners are alerted. Raises RetryLater while a provider is unreachable.
        """
        for provider in self.gateways.enabled_names():
            gateway = self.gateways.get(provider)
            async with self.units() as uow:
                price = await uow.plans.price_at(plan_id, provider)
            if not isinstance(gateway, ChecksPrices) or price is None or price.external_price_id is None:
                continue
            try:
                fault = await gateway.find_price_fault(price.external_price_id)
            except GatewayRejected as refusal:
                # The API key may lack the right to read prices that it may sell.
                log.warning("price cannot be checked", plan=str(plan_id), provider=provider, reason=str(refusal))
                continue
            if fault != price.fault:
                await self._store_fault(plan_id, provider, price.external_price_id, fault)

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

    async def _store_fault(self, plan_id: PlanId, provider: str, reference: str | None, fault: str | None) -> None:
        """Store why the provider refuses the plan's price, and alert the owners. None if the price is accepted again.
        `reference`: price object that was refused; None if the provider refuses to create one.
        """
        log.error("price at the provider", plan=str(plan_id), provider=provider, fault=fault)
        async with self.units() as uow:
            plan = await uow.plans.get(plan_id, lock=True)
            known = await uow.plans.price_at(plan_id, provider)
            price = known or PlanPaymentPrice(plan_id=plan_id, provider=provider, external_price_id=None)
            if plan is None or price.external_price_id != reference:
                return
            await uow.plans.save_price(replace(price, fault=fault))
            if fault is not None and price.fault is None:
                alarm = PlanWithoutPrice(plan=plan.soft_id, provider=provider, reason=fault)
                uow.record(alarm.raise_event(f"{alarm.name}:{plan.id}:{provider}"))
            await uow.commit()
