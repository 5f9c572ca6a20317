"""Check of a customer's entitlement to a plan, for programs with their own access control."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from subscriptions.application.access.waiting_days import WaitingDays, waiting_days
from subscriptions.application.dto.policy import Policy
from subscriptions.application.views.shown import shown_subscriptions
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services import access_policy


class Unknown(UmbralError):
    """Error: the customer or the plan does not exist. The error text says which."""


@dataclass(frozen=True, kw_only=True)
class Entitlement:
    """Result of the check. `access_end`: current end of the entitlement; None if there is no entitlement now."""

    is_entitled: bool
    access_end: datetime | None


@dataclass(frozen=True, kw_only=True)
class CurrentPlan:
    """Subscription of a customer with its plan.

    access_end: end of access, including the grace period if a charge failed
    waiting: days of other plans that wait until this plan's days are over
    """

    subscription: Subscription
    plan: ServicePlan
    access_end: datetime | None
    waiting: tuple[WaitingDays, ...] = ()


@dataclass(frozen=True)
class CheckEntitlement:
    """Use case that returns entitlements by Telegram id, by which programs identify customers."""

    units: UnitOfWorkFactory
    clock: Clock
    policy: Policy

    async def __call__(self, telegram_id: TelegramId, soft_id: str) -> Entitlement:
        """Return the entitlement to the plan by a live subscription. A paused subscription gives none. Raises Unknown
        for an unknown customer or plan.
        """
        async with self.units() as uow:
            customer = await uow.customers.by_telegram_id(telegram_id)
            if customer is None:
                raise Unknown(f"there is no customer {telegram_id}")
            plan = await uow.plans.by_soft_id(soft_id)
            if plan is None:
                raise Unknown(f"there is no plan {soft_id}")
            live = await uow.subscriptions.live_for(customer.id, plan.id)
        if live is None or live.is_paused:
            return Entitlement(is_entitled=False, access_end=None)
        return Entitlement(is_entitled=True, access_end=self._end_of(live, plan))

    async def customer(self, telegram_id: TelegramId) -> tuple[Customer, list[CurrentPlan]]:
        """Return the customer and all their subscriptions, newest first. Raises Unknown for an unknown customer."""
        async with self.units() as uow:
            customer = await uow.customers.by_telegram_id(telegram_id)
            if customer is None:
                raise Unknown(f"there is no customer {telegram_id}")
            plans = {plan.id: plan for plan in await uow.plans.all(active_only=False)}
            holdings = [
                CurrentPlan(
                    subscription=each,
                    plan=plan,
                    access_end=self._end_of(each, plan),
                    waiting=await waiting_days(uow, each, self._grace(plan), self.clock.now()),
                )
                for each in await shown_subscriptions(uow, customer.id)
                if (plan := plans.get(each.plan_id)) is not None
            ]
        return customer, sorted(holdings, key=lambda each: each.subscription.created_at, reverse=True)

    def _end_of(self, subscription: Subscription, plan: ServicePlan) -> datetime | None:
        return access_policy.shown_end(subscription, self._grace(plan), self.clock.now())

    def _grace(self, plan: ServicePlan) -> timedelta:
        return access_policy.grace_of(plan, self.policy.grace)
