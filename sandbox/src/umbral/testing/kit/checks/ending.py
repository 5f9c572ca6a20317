"""Behaviours about subscriptions that the seller ends at the provider: the final state outranks everything else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final
from uuid import uuid4

from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.payment_gateway import Capability
from umbral.testing.kit.behaviour import Violated, behaviour, must
from umbral.testing.kit.checks.life import ABOUT_MONEY, GRACE, pass_time, staff_acts, staff_member
from umbral.testing.kit.spine import Sale, Spine, open_spine
from umbral.testing.kit.stage import Stage

_OVER: Final = frozenset({SubscriptionStatus.CANCELED, SubscriptionStatus.EXPIRED, SubscriptionStatus.PAST_DUE})
_Prepare = Callable[[Spine, Sale], Awaitable[None]]


@behaviour(
    54,
    "ended by the seller in any state: no charge follows, what is paid lasts, and it can be bought again",
    Capability.RECURRING,
    apart=True,
)
async def ended_by_seller(stage: Stage) -> None:
    spine = await open_spine(stage)
    for state, prepare in _states(stage):
        sale, posts = await spine.sell()
        await spine.deliver(*posts)
        await pass_time(spine, sale, timedelta(days=5))
        await prepare(spine, sale)
        await _end(spine, sale, state)
        await _buy_again(spine, sale, state)


@behaviour(
    55,
    "ended by the seller while the customer is kept out: afterwards, they have what is paid and no more",
    Capability.RECURRING,
    Capability.HOLD,
    apart=True,
)
async def ended_while_kept_out(stage: Stage) -> None:
    spine = await open_spine(stage)
    staff, act = await staff_member(spine), staff_acts(spine)
    sale, posts = await spine.sell()
    await spine.deliver(*posts)
    bought = (await spine.holding(sale)).subscription
    await pass_time(spine, sale, timedelta(days=10))
    await act(staff, "suspend", str(bought.id), {"reason": "kept out"}, uuid4())
    await spine.work()
    await spine.deliver(*await spine.told(bought.provider_ref or "", "end"))
    await spine.follow(sale)
    await pass_time(spine, sale, timedelta(days=40))
    held = await spine.holding(sale)
    must(held.subscription.live and not held.enters, f"kept out and ended, it is {held.subscription.status}, or open")
    _check_alarms(spine, "kept out and ended")
    await act(staff, "restore", str(bought.id), {"reason": "let in"}, uuid4())
    await spine.work()
    back = await spine.holding(sale)
    left = (bought.access_until or spine.now()) - bought.created_at - timedelta(days=10)
    must(back.enters, "let in again, the customer may not enter")
    gained = (back.subscription.access_until or spine.now()) - spine.now()
    must(abs(gained - left) < timedelta(hours=1), f"of {left} that were left, the customer has {gained}")
    await pass_time(spine, sale, left + timedelta(hours=2))
    await _buy_again(spine, sale, "kept out")


def _states(stage: Stage) -> Sequence[tuple[str, _Prepare]]:
    states: list[tuple[str, _Prepare]] = [("running", _run), ("canceled", _cancel), ("unpaid", _leave_unpaid)]
    if stage.has(Capability.PAUSE):
        states += [("about to skip a month", _skip), ("in a skipped month", _skip_begun)]
        states += [("canceled in a skipped month", _cancel_skipped)]
    return states


async def _run(spine: Spine, sale: Sale) -> None:
    await pass_time(spine, sale, timedelta(hours=1))


async def _cancel(spine: Spine, sale: Sale) -> None:
    mark = len(await spine.stage.heard())
    await spine.container.cancel_subscription()(sale.telegram_id, sale.plan.soft_id)
    await spine.deliver(*await spine.stage.heard(mark))


async def _leave_unpaid(spine: Spine, sale: Sale) -> None:
    held = await _held(spine, sale)
    await spine.told(held.provider_ref or "", "fail_payment")
    await pass_time(spine, sale, (held.current_period_end or spine.now()) - spine.now() + timedelta(hours=4))


async def _skip(spine: Spine, sale: Sale) -> None:
    await spine.container.pause_subscription()(sale.telegram_id, sale.plan.soft_id)


async def _skip_begun(spine: Spine, sale: Sale) -> None:
    view = await spine.container.pause_subscription()(sale.telegram_id, sale.plan.soft_id)
    await pass_time(spine, sale, view.starts - spine.now() + timedelta(days=3))


async def _cancel_skipped(spine: Spine, sale: Sale) -> None:
    await _skip_begun(spine, sale)
    await _cancel(spine, sale)


async def _end(spine: Spine, sale: Sale, state: str) -> None:
    before = await spine.holding(sale)
    held = before.subscription
    must(held.live, f"{state}, it is {held.status} before its end")
    await spine.deliver(*await spine.told(held.provider_ref or "", "end"))
    await spine.follow(sale)
    after = await _held(spine, sale)
    must(after.status in _OVER, f"{state} and ended by the seller, it is {after.status}")
    must(after.access_until == held.access_until, f"{state}, the end at the provider moves the end of access")
    paid_until = max(held.access_until or spine.now(), spine.now())
    if paid_until > spine.now() + timedelta(hours=2):
        await pass_time(spine, sale, paid_until - spine.now() - timedelta(hours=1))
        must((await spine.holding(sale)).enters, f"{state} and ended, what is paid is not open")
    await pass_time(spine, sale, timedelta(hours=4))
    await pass_time(spine, sale, GRACE)
    over = await spine.holding(sale)
    must(
        over.subscription.status is SubscriptionStatus.EXPIRED,
        f"{state}, a month later it is {over.subscription.status}",
    )
    must(len(over.payments) == len(before.payments), f"{state} and ended, it was charged again")
    _check_alarms(spine, state)


async def _buy_again(spine: Spine, sale: Sale, state: str) -> None:
    again = await spine.checkout(sale.plan, TelegramId(sale.telegram_id))
    await spine.deliver(*await spine.pay(again))
    must((await spine.holding(again)).enters, f"ended when {state}, it is bought again and not open")


async def _held(spine: Spine, sale: Sale) -> Subscription:
    return (await spine.holding(sale)).subscription


def _check_alarms(spine: Spine, state: str) -> None:
    told = ABOUT_MONEY & set(spine.alarms())
    if told:
        raise Violated(f"{state}, the owners are told {sorted(told)}")
