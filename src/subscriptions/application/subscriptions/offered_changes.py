"""Data of plan changes: offers, quotes, errors, and their effect on the customer's chats."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from subscriptions.application.access.plan_chats import gives_own, resources_of
from subscriptions.application.access.resource_kind import kind_of
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
    """Error: the change is not possible, or is no longer possible; nothing was changed."""


class NotThere(NothingToChange):
    """Error: the provider can't change the plan of this subscription, for example because the subscription began before
    plan changes were supported.
    """


class BeingBought(NothingToChange):
    """Error: the customer has paid for a separate purchase of the new plan, or the bank is still deciding about the
    payment. With the change, the plan would be paid twice.
    """


class QuoteOutdated(UmbralError):
    """Error: the quote is too old and must be shown again."""


@dataclass(frozen=True, kw_only=True)
class ChangeOffer:
    """Possible change of plan.

    subscription: short reference of the subscription
    price: price of the new plan per period
    now: True if the change takes effect at once; otherwise it takes effect at `renewal`, the end of the paid period
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
    """Effect of a plan change on chats.

    own: True if the customer has a personal channel, which is kept
    gains, loses: titles of other chats that the customer gains or loses
    """

    own: bool
    gains: tuple[str, ...] = ()
    loses: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TimeEffect:
    """Effect of a plan change on the customer's days, which keep the plan that they were bought or granted for.

    waits: time of the current plan that waits while the customer has the new plan
    first_until: end of the time of the current plan that is used before the new plan begins; None without such time
    again: time of the new plan that has waited and runs again
    """

    waits: timedelta = timedelta()
    first_until: datetime | None = None
    again: timedelta = timedelta()


@dataclass(frozen=True, kw_only=True)
class ChangeQuote:
    """Quote of a plan change.

    due: amount charged at once
    as_of: time of the calculation, which the confirmation must contain
    page: URL at which the customer confirms the change at the provider; None if the button confirms it
    remainder: credit of a plan that was paid once, transferred at no cost
    time: effect on the customer's days
    first_renewal: amount of the first renewal after the change; None if the provider does not report it
    """

    offer: ChangeOffer
    chats: ChangedChats
    due: Money
    as_of: datetime
    page: str | None = None
    remainder: Remainder | None = None
    first_renewal: Money | None = None
    time: TimeEffect = TimeEffect()


@dataclass(frozen=True, kw_only=True)
class HeldBeside:
    """Two plans of a customer, each paid once. The credit of the first plan can't be transferred to the second plan
    while the second plan is live, until `end`. `is_later`: True if the transfer is possible from then on.
    """

    from_soft_id: str
    from_name: str
    access_end: datetime
    to_soft_id: str
    to_name: str
    end: datetime
    is_later: bool


@dataclass(frozen=True, kw_only=True)
class ResumePage:
    """Page on which the customer must confirm to the provider that a scheduled change is undone. `change_at`: date of
    the change.
    """

    page: str
    change_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class PossibleChange:
    """Possible change of plan, with the data for the request to the provider."""

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
    """Return the offer of a change that was made, or is scheduled for the renewal."""
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
    """Return the chats that the customer gains or loses by the change. Chats that the customer's other plans include do
    not count.
    """
    others = {each.plan_id for each in await uow.subscriptions.of_customer(subscription.customer_id) if each.live}
    plans = [await uow.plans.get(plan_id) for plan_id in others - {subscription.plan_id}]
    resource_names = {name for plan in plans if plan is not None for name in plan.opens}

    async def titles(plan: ServicePlan, other: ServicePlan) -> tuple[str, ...]:
        names = list[str]()
        for resource in await resources_of(uow, plan):
            if resource.soft_id not in {*resource_names, *other.opens} and not kind_of(resource).for_one:
                channel = await kind_of(resource).find_channel(uow, resource, subscription.customer_id, plan.id)
                names.append(channel.title if channel is not None else resource.title)
        return tuple(names)

    return ChangedChats(
        own=await gives_own(uow, target), gains=await titles(target, current), loses=await titles(current, target)
    )


async def plans_had(uow: UnitOfWork, customer_id: CustomerId) -> set[PlanId]:
    """Return the plans that the customer ever had, including earlier plans of a subscription that changed its plan."""
    plan_ids = set[PlanId]()
    for item in await uow.subscriptions.of_customer(customer_id):
        plan_ids |= {item.plan_id, *(change.from_plan_id for change in await uow.subscriptions.changes_of(item.id))}
    return plan_ids
