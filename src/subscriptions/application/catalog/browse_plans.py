"""Plans on sale, as shown to customers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta, tzinfo
from typing import Final

from subscriptions.application.catalog.overlaps import Overlap
from subscriptions.application.catalog.phone_sales import is_taken_here
from subscriptions.application.catalog.plan_catalog import (
    Offer,
    PlanCatalog,
    missing_of,
    only_chat,
    own_prices,
    sellable,
)
from subscriptions.domain.entities.discount_code import Deal
from subscriptions.domain.entities.payment_method import PaymentMethod
from subscriptions.domain.entities.resource import Resource
from subscriptions.domain.entities.service_plan import PlanCard, ServicePlan
from subscriptions.domain.entities.spoken import text_for
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import PlanId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import Capability, GatewayDescriptor, GatewayRegistry
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import payment_policy, pricing
from subscriptions.domain.services.method_policy import offered_methods
from subscriptions.domain.services.pricing import OwnPrices
from subscriptions.domain.services.promise_policy import promises_of
from subscriptions.domain.services.zones import HOME

PER_DAY_FROM: Final = 7
"""Minimum length of a plan, in days, for which a price per day is shown."""


@dataclass(kw_only=True)
class PlanView(PlanCard):
    """Plan as customers see it.

    methods: codes of the payment methods that can charge the plan now
    prices: amounts that payment methods charge in their own currency, keyed by method; `price` is the plan's own price
    renewing_methods: methods that renew the plan automatically; with the other methods, customers buy each period
        separately
    opens: slugs of all included resources
    own: slugs of the included resources of which each customer gets a separate chat; only set for plans on sale
    vip: True if the VIP channel is included
    deals: effect of the viewer's promotion on the price, keyed by method
    overlaps: plans for which the viewer would still be charged, although this plan includes the same chats for life
    reservation: code of a promotion that is reserved by another open checkout of the viewer
    promises: phrases in the plan's texts that guarantee success, which owners are warned about; only set before saving
    missing: slugs of included resources that are not set up; only set before saving
    trial_days: length of the free trial in days; 0 for none, also for a viewer who had the plan before
    first_charge: day of the first charge if the viewer buys the plan now and begins with the trial; None without one
    """

    opens: tuple[str, ...] = ()
    own: frozenset[str] = frozenset()
    vip: bool = False
    methods: tuple[str, ...] = ()
    prices: Mapping[str, Money] = field(default_factory=dict)
    renewing_methods: frozenset[str] = frozenset()
    deals: Mapping[str, Deal] = field(default_factory=dict)
    overlaps: Sequence[Overlap] = ()
    reservation: str | None = None
    promises: Sequence[str] = ()
    missing: tuple[str, ...] = ()
    trial_days: int = 0
    first_charge: date | None = None

    def without_trial(self) -> "PlanView":
        """Return the view for a customer who gets no trial."""
        return replace(self, trial_days=0, first_charge=None)

    def price_by(self, method: str) -> Money:
        """Return the amount that a payment method charges."""
        return self.prices.get(method, self.price)

    def asked_by(self, method: str) -> Money:
        """Return the amount that a payment method charges after the promotion."""
        deal = self.deals.get(method)
        return deal.amount_due if deal is not None else self.price_by(method)

    @property
    def deal(self) -> Deal | None:
        """Return the promotion's effect on the plan's own price, taken from the first method that charges that price.
        Return None if there is no promotion.
        """
        return next((deal for deal in self.deals.values() if deal.price == self.price), None)

    @property
    def per_day(self) -> Money | None:
        """Return the price per day of a plan sold by days, rounded down to the minor unit.

        Return None for a plan that is shorter than PER_DAY_FROM days, renews, or costs less than one minor unit per
        day, and for a plan with a last day, because its length depends on the purchase date.
        """
        if self.recurring or self.duration_days is None or self.duration_days < PER_DAY_FROM or self.ends_on:
            return None
        minor = self.price.minor // self.duration_days
        return Money(minor, self.price.currency) if minor else None

    @property
    def opens_shared(self) -> bool:
        """Return True if the plan includes only shared resources."""
        return bool(self.opens) and not self.own

    def spoken_in(self, language: str) -> "PlanView":
        """Return the view with the plan's texts in one language only."""
        name, description, note = (text_for(word, language) for word in (self.name, self.description, self.note))
        return replace(self, name=name, description=description, note=note)


class PlanUnavailable(UmbralError):
    """Error: the plan does not exist, is switched off, or can't be sold now."""


class BrowsePlans:
    """Use case that shows the plans on sale from the cached catalog. Purchases read the current data instead."""

    def __init__(
        self,
        units: UnitOfWorkFactory,
        gateways: GatewayRegistry,
        clock: Clock,
        zone: tzinfo = HOME,
        catalog: PlanCatalog | None = None,
        promises: Sequence[str] = (),
    ) -> None:
        """Create the use case.

        zone: time zone in which a plan's last day ends
        catalog: cache of the plans; None disables caching
        promises: phrases that guarantee success, which are looked for in the texts of plans before saving
        """
        self._promises = promises
        self._clock = clock
        self._zone = zone
        self._units = units
        self._catalog = catalog or PlanCatalog(units, max_age_s=0)
        self._gateways = gateways

    async def all(self) -> Sequence[PlanView]:
        """Return every plan on sale, in the operator's order."""
        offer = await self._offer()
        return [self._view_of(plan, offer) for plan in offer.plans]

    async def openable(self) -> Sequence[Resource]:
        """Return the resources that plans can include, oldest first."""
        async with self._units() as uow:
            return [each for each in await uow.resources.all() if not each.is_retired]

    async def payable_by(self, method: str) -> Sequence[PlanView]:
        """Return the plans that a payment method can charge, even if the method is hidden."""
        offer = await self._offer()
        views = [self.view(plan, offer.own(plan), ()) for plan in offer.plans]
        return [view for view in views if method in view.methods]

    async def one(self, soft_id: str) -> PlanView:
        """Return one plan. Raises PlanUnavailable if the plan is not on sale."""
        offer = await self._offer()
        for plan in offer.plans:
            if plan.soft_id == soft_id:
                return self._view_of(plan, offer)
        raise PlanUnavailable(soft_id)

    async def preview(self, plan: ServicePlan, own: OwnPrices) -> PlanView:
        """Return the view of a plan that is not saved yet."""
        view = self.view(plan, own, (await self._catalog.offer()).wishes)
        missing = (await self.missing([plan]))[plan.id]
        return replace(view, promises=promises_of(plan, self._promises), missing=missing)

    async def missing(self, plans: Sequence[ServicePlan]) -> Mapping[PlanId, tuple[str, ...]]:
        """Return the slugs of included resources that are not set up, keyed by plan. A plan with such a resource is not
        sold.
        """
        async with self._units() as uow:
            return await missing_of(uow, plans)

    async def only_chat(self) -> str | None:
        """Return the slug of the shared chat that a new plan includes by default. Return None if there is no shared
        chat, or several.
        """
        async with self._units() as uow:
            return await only_chat(uow)

    async def get_offered(self, uow: UnitOfWork, soft_id: str) -> ServicePlan:
        """Return the plan for use within a unit of work. Raises PlanUnavailable if the plan is not on sale."""
        plan = await uow.plans.by_soft_id(soft_id)
        if plan is None or not plan.active or not await self.sellable(uow, plan):
            raise PlanUnavailable(soft_id)
        return plan

    async def get_wanted(self, uow: UnitOfWork, soft_id: str, *, for_another: bool) -> ServicePlan:
        """Return a plan that a customer wants to buy. `for_another`: True if it is a gift. Raises PlanUnavailable if
        the plan is not on sale or cannot be given as a gift.
        """
        plan = await self.get_offered(uow, soft_id)
        if for_another and not plan.giftable:
            raise PlanUnavailable(soft_id)
        return plan.for_another() if for_another else plan

    async def sellable(self, uow: UnitOfWork, plan: ServicePlan) -> bool:
        """Return True if the plan can be sold: it is active, its resources are set up, and its last day is not over."""
        return not self._is_over(plan) and bool(await sellable(uow, [plan]))

    async def _offer(self) -> Offer:
        offer = await self._catalog.offer()
        return replace(offer, plans=tuple(plan for plan in offer.plans if not self._is_over(plan)))

    def _is_over(self, plan: ServicePlan) -> bool:
        return plan.is_over(self._clock.now(), self._zone)

    def _view_of(self, plan: ServicePlan, offer: Offer) -> PlanView:
        own = offer.own_resources.intersection(plan.opens)
        return replace(self.view(plan, offer.own(plan), offer.wishes), own=own)

    async def own_prices(self, uow: UnitOfWork, plan: ServicePlan) -> OwnPrices:
        """Return the prices that payment methods charge instead of the plan's own price, read in the caller's unit of
        work.
        """
        return own_prices(await uow.plans.own_prices(plan.id)).get(plan.id, {})

    async def prices_of(self, plan: ServicePlan) -> OwnPrices:
        """Return the prices that payment methods charge instead of the plan's own price, read in a new unit of work."""
        async with self._units() as uow:
            return await self.own_prices(uow, plan)

    def methods(self, plan: ServicePlan, own: OwnPrices, wishes: Sequence[PaymentMethod]) -> tuple[str, ...]:
        """Return the codes of the providers that can charge the plan in the required currency, in the operator's order.

        A provider without automatic charges sells a recurring plan period by period. `wishes`: the operator's
        preferences; a configured method without a preference is offered. A free plan has no methods.
        """
        if plan.free:
            return ()
        capabilities = {Capability.TRIAL} if plan.trial_days > 0 else set[Capability]()
        descriptors = self._gateways.descriptors()
        return tuple(
            code
            for code in offered_methods(self._gateways.enabled_names(), wishes)
            if code not in plan.refused_by
            and capabilities <= descriptors[code].capabilities
            and descriptors[code].takes(pricing.price_by(plan, code, own).currency)
            and descriptors[code].can_charge(pricing.price_by(plan, code, own), is_recurring=plan.recurring)
            and is_taken_here(pricing.price_by(plan, code, own).currency)
            and _bills(descriptors[code], plan)
        )

    def renews(self, plan: ServicePlan, method: str) -> bool:
        """Return True if the plan renews automatically when bought by this method."""
        descriptor = self._gateways.descriptors().get(method)
        return descriptor is not None and payment_policy.renews_by(descriptor.capabilities, is_recurring=plan.recurring)

    def view(self, plan: ServicePlan, own: OwnPrices, wishes: Sequence[PaymentMethod]) -> PlanView:
        """Return the plan as customers see it. `wishes`: the operator's preferences for payment methods."""
        methods = self.methods(plan, own, wishes)
        trial_end = self._clock.now() + timedelta(days=plan.trial_days)
        return PlanView(
            **{each.name: getattr(plan, each.name) for each in fields(PlanCard)},
            opens=plan.opens,
            vip=plan.opens_vip,
            methods=methods,
            renewing_methods=frozenset(code for code in methods if self.renews(plan, code)),
            prices={code: pricing.price_by(plan, code, own) for code in methods},
            trial_days=plan.trial_days,
            first_charge=trial_end.astimezone(self._zone).date() if plan.trial_days else None,
        )


def _bills(descriptor: GatewayDescriptor, plan: ServicePlan) -> bool:
    """Return True if the provider can bill the plan's period. A provider without automatic charges sells any period."""
    if descriptor.periods is None or not payment_policy.renews_by(descriptor.capabilities, is_recurring=plan.recurring):
        return True
    return (plan.interval, plan.interval_count) in descriptor.periods
