"""Comparison of today's answers about subscriptions with those computed from their facts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.application.subscriptions import compare_states
from subscriptions.application.subscriptions.compare_states import CompareStates, StateDiffers
from subscriptions.domain.entities.service_plan import DisputePolicy, RefundPolicy
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.ports.payment_gateway import PaymentEventKind
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop

DAY = timedelta(days=1)


def comparing(shop: Shop) -> CompareStates:
    return CompareStates(shop.units, shop.clock, shop.policy)


async def bought(shop: Shop) -> Subscription:
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    return (await shop.holding(ana, plan)).subscription


async def alarms(shop: Shop) -> list[tuple[str, str]]:
    async with shop.units() as uow:
        open_alarms = await uow.alarms.open(10)
    return [
        (alarm.facts["subscription"], alarm.facts["error"]) for alarm in open_alarms if alarm.kind == StateDiffers.name
    ]


async def shift_end(shop: Shop, subscription: Subscription, by: timedelta) -> None:
    """Move the stored charge of a subscription, as a fault of a use case would."""
    async with shop.units() as uow:
        stored = await uow.subscriptions.get(subscription.id, lock=True)
        assert stored is not None
        assert stored.upcoming_at is not None
        stored.upcoming_at += by
        await uow.subscriptions.save(stored)
        await uow.commit()


async def test_subscription_whose_stored_answer_differs_raises_one_alarm_until_they_agree(shop: Shop) -> None:
    compare, held = comparing(shop), await bought(shop)
    await compare()
    assert await alarms(shop) == []

    await shift_end(shop, held, 9 * DAY)
    for _ in range(3):
        await compare()
        shop.clock.advance(timedelta(minutes=1))
    [(subscription, answers)] = await alarms(shop)
    assert subscription == str(held.id)
    assert held.upcoming_at is not None
    end = held.upcoming_at
    assert answers == f"next charge: {end + 9 * DAY:%Y-%m-%d %H:%M} UTC, by the facts {end:%Y-%m-%d %H:%M} UTC"

    await shift_end(shop, held, -9 * DAY)
    await compare()
    assert await alarms(shop) == []


async def test_all_subscriptions_are_compared_in_rounds_of_slices(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare_states, "SLICE", 2)
    held = [await bought(shop) for _ in range(3)]
    for each in held:
        await shift_end(shop, each, 9 * DAY)
    compare = comparing(shop)

    await compare()
    assert len(await alarms(shop)) == 2
    await compare()
    assert {subscription for subscription, _ in await alarms(shop)} == {str(each.id) for each in held}
    for each in held:
        await shift_end(shop, each, -9 * DAY)
    await compare()
    assert len(await alarms(shop)) == 1, "a new round began"


async def test_alarm_of_a_subscription_that_ended_is_closed(shop: Shop) -> None:
    compare, held = comparing(shop), await bought(shop)
    await shift_end(shop, held, 9 * DAY)
    await compare()
    assert len(await alarms(shop)) == 1

    async with shop.units() as uow:
        stored = await uow.subscriptions.get(held.id, lock=True)
        assert stored is not None
        stored.end("period_over", shop.clock.now())
        await uow.subscriptions.save(stored)
        await uow.commit()
    await compare()
    assert await alarms(shop) == []


async def test_failed_charge_and_renewal_raise_no_alarm(shop: Shop) -> None:
    compare, held = comparing(shop), await bought(shop)
    shop.clock.advance(PERIOD + timedelta(minutes=1))
    await shop.deliver(shop.provider.renew("sub-1", held.price))
    await compare()
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.fail_renewal("sub-1"))
    await compare()
    assert await alarms(shop) == []


@pytest.mark.parametrize("kind", [PaymentEventKind.DISPUTE_OPENED, PaymentEventKind.REFUND])
async def test_policy_of_a_plan_that_keeps_access_counts_in_both_answers(shop: Shop, kind: PaymentEventKind) -> None:
    ana = await shop.customer()
    plan = await shop.plan(dispute_policy=DisputePolicy.KEEP, refund_policy=RefundPolicy.KEEP_ACCESS)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    payment = (await shop.holding(ana, plan)).payment
    back = shop.provider.create_event(
        kind, "money.back", payment_key="back-1", about_payment=payment.payment_key, amount=payment.amount
    )
    await shop.deliver(back)
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.ACTIVE

    await comparing(shop)()

    assert await alarms(shop) == []
