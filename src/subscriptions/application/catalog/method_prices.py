"""Prices that a payment method charges for a plan instead of the plan's own price."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.money import TELEGRAM_CURRENCY, Money
from subscriptions.domain.ports.payment_gateway import GatewayRegistry
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.pricing import OwnPrices

_LIMIT: Final = "it is below or above what is charged there, or has decimals that are not"


@dataclass(frozen=True)
class MethodPrices:
    """Service that checks the prices that payment methods can charge."""

    gateways: GatewayRegistry

    def methods(self) -> list[str]:
        """Return the codes of all methods."""
        return sorted(self.gateways.descriptors())

    def named(self) -> dict[str, str]:
        """Return the values to insert into the question about method prices: the codes of all methods, and an example
        of a price that a method can charge.
        """
        every = self.gateways.descriptors()
        own = next(
            (code for code, each in sorted(every.items()) if each.currencies == frozenset({TELEGRAM_CURRENCY})), None
        )
        example = f"{own} 1500 {TELEGRAM_CURRENCY}" if own is not None else f"{next(iter(sorted(every)), '')} 34.99 USD"
        return {"methods": ", ".join(self.methods()), "example": example}

    def label_of(self, method: str) -> str:
        """Return the display name of a payment method, which is a brand name and therefore not translated."""
        return self.gateways.descriptors()[method].list_name

    def refuse(self, method: str, price: Money | None) -> None:
        """Raise InvalidInput naming `method`, `price` or `currency` if the method can't charge the price."""
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
        """Raise InvalidInput naming `prices` or `price` if no payment method can ever charge the plan's price.

        `own`: prices that methods charge instead of the plan's price. A price in `own` that its method cannot charge is
        refused too. If only some of the methods cannot charge the plan's price, the plan is accepted and these methods
        are not offered.
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
    """Return the amount that a provider charges for a plan: the price set for the provider, for example in another
    currency, or else the plan's own price. `provider`: None returns the plan's own price.
    """
    plan_payment_price = await uow.plans.price_at(plan.id, provider) if provider is not None else None
    return (
        plan_payment_price.price
        if plan_payment_price is not None and plan_payment_price.price is not None
        else plan.price
    )


async def charged_next(uow: UnitOfWork, subscription: Subscription, next_plan: ServicePlan | None) -> Money | None:
    """Return the amount of the next charge if a plan change is scheduled; None if the subscription keeps its plan.
    `next_plan`: plan that the subscription changes to.
    """
    return None if next_plan is None else await next_amount(uow, subscription, next_plan)


async def first_charge(uow: UnitOfWork, subscription: Subscription) -> tuple[datetime | None, Money | None]:
    """Return the time and the amount of the first charge after a trial; both None if there is none."""
    charge = subscription.next_charge if subscription.status is SubscriptionStatus.TRIALING else None
    return charge, await next_amount(uow, subscription, None) if charge is not None else None


async def next_amount(uow: UnitOfWork, subscription: Subscription, next_plan: ServicePlan | None) -> Money:
    """Return the amount of the next charge as the provider reports it, or else as recorded.

    `next_plan`: plan that the subscription changes to with that charge. The recorded amount is then the price agreed
        for that plan, or else its price at the provider. Without a change, it is the subscription's price.
    """
    upcoming = subscription.upcoming
    if upcoming is not None and upcoming.amount is not None:
        return upcoming.amount
    if next_plan is None:
        return subscription.price
    return subscription.next_price or await charged_there(uow, next_plan, subscription.provider)
