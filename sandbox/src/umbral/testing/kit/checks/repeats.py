"""Behaviors about webhook deliveries that are repeated, simultaneous, late, or in any order."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ports.job_queue import Job
from subscriptions.domain.ports.payment_gateway import (
    Capability,
    FetchesCheckouts,
    PaymentEventKind,
    ResumesSubscriptions,
    WebhookRequest,
)
from umbral.testing.kit import crafting
from umbral.testing.kit.behaviour import NotApplicable, Violated, behaviour, must
from umbral.testing.kit.buying import events
from umbral.testing.kit.spine import APPLY, Sale, Spine, open_spine
from umbral.testing.kit.stage import Stage

COPIES: Final = 20
MOST_PERMUTED: Final = 3


@behaviour(14, "one delivery twenty times at once has one effect")
async def twenty_copies(stage: Stage) -> None:
    spine = await open_spine(stage)
    sale, posts = await spine.sell()
    for post in posts:
        await asyncio.gather(*(spine.receive(post) for _ in range(COPIES)))
    jobs = [each for each in spine.rehearsal.jobs if each.name == APPLY]
    must(0 < len(jobs) <= len(posts), f"{len(posts)} deliveries, each {COPIES} times, became {len(jobs)} jobs")
    spine.rehearsal.jobs.extend(jobs)
    await spine.work()
    await _paid_once(spine, sale)


@behaviour(15, "one payment told by several events is counted once")
async def several_events(stage: Stage) -> None:
    spine = await open_spine(stage)
    sale, posts = await spine.sell()
    told = [each for each in await events(stage, posts) if each.payment_key is not None]
    told = [each for each in told if each.kind is PaymentEventKind.PAYMENT_COMPLETED]
    keys = {each.payment_key for each in told}
    gateway = stage.gateway
    attempt_ref = next((each.checkout_ref for each in told if each.checkout_ref is not None), None)
    if isinstance(gateway, FetchesCheckouts) and attempt_ref is not None:
        state = await gateway.fetch_checkout(attempt_ref)
        must(state is not None and state.paid, "a paid checkout, asked about, is not paid")
        if state is not None and state.event is not None and state.event.payment_key is not None:
            keys.add(state.event.payment_key)
    must(len(keys) == 1, f"one payment has {len(keys)} payment keys")
    await spine.deliver(*posts, *posts)
    await _paid_once(spine, sale)


async def _paid_once(spine: Spine, sale: Sale) -> None:
    holding = await spine.holding(sale)
    must(len(holding.payments) == 1, f"one payment is counted {len(holding.payments)} times")
    must(len(holding.entries) == 1, f"one payment gives time {len(holding.entries)} times")
    must(holding.subscription.status is SubscriptionStatus.ACTIVE, f"paid, it is {holding.subscription.status}")
    must(holding.enters, "paid, the customer may not enter")


@behaviour(16, "whatever the order of events, the end is the same")
async def any_order(stage: Stage) -> None:
    spine = await open_spine(stage)
    plan = await spine.plan()
    ends: dict[tuple[object, ...], tuple[int, ...]] = {}
    orders = list(itertools.permutations(range(len(await _told(spine, await spine.checkout(plan))))))
    for order in orders:
        sale = await spine.checkout(plan)
        told = await _told(spine, sale)
        must(len(told) == len(order), "two equal purchases are told by different numbers of events")
        await spine.deliver(*[told[index] for index in order])
        ends.setdefault((await spine.holding(sale)).shape, order)
    must(len(ends) == 1, f"orders {list(ends.values())} of the same events end differently")


async def _told(spine: Spine, sale: Sale) -> list[WebhookRequest]:
    """Pay the checkout of a sale. Return at most `MOST_PERMUTED` deliveries after the payment, without those that the
    gateway ignores.
    """
    posts = await spine.pay(sale)
    kinds = [each.kind for each in await events(spine.stage, posts)]
    concern_us = [post for post, kind in zip(posts, kinds, strict=True) if kind is not PaymentEventKind.IGNORED]
    return concern_us[:MOST_PERMUTED]


@behaviour(17, "canceled stays canceled, whatever older event comes late", Capability.RECURRING)
async def late_update(stage: Stage) -> None:
    spine = await open_spine(stage)
    sale, posts = await spine.sell()
    await spine.deliver(*posts)
    ref = (await spine.holding(sale)).subscription.provider_ref or ""
    older = await _older(spine, ref)
    await spine.deliver(*await spine.told(ref, "cancel"))
    await spine.follow(sale)
    before = (await spine.holding(sale)).subscription
    must(not before.renews, "canceled at the provider, it still counts as renewing")
    await spine.deliver(*(older or posts))
    after = (await spine.holding(sale)).subscription
    must(after.status is before.status, f"canceled, an older event makes it {after.status} again")
    must(not after.renews, "canceled, an older event makes it renew again")


async def _older(spine: Spine, ref: str) -> Sequence[WebhookRequest]:
    """Cancel and resume a subscription through the gateway, if it supports this, and return the deliveries about both
    changes, which are not processed yet.
    """
    gateway = spine.stage.gateway
    mark = len(await spine.stage.heard())
    if isinstance(gateway, ResumesSubscriptions):
        await gateway.cancel_subscription(ref)
        await gateway.resume_subscription(ref)
    return await spine.stage.heard(mark)


@behaviour(18, "a renewal heard of before the first payment is no obstacle", Capability.RECURRING, apart=True)
async def renewal_first(stage: Stage) -> None:
    spine = await open_spine(stage)
    sale, first = await spine.sell()
    mark = len(await stage.heard())
    await stage.advance(timedelta(days=32))
    renewal = await stage.heard(mark)
    if not renewal:
        raise NotApplicable("nothing is told of a renewal")
    await spine.deliver(*_fresh(stage, renewal))
    await spine.deliver(*_fresh(stage, first))
    holding = await spine.holding(sale)
    must(len(holding.payments) == 2, f"a first payment and a renewal are counted as {len(holding.payments)}")
    must(all(each.flag is None for each in holding.payments), "a payment is set aside")
    truth = await stage.gateway.fetch_subscription(holding.subscription.provider_ref or "")
    until = holding.subscription.access_until
    if truth is not None and until != truth.current_period_end:
        raise Violated(f"access ends at {until}, the paid period at {truth.current_period_end}")


def _fresh(stage: Stage, posts: Sequence[WebhookRequest]) -> list[WebhookRequest]:
    """Return the deliveries signed with the current time, since a late delivery is signed when it is sent."""
    return [crafting.signed(stage, crafting.content_of(stage, post)) for post in posts]


class _Crash(RuntimeError):
    """Crash of the process immediately before its transaction is committed."""


@behaviour(20, "a crash in the middle loses nothing and doubles nothing")
async def crash_in_between(stage: Stage) -> None:
    spine = await open_spine(stage)
    sale, posts = await spine.sell()
    await spine.receive(*posts)
    jobs = [each for each in spine.rehearsal.jobs if each.name == APPLY]
    for job in jobs:
        await _crashed(spine, job)
    must(not (await spine.holding(sale)).payments, "what was not committed is there")
    await spine.work()
    await _paid_once(spine, sale)


async def _crashed(spine: Spine, job: Job) -> None:
    def die(_: Sequence[Job]) -> None:
        raise _Crash

    spine.rehearsal.on_commit = die
    try:
        await spine.rehearsal.handlers()[job.name](dict(job.payload))
    except _Crash:
        return
    finally:
        spine.rehearsal.on_commit = lambda _: None
