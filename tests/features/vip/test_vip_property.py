"""Random events in any order: the entry steps are taken in order, and no paying customer is left out or removed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from subscriptions.application.access.join_rules import wants_link
from subscriptions.application.vip.code_answers import Activation, CodeRefusal
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import DISPUTE, REFUNDED, SubscriptionStatus
from subscriptions.domain.ports.repositories.vip import VIP_KEY
from tests.fakes.shop import POLICY
from tests.support.vip import VipShop, single_use

PEOPLE = 2
SHORT, LONG = 10, 40

who = st.integers(0, PEOPLE - 1)
STEPS = st.one_of(
    st.tuples(st.just("token"), who, st.integers(0, 1)),
    st.tuples(st.just("press"), who, st.integers(1, 3)),
    st.tuples(st.just("press"), who, st.integers(1, 2)),
    st.tuples(st.just("link"), who, st.just(0)),
    st.tuples(st.just("ask"), who, st.integers(0, 5)),
    st.tuples(st.just("ask"), who, st.integers(0, 5)),
    st.tuples(st.just("leave"), who, st.just(0)),
    st.tuples(st.just("time"), st.just(0), st.sampled_from([1, 2, 9, 11, 41])),
    st.tuples(st.just("refund"), who, st.integers(0, 1)),
    st.tuples(st.just("rest"), who, st.integers(0, 1)),
    st.tuples(st.just("go_on"), who, st.integers(0, 1)),
    st.tuples(st.just("restart"), st.just(0), st.just(0)),
    st.tuples(st.just("stranger"), st.just(0), st.integers(0, 5)),
)


@dataclass
class Life:
    """Shop and the observed events.

    passed: last step that each customer completed since the start of the entry.
    """

    vip: VipShop
    plans: list[ServicePlan]
    people: list[Customer]
    stranger: Customer
    passed: dict[int, int] = field(default_factory=dict)
    urls: list[str] = field(default_factory=list)
    gone_by_themselves: set[int] = field(default_factory=set)

    @classmethod
    async def begin(cls, *, by_request: bool) -> Life:
        policy = replace(POLICY, sweep_guard=100)
        vip = await VipShop.open(policy=policy if by_request else single_use(policy))
        plans = [await vip.plan("Corto", SHORT), await vip.plan("Largo", LONG)]
        people = [await vip.shop.customer() for _ in range(PEOPLE)]
        return cls(vip, plans, people, await vip.shop.customer())

    async def step(self, what: str, index: int, number: int) -> None:
        """Run one step and then all jobs, and check the result."""
        person = self.people[index]
        before = self._inside()
        self.gone_by_themselves = set()
        await getattr(self, f"_{what}")(person, number)
        await self.vip.work()
        self._collect()
        await self._check(before)

    async def end(self) -> None:
        """Assert that every customer with time left can join, and that no other person is a member."""
        await self.vip.pass_time(timedelta(minutes=2))
        for person in self.people:
            if await self._runs(person) and person.telegram_id not in self._inside():
                await self._press(person, 1)
                await self._press(person, 2)
                await self._link(person, 0)
                self._collect()
                links = await self.vip.live_links(person)
                assert links, "who paid has no way in"
                assert await self.vip.ask(person, links[-1].url), "who paid is stranded"
                await self.vip.work()
                assert person.telegram_id in self._inside()
        assert self._inside() <= {person.telegram_id for person in self.people if await self._holds(person)}
        assert not self.vip.channel.banned

    def _inside(self) -> set[int]:
        return {int(member) for member in self.vip.channel.members}

    def _collect(self) -> None:
        self.urls += [link.url for link in self.vip.channel.links if link.url not in self.urls]

    async def _check(self, before: set[int]) -> None:
        inside = self._inside()
        assert self.stranger.telegram_id not in inside
        for person in self.people:
            number = int(person.telegram_id)
            if number in inside - before:
                assert self.passed.get(number) == 2, "the ritual was not passed"
            if number in before - inside - self.gone_by_themselves:
                assert not await self._runs(person), "somebody with time left was put out"

    async def _runs(self, person: Customer) -> bool:
        now = self.vip.shop.clock.now()
        async with self.vip.shop.units() as uow:
            live = await uow.of(VIP_KEY).live_subscriptions(person.id)
        return any(
            item.status is not SubscriptionStatus.PAUSED and item.access_until is not None and item.access_until > now
            for item in live
        )

    async def _holds(self, person: Customer) -> bool:
        async with self.vip.shop.units() as uow:
            live = await uow.of(VIP_KEY).live_subscriptions(person.id)
        return any(item.status is not SubscriptionStatus.PAUSED for item in live)

    async def _token(self, person: Customer, number: int) -> None:
        async with self.vip.shop.units() as uow:
            held = await uow.subscriptions.live_for(person.id, self.plans[number].id)
        outcome = await self.vip.come(person, self.plans[number])
        if held is not None and held.is_paused:
            assert isinstance(outcome, CodeRefusal)
            return
        assert isinstance(outcome, Activation)
        if outcome.stage == 1:
            self.passed[int(person.telegram_id)] = 0

    async def _press(self, person: Customer, number: int) -> None:
        if await self.vip.entry.advance_stage(person.telegram_id, number):
            assert self.passed[int(person.telegram_id)] == number - 1
            self.passed[int(person.telegram_id)] = number

    async def _link(self, person: Customer, number: int) -> None:
        """Create a link if one is due, as the status card does."""
        async with self.vip.shop.units() as uow:
            wanted = await wants_link(uow, person.id)
        if wanted:
            await self.vip.entry.create_24h_invite_link(person.telegram_id)

    async def _ask(self, person: Customer, number: int) -> None:
        if self.urls:
            await self.vip.ask(person, self.urls[-1 - number % len(self.urls)])

    async def _stranger(self, person: Customer, number: int) -> None:
        await self._ask(self.stranger, number)

    async def _leave(self, person: Customer, number: int) -> None:
        if person.telegram_id in self.vip.channel.members:
            self.gone_by_themselves.add(int(person.telegram_id))
            await self.vip.leave(person)

    async def _time(self, person: Customer, number: int) -> None:
        await self.vip.pass_time(timedelta(days=number), every=timedelta(days=max(number // 2, 1)))

    async def _refund(self, person: Customer, number: int) -> None:
        await self._change(person, number, "refund")

    async def _rest(self, person: Customer, number: int) -> None:
        await self._change(person, number, "rest")

    async def _go_on(self, person: Customer, number: int) -> None:
        await self._change(person, number, "go_on")

    async def _change(self, person: Customer, number: int, what: str) -> None:
        """Apply a provider event to a customer's subscription of one plan."""
        plan, now = self.plans[number], self.vip.shop.clock.now()
        async with self.vip.shop.units() as uow:
            subscription = await uow.subscriptions.live_for(person.id, plan.id, lock=True)
            if subscription is None:
                return
            if what == "refund":
                subscription.end(REFUNDED, now)
            elif what == "rest":
                subscription.pause(DISPUTE, now)
            else:
                subscription.resume(DISPUTE, now)
            await uow.subscriptions.save(subscription)
            await self.vip.granting.settle(uow, subscription, person, plan, now)
            await uow.commit()

    async def _restart(self, person: Customer, number: int) -> None:
        """Replace every process; unfinished jobs may run twice."""
        shop, repeated = self.vip.shop, list(self.vip.shop.memory.jobs)
        self.vip = VipShop(shop, self.vip.telegram, self.vip.owner)
        shop.memory.jobs += [job for job in repeated if job.name.startswith("bot.") and job.not_before is None]


async def live(steps: list[tuple[str, int, int]], *, by_request: bool) -> None:
    """Run all steps of a random history."""
    life = await Life.begin(by_request=by_request)
    for what, index, number in steps:
        await life.step(what, index, number)
    await life.end()


IN = [("token", 0, 0), ("press", 0, 1), ("press", 0, 2), ("link", 0, 0), ("ask", 0, 0)]


@pytest.mark.parametrize("by_request", [True, False], ids=["join request", "single use"])
@settings(max_examples=60)
@given(steps=st.lists(STEPS, max_size=25))
@example(steps=[*IN, ("token", 0, 1), ("time", 0, 11), ("time", 0, 41), ("token", 0, 0)])
@example(steps=[*IN, ("leave", 0, 0), ("link", 0, 0), ("ask", 0, 0), ("rest", 0, 0), ("go_on", 0, 0)])
@example(steps=[*IN[:4], ("token", 1, 0), ("ask", 1, 0), ("ask", 0, 0)])
@example(steps=[*IN[:4], ("token", 0, 0), ("ask", 0, 0), ("time", 0, 41), ("ask", 0, 0)])
@example(steps=[*IN, ("rest", 0, 0), ("token", 0, 0), ("time", 0, 41), ("go_on", 0, 0), ("token", 0, 0)])
@example(steps=[*IN, ("rest", 0, 0), ("token", 0, 1), ("go_on", 0, 0), ("refund", 0, 1)])
def test_entry_steps_keep_their_rules_under_random_events(steps: list[tuple[str, int, int]], by_request: bool) -> None:
    asyncio.run(live(steps, by_request=by_request))
