"""Giving every plan its price object at a provider that keeps such."""

from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ports.payment_gateway import GatewayRegistry, MakesPrices, PriceRequest
from subscriptions.domain.ports.repositories import PlanPaymentPrice
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


class SyncPrices:
    """Makes what is missing; repeating it changes nothing."""

    def __init__(self, units: UnitOfWorkFactory, gateways: GatewayRegistry, brand: str) -> None:
        self._units = units
        self._gateways = gateways
        self._brand = brand

    async def __call__(self, provider: str) -> dict[str, str]:
        """Price references by plan. Raises InvalidInput for a provider that is not configured or keeps no prices."""
        gateway = self._gateways.get(provider)
        if gateway is None:
            known = ", ".join(self._gateways.enabled()) or "none"
            raise InvalidInput("provider", f"{provider!r} is not configured (configured: {known})")
        if not isinstance(gateway, MakesPrices):
            return {}
        async with self._units() as uow:
            plans = await uow.plans.all()
        made: dict[str, str] = {}
        for plan in plans:
            made[plan.soft_id] = await gateway.ensure_price(
                PriceRequest(
                    plan=plan.soft_id,
                    name=f"{self._brand} · {plan.name}",
                    description=plan.description,
                    amount=plan.price,
                    recurring=plan.recurring,
                    interval=plan.interval,
                    interval_count=plan.interval_count,
                )
            )
            async with self._units() as uow:
                await uow.plans.save_price(
                    PlanPaymentPrice(plan_id=plan.id, provider=provider, external_price_id=made[plan.soft_id])
                )
                await uow.commit()
        return made
