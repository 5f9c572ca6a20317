"""Monthly business figures, calculated by a slow and simple algorithm from the stored rows, month by month and row by
row.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import ceil, floor

from features.figures.domain.figures import (
    ALL,
    Churn,
    Cohort,
    CurrentRevenue,
    EntryTimes,
    Funnel,
    KeptAnswer,
    Part,
    RecurringRevenue,
    Renewal,
    Revenue,
    RevenueForecast,
)
from features.figures.ports import HORIZON, OVERDUE
from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.order import CheckoutAttempt, Order
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.plan_change import PlanChange
from subscriptions.domain.entities.reversal import Dispute, Refund
from subscriptions.domain.entities.service_plan import Interval, ServicePlan
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.ids import CustomerId, OrderId, PlanId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.catalog import PlanPaymentPrice
from subscriptions.domain.services.billing_period import Calendar
from tests.fakes.memory import Rows, Working
from tests.fakes.people import LinkUse
from tests.fakes.returned_money import counts, returned

PERIODS_A_YEAR = {Interval.DAY: 365, Interval.WEEK: 52, Interval.MONTH: 12, Interval.YEAR: 1}


LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Had:
    """Plan that a customer had at a given price during a time span."""

    plan_id: PlanId
    price: Money
    since: datetime
    until: datetime | None

    def at(self, moment: datetime) -> bool:
        """Return True if the customer had the plan right before the given time."""
        return self.since < moment and (self.until is None or self.until >= moment)


class MemoryFigures:
    """In-memory FiguresRepository."""

    def __init__(self, working: Working) -> None:
        self._customers: Rows[Customer] = Rows(working, "customers", lambda c: c.id)
        self._plans: Rows[ServicePlan] = Rows(working, "service_plans", lambda p: p.id)
        self._prices: Rows[PlanPaymentPrice] = Rows(working, "prices", lambda p: (p.plan_id, p.provider))
        self._orders: Rows[Order] = Rows(working, "orders", lambda o: o.id)
        self._attempts: Rows[CheckoutAttempt] = Rows(working, "checkout_attempts", lambda a: (a.order_id, a.number))
        self._subscriptions: Rows[Subscription] = Rows(working, "subscriptions", lambda s: s.id)
        self._changes: Rows[PlanChange] = Rows(working, "plan_changes", lambda c: c.id)
        self._payments: Rows[Payment] = Rows(working, "payments", lambda p: p.id)
        self._refunds: Rows[Refund] = Rows(working, "refunds", lambda r: r.id)
        self._disputes: Rows[Dispute] = Rows(working, "disputes", lambda d: d.id)
        self._channels: Rows[Channel] = Rows(working, "telegram_channels", lambda c: c.id)
        self._accesses: Rows[Access] = Rows(working, "accesses", lambda a: a.id)
        self._links: Rows[LinkUse] = Rows(working, "link_uses", lambda u: (u.customer_id, u.source))
        self._kept: Rows[KeptAnswer] = Rows(working, "kept_figures", lambda k: k.question)

    async def recurring_revenue(self, edges: Sequence[datetime], part: Part = ALL) -> Sequence[RecurringRevenue]:
        replaced = {each.order_id: each.ended_at for each in self._subscriptions.entities() if each.is_replaced}
        had = [
            (subscription.customer_id, monthly, each)
            for subscription, bought in self._paid_for()
            for order, each in self._times(subscription, bought)
            if subscription.provider_ref is not None or order.id in replaced
            for each in _charged(subscription, each, replaced.get(order.id))
            if order.recurring and (monthly := self._monthly(subscription, order, each)) is not None
            if _is_of(part, each.plan_id, subscription.provider)
        ]
        currencies = sorted({money.currency for _, money, each in had if each.since < edges[-1]})
        return [
            self._month(currency, [item for item in had if item[1].currency == currency], begin, end)
            for begin, end in itertools.pairwise(edges)
            for currency in currencies
        ]

    def _month(
        self, currency: str, had: list[tuple[CustomerId, Money, Had]], begin: datetime, end: datetime
    ) -> RecurringRevenue:
        sums: Counter[str] = Counter()
        for customer in {customer for customer, _, _ in had}:
            theirs = [(money.minor, each) for who, money, each in had if who == customer]
            before = sum(minor for minor, each in theirs if each.at(begin))
            after = sum(minor for minor, each in theirs if each.at(end))
            known = any(each.since < begin for _, each in theirs)
            sums["opening"] += before
            sums["payers"] += after > 0
            if not before and after:
                sums["returned" if known else "new"] += after
                sums["came"] += 1
            elif before and not after:
                sums["lost"] += before
                sums["gone"] += 1
            else:
                sums["grown" if after > before else "shrunk"] += abs(after - before)
        names = ("opening", "new", "returned", "grown", "shrunk", "lost")
        money = {name: Money(sums[name], currency) for name in names}
        return RecurringRevenue(month=begin, **money, came=sums["came"], gone=sums["gone"], payers=sums["payers"])

    async def current_revenue(self, now: datetime, part: Part = ALL) -> Sequence[CurrentRevenue]:
        sums: dict[tuple[str, Renewal], list[int]] = defaultdict(list)
        paid = set()
        for subscription, bought in self._paid_for():
            paid.add(subscription.id)
            for order, each in self._times(subscription, bought):
                monthly = self._monthly(subscription, order, each) if order.recurring else None
                if monthly is None or not each.at(now) or not subscription.live:
                    continue
                if _is_of(part, each.plan_id, subscription.provider):
                    sums[monthly.currency, _renewal(subscription)].append(monthly.minor)
        for subscription in self._subscriptions.entities():
            trying = subscription.status is SubscriptionStatus.TRIALING and subscription.is_recurring
            unit, many = subscription.period(self._plan(subscription.plan_id))
            if not trying or not subscription.price.minor or subscription.id in paid or unit is None:
                continue
            if _is_of(part, subscription.plan_id, subscription.provider):
                money = _by_month(subscription.price, unit, many)
                sums[money.currency, Renewal.TRIALING].append(money.minor)
        return [
            CurrentRevenue(renewal=renewal, subscriptions=len(minor), monthly=Money(sum(minor), currency))
            for (currency, renewal), minor in sorted(
                sums.items(), key=lambda item: (item[0][0], list(Renewal).index(item[0][1]))
            )
        ]

    async def forecast(self, now: datetime, part: Part = ALL) -> Sequence[RevenueForecast]:
        charges: dict[str, list[tuple[int, bool]]] = defaultdict(list)
        for each in self._subscriptions.entities():
            goes_on = each.status in {SubscriptionStatus.TRIALING, SubscriptionStatus.ACTIVE} or (
                each.status is SubscriptionStatus.PAUSED and each.pause_until is not None
            )
            at = each.next_charge
            if at is None or not goes_on or each.on_hold or not _is_of(part, each.plan_id, each.provider):
                continue
            price, (unit, many) = each.price, each.period(self._plan(each.plan_id))
            if each.next_plan_id is not None:
                plan = self._plan(each.next_plan_id)
                unit, many = plan.interval, plan.interval_count
                price = each.next_price or self._charged_there(plan, each.provider)
            first, amount = True, (each.upcoming.amount if each.upcoming is not None else None) or price
            while unit is not None and now - OVERDUE <= at < now + HORIZON and at < (each.cancel_at or LATEST):
                if amount.minor:
                    is_trial = first and each.status is SubscriptionStatus.TRIALING
                    charges[amount.currency].append((amount.minor, is_trial))
                at, first, amount = at + Calendar().length(at, unit, many), False, price
        return [
            RevenueForecast(
                charges=len(each),
                amount=Money(sum(minor for minor, _ in each), currency),
                trials=sum(trial for _, trial in each),
                trial_amount=Money(sum(minor for minor, trial in each if trial), currency),
            )
            for currency, each in sorted(charges.items())
        ]

    def _plan(self, plan_id: PlanId) -> ServicePlan:
        return next(plan for plan in self._plans.entities() if plan.id == plan_id)

    def _charged_there(self, plan: ServicePlan, provider: str | None) -> Money:
        there = self._prices.one(lambda each: (each.plan_id, each.provider) == (plan.id, provider))
        return there.price if there is not None and there.price is not None else plan.price

    async def revenue(self, edges: Sequence[datetime], part: Part = ALL) -> Sequence[Revenue]:
        return [line for month in itertools.pairwise(edges) for line in self._revenue(*month, part)]

    def _revenue(self, since: datetime, until: datetime, part: Part) -> list[Revenue]:
        sums: dict[tuple[str, str, PlanId], list[int]] = defaultdict(lambda: [0, 0])
        payments = [payment for payment in self._payments.entities() if counts(payment)]
        for payment in payments:
            if since <= payment.occurred_at < until:
                line = sums[payment.amount.currency, payment.provider, self._plan_of(payment)]
                line[0] += payment.amount.minor
                line[1] += 1
        for payment, amount, at in returned(payments, self._refunds.entities(), self._disputes.entities()):
            if since <= at < until:
                sums[amount.currency, payment.provider, self._plan_of(payment)][0] -= amount.minor
        lines = [
            Revenue(month=since, provider=provider, plan_id=plan, amount=Money(minor, currency), payments=count)
            for (currency, provider, plan), (minor, count) in sums.items()
            if _is_of(part, plan, provider)
        ]
        return sorted(lines, key=lambda x: (x.amount.currency, -x.amount.minor, x.provider, x.plan_id))

    async def cohorts(self, edges: Sequence[datetime], part: Part = ALL) -> Sequence[Cohort]:
        had: dict[CustomerId, list[Had]] = defaultdict(list)
        for subscription, bought in self._paid_for():
            whole = Had(subscription.plan_id, subscription.price, bought[0].occurred_at, subscription.ended_at)
            real = whole.until is None or whole.since < whole.until
            if real and _is_of(part, subscription.plan_id, subscription.provider):
                had[subscription.customer_id].append(whole)
        found = []
        for number, (begin, end) in enumerate(itertools.pairwise(edges), start=1):
            people = [theirs for theirs in had.values() if begin <= min(each.since for each in theirs) < end]
            kept = tuple(sum(any(each.at(edge) for each in theirs) for theirs in people) for edge in edges[number:])
            found.append(Cohort(month=begin, size=len(people), kept=kept))
        return found

    async def funnel(self, start: datetime, end: datetime) -> Sequence[Funnel]:
        came = [person for person in self._customers.entities() if start <= person.created_at < end]
        paid = {payment.customer_id for payment in self._payments.entities() if counts(payment)}
        inside = {access.customer_id for access in self._accesses.entities() if access.joined_at is not None}
        links = Counter(use.source for use in self._links.entities() if start <= use.at < end)
        found = []
        for source in {*links, *(person.source or "" for person in came)}:
            people = [person.id for person in came if (person.source or "") == source]
            found.append(
                Funnel(
                    source=source,
                    opened=links[source],
                    started=len(people),
                    paid=sum(person in paid for person in people),
                    joined=sum(person in inside for person in people),
                )
            )
        return sorted(found, key=lambda each: (-each.started, -each.opened, each.source))

    async def churn(self, edges: Sequence[datetime], part: Part = ALL) -> Sequence[Churn]:
        return [line for month in itertools.pairwise(edges) for line in self._leaving(*month, part)]

    def _leaving(self, since: datetime, until: datetime, part: Part) -> list[Churn]:
        left = Counter(
            (each.end_reason or "", each.cancel_reason or "")
            for each in self._subscriptions.entities()
            if each.access_until is not None and each.ended_at is not None and since <= each.ended_at < until
            if _is_of(part, each.plan_id, each.provider)
        )
        found = [Churn(month=since, ended=ended, reason=reason, count=count) for (ended, reason), count in left.items()]
        return sorted(found, key=lambda each: (-each.count, each.ended, each.reason))

    async def entry_times(self, edges: Sequence[datetime], part: Part = ALL) -> Sequence[EntryTimes]:
        found = list[EntryTimes]()
        for since, until in itertools.pairwise(edges):
            took = sorted(self._took(since, until, part))
            if took:
                median, most = (took[ceil(len(took) * share) - 1] for share in (Fraction(1, 2), Fraction(19, 20)))
                found.append(EntryTimes(month=since, count=len(took), median=median, most=most))
        return found

    def _took(self, since: datetime, until: datetime, part: Part) -> Iterator[timedelta]:
        orders = {order.id: order for order in self._orders.entities()}
        bought = {each.id: each for each in self._subscriptions.entities() if each.order_id is not None}
        channels = {each.id: each.subscription_id for each in self._channels.entities()}
        for access in self._accesses.entities():
            of = channels.get(access.channel_id)
            subscription = bought.get(of) if of is not None else None
            if subscription is None or not _is_of(part, subscription.plan_id, subscription.provider):
                continue
            order = orders.get(subscription.order_id) if subscription.order_id is not None else None
            joined, paid = access.joined_at, order.paid_at if order is not None else None
            if joined is not None and paid is not None and since <= joined < until and joined >= paid:
                yield joined - paid

    async def customers(self) -> int:
        return len(self._customers.entities())

    async def kept_answer(self, question: str) -> KeptAnswer | None:
        return self._kept.one(lambda each: each.question == question)

    async def keep(self, answer: KeptAnswer) -> None:
        before = await self.kept_answer(answer.question)
        self._kept.save(replace(answer, asked_at=max(before.asked_at, answer.asked_at)) if before else answer)

    async def oldest(self) -> KeptAnswer | None:
        return min(self._kept.all(), key=lambda each: each.counted_at, default=None)

    async def forget(self, cutoff: datetime) -> None:
        self._kept.remove(lambda each: each.asked_at < cutoff)

    def _paid_for(self) -> Iterator[tuple[Subscription, list[Payment]]]:
        """Yield subscriptions that gave access for money and were not gifts, with the first payment of each order."""
        gifts = {order.id for order in self._orders.entities() if order.for_another}
        for subscription in self._subscriptions.entities():
            paid = [
                payment
                for payment in self._payments.entities()
                if payment.subscription_id == subscription.id and payment.order_id not in gifts
                if counts(payment) and payment.amount.minor > 0
            ]
            first: dict[OrderId, Payment] = {}
            for payment in sorted(paid, key=lambda each: each.occurred_at):
                first.setdefault(payment.order_id, payment)
            if first and subscription.access_until is not None:
                yield subscription, list(first.values())

    def _times(self, subscription: Subscription, bought: list[Payment]) -> Iterator[tuple[Order, Had]]:
        """Yield each order with the plan and price that the customer had, from each order or plan change to the
        next.
        """
        orders = {order.id: order for order in self._orders.entities()}
        turns: list[tuple[datetime, Payment | PlanChange]] = [(each.occurred_at, each) for each in bought]
        turns += [(each.changed_at, each) for each in self._changes_of(subscription)]
        turns.sort(key=lambda turn: turn[0])
        order: Order | None = None
        for (since, turn), (until, follows) in itertools.zip_longest(turns, turns[1:], fillvalue=(None, None)):
            if isinstance(turn, Payment):
                order = orders[turn.order_id]
            if order is None or since is None:
                continue
            if isinstance(follows, PlanChange):
                plan, price = follows.from_plan_id, follows.old_price
            elif follows is None:
                plan, price = subscription.plan_id, subscription.price
            elif isinstance(turn, PlanChange):
                plan, price = turn.to_plan_id, turn.new_price
            else:
                plan, price = order.plan_id, self._asked(order)
            ends = [at for at in (until, subscription.ended_at) if at is not None]
            for had in _had(plan, price, since, min(ends, default=None)):
                yield order, had

    def _asked(self, order: Order) -> Money:
        """Return the price of a period, taken from the checkout attempt that paid the order."""
        paid = [
            each for each in self._payments.entities() if each.order_id == order.id and each.subscription_id is not None
        ]
        provider = min(each.provider for each in paid if counts(each) and each.amount.minor > 0)
        mine = [each for each in self._attempts.entities() if (each.order_id, each.provider) == (order.id, provider)]
        newest = max(mine, key=lambda each: each.number, default=None)
        return (newest.later or newest.price or order.price) if newest is not None else order.price

    def _changes_of(self, subscription: Subscription) -> list[PlanChange]:
        theirs = [change for change in self._changes.entities() if change.subscription_id == subscription.id]
        return sorted(theirs, key=lambda change: change.changed_at)

    def _monthly(self, subscription: Subscription, order: Order, had: Had) -> Money | None:
        """Return the monthly price. The period is that of the order; after a plan change, that of the subscription or
        else of the new plan.
        """
        plan = self._plan(had.plan_id)
        unit, many = plan.interval, plan.interval_count
        if had.plan_id == order.plan_id:
            unit, many = order.interval, order.interval_count
        elif had.plan_id == subscription.plan_id and subscription.interval_count is not None:
            unit, many = subscription.interval, subscription.interval_count
        if unit is None:
            return None
        return _by_month(had.price, unit, many)

    def _plan_of(self, payment: Payment) -> PlanId:
        for subscription in self._subscriptions.entities():
            if subscription.id == payment.subscription_id:
                for change in self._changes_of(subscription):
                    if payment.recorded_at < change.changed_at:
                        return change.from_plan_id
                return subscription.plan_id
        return next(order.plan_id for order in self._orders.entities() if order.id == payment.order_id)


def _by_month(price: Money, unit: Interval, many: int) -> Money:
    exact = Fraction(price.minor * PERIODS_A_YEAR[unit], 12 * many)
    return Money(floor(exact + Fraction(1, 2)), price.currency)


def _renewal(subscription: Subscription) -> Renewal:
    if subscription.provider_ref is None:
        return Renewal.PREPAID
    if subscription.is_recurring:
        return Renewal.RENEWS
    if not subscription.renews:
        return Renewal.CANCELED
    return Renewal.PAST_DUE if subscription.has_failed_charge else Renewal.PAUSED


def _charged(bought: Subscription, had: Had, replaced_at: datetime | None) -> Iterator[Had]:
    """Yield the part of a time span in which the provider charged the subscription. replaced_at: time at which another
    payment took the place of a failed charge of the order.
    """
    stopped_at = replaced_at or _stopped_at(bought)
    if stopped_at is None:
        yield had
    elif had.since < stopped_at:
        yield replace(had, until=min(had.until or stopped_at, stopped_at))


def _stopped_at(bought: Subscription) -> datetime | None:
    """Return when the provider stopped charging the subscription; None if it is charged again."""
    if bought.is_recurring:
        return None
    end = bought.access_until
    assert end is not None
    moments = [bought.ended_at, bought.canceled_at, bought.billing_stopped_at, bought.owed_since, bought.withheld_since]
    if bought.status is SubscriptionStatus.PAUSED:
        moments.append(min(end, bought.synced_at or end))
    elif bought.upcoming_at is None:
        moments.append(bought.upcoming_learned_at)
    known = [at for at in moments if at is not None]
    return min(known) if known else min(end, bought.synced_at or bought.created_at)


def _is_of(part: Part, plan: PlanId, provider: str | None) -> bool:
    return part.plan_id in {None, plan} and part.provider in {"", provider}


def _had(plan: PlanId, price: Money, since: datetime, until: datetime | None) -> Iterator[Had]:
    if price.minor > 0 and (until is None or since < until):
        yield Had(plan, price, since, until)


REPOSITORIES = {"figures": MemoryFigures}
