"""Figures of a year compared, to the cent, with a slow and simple calculation over random data."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from features.figures.domain.figures import ALL, KeptAnswer, Part, RecurringRevenue
from features.figures.domain.revenue_measures import customer_churn, measures, revenue_churn
from features.figures.ports import FIGURES_KEY
from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.order import CheckoutAttempt, Order, OrderStatus
from subscriptions.domain.entities.payment import FlagReason, Payment
from subscriptions.domain.entities.plan_change import PlanChange
from subscriptions.domain.entities.reversal import Dispute, DisputeStatus, Refund, RefundStatus
from subscriptions.domain.entities.service_plan import Interval, ServicePlan
from subscriptions.domain.entities.subscription import (
    DISPUTE,
    DISPUTE_LOST,
    LIVE,
    PERIOD_OVER,
    PROVIDER,
    STAFF,
    Subscription,
    SubscriptionStatus,
)
from subscriptions.domain.ids import CustomerId, PlanId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.catalog import PlanPaymentPrice
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.spans import month_edges
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes import samples
from tests.fakes.memory import Memory
from tests.fakes.samples import NOON
from tests.fakes.unit_of_work import MemoryUnitOfWork
from tests.fakes.units import Units, database, route_by_name, sql_unit, units
from tests.features.figures.books import differences, read_books

__all__ = ["database", "units"]

DAY = timedelta(days=1)
YEARS = 3
EDGES = month_edges(NOON, ZoneInfo("Europe/Madrid"), 12 * YEARS)
SEEDS = range(8)


@dataclass
class Books:
    """Random records of a shop over three years, generated from a seed."""

    chance: Random
    plans: list[ServicePlan] = field(default_factory=list)
    customers: list[Customer] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    attempts: list[CheckoutAttempt] = field(default_factory=list)
    subscriptions: list[Subscription] = field(default_factory=list)
    changes: list[PlanChange] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    disputes: list[Dispute] = field(default_factory=list)
    channels: list[Channel] = field(default_factory=list)
    accesses: list[Access] = field(default_factory=list)
    links: list[tuple[str, CustomerId, datetime]] = field(default_factory=list)
    taken: set[tuple[CustomerId, PlanId]] = field(default_factory=set)

    def invent(self) -> Books:
        """Create plans of every period, and customers with up to three subscriptions each, consecutive or parallel."""
        for unit, many in ((Interval.DAY, 10), (Interval.WEEK, 1), (Interval.MONTH, 1), (Interval.YEAR, 1), (None, 0)):
            once = {"recurring": False, "interval": None, "interval_count": 0, "duration_days": 30}
            each = {"recurring": True, "interval": unit, "interval_count": many} if unit else once
            trial = self.chance.choice([0, 0, 7])
            self.plans.append(samples.plan(price=self._price(), trial_days=trial, **each))
        for _ in range(12):
            person = samples.customer(source=self.chance.choice([None, "", "x", "spring"]), created_at=self._moment())
            self.customers.append(person)
            for source in self.chance.sample(["x", "spring", "late"], self.chance.randrange(3)):
                self.links.append((source, person.id, self._moment()))
            wanted = self.chance.sample(self.plans, self.chance.randrange(4))
            self.taken |= {(person.id, plan.id) for plan in wanted}
            for plan in wanted:
                self._life(person, plan)
        return self

    def _price(self) -> Money:
        return Money(
            self.chance.choice([0, 1, 999, 1999, 2999, 10001]), self.chance.choice(["EUR", "EUR", "USD", "XTR"])
        )

    def _moment(self) -> datetime:
        # Dates on the edge of a month are included.
        edge = self.chance.choice(EDGES).astimezone(UTC)
        return self.chance.choice([edge, NOON - self.chance.random() * (365 * YEARS + 60) * DAY])

    def _life(self, person: Customer, plan: ServicePlan) -> None:
        chance, began = self.chance, self._moment()
        ended = chance.choice([None, began + chance.random() * 400 * DAY, chance.choice(EDGES).astimezone(UTC)])
        ended = None if ended is not None and ended <= began else ended
        order = samples.order(person, plan, status=OrderStatus.PAID, created_at=began, paid_at=began)
        bought = samples.subscription(
            order,
            order_id=chance.choice([order.id, order.id, None]),
            created_at=began,
            ended_at=ended,
            status=SubscriptionStatus.EXPIRED if ended else chance.choice(sorted(LIVE)),
            provider_ref=chance.choice([None, f"sub-{order.id}", f"sub-{order.id}"]),
            paused_for=chance.choice([frozenset(), frozenset(), frozenset({PROVIDER}), frozenset({STAFF})]),
            pause_until=chance.choice([None, None, NOON + 5 * DAY]),
            current_period_end=chance.choice([None, NOON + (chance.random() * 40 - 3) * DAY]),
            next_plan_id=chance.choice([None, None, *(each.id for each in self.plans if each.recurring)]),
            end_reason=chance.choice([PERIOD_OVER, DISPUTE_LOST]) if ended else None,
            owed_since=chance.choice([None, None, began + chance.random() * 300 * DAY]),
            canceled_at=chance.choice([None, None, began + chance.random() * 300 * DAY]),
            withheld_since=chance.choice([None, None, began + chance.random() * 300 * DAY]),
            billing_stopped_at=chance.choice([None, None, None, began + chance.random() * 300 * DAY]),
            upcoming_learned_at=chance.choice([None, None, began + chance.random() * 300 * DAY]),
            upcoming_at=chance.choice([None, NOON + 9 * DAY]),
            synced_at=chance.choice([None, began + chance.random() * 300 * DAY]),
            cancel_reason=chance.choice([None, "price", "time"]),
            access_until=None if chance.random() < 0.1 else NOON,
        )
        self.orders.append(order)
        self.subscriptions.append(bought)
        self._changed(bought)
        self._paid(order, bought, began, ended or NOON)
        if chance.random() < 0.3:
            self._extended(person, plan, bought, ended or NOON)
        if chance.random() < 0.7:
            channel = samples.ready_channel(bought)
            access = Access.request(person.id, channel.id, began)
            access.joined_at = chance.choice([None, began + chance.random() * DAY, began - DAY])
            self.channels.append(channel)
            self.accesses.append(access)

    def _changed(self, bought: Subscription) -> None:
        at = bought.created_at
        for _ in range(self.chance.choice([0, 0, 1, 2])):
            at += self.chance.random() * 200 * DAY + timedelta(seconds=1)
            target = self.chance.choice([plan for plan in self.plans if plan.recurring])
            before, after = (bought.plan_id, bought.price), (target.id, self._price())
            if (bought.customer_id, target.id) not in self.taken:
                self.taken.add((bought.customer_id, target.id))
                self.changes.append(PlanChange.from_prices(bought.id, before, after, at))
                bought.plan_id, bought.price = after

    def _extended(self, person: Customer, plan: ServicePlan, bought: Subscription, until: datetime) -> None:
        """Extend the subscription by separate orders with their own prices, some of them paid with another method."""
        chance = self.chance
        for _ in range(chance.choice([1, 2])):
            at = bought.created_at + chance.random() * 300 * DAY
            terms = {"price": self._price(), "interval_count": chance.choice([1, 3])} if plan.recurring else {}
            order = samples.order(person, plan, status=OrderStatus.PAID, created_at=at, paid_at=at, **terms)
            self.orders.append(order)
            for number in range(1, chance.choice([1, 2, 3])):
                prices = {"price": chance.choice([None, self._price()]), "later": chance.choice([None, self._price()])}
                attempt = CheckoutAttempt(
                    order_id=order.id, number=number, provider="acme", created_at=at, expires_at=at, **prices
                )
                self.attempts.append(attempt)
            self._paid(order, bought, at, min(until, at + 90 * DAY))

    def _paid(self, order: Order, bought: Subscription, at: datetime, until: datetime) -> None:
        chance = self.chance
        while at <= until and chance.random() < 0.9:
            amount = self._price()
            payment = samples.payment(order, amount=amount, occurred_at=at, provider=chance.choice(["acme", "coins"]))
            payment.recorded_at = at + 2 * DAY
            payment.subscription_id = chance.choice([None, bought.id, bought.id])
            if chance.random() < 0.1:
                payment.raise_flag(FlagReason.AMOUNT_MISMATCH)
            self.payments.append(payment)
            if chance.random() < 0.2:
                back = Refund.give(
                    "acme", str(payment.id), payment.id, amount, occurred_at=at + chance.random() * 60 * DAY, now=NOON
                )
                back.status = chance.choice(list(RefundStatus))
                self.refunds.append(back)
            for _ in range(chance.choice([0, 0, 0, 1, 2])):
                opened = at + chance.random() * 30 * DAY
                dispute = Dispute.begin("acme", str(new_uuid()), payment.id, DisputeStatus.OPEN, opened)
                if chance.random() < 0.8:
                    dispute.settle(chance.choice([DisputeStatus.WON, DisputeStatus.LOST]), opened + 30 * DAY)
                self.disputes.append(dispute)
            at += chance.choice([7, 30, 90]) * DAY

    async def keep(self, uow: UnitOfWork) -> None:
        """Save all records."""
        for plan in self.plans:
            await uow.plans.save(plan)
            there = PlanPaymentPrice(plan_id=plan.id, provider="acme", external_price_id=None, price=plan.price)
            await uow.plans.save_price(replace(there, price=Money(plan.price.minor + 1, "USD")))
        for person in self.customers:
            await uow.customers.save(person)
        for source, person_id, at in self.links + [(source, person_id, NOON) for source, person_id, _ in self.links]:
            await uow.customers.add_link_use(source, person_id, at)
        for order in self.orders:
            await uow.orders.save(order)
        for attempt in self.attempts:
            await uow.orders.save_attempt(attempt)
        for subscription in self.subscriptions:
            await uow.subscriptions.save(subscription)
        for change in self.changes:
            await uow.subscriptions.add_change(change)
        for payment in self.payments:
            await uow.payments.add_if_new(payment)
        for refund in self.refunds:
            await uow.reversals.add_refund_if_new(refund)
        for dispute in self.disputes:
            await uow.reversals.save_dispute(dispute)
        for channel in self.channels:
            await uow.channels.save(channel)
        for access in self.accesses:
            await uow.accesses.save(access)
        await uow.commit()


@pytest.fixture
async def stored(database_url: str) -> AsyncIterator[Units]:
    """Build the factory of units of work on PostgreSQL."""
    engine = create_engine(database_url)
    yield Units(lambda: sql_unit(engine, route_by_name), engine=engine)
    await engine.dispose()


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", SEEDS)
async def test_each_figure_equals_an_independent_calculation(stored: Units, seed: int) -> None:
    books, memory = Books(Random(seed)).invent(), Memory()
    async with MemoryUnitOfWork(memory, route_by_name) as uow:
        await books.keep(uow)
    async with stored() as uow:
        await books.keep(uow)
    spans = [(EDGES[0], EDGES[-1]), (EDGES[-2], EDGES[-1]), (EDGES[7].astimezone(UTC), EDGES[19])]
    plan, way = books.plans[seed % len(books.plans)].id, "acme"
    parts = [ALL, Part(plan_id=plan), Part(provider=way), Part(plan_id=plan, provider="nobody's")]
    async with stored() as notified, MemoryUnitOfWork(memory, route_by_name) as plain:
        for edges in (EDGES, EDGES[-13:]):
            assert await differences(notified.of(FIGURES_KEY), plain.of(FIGURES_KEY), edges, NOON, parts) == []
        for since, until in spans:
            assert list(await notified.of(FIGURES_KEY).funnel(since, until)) == list(
                await plain.of(FIGURES_KEY).funnel(since, until)
            )


async def test_comparison_of_figures_detects_a_difference_of_one_cent(stored: Units) -> None:
    assert stored.engine is not None
    async with stored() as uow:
        await Books(Random(17)).invent().keep(uow)
    memory = await read_books(stored.engine)
    async with stored() as notified, MemoryUnitOfWork(memory, route_by_name) as plain:
        assert await differences(notified.of(FIGURES_KEY), plain.of(FIGURES_KEY), EDGES, NOON) == []
    payment = next(
        each
        for each in memory.tables["payments"]
        if EDGES[0] <= each.occurred_at and each.flag is None and each.amount.minor
    )
    payment.amount += Money(1, payment.amount.currency)
    for bought in memory.tables["subscriptions"]:
        # One cent per month, also for yearly plans.
        bought.price += Money(12 if bought.price.minor else 0, bought.price.currency)
    async with stored() as notified, MemoryUnitOfWork(memory, route_by_name) as plain:
        found = await differences(notified.of(FIGURES_KEY), plain.of(FIGURES_KEY), EDGES, NOON)
    assert {each.split(" ")[0] for each in found} == {"recurring", "standing", "expected", "revenue"}, found


JANUARY, FEBRUARY, MARCH = month_edges(datetime(2026, 2, 10, tzinfo=UTC), ZoneInfo("Europe/Madrid"), 2)


@pytest.mark.parametrize("renews", [False, True], ids=["period by period", "renewed by its provider"])
async def test_subscription_begun_by_code_counts_from_its_first_payment(units: Units, renews: bool) -> None:
    """The customer activates a code on 5 January and pays 29.99 on 10 February. January has no revenue, and a one-time
    payment is never recurring revenue.
    """
    plan, ana = samples.plan(), samples.customer()
    order = samples.order(ana, plan, status=OrderStatus.PAID)
    bought = samples.given(ana, plan, NOON + 30 * DAY, created_at=JANUARY + 4 * DAY)
    bought.provider, bought.order_id = "acme", order.id if renews else None
    bought.provider_ref = "sub-1" if renews else None
    payment = samples.payment(order, occurred_at=FEBRUARY + 9 * DAY, subscription_id=bought.id)
    async with units() as uow:
        await uow.plans.save(plan)
        await uow.customers.save(ana)
        await uow.orders.save(order)
        await uow.subscriptions.save(bought)
        await uow.commit()
    async with units() as uow:
        assert list(await uow.of(FIGURES_KEY).recurring_revenue([JANUARY, FEBRUARY])) == []
        await uow.payments.add_if_new(payment)
        await uow.commit()
    async with units() as uow:
        months = await uow.of(FIGURES_KEY).recurring_revenue([JANUARY, FEBRUARY, MARCH])
        recurs = [(1, 0, 0, 0), (2, 2999, 2999, 1)] if renews else []
        assert [(each.month.month, each.new.minor, each.closing.minor, each.payers) for each in months] == recurs
        cohorts = await uow.of(FIGURES_KEY).cohorts([JANUARY, FEBRUARY, MARCH])
        assert [(each.size, each.kept) for each in cohorts] == [(0, (0, 0)), (1, (1,))]


async def test_price_of_a_later_order_does_not_change_the_figures_of_earlier_months(units: Units) -> None:
    """The customer buys one month for 29.99 on 10 January, and three months for 60.00 on 10 February."""
    plan, ana = samples.plan(), samples.customer()
    first = samples.order(ana, plan, status=OrderStatus.PAID)
    second = samples.order(ana, plan, status=OrderStatus.PAID, price=Money(6000, "EUR"), interval_count=3)
    bought = samples.subscription(first, created_at=JANUARY + 9 * DAY)
    async with units() as uow:
        await uow.plans.save(plan)
        await uow.customers.save(ana)
        for order in (first, second):
            await uow.orders.save(order)
        await uow.subscriptions.save(bought)
        for order, at in ((first, JANUARY + 9 * DAY), (second, FEBRUARY + 9 * DAY)):
            await uow.payments.add_if_new(samples.payment(order, occurred_at=at, subscription_id=bought.id))
        bought.price = second.price
        await uow.subscriptions.save(bought)
        await uow.commit()
    async with units() as uow:
        months = await uow.of(FIGURES_KEY).recurring_revenue([JANUARY, FEBRUARY, MARCH])
        assert [(each.new.minor, each.shrunk.minor, each.closing.minor) for each in months] == [
            (2999, 0, 2999),
            (0, 999, 2000),
        ]


@pytest.mark.parametrize("kept", ["stored", "in memory"])
async def test_partial_refund_of_payment_under_review_does_not_reduce_revenue(stored: Units, kept: str) -> None:
    memory = Memory()
    units = stored if kept == "stored" else Units(lambda: MemoryUnitOfWork(memory, route_by_name))
    person, plan = samples.customer(), samples.plan()
    order = samples.order(person, plan)
    payment = samples.payment(order, amount=Money(2999, "EUR"), occurred_at=NOON - DAY)
    payment.raise_flag(FlagReason.AMOUNT_MISMATCH)
    back = Refund.give("acme", "re-1", payment.id, Money(1000, "EUR"), occurred_at=NOON - DAY, now=NOON)
    async with units() as uow:
        await uow.customers.save(person)
        await uow.plans.save(plan)
        await uow.orders.save(order)
        await uow.payments.add_if_new(payment)
        await uow.reversals.add_refund_if_new(back)
        await uow.commit()
    async with units() as uow:
        assert list(await uow.of(FIGURES_KEY).revenue(EDGES)) == []


@pytest.mark.parametrize("kept", ["stored", "in memory"])
async def test_renewal_at_a_plan_change_is_counted_as_revenue_of_the_plan_that_was_paid(
    stored: Units, kept: str
) -> None:
    memory = Memory()
    units = stored if kept == "stored" else Units(lambda: MemoryUnitOfWork(memory, route_by_name))
    person, first, second = samples.customer(), samples.plan(), samples.plan()
    order = samples.order(person, first)
    bought = samples.subscription(order, plan_id=second.id)
    # One minute passes between the charge and the webhook that reports both.
    change = PlanChange.from_prices(bought.id, (first.id, first.price), (second.id, second.price), NOON)
    amounts = {"before": 1000, "renewal": 2000}
    payments = [
        samples.payment(
            order, amount=Money(minor, "EUR"), occurred_at=at, recorded_at=recorded, subscription_id=bought.id
        )
        for minor, at, recorded in (
            (amounts["before"], NOON - 30 * DAY, NOON - 30 * DAY),
            (amounts["renewal"], NOON - timedelta(minutes=1), NOON),
        )
    ]
    back = Refund.give("acme", "re-2", payments[1].id, Money(500, "EUR"), occurred_at=NOON - DAY, now=NOON)
    async with units() as uow:
        await uow.customers.save(person)
        await uow.plans.save(first)
        await uow.plans.save(second)
        await uow.orders.save(order)
        await uow.subscriptions.save(bought)
        await uow.subscriptions.add_change(change)
        for payment in payments:
            await uow.payments.add_if_new(payment)
        await uow.reversals.add_refund_if_new(back)
        await uow.commit()
    async with units() as uow:
        lines = await uow.of(FIGURES_KEY).revenue([NOON - 60 * DAY, NOON + DAY])
        assert {line.plan_id: line.amount.minor for line in lines} == {first.id: 1000, second.id: 1500}


@pytest.mark.parametrize("kept", ["stored", "in memory"])
async def test_cached_figures_are_deleted_when_no_longer_requested(stored: Units, kept: str) -> None:
    memory = Memory()
    units = stored if kept == "stored" else Units(lambda: MemoryUnitOfWork(memory, route_by_name))
    async with units() as uow:
        for hour, question in enumerate(("recurring", "cohorts")):
            at = NOON + timedelta(hours=hour)
            await uow.of(FIGURES_KEY).keep(KeptAnswer(question=question, counted_at=at, asked_at=at, answer="[]"))
        again = KeptAnswer(question="recurring", counted_at=NOON + 2 * DAY, asked_at=NOON - DAY, answer="[1]")
        await uow.of(FIGURES_KEY).keep(again)
        await uow.commit()
    async with units() as uow:
        assert await uow.of(FIGURES_KEY).kept_answer("recurring") == replace(again, asked_at=NOON)
        oldest = await uow.of(FIGURES_KEY).oldest()
        assert oldest is not None
        assert oldest.question == "cohorts"
        await uow.of(FIGURES_KEY).forget(NOON + timedelta(minutes=1))
        assert await uow.of(FIGURES_KEY).kept_answer("recurring") is None
        assert await uow.of(FIGURES_KEY).kept_answer("cohorts") == oldest
    if stored.engine is not None and kept == "stored":
        # PostgreSQL's row estimate is as old as the table's last ANALYZE.
        async with stored.engine.begin() as connection:
            await connection.execute(text("ANALYZE customers"))
    async with units() as uow:
        assert await uow.of(FIGURES_KEY).customers() == 0


@dataclass
class Sales:
    """Sales that a test enters, with figures that can be calculated by hand."""

    units: Units
    plan: ServicePlan

    async def sell(
        self, paid_at: datetime | None, minor: int, currency: str = "EUR", *, by_hand: bool = False, **more: Any
    ) -> Subscription:
        """Sell to a new customer.

        paid_at: None for a trial. by_hand: True if no provider charges the subscription again.
        """
        ana, price = samples.customer(), Money(minor, currency)
        order = samples.order(ana, self.plan, status=OrderStatus.PAID, price=price)
        ref = None if by_hand else f"sub-{order.id}"
        bought = samples.subscription(order, provider_ref=ref, price=price, **more)
        async with self.units() as uow:
            await uow.customers.save(ana)
            await uow.orders.save(order)
            await uow.subscriptions.save(bought)
            if paid_at is not None:
                await uow.payments.add_if_new(samples.payment(order, occurred_at=paid_at, subscription_id=bought.id))
            await uow.commit()
        return bought

    async def months(self, currency: str = "EUR") -> list[RecurringRevenue]:
        async with self.units() as uow:
            months = await uow.of(FIGURES_KEY).recurring_revenue([JANUARY, FEBRUARY, MARCH])
        return [each for each in months if each.opening.currency == currency]

    async def standing(self) -> dict[str, tuple[int, str]]:
        async with self.units() as uow:
            found = await uow.of(FIGURES_KEY).current_revenue(FEBRUARY + 12 * DAY)
        return {f"{each.renewal} {each.monthly.currency}": (each.subscriptions, str(each.monthly)) for each in found}


@pytest.fixture
async def sales(units: Units) -> Sales:
    plan = samples.plan()
    async with units() as uow:
        await uow.plans.save(plan)
        await uow.commit()
    return Sales(units, plan)


async def test_one_time_payment_is_not_recurring_revenue_and_its_end_is_not_churn(sales: Sales) -> None:
    """On 10 January, one customer subscribes by card for 29.99 a month, and another buys one month for 29.99 with
    cryptocurrency. The second customer's access ends on 10 February.
    """
    await sales.sell(JANUARY + 9 * DAY, 2999)
    over = {"ended_at": FEBRUARY + 9 * DAY, "status": SubscriptionStatus.EXPIRED}
    await sales.sell(JANUARY + 9 * DAY, 2999, by_hand=True, **over)
    await sales.sell(FEBRUARY + 9 * DAY, 2999, by_hand=True)
    january, february = await sales.months()
    assert (january.new.minor, january.payers) == (2999, 1)
    assert (february.lost.minor, february.gone, february.closing.minor) == (0, 0, 2999)
    assert await sales.standing() == {"renews EUR": (1, "29.99€"), "prepaid EUR": (1, "29.99€")}


async def test_payment_in_the_place_of_a_failed_charge_leaves_earlier_months_as_they_were(sales: Sales) -> None:
    """On 10 January a customer subscribes by card. On 12 February, after the charge failed, they pay one month with
    cryptocurrency.
    """
    bought = await sales.sell(JANUARY + 9 * DAY, 2999, status=SubscriptionStatus.PAST_DUE, owed_since=FEBRUARY)
    async with sales.units() as uow:
        customer = await uow.customers.get(bought.customer_id)
        assert customer is not None
        order = samples.order(customer, sales.plan, status=OrderStatus.PAID, price=Money(2999, "EUR"))
        former = bought.leave_provider(FEBRUARY + 11 * DAY)
        bought.order_id = order.id
        await uow.orders.save(order)
        await uow.subscriptions.save(bought)
        await uow.subscriptions.save(former)
        await uow.payments.add_if_new(
            samples.payment(order, occurred_at=FEBRUARY + 11 * DAY, subscription_id=bought.id)
        )
        await uow.commit()
    january, february = await sales.months()
    assert (january.new.minor, january.closing.minor) == (2999, 2999)
    assert (february.lost.minor, february.closing.minor) == (2999, 0)


async def test_revenue_is_split_by_status_and_currency(sales: Sales) -> None:
    """MRR in euros is 10: nothing is charged again while a subscription is past due, paused or canceled."""
    at = JANUARY + 9 * DAY
    await sales.sell(at, 1000)
    since = FEBRUARY + 2 * DAY
    await sales.sell(at, 2000, status=SubscriptionStatus.PAST_DUE, owed_since=since)
    await sales.sell(at, 4000, status=SubscriptionStatus.PAUSED, paused_for=frozenset({STAFF}), withheld_since=since)
    await sales.sell(at, 8000, status=SubscriptionStatus.CANCELED, canceled_at=since)
    await sales.sell(None, 1600, status=SubscriptionStatus.TRIALING)
    await sales.sell(at, 500, "USD")
    assert await sales.standing() == {
        "renews EUR": (1, "10.00€"),
        "past_due EUR": (1, "20.00€"),
        "paused EUR": (1, "40.00€"),
        "canceled EUR": (1, "80.00€"),
        "trialing EUR": (1, "16.00€"),
        "renews USD": (1, "$5.00"),
    }
    january, february = await sales.months("EUR")
    assert (str(january.closing), january.payers) == ("150.00€", 4), "each was charged until then"
    assert (str(february.lost), february.gone) == ("140.00€", 3)
    assert (str(february.closing), february.payers) == ("10.00€", 1)
    assert [str(each.closing) for each in await sales.months("USD")] == ["$5.00", "$5.00"]


SINCE: Final = FEBRUARY + 2 * DAY
SKIPPED: Final = {"pause_until": FEBRUARY + 40 * DAY, "current_period_end": FEBRUARY + 40 * DAY}
UNCHARGED: Final[dict[str, dict[str, Any]]] = {
    "past due": {"status": SubscriptionStatus.PAST_DUE, "owed_since": SINCE},
    "past due in an earlier release": {"status": SubscriptionStatus.PAST_DUE, "access_until": SINCE, "synced_at": NOON},
    "suspended by staff": {
        "status": SubscriptionStatus.PAUSED,
        "paused_for": frozenset({STAFF}),
        "withheld_since": SINCE,
    },
    "held by a dispute": {
        "status": SubscriptionStatus.PAUSED,
        "paused_for": frozenset({DISPUTE}),
        "withheld_since": SINCE,
        "canceled_from": SubscriptionStatus.ACTIVE,
    },
    "held while canceled": {
        "status": SubscriptionStatus.CANCELED,
        "paused_for": frozenset({DISPUTE}),
        "withheld_since": FEBRUARY + 5 * DAY,
        "canceled_at": SINCE,
    },
    "paused at the provider": {
        "status": SubscriptionStatus.PAUSED,
        "paused_for": frozenset({PROVIDER}),
        "access_until": MARCH + 9 * DAY,
        "synced_at": SINCE,
    },
    "skipped month": {
        "status": SubscriptionStatus.PAUSED,
        "paused_for": frozenset({PROVIDER}),
        "access_until": SINCE,
        "synced_at": FEBRUARY + 5 * DAY,
        **SKIPPED,
    },
    "canceled with time left": {"status": SubscriptionStatus.CANCELED, "canceled_at": SINCE},
    "billing stopped for good": {"billing_stopped_at": SINCE},
    "no further charge at the provider": {"upcoming_learned_at": SINCE},
    "ended": {"status": SubscriptionStatus.EXPIRED, "ended_at": SINCE},
    "ended after a cancellation": {
        "status": SubscriptionStatus.EXPIRED,
        "ended_at": FEBRUARY + 5 * DAY,
        "canceled_at": SINCE,
    },
}
CHARGED: Final[dict[str, dict[str, Any]]] = {
    "active": {},
    "skips the next month": {"pause_until": FEBRUARY + 40 * DAY},
    "announced": {"upcoming_learned_at": SINCE, "upcoming_at": FEBRUARY + 20 * DAY},
    "ends at a later date": {"cancel_at": MARCH + 60 * DAY},
}


@pytest.mark.parametrize("state", [*UNCHARGED, *CHARGED])
async def test_recurring_revenue_counts_only_what_is_charged_again(sales: Sales, state: str) -> None:
    """A subscription that stops being charged on 3 February is lost in that month."""
    await sales.sell(JANUARY + 9 * DAY, 2999, **(UNCHARGED | CHARGED)[state])
    january, february = await sales.months()
    standing = await sales.standing()
    assert (january.closing.minor, january.payers, january.gone) == (2999, 1, 0)
    if state in CHARGED:
        assert (february.closing.minor, february.payers, list(standing)) == (2999, 1, ["renews EUR"])
    else:
        assert (february.lost.minor, february.gone, february.closing.minor, february.payers) == (2999, 1, 0, 0)
        assert "renews EUR" not in standing


async def test_interruption_that_ended_leaves_recurring_revenue_as_before(sales: Sales) -> None:
    bought = await sales.sell(JANUARY + 9 * DAY, 2999, status=SubscriptionStatus.PAST_DUE, owed_since=SINCE)
    assert (await sales.months())[-1].closing.minor == 0
    bought.status, bought.owed_since = SubscriptionStatus.ACTIVE, None
    async with sales.units() as uow:
        await uow.subscriptions.save(bought)
        await uow.commit()
    assert [(each.closing.minor, each.gone) for each in await sales.months()] == [(2999, 0)] * 2


async def test_stopped_billing_is_not_forecast(sales: Sales) -> None:
    now = FEBRUARY + 12 * DAY
    await sales.sell(JANUARY, 1000, current_period_end=now + 5 * DAY, billing_stopped_at=SINCE)
    async with sales.units() as uow:
        assert list(await uow.of(FIGURES_KEY).forecast(now)) == []


async def test_recurring_revenue_uses_the_discounted_price(sales: Sales) -> None:
    """A price of 29.99 less 20 % on each payment counts as 23.99 per month; a yearly price of 120.00 counts as 10.00
    per month.
    """
    await sales.sell(JANUARY + 9 * DAY, 2399)
    yearly = replace(samples.plan(), price=Money(12000, "EUR"), interval=Interval.YEAR)
    async with sales.units() as uow:
        await uow.plans.save(yearly)
        await uow.commit()
    await Sales(sales.units, yearly).sell(JANUARY + 9 * DAY, 12000)
    assert [each.closing.minor for each in await sales.months()] == [2399 + 1000] * 2


async def test_churn_arpu_and_ltv_are_calculated(sales: Sales) -> None:
    """January ends with four customers who pay 10, 20, 30 and 40 a month, in total 100.00. In February the customer who
    pays 10 leaves, and one who pays 50 joins: MRR is 140.00, ARR 1680.00, ARPU 35.00. The complete months are
    January, which began without customers, and February, which lost one of four customers and 10 of 100: customer
    churn is 25 %, revenue churn 10 %, and LTV 35.00 / 0.25 = 140.00.
    """
    gone = {"ended_at": FEBRUARY + 9 * DAY, "status": SubscriptionStatus.EXPIRED}
    for minor, more in ((1000, gone), (2000, {}), (3000, {}), (4000, {})):
        await sales.sell(JANUARY + 9 * DAY, minor, **more)
    await sales.sell(FEBRUARY + 4 * DAY, 5000)
    async with sales.units() as uow:
        months = list(await uow.of(FIGURES_KEY).recurring_revenue([JANUARY, FEBRUARY, MARCH, MARCH + 31 * DAY]))
    assert [customer_churn(each) for each in months] == [None, Fraction(1, 4), Fraction(0)]
    assert [revenue_churn(each) for each in months] == [None, Fraction(1, 10), Fraction(0)]
    found = measures(months)
    assert (str(found.mrr), str(found.arr), found.payers) == ("140.00€", "1680.00€", 4)
    assert (found.churn, found.revenue_churn) == (Fraction(1, 4), Fraction(1, 10))
    assert (str(found.arpu), str(found.ltv)) == ("35.00€", "140.00€")
    alone = measures(months[:1])
    assert (alone.churn, alone.revenue_churn, alone.ltv, str(alone.arpu)) == (None, None, None, "25.00€")


async def test_forecast_covers_renewals_of_the_next_thirty_days(sales: Sales) -> None:
    """Included are a charge of 10.00 in 5 days; the first charge of 16.00 after a trial, in 29 days; 7.00 each week on
    days 3, 10, 17 and 24, in total 28.00; and 20.00 in 8 days at the price of the scheduled plan. Not included are a
    charge in 30 days, and subscriptions that are canceled, past due, or paused by Umbral.
    """
    now, on = FEBRUARY + 12 * DAY, {}
    yearly = replace(samples.plan(), price=Money(2000, "EUR"), interval=Interval.YEAR)
    async with sales.units() as uow:
        await uow.plans.save(yearly)
        await uow.commit()
    await sales.sell(JANUARY, 1000, current_period_end=now + 5 * DAY)
    await sales.sell(None, 1600, status=SubscriptionStatus.TRIALING, current_period_end=now + 29 * DAY)
    await sales.sell(JANUARY, 700, current_period_end=now + 3 * DAY, interval=Interval.WEEK, interval_count=1)
    await sales.sell(JANUARY, 900, current_period_end=now + 8 * DAY, next_plan_id=yearly.id)
    await sales.sell(JANUARY, 100, current_period_end=now + 30 * DAY)
    for status, more in (("canceled", on), ("past_due", on), ("active", {"paused_for": frozenset({STAFF})})):
        dead = {"status": SubscriptionStatus(status), **more}
        await sales.sell(JANUARY, 400, current_period_end=now + 5 * DAY, **dead)
    await sales.sell(JANUARY, 300, by_hand=True, current_period_end=now + 5 * DAY)
    async with sales.units() as uow:
        (found,) = await uow.of(FIGURES_KEY).forecast(now)
    assert (found.charges, str(found.amount)) == (7, "74.00€")
    assert (found.trials, str(found.trial_amount)) == (1, "16.00€")


async def test_forecast_uses_the_agreed_price_and_the_provider_data(sales: Sales) -> None:
    """Included are 5.00 as agreed for a plan that now costs 20.00; 59.98 instead of 29.99, because the provider reports
    this amount and a date 3 days later than Umbral's record; and one weekly charge of 7.00, because the first week
    is free and the subscription ends after the second. Not included are a subscription with paused collection, and a
    charge of 0.00.
    """
    now = FEBRUARY + 12 * DAY
    dear = replace(samples.plan(), price=Money(2000, "EUR"), interval=Interval.YEAR)
    async with sales.units() as uow:
        await uow.plans.save(dear)
        await uow.commit()
    reported = {"upcoming_learned_at": now}
    await sales.sell(JANUARY, 900, current_period_end=now + 8 * DAY, next_plan_id=dear.id, next_price=Money(500, "EUR"))
    twice = {"upcoming_at": now + 8 * DAY, "upcoming_amount": Money(5998, "EUR")}
    await sales.sell(JANUARY, 2999, current_period_end=now + 5 * DAY, **reported, **twice)
    await sales.sell(
        JANUARY,
        700,
        current_period_end=now + 3 * DAY,
        interval=Interval.WEEK,
        interval_count=1,
        upcoming_at=now + 3 * DAY,
        upcoming_amount=Money(0, "EUR"),
        cancel_at=now + 17 * DAY,
        **reported,
    )
    await sales.sell(JANUARY, 400, current_period_end=now + 5 * DAY, **reported)
    free = {"upcoming_at": now + 5 * DAY, "upcoming_amount": Money(0, "EUR")}
    await sales.sell(JANUARY, 400, current_period_end=now + 5 * DAY, **reported, **free)
    async with sales.units() as uow:
        (found,) = await uow.of(FIGURES_KEY).forecast(now)
    assert (found.charges, str(found.amount)) == (3, "71.98€")
