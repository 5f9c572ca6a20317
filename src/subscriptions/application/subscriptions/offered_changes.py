"""What a change of plan is offered as, and all that asking for it takes."""

from dataclasses import dataclass
from datetime import datetime

from subscriptions.application.access.resource_kind import kind_of
from subscriptions.application.access.way import gives_own, resources_of
from subscriptions.domain.entities.service_plan import Interval, ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import CustomerId, PlanId, short_reference
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import AsksForChanges, ChangesPlans, PlanChangeRequest
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import plan_change_policy
from subscriptions.domain.services.plan_change_policy import ChangeMoment
from subscriptions.domain.services.remainder_policy import Remainder


class NothingToChange(UmbralError):
    """This change is not to be had, or not any more; nothing was changed."""


class NotThere(NothingToChange):
    """The provider lets this subscription go over to no other plan, as one that began before its plans could change."""


class QuoteOutdated(UmbralError):
    """What was confirmed was shown too long ago: it has to be shown again."""


@dataclass(frozen=True, kw_only=True)
class ChangeOffer:
    """A change of plan that may be made. subscription: the short reference of what would be changed. price: of the new
    plan, each period. now: it begins at once; else at `renewal`, the end of the period that is paid.
    """

    subscription: str
    from_soft_id: str
    from_name: str
    to_soft_id: str
    to_name: str
    to_label: str
    price: Money
    interval: Interval | None
    interval_count: int
    now: bool
    renewal: datetime | None


@dataclass(frozen=True, kw_only=True)
class ChangedChats:
    """What a change of plan does to what its customer may enter. own: they have a channel of their own, which stays.
    gains, loses: titles of what else is opened since, and of what is opened no more."""

    own: bool
    gains: tuple[str, ...] = ()
    loses: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ChangeQuote:
    """due: what the change charges at once. as_of: the moment it was reckoned for, which confirming has to name. page:
    where the customer confirms it instead, at a provider that wants that; None where one press does. remainder: of a
    plan that was paid once, where that goes over, for nothing.
    """

    offer: ChangeOffer
    chats: ChangedChats
    due: Money
    as_of: datetime
    page: str | None = None
    remainder: Remainder | None = None


@dataclass(frozen=True, kw_only=True)
class HeldBeside:
    """Two plans somebody has, each paid once. What is left of the first could go over to the second, until `end`, were
    that not running too. is_later: it can from then on.
    """

    from_soft_id: str
    from_name: str
    access_end: datetime
    to_soft_id: str
    to_name: str
    end: datetime
    is_later: bool


@dataclass(frozen=True, kw_only=True)
class WayBack:
    """Where a coming change is taken back, at a provider that wants it confirmed there. change_at: when it comes."""

    page: str
    change_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class PossibleChange:
    """One possible change, with all that asking for it takes."""

    subscription: Subscription
    current: ServicePlan
    target: ServicePlan
    price_ref: str
    gateway: ChangesPlans | AsksForChanges
    changed_before: bool
    locale: str

    @property
    def moment(self) -> ChangeMoment:
        if isinstance(self.gateway, AsksForChanges):
            return ChangeMoment.RENEWAL
        price = self.subscription.price
        return plan_change_policy.moment_of(price, self.target, changed_before=self.changed_before)

    def request(self, as_of: datetime, return_url: str) -> PlanChangeRequest:
        subscription = self.subscription
        return PlanChangeRequest(
            subscription_ref=subscription.provider_ref or "",
            price_ref=self.price_ref,
            amount=self.target.price,
            at_renewal=self.moment is ChangeMoment.RENEWAL,
            as_of=as_of,
            interval=self.target.interval or Interval.MONTH,
            interval_count=self.target.interval_count,
            idempotency_key=f"change:{subscription.id}:{self.price_ref}:{int(as_of.timestamp())}",
            back=return_url,
            locale=self.locale,
        )

    def offer(self) -> ChangeOffer:
        return ChangeOffer(
            subscription=short_reference(self.subscription.id),
            from_soft_id=self.current.soft_id,
            from_name=self.current.name,
            to_soft_id=self.target.soft_id,
            to_name=self.target.name,
            to_label=self.target.label,
            price=self.target.price,
            interval=self.target.interval,
            interval_count=self.target.interval_count,
            now=self.moment is ChangeMoment.NOW,
            renewal=self.subscription.current_period_end,
        )


def offer_made(subscription: Subscription, current: ServicePlan, target: ServicePlan) -> ChangeOffer:
    """The same of a change that was made, or settled for the renewal."""
    return ChangeOffer(
        subscription=short_reference(subscription.id),
        from_soft_id=current.soft_id,
        from_name=current.name,
        to_soft_id=target.soft_id,
        to_name=target.name,
        to_label=target.label,
        price=target.price,
        interval=target.interval,
        interval_count=target.interval_count,
        now=subscription.plan_id == target.id,
        renewal=subscription.next_plan_at or subscription.current_period_end,
    )


async def changed_chats(
    uow: UnitOfWork, subscription: Subscription, current: ServicePlan, target: ServicePlan
) -> ChangedChats:
    """What else the customer has opens what it opens before and after."""
    others = {each.plan_id for each in await uow.subscriptions.of_customer(subscription.customer_id) if each.live}
    plans = [await uow.plans.get(plan_id) for plan_id in others - {subscription.plan_id}]
    resource_names = {name for plan in plans if plan is not None for name in plan.opens}

    async def titles(plan: ServicePlan, other: ServicePlan) -> tuple[str, ...]:
        names = list[str]()
        for resource in await resources_of(uow, plan):
            if resource.soft_id not in {*resource_names, *other.opens} and not kind_of(resource).for_one:
                place = await kind_of(resource).place(uow, resource, subscription.customer_id, plan.id)
                names.append(place.title if place is not None else resource.title)
        return tuple(names)

    return ChangedChats(
        own=await gives_own(uow, target), gains=await titles(target, current), loses=await titles(current, target)
    )


async def plans_had(uow: UnitOfWork, customer_id: CustomerId) -> set[PlanId]:
    """Which plans somebody ever had, also by a subscription that has gone over to another plan since."""
    plan_ids = set[PlanId]()
    for item in await uow.subscriptions.of_customer(customer_id):
        plan_ids |= {item.plan_id, *(change.from_plan_id for change in await uow.subscriptions.changes_of(item.id))}
    return plan_ids
