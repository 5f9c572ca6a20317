"""What is on offer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import tzinfo
from typing import Final

from subscriptions.application.catalog.overlaps import Overlap
from subscriptions.application.catalog.place_of_sale import is_taken_here
from subscriptions.application.catalog.plan_catalog import (
    Offer,
    PlanCatalog,
    missing_of,
    only_chat,
    own_prices,
    sellable,
)
from subscriptions.domain.entities.payment_method import PaymentMethod
from subscriptions.domain.entities.promotion import Deal
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
"""From how many days on people compare plans by the day."""


@dataclass(kw_only=True)
class PlanView(PlanCard):
    """A plan as it is offered. methods: codes of the providers that can take it now. prices: what each of them charges,
    in its own currency; `price` is the plan's own. renewing_methods: those by which it renews by itself; by the others
    it is bought period by period. opens: the soft ids of all that it opens; own: those of which each customer has one
    of their own, where it is listed with others; vip: the VIP channel is one of them. deals: by method, what a
    promotion makes of it for who looks at it. overlaps: what they would go on being charged for, though this one gives
    them the channel for life.
    reservation: the code of one that another open page of theirs keeps from counting here. promises: before it is
    saved, phrases in its words that promise certainty. missing: before it is saved, the soft ids of what it opens and
    nobody can enter yet.
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

    def price_by(self, method: str) -> Money:
        """What one method charges."""
        return self.prices.get(method, self.price)

    def asked_by(self, method: str) -> Money:
        """What one method charges now, a promotion taken off."""
        deal = self.deals.get(method)
        return deal.amount_due if deal is not None else self.price_by(method)

    @property
    def deal(self) -> Deal | None:
        """What a promotion makes of the plan's own price, by the first method that asks it."""
        return next((deal for deal in self.deals.values() if deal.price == self.price), None)

    @property
    def per_day(self) -> Money | None:
        """What one day costs of a plan sold by days, rounded down to the minor unit.

        None for one that lasts less than PER_DAY_FROM days, renews, costs less than one minor unit a day, or has a last
        day: then it depends on when it is bought.
        """
        if self.recurring or self.duration_days is None or self.duration_days < PER_DAY_FROM or self.ends_on:
            return None
        minor = self.price.minor // self.duration_days
        return Money(minor, self.price.currency) if minor else None

    @property
    def opens_shared(self) -> bool:
        """Whether it opens only what all who pay for it share."""
        return bool(self.opens) and not self.own

    def spoken_in(self, language: str) -> "PlanView":
        """With the words of one language alone, for whoever does not ask for each."""
        name, description, note = (text_for(word, language) for word in (self.name, self.description, self.note))
        return replace(self, name=name, description=description, note=note)


class PlanUnavailable(UmbralError):
    """The plan does not exist, is switched off, or cannot be sold at this moment."""


class BrowsePlans:
    """Shows the plans that can be bought now, from the catalogue; what is bought is read anew."""

    def __init__(
        self,
        units: UnitOfWorkFactory,
        gateways: GatewayRegistry,
        clock: Clock,
        zone: tzinfo = HOME,
        catalog: PlanCatalog | None = None,
        promises: Sequence[str] = (),
    ) -> None:
        """zone: by whose clock a plan's last day is over. catalog: None keeps nothing between two looks. promises:
        phrases that promise certainty."""
        self._promises = promises
        self._clock = clock
        self._zone = zone
        self._units = units
        self._catalog = catalog or PlanCatalog(units, max_age_s=0)
        self._gateways = gateways

    async def all(self) -> Sequence[PlanView]:
        """Every plan on offer, in the operator's order."""
        offer = await self._offer()
        return [self._view_of(plan, offer) for plan in offer.plans]

    async def openable(self) -> Sequence[Resource]:
        """What plans may open, the oldest first."""
        async with self._units() as uow:
            return [each for each in await uow.resources.all() if not each.is_retired]

    async def payable_by(self, method: str) -> Sequence[PlanView]:
        """Those that one method can take, also while it is switched off."""
        offer = await self._offer()
        views = [self.view(plan, offer.own(plan), ()) for plan in offer.plans]
        return [view for view in views if method in view.methods]

    async def one(self, soft_id: str) -> PlanView:
        """Raises PlanUnavailable for a plan that is not on offer (any more)."""
        offer = await self._offer()
        for plan in offer.plans:
            if plan.soft_id == soft_id:
                return self._view_of(plan, offer)
        raise PlanUnavailable(soft_id)

    async def preview(self, plan: ServicePlan, own: OwnPrices) -> PlanView:
        """How a plan would be offered, that nobody saved yet."""
        view = self.view(plan, own, (await self._catalog.offer()).wishes)
        missing = (await self.missing([plan]))[plan.id]
        return replace(view, promises=promises_of(plan, self._promises), missing=missing)

    async def missing(self, plans: Sequence[ServicePlan]) -> Mapping[PlanId, tuple[str, ...]]:
        """Return by plan the soft ids of what it opens and nobody can enter, for which it is not sold."""
        async with self._units() as uow:
            return await missing_of(uow, plans)

    async def only_chat(self) -> str | None:
        """Return the soft id of the shared chat that a new plan opens unless told otherwise; None where none or several
        can be opened."""
        async with self._units() as uow:
            return await only_chat(uow)

    async def get_offered(self, uow: UnitOfWork, soft_id: str) -> ServicePlan:
        """The plan itself, inside a unit of work. Raises PlanUnavailable."""
        plan = await uow.plans.by_soft_id(soft_id)
        if plan is None or not plan.active or not await self.sellable(uow, plan):
            raise PlanUnavailable(soft_id)
        return plan

    async def get_wanted(self, uow: UnitOfWork, soft_id: str, *, gift: bool) -> ServicePlan:
        """The same, or what of it can be given away. Raises PlanUnavailable, also where nothing can."""
        plan = await self.get_offered(uow, soft_id)
        if gift and not plan.giftable:
            raise PlanUnavailable(soft_id)
        return plan.as_gift() if gift else plan

    async def sellable(self, uow: UnitOfWork, plan: ServicePlan) -> bool:
        """Whether we can keep the promise: the kind of channel it opens is set up, and its last day not over."""
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
        """What methods charge for a plan instead of its own price, inside a unit of work."""
        return own_prices(await uow.plans.own_prices(plan.id)).get(plan.id, {})

    async def prices_of(self, plan: ServicePlan) -> OwnPrices:
        """The same of any plan, as it is stored now."""
        async with self._units() as uow:
            return await self.own_prices(uow, plan)

    def methods(self, plan: ServicePlan, own: OwnPrices, wishes: Sequence[PaymentMethod]) -> tuple[str, ...]:
        """Codes of the providers that can take this plan in the currency they charge it in, in the operator's order.

        One that cannot charge by itself sells a plan that renews period by period. wishes: what the operator wishes of
        them; without any, all that are configured. None for a plan that costs nothing.
        """
        if plan.free:
            return ()
        capabilities = {Capability.TRIAL} if plan.trial_days > 0 else set[Capability]()
        descriptors = self._gateways.descriptors()
        return tuple(
            code
            for code in offered_methods(self._gateways.enabled_names(), wishes)
            if capabilities <= descriptors[code].capabilities
            and descriptors[code].takes(pricing.price_by(plan, code, own).currency)
            and descriptors[code].can_charge(pricing.price_by(plan, code, own), is_recurring=plan.recurring)
            and is_taken_here(pricing.price_by(plan, code, own).currency)
            and _bills(descriptors[code], plan)
        )

    def renews(self, plan: ServicePlan, method: str) -> bool:
        """Whether the plan renews by itself, bought by this method."""
        descriptor = self._gateways.descriptors().get(method)
        return descriptor is not None and payment_policy.renews_by(descriptor.capabilities, is_recurring=plan.recurring)

    def view(self, plan: ServicePlan, own: OwnPrices, wishes: Sequence[PaymentMethod]) -> PlanView:
        """The plan as it is shown."""
        methods = self.methods(plan, own, wishes)
        return PlanView(
            **{each.name: getattr(plan, each.name) for each in fields(PlanCard)},
            opens=plan.opens,
            vip=plan.opens_vip,
            methods=methods,
            renewing_methods=frozenset(code for code in methods if self.renews(plan, code)),
            prices={code: pricing.price_by(plan, code, own) for code in methods},
        )


def _bills(descriptor: GatewayDescriptor, plan: ServicePlan) -> bool:
    """Whether the plan's period is one that the provider can charge by; who cannot charge by itself sells any."""
    if descriptor.periods is None or not payment_policy.renews_by(descriptor.capabilities, is_recurring=plan.recurring):
        return True
    return (plan.interval, plan.interval_count) in descriptor.periods
