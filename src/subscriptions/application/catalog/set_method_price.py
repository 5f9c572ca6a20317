"""What one way to pay charges for a plan, where that is not the plan's own price."""

from typing import Final

from subscriptions.application.catalog.plan_catalog import PlanCatalog
from subscriptions.application.catalog.plan_input import store_price
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.events import PlanChanged
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayRegistry
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

_OWN: Final = "the plan's own"


class SetMethodPrice:
    """Lets a method charge an amount of its own, in a currency it can charge; who pays already keeps their price."""

    def __init__(
        self, units: UnitOfWorkFactory, gateways: GatewayRegistry, clock: Clock, plan_catalog: PlanCatalog
    ) -> None:
        self._units = units
        self._gateways = gateways
        self._clock = clock
        self._plan_catalog = plan_catalog

    async def __call__(self, soft_id: str, method: str, price: Money | None, by: TelegramId | None = None) -> bool:
        """price: None = the plan's own again. by: None = the operator's own tools. False: it was so before.

        Raises InvalidInput naming `plan`, `method`, `price` or `currency`. Where the method keeps price objects, a job
        makes the one that belongs to it.
        """
        self.refuse(method, price)
        async with self._units() as uow:
            plan = await uow.plans.by_soft_id(soft_id)
            if plan is None:
                raise InvalidInput("plan", f"{soft_id!r} is no plan")
            plan_payment_price = await uow.plans.price_at(plan.id, method)
            amount = plan_payment_price.price if plan_payment_price is not None else None
            if price == amount:
                return False
            await store_price(uow, plan.id, method, price)
            await uow.audit.record(
                actor=str(by) if by is not None else "operator",
                action="plan.method_price",
                subject=str(plan.id),
                why="decided by the operator",
                at=self._clock.now(),
                facts={"plan": soft_id, "method": method, "price": f"{amount or _OWN} → {price or _OWN}"},
            )
            uow.record(PlanChanged(plan.id))
            await uow.commit()
        self._plan_catalog.forget()
        return True

    def methods(self) -> list[str]:
        """Codes of all there are."""
        return sorted(self._gateways.descriptors())

    def refuse(self, method: str, price: Money | None) -> None:
        """Raises InvalidInput as above for what could not be charged."""
        descriptors = self._gateways.descriptors()
        if method not in descriptors:
            raise InvalidInput("method", f"{method!r} is no way to pay (there are: {', '.join(sorted(descriptors))})")
        currencies = descriptors[method].currencies
        if price is None:
            return
        if price.minor <= 0:
            raise InvalidInput("price", "must be more than nothing")
        if currencies is not None and price.currency not in currencies:
            raise InvalidInput("currency", f"{method} does not charge {price.currency}")


async def charged_there(uow: UnitOfWork, plan: ServicePlan, provider: str | None) -> Money:
    """What a plan costs at its provider: its own price there, as where it charges another currency; else the plan's."""
    plan_payment_price = await uow.plans.price_at(plan.id, provider) if provider is not None else None
    return (
        plan_payment_price.price
        if plan_payment_price is not None and plan_payment_price.price is not None
        else plan.price
    )


async def charged_next(uow: UnitOfWork, subscription: Subscription, coming: ServicePlan | None) -> Money | None:
    """What was agreed for the plan that a subscription goes over to; None where it stays. Where nobody wrote that down,
    what the plan costs there."""
    if coming is None:
        return None
    return subscription.next_price or await charged_there(uow, coming, subscription.provider)
