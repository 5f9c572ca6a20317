"""Two channels with entry steps in one shop: the steps of each channel are independent, and no paying customer is left
out or removed.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from subscriptions.application.access.give_time import TimeGrant
from subscriptions.application.access.join_rules import wants_link
from subscriptions.domain.entities.access import WITHOUT_RIGHT, Access
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.resource import VIP
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import DISPUTE, REFUNDED, SubscriptionStatus
from subscriptions.domain.entities.vip_entry import VipEntry
from subscriptions.domain.ids import bot_api_chat_id
from subscriptions.domain.ports.repositories.vip import VIP_ENTRIES_KEY, VIP_KEY
from tests.fakes import samples
from tests.fakes.shop import POLICY
from tests.support.vip import VIP_CHAT, VipShop, single_use

COURSE: Final = "curso"
CHATS: Final = {VIP: VIP_CHAT, COURSE: bot_api_chat_id(3_000_000_002)}
PLANS: Final = ((VIP,), (COURSE,), (VIP, COURSE))
DAYS: Final = (10, 15, 40)

PLAN = st.integers(0, len(PLANS) - 1)
WHICH = st.sampled_from(sorted(CHATS))
STEPS = st.one_of(
    st.tuples(st.just("buy"), PLAN),
    st.tuples(st.sampled_from(["first", "first", "second", "second", "link", "ask", "ask", "leave"]), WHICH),
    st.tuples(st.sampled_from(["refund", "rest", "go_on"]), PLAN),
    st.tuples(st.just("time"), st.sampled_from([1, 2, 9, 11, 41])),
    st.tuples(st.just("restart"), st.just(0)),
)


@dataclass
class Life:
    """One customer and the observed events.

    passed: last step completed in each channel since its entry began.
    """

    shop: VipShop
    plans: list[ServicePlan]
    ana: Customer
    passed: dict[str, int] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    bought: int = 0

    @classmethod
    async def begin(cls, *, by_request: bool) -> Life:
        policy = replace(POLICY, sweep_guard=100)
        shop = await VipShop.open(policy=policy if by_request else single_use(policy))
        await shop.add_ritual(COURSE, CHATS[COURSE])
        plans = [
            samples.plan(soft_id=f"plan-{number}", opens=opens, duration_days=days, recurring=False, interval=None)
            for number, (opens, days) in enumerate(zip(PLANS, DAYS, strict=True))
        ]
        async with shop.shop.units() as uow:
            for plan in plans:
                await uow.plans.save(plan)
            await uow.commit()
        return cls(shop, plans, await shop.shop.customer())

    async def step(self, what: str, about: Any) -> None:
        """Run one step and then all jobs, and check the result."""
        before, stages = self.inside(), await self.stages()
        self.left = set()
        await getattr(self, f"_{what}")(about)
        await self.shop.work()
        for name in CHATS:
            if name in self.inside() - before:
                assert self.passed.get(name) == 2, f"the ritual of {name} was not passed"
            if name in before - self.inside() - self.left:
                assert not await self.runs(name), f"somebody with time left was put out of {name}"
        if what in {"first", "second", "link", "ask", "leave"}:
            other = next(name for name in CHATS if name != about)
            assert (await self.stages())[other] == stages[other], "one ritual moved the other"

    async def end(self) -> None:
        """Assert that the customer can join every channel with time left, and is in another channel only while the
        access to it has not been ended.
        """
        await self.shop.pass_time(timedelta(minutes=2))
        for name in CHATS:
            if await self.runs(name) and name not in self.inside():
                await self._first(name)
                await self._second(name)
                await self._link(name)
                await self.shop.work()
                assert await self._ask(name), f"who paid is stranded before {name}"
                await self.shop.work()
        held = {name for name in CHATS if await self.runs(name)}
        assert self.inside() >= held
        for name in self.inside() - held:
            access, _ = await self.rows(name)
            assert access is not None
            assert access.status not in WITHOUT_RIGHT
        assert not any(self.shop.telegram.channel(chat).banned for chat in CHATS.values())

    def inside(self) -> set[str]:
        """Return the channels that the customer is in."""
        return {
            name for name, chat in CHATS.items() if self.ana.telegram_id in self.shop.telegram.channel(chat).members
        }

    async def chat(self, name: str) -> Channel:
        async with self.shop.shop.units() as uow:
            resource = await uow.resources.by_soft_id(name)
            channel = await uow.resources.channel(resource.id) if resource is not None else None
        assert channel is not None
        return channel

    async def rows(self, name: str) -> tuple[Access | None, VipEntry | None]:
        channel = await self.chat(name)
        key = None if name == VIP else channel.resource_id
        async with self.shop.shop.units() as uow:
            return await uow.accesses.find(self.ana.id, channel.id), await uow.of(VIP_ENTRIES_KEY).find(
                self.ana.id, key
            )

    async def stages(self) -> dict[str, int | None]:
        return {name: await self.shop.entry.get_current_stage(self.ana.telegram_id, name) for name in CHATS}

    async def runs(self, name: str) -> bool:
        """Return True if a live, unpaused subscription includes the channel."""
        now = self.shop.shop.clock.now()
        async with self.shop.shop.units() as uow:
            live = await uow.of(VIP_KEY).live_subscriptions(self.ana.id, name)
        return any(
            each.status is not SubscriptionStatus.PAUSED and each.access_until is not None and each.access_until > now
            for each in live
        )

    async def _buy(self, number: int) -> None:
        plan, now, before = self.plans[number], self.shop.shop.clock.now(), await self.stages()
        self.bought += 1
        time_grant = TimeGrant(
            kind=LedgerKind.ADMIN_GRANT,
            source_key=f"gift:{self.bought}",
            length=timedelta(days=plan.days),
            price=plan.price,
            cause=f"gift:{self.bought}" if self.bought % 2 else None,
        )
        async with self.shop.shop.units() as uow:
            held = await uow.subscriptions.live_for(self.ana.id, plan.id)
            if held is not None and held.is_paused:
                return
            await uow.customers.get(self.ana.id, lock=True)
            target = await self.shop.giving.find(uow, self.ana, plan, plan.price, now)
            await self.shop.giving.add(uow, target, self.ana, plan, time_grant, now)
            await uow.commit()
        for name, stage in (await self.stages()).items():
            if name in plan.opens and stage == 1:
                self.passed[name] = 0
            elif name not in plan.opens:
                assert stage == before[name], "what the plan does not open was begun again"

    async def _press(self, name: str, stage: int) -> None:
        if await self.shop.entry.advance_stage(self.ana.telegram_id, stage, name):
            assert self.passed[name] == stage - 1
            self.passed[name] = stage

    async def _first(self, name: str) -> None:
        await self._press(name, 1)

    async def _second(self, name: str) -> None:
        await self._press(name, 2)

    async def _link(self, name: str) -> None:
        """Create a link if one is due, as the status card does."""
        channel = await self.chat(name)
        channel_id = None if name == VIP else channel.id
        async with self.shop.shop.units() as uow:
            wanted = await wants_link(uow, self.ana.id, channel_id)
        if wanted:
            await self.shop.entry.create_24h_invite_link(self.ana.telegram_id, name)

    async def _ask(self, name: str) -> bool:
        """Request to join through the newest link, valid or not."""
        links = self.shop.telegram.channel(CHATS[name]).links
        return bool(links) and await self.shop.ask(self.ana, links[-1].url, CHATS[name])

    async def _leave(self, name: str) -> None:
        if name in self.inside():
            self.left.add(name)
            await self.shop.leave(self.ana, CHATS[name])

    async def _refund(self, number: int) -> None:
        await self._change(number, "refund")

    async def _rest(self, number: int) -> None:
        await self._change(number, "rest")

    async def _go_on(self, number: int) -> None:
        await self._change(number, "go_on")

    async def _change(self, number: int, what: str) -> None:
        """Apply a provider event to the customer's subscription of one plan."""
        plan, now = self.plans[number], self.shop.shop.clock.now()
        async with self.shop.shop.units() as uow:
            subscription = await uow.subscriptions.live_for(self.ana.id, plan.id, lock=True)
            if subscription is None:
                return
            if what == "refund":
                subscription.end(REFUNDED, now)
            elif what == "rest":
                subscription.pause(DISPUTE, now)
            else:
                subscription.resume(DISPUTE, now)
            await uow.subscriptions.save(subscription)
            await self.shop.granting.settle(uow, subscription, self.ana, plan, now)
            await uow.commit()
        for name, stage in (await self.stages()).items():
            if name in plan.opens and stage == 1 and what == "go_on":
                # A customer who has not entered yet starts again.
                self.passed[name] = 0

    async def _time(self, days: int) -> None:
        await self.shop.pass_time(timedelta(days=days), every=timedelta(days=max(days // 2, 1)))

    async def _restart(self, _: int) -> None:
        """Replace every process; unfinished jobs may run twice."""
        shop, repeated = self.shop.shop, list(self.shop.shop.memory.jobs)
        self.shop = VipShop(shop, self.shop.telegram, self.shop.owner)
        shop.memory.jobs += [job for job in repeated if job.name.startswith("bot.") and job.not_before is None]


async def live(steps: list[tuple[str, Any]], *, by_request: bool) -> None:
    """Run all steps of a random history."""
    life = await Life.begin(by_request=by_request)
    for what, about in steps:
        await life.step(what, about)
    await life.end()


def through(name: str) -> list[tuple[str, Any]]:
    """Return all steps of entering one channel."""
    return [(what, name) for what in ("first", "second", "link", "ask")]


@pytest.mark.parametrize("by_request", [True, False], ids=["join request", "single use"])
@settings(max_examples=60)
@given(steps=st.lists(STEPS, max_size=25))
@example(steps=[("buy", 2), *through(VIP), *through(COURSE), ("time", 41)])
@example(steps=[("buy", 2), *through(COURSE), ("buy", 0), ("first", VIP), ("time", 11), ("refund", 2)])
@example(steps=[("buy", 0), ("buy", 1), ("first", VIP), *through(COURSE), ("refund", 0), ("buy", 2)])
@example(steps=[("buy", 2), *through(COURSE), ("leave", COURSE), ("rest", 2), ("buy", 1), ("go_on", 2)])
@example(steps=[("buy", 1), ("first", COURSE), ("rest", 1), ("go_on", 1), ("buy", 1), ("time", 41), ("buy", 1)])
def test_entry_steps_of_two_channels_keep_their_rules_under_random_events(
    steps: list[tuple[str, Any]], by_request: bool
) -> None:
    asyncio.run(live(steps, by_request=by_request))


async def test_each_channel_has_its_own_entry_message() -> None:
    life = await Life.begin(by_request=True)
    await life._buy(2)
    notified = [job.payload for job in life.shop.shop.memory.jobs_named("bot.announce")]
    access, entry = await life.rows(COURSE)
    assert access is not None
    assert entry is not None
    assert entry.vip_entry_stage == 1
    subjects = [payload["subject"] for payload in notified if payload["kind"] == "vip_entry"]
    assert subjects == [str(access.id), str(life.ana.id)]
    assert len({payload["key"] for payload in notified}) == len(notified)
