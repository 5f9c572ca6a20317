"""What one way to pay charges for a plan, where that is not the plan's own price."""

from dataclasses import dataclass
from typing import Final

from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.money import TELEGRAM_CURRENCY, Money
from subscriptions.domain.ports.payment_gateway import GatewayRegistry
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.pricing import OwnPrices

_LIMIT: Final = "it is below or above what is charged there, or has decimals that are not"


@dataclass(frozen=True)
class MethodPrices:
    """What the ways to pay can charge."""

    gateways: GatewayRegistry

    def methods(self) -> list[str]:
        """Codes of all there are."""
        return sorted(self.gateways.descriptors())

    def named(self) -> dict[str, str]:
        """Return what the question about their prices names: all codes, and an example that can be charged."""
        every = self.gateways.descriptors()
        own = next(
            (code for code, each in sorted(every.items()) if each.currencies == frozenset({TELEGRAM_CURRENCY})), None
        )
        example = f"{own} 1500 {TELEGRAM_CURRENCY}" if own is not None else f"{next(iter(sorted(every)), '')} 34.99 USD"
        return {"methods": ", ".join(self.methods()), "example": example}

    def label_of(self, method: str) -> str:
        """Return the name of one, which is a brand's."""
        return self.gateways.descriptors()[method].list_name

    def refuse(self, method: str, price: Money | None) -> None:
        """Raise InvalidInput naming `method`, `price` or `currency` for what could not be charged."""
        descriptors = self.gateways.descriptors()
        if method not in descriptors:
            raise InvalidInput("method", f"{method!r} is no way to pay (there are: {', '.join(sorted(descriptors))})")
        currencies = descriptors[method].currencies
        if price is None:
            return
        if price.minor <= 0:
            raise InvalidInput("price", "must be more than nothing")
        if currencies is not None and price.currency not in currencies:
            raise InvalidInput("currency", f"{method} does not charge {price.currency}")

    def refuse_plan(self, plan: ServicePlan, own: OwnPrices) -> None:
        """Raise InvalidInput naming `prices` or `price` for a plan whose price can never be charged.

        own: what methods charge instead of the plan's price. A method that cannot charge the plan's price is not
        offered, so that it is refused only if no method can.
        """
        descriptors = self.gateways.descriptors()
        for method, price in own.items():
            if method in descriptors and not descriptors[method].can_charge(price, is_recurring=plan.recurring):
                raise InvalidInput("prices", f"{self.label_of(method)} cannot charge {price}: {_LIMIT}")
        takers = [
            descriptors[code]
            for code in self.gateways.enabled_names()
            if code not in own and descriptors[code].takes(plan.price.currency)
        ]
        if (
            plan.price.minor
            and takers
            and not own
            and not any(each.can_charge(plan.price, is_recurring=plan.recurring) for each in takers)
        ):
            names = ", ".join(each.list_name for each in takers)
            raise InvalidInput("price", f"{names} cannot charge {plan.price}: {_LIMIT}")


async def charged_there(uow: UnitOfWork, plan: ServicePlan, provider: str | None) -> Money:
    """What a plan costs at its provider: its own price there, as where it charges another currency; else the plan's."""
    plan_payment_price = await uow.plans.price_at(plan.id, provider) if provider is not None else None
    return (
        plan_payment_price.price
        if plan_payment_price is not None and plan_payment_price.price is not None
        else plan.price
    )


async def charged_next(uow: UnitOfWork, subscription: Subscription, next_plan: ServicePlan | None) -> Money | None:
    """Return what is charged next for the plan that a subscription goes over to; None where it keeps its plan."""
    return None if next_plan is None else await next_amount(uow, subscription, next_plan)


async def next_amount(uow: UnitOfWork, subscription: Subscription, next_plan: ServicePlan | None) -> Money:
    """Return what the next charge takes: by the provider's word, else by our record.

    next_plan: the plan that the subscription goes over to then. Our record is what was agreed for that plan, or what it
    costs there where nobody wrote that down; without another plan it is the subscription's price.
    """
    upcoming = subscription.upcoming
    if upcoming is not None and upcoming.amount is not None:
        return upcoming.amount
    if next_plan is None:
        return subscription.price
    return subscription.next_price or await charged_there(uow, next_plan, subscription.provider)
