"""Another plan for a running subscription: what it costs and when, the change itself, and taking back a coming one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from subscriptions.application.catalog.browse_plans import BrowsePlans
from subscriptions.application.people.customers import known_customer
from subscriptions.application.subscriptions.follow_provider import FollowProvider
from subscriptions.domain.entities.service_plan import Interval, ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import TelegramId, short_reference
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import ChangesPlans, GatewayRegistry, PlanChangeRequest
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import plan_change_policy
from subscriptions.domain.services.plan_change_policy import ChangeMoment


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
class ChangeQuote:
    """due: what the change charges at once. as_of: the moment it was reckoned for, which confirming has to name."""

    offer: ChangeOffer
    due: Money
    as_of: datetime


log = structlog.get_logger(__name__)


class NothingToChange(UmbralError):
    """This change is not to be had, or not any more; nothing was changed."""


class QuoteOutdated(UmbralError):
    """What was confirmed was shown too long ago: it has to be shown again."""


@dataclass(frozen=True, kw_only=True)
class _Change:
    """One possible change, with all that asking for it takes."""

    subscription: Subscription
    current: ServicePlan
    target: ServicePlan
    price_ref: str
    gateway: ChangesPlans
    changed_before: bool

    @property
    def moment(self) -> ChangeMoment:
        price = self.subscription.price
        return plan_change_policy.moment_of(price, self.target, changed_before=self.changed_before)

    def request(self, as_of: datetime) -> PlanChangeRequest:
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


class ChangePlan:
    """Finds the changes somebody may make, and makes one."""

    def __init__(
        self,
        units: UnitOfWorkFactory,
        gateways: GatewayRegistry,
        browse_plans: BrowsePlans,
        follow_provider: FollowProvider,
        clock: Clock,
    ) -> None:
        self._units = units
        self._gateways = gateways
        self._browse_plans = browse_plans
        self._follow_provider = follow_provider
        self._clock = clock

    async def offers(self, telegram_id: TelegramId) -> Sequence[ChangeOffer]:
        """Every change this person may make now."""
        async with self._units() as uow:
            return [change.offer() for change in await self._possible(uow, telegram_id)]

    async def quote(self, telegram_id: TelegramId, subscription: str, soft_id: str) -> ChangeQuote:
        """What one change costs at once. subscription: its short reference. soft_id: of the plan wanted.

        Raises NothingToChange and gateway errors.
        """
        change = await self._one(telegram_id, subscription, soft_id)
        as_of = self._clock.now().replace(microsecond=0)
        due = await change.gateway.quote_change(change.request(as_of))
        if due is None:
            raise NothingToChange(soft_id)
        return ChangeQuote(offer=change.offer(), due=due, as_of=as_of)

    async def __call__(self, telegram_id: TelegramId, subscription: str, soft_id: str, as_of: datetime) -> ChangeOffer:
        """Make the change that was quoted as of that moment; pressing again changes nothing twice.

        Raises NothingToChange, QuoteOutdated, ChargeDeclined (nothing is changed then) and gateway errors.
        """
        done = await self._made_before(telegram_id, subscription, soft_id)
        if done is not None:
            return done
        try:
            change = await self._one(telegram_id, subscription, soft_id)
        except NothingToChange:
            # The same press elsewhere may have made it since.
            done = await self._made_before(telegram_id, subscription, soft_id)
            if done is None:
                raise
            return done
        self._refuse_outdated(change, as_of)
        if not await change.gateway.change_plan(change.request(as_of)):
            raise NothingToChange(soft_id)
        snapshot = await self._follow_provider.fetch(change.subscription)
        applied = await self._follow_provider.apply(change.subscription.id, snapshot) if snapshot is not None else None
        if applied is None or change.target.id not in {applied.plan_id, applied.next_plan_id}:
            raise NothingToChange(soft_id)
        log.info("plan changed in the chat", subscription=str(applied.id), plan=soft_id, moment=str(change.moment))
        return change.offer()

    async def undo(self, telegram_id: TelegramId, soft_id: str) -> None:
        """Keep the plan at the renewal. soft_id: the present one's. Raises NothingToChange and gateway errors."""
        async with self._units() as uow:
            customer = await known_customer(uow, telegram_id)
            plan = await uow.plans.by_soft_id(soft_id)
            mine = await uow.subscriptions.live_for(customer.id, plan.id) if plan is not None else None
        if mine is None or mine.provider_ref is None:
            raise NothingToChange(soft_id)
        gateway = self._gateways.get(mine.provider or "")
        if not isinstance(gateway, ChangesPlans) or not await gateway.undo_change(mine.provider_ref):
            raise NothingToChange(soft_id)
        snapshot = await self._follow_provider.fetch(mine)
        applied = await self._follow_provider.apply(mine.id, snapshot) if snapshot is not None else None
        if applied is None or applied.next_plan_id is not None or plan is None or applied.plan_id != plan.id:
            raise NothingToChange(soft_id)

    async def _possible(self, uow: UnitOfWork, telegram_id: TelegramId) -> list[_Change]:
        customer = await known_customer(uow, telegram_id)
        live = [item for item in await uow.subscriptions.of_customer(customer.id) if item.live]
        taken = {item.plan_id for item in live} | {item.next_plan_id for item in live}
        offered = [
            plan
            for plan in await uow.plans.all()
            if plan.id not in taken and await self._browse_plans.sellable(uow, plan)
        ]
        changes: list[_Change] = []
        for subscription in live if customer.barred_at is None else []:
            gateway = self._gateways.get(subscription.provider or "")
            current = await uow.plans.get(subscription.plan_id)
            if not plan_change_policy.may_change(subscription) or current is None:
                continue
            changes_made = await uow.subscriptions.changes_of(subscription.id)
            before = plan_change_policy.changed_within(changes_made, subscription.current_period_start)
            for plan in offered:
                price = await uow.plans.price_at(plan.id, subscription.provider or "")
                # Compared is what is charged there, which need not be the plan's own price.
                target = replace(plan, price=price.price) if price is not None and price.price is not None else plan
                fits = plan_change_policy.fits(replace(current, price=subscription.price), target)
                if fits and price is not None and price.external_price_id and isinstance(gateway, ChangesPlans):
                    changes.append(
                        _Change(
                            subscription=subscription,
                            current=current,
                            target=target,
                            price_ref=price.external_price_id,
                            gateway=gateway,
                            changed_before=before,
                        )
                    )
        return changes

    async def _one(self, telegram_id: TelegramId, subscription: str, soft_id: str) -> _Change:
        async with self._units() as uow:
            possible = await self._possible(uow, telegram_id)
        for change in possible:
            if (short_reference(change.subscription.id), change.target.soft_id) == (subscription, soft_id):
                return change
        raise NothingToChange(soft_id)

    async def _made_before(self, telegram_id: TelegramId, subscription: str, soft_id: str) -> ChangeOffer | None:
        """The same press twice, or a change that came to be known by another way in between."""
        async with self._units() as uow:
            customer = await known_customer(uow, telegram_id)
            target = await uow.plans.by_soft_id(soft_id)
            for item in await uow.subscriptions.of_customer(customer.id):
                mine = item.live and short_reference(item.id) == subscription
                if mine and target is not None and target.id in {item.plan_id, item.next_plan_id}:
                    current = await uow.plans.get(item.plan_id)
                    return None if current is None else _made(item, current, target)
        return None

    def _refuse_outdated(self, change: _Change, as_of: datetime) -> None:
        now, start = self._clock.now(), change.subscription.current_period_start
        holds = timedelta(seconds=plan_change_policy.QUOTE_HOLDS_S)
        if not now - holds <= as_of <= now or (start is not None and as_of < start):
            raise QuoteOutdated(change.target.soft_id)


def _made(subscription: Subscription, current: ServicePlan, target: ServicePlan) -> ChangeOffer:
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
