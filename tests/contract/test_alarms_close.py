"""Alarms close automatically once their cause is gone, and not before, with the same results in memory and in
PostgreSQL.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from subscriptions.application.alarms.alarm_causes import POOL_SHARE_REPORTED, SAID_FOR
from subscriptions.application.alarms.watch_alarms import WatchAlarms
from subscriptions.application.subscriptions.stop_billing import StopBilling
from subscriptions.domain.entities.bulk_expiry import (
    BulkExpiry,
    BulkExpiryAnswer,
    BulkExpiryDecision,
    BulkExpiryStatus,
    BulkExpiryStep,
)
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import REMOVED, Subscription
from subscriptions.domain.ids import SubscriptionId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import GatewayAuthError, ProviderStatus
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop, database_shop, memory_shop
from tests.fakes.units import database
from tests.support.alarm_watch import Watch

__all__ = ["database"]

DAY = timedelta(days=1)
PRICE = Money(2999, "EUR")


@pytest.fixture
async def shop(database: str | None) -> AsyncIterator[Shop]:
    """Build the use cases with in-memory or PostgreSQL repositories, and a clock that drives the alarm watch."""
    if database is None:
        yield memory_shop()
        return
    engine = create_engine(database)
    yield database_shop(engine)
    await engine.dispose()


@pytest.fixture
def watch(shop: Shop) -> Watch:
    """Build the alarm watch of the shop."""
    return Watch(shop)


async def subscribed(shop: Shop) -> tuple[Customer, ServicePlan, Subscription]:
    """Create a customer with a subscription that the provider charges."""
    ana, plan = await shop.customer(), await shop.priced()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    shop.provider.change("sub-1", price_ref=f"price-{plan.soft_id}")
    await shop.deliver(shop.provider.updated("sub-1"))
    return ana, plan, (await shop.holding(ana, plan)).subscription


@pytest.mark.parametrize("way", ["a plan has it", "mended there", "over"])
async def test_unknown_price_alarm_closes_when_the_price_is_known_again_or_the_subscription_ends(
    shop: Shop, watch: Watch, way: str
) -> None:
    _, plan, subscription = await subscribed(shop)
    shop.provider.prices["price-x"] = PRICE
    shop.provider.change("sub-1", price_ref="price-x")
    await shop.deliver(shop.provider.updated("sub-1"))
    assert await watch.open() == ["unknown_price"]
    shop.clock.advance(DAY)
    await shop.deliver(shop.provider.updated("sub-1"))
    assert await watch.open() == ["unknown_price"]
    assert await watch.open() == ["unknown_price"], "told again by then"
    if way == "a plan has it":
        await shop.price(await shop.plan(), "price-x")
    elif way == "mended there":
        shop.provider.change("sub-1", price_ref=f"price-{plan.soft_id}")
        await shop.deliver(shop.provider.updated("sub-1"))
        shop.clock.advance(SAID_FOR)
    else:
        await end(shop, subscription.id, REMOVED)
    assert await watch.open() == []


async def end(shop: Shop, subscription_id: SubscriptionId, reason: str) -> None:
    """End the subscription in the database only, without a request to the provider."""
    async with shop.units() as uow:
        subscription = await uow.subscriptions.get(subscription_id, lock=True)
        assert subscription is not None
        subscription.end(reason, shop.clock.now())
        await uow.subscriptions.save(subscription)
        await uow.commit()


async def test_plan_change_conflict_alarm_closes_when_provider_returns_to_known_plan(shop: Shop, watch: Watch) -> None:
    ana, plan, _ = await subscribed(shop)
    other = await shop.priced()
    _, session = await shop.checkout(ana, other)
    await shop.deliver(*shop.provider.pay(session))
    shop.provider.change("sub-1", price_ref=f"price-{other.soft_id}")
    await shop.deliver(shop.provider.updated("sub-1"))
    assert await watch.open() == ["plan_change_conflict"]
    shop.clock.advance(DAY)
    assert await watch.open() == ["plan_change_conflict"]
    shop.provider.change("sub-1", price_ref=f"price-{plan.soft_id}")
    await shop.deliver(shop.provider.updated("sub-1"))
    shop.clock.advance(SAID_FOR)
    assert await watch.open() == []


async def still_billed(shop: Shop) -> Subscription:
    """Create a subscription whose access has ended and that the provider refuses to cancel."""
    _, _, subscription = await subscribed(shop)
    shop.provider.change("sub-1", status=ProviderStatus.PAUSED)
    shop.clock.advance(PERIOD)
    shop.provider.errors += [None, GatewayAuthError("acme", "may not cancel")]
    await shop.check(subscription.id)
    return subscription


async def test_alarm_about_a_still_billed_subscription_stays_open_until_the_provider_reports_its_end(
    shop: Shop, watch: Watch
) -> None:
    subscription = await still_billed(shop)
    assert await watch.open() == ["still_billed"]
    shop.clock.advance(DAY)
    shop.provider.errors += [None, GatewayAuthError("acme", "may not cancel")]
    await shop.check(subscription.id)
    assert await watch.open() == ["still_billed"], "it answered, and charges all the same"
    shop.provider.end("sub-1")
    await shop.check(subscription.id)
    assert await watch.open() == []


async def test_alarm_about_a_still_billed_subscription_stays_open_after_access_ends_until_billing_stops(
    shop: Shop, watch: Watch
) -> None:
    subscription = await still_billed(shop)
    await end(shop, subscription.id, REMOVED)
    assert await watch.open() == ["still_billed"], "that it is over here says nothing of the provider"
    stop = StopBilling(shop.units, shop.follow, shop.clock)
    shop.provider.errors += [GatewayAuthError("acme", "may not cancel")]
    with pytest.raises(GatewayAuthError):
        await stop(subscription.id)
    assert await watch.open() == ["still_billed"]
    await stop(subscription.id)
    assert await watch.open() == []


async def test_alarm_about_the_used_share_of_the_channel_capacity_closes_when_the_share_falls(
    shop: Shop, watch: Watch
) -> None:
    async def reported(share: str) -> list[str]:
        async with shop.units() as uow:
            await uow.variables.set(POOL_SHARE_REPORTED, share)
            await uow.commit()
        return await watch.open()

    for reached in ("70", "85"):
        await reported(reached)
        await watch.announce(f"pool_share:{reached}:{shop.clock.now().isoformat()}", "pool_share", share=reached)
    assert await reported("95") == ["pool_share", "pool_share"]
    assert await reported("85") == ["pool_share", "pool_share"]
    assert await reported("70") == ["pool_share"]
    assert await reported("0") == []


@pytest.mark.parametrize("way", ["its time passed", "undone"])
async def test_alarm_about_a_finished_bulk_expiry_closes_when_undone_or_when_its_undo_time_ends(
    shop: Shop, watch: Watch, way: str
) -> None:
    now, owner = shop.clock.now(), await shop.customer(staff_role=StaffRole.OWNER)
    bulk_expiry = BulkExpiry.begin(limit=5, live=20, is_forced=False, now=now, closes_at=now)
    bulk_expiry.status, bulk_expiry.undo_until = BulkExpiryStatus.DECIDED, now + DAY
    yes = BulkExpiryDecision(
        sweep_id=bulk_expiry.id, step=BulkExpiryStep.ANSWER, answer=BulkExpiryAnswer.GO_ON, by=owner.telegram_id, at=now
    )
    async with shop.units() as uow:
        await uow.bulk_expiries.save(bulk_expiry)
        await uow.bulk_expiries.decide(yes)
        await uow.commit()
    await watch.announce(f"sweep_done:{bulk_expiry.id}", "sweep_done", until=bulk_expiry.undo_until.isoformat())
    assert await watch.open() == ["sweep_done"]
    if way == "undone":
        async with shop.units() as uow:
            await uow.bulk_expiries.decide(replace(yes, step=BulkExpiryStep.UNDO, answer=BulkExpiryAnswer.UNDO))
            await uow.commit()
    else:
        shop.clock.advance(DAY)
    assert await watch.open() == []


async def keep_work(shop: Shop, *names: str) -> None:
    """Replace the permanently failed jobs with the given jobs."""
    if shop.engine is None:
        shop.memory.tables["kept_work"] = list(names)
        return
    async with shop.engine.begin() as connection:
        await connection.execute(text("DELETE FROM pgqueuer WHERE status = 'failed'"))
        for name in names:
            await connection.execute(
                text("INSERT INTO pgqueuer (priority, entrypoint, status) VALUES (0, :name, 'failed')"), {"name": name}
            )


@pytest.mark.parametrize("kind", ["job_held", "job_crashes"])
async def test_failed_job_alarm_closes_when_the_job_is_no_longer_stored_as_failed(
    shop: Shop, watch: Watch, kind: str
) -> None:
    await keep_work(shop, "userbot.acc.1", "userbot.acc.12")
    await watch.announce(f"{kind}:userbot.acc.1:ValueError:2026-03-01", kind, job="userbot.acc.1", number="7")
    assert await watch.open() == [kind]
    await keep_work(shop, "userbot.acc.12")
    shop.clock.advance(SAID_FOR)
    assert await watch.open() == []


async def test_new_failed_job_alarm_stays_open_before_the_job_is_stored_as_failed(shop: Shop, watch: Watch) -> None:
    await watch.announce("job_held:bot.announce:ValueError:2026-03-01", "job_held", job="bot.announce")
    await WatchAlarms(shop.units, shop.clock)()
    async with shop.units() as uow:
        assert await uow.alarms.count_open() == 1


@pytest.mark.parametrize("way", ["sold", "off"])
async def test_checkout_rejected_alarm_closes_when_the_plan_is_sold_or_deactivated(
    shop: Shop, watch: Watch, way: str
) -> None:
    ana, plan, other = await shop.customer(), await shop.plan(), await shop.plan()
    await shop.checkout(ana, plan)
    shop.clock.advance(DAY)
    await watch.announce(f"checkout:{plan.soft_id}:1", "checkout_rejected", plan=plan.soft_id, provider="acme")
    await watch.announce(f"checkout:{plan.soft_id}:2", "checkout_rejected", plan=plan.soft_id, provider="other")
    assert await watch.open() == ["checkout_rejected"] * 2
    await shop.checkout(await shop.customer(), other)
    assert await watch.open() == ["checkout_rejected"] * 2
    if way == "sold":
        await shop.checkout(await shop.customer(), plan)
        assert await watch.open() == ["checkout_rejected"], "the other provider did not take it"
    else:
        plan.active = False
        await shop.change_plan(plan)
        assert await watch.open() == []


async def test_reconciliation_alarm_is_replaced_by_the_alarm_of_a_newer_reconciliation(
    shop: Shop, watch: Watch
) -> None:
    await watch.announce("reconciled:1", "reconciled", open="2")
    assert await watch.open() == ["reconciled"]
    await watch.announce("reconciled:2", "reconciled", open="1")
    assert await watch.open() == ["reconciled"]
    async with shop.units() as uow:
        assert [alarm.facts["open"] for alarm in await uow.alarms.open(9)] == ["1"]


@pytest.mark.parametrize(
    ("key", "kind", "facts"),
    [
        pytest.param("payment:of old", "amount_mismatch", {}, id="not a payment id"),
        pytest.param(f"payment:{uuid4()}", "second_capture", {}, id="unknown payment"),
        pytest.param(f"overpaid:{uuid4()}", "overpaid", {}, id="second unknown payment"),
        pytest.param(f"refund_failed:{uuid4()}", "refund_failed", {}, id="operation id"),
        pytest.param("refund_reversed", "refund_reversed", {}, id="not a refund id"),
        pytest.param("paid_time_over:1", "paid_time_over", {"order": "A1B2C3"}, id="not a subscription id"),
        pytest.param(
            "unknown_price:1:p",
            "unknown_price",
            {"subscription": "sub-1", "price": "p"},
            id="price of an unknown subscription",
        ),
        pytest.param("plan_change_conflict:1:p", "plan_change_conflict", {"subscription": "sub-1"}, id="other id"),
        pytest.param("still_billed:1", "still_billed", {"subscription": "sub-1"}, id="unknown id"),
        pytest.param("pool_share:1", "pool_share", {}, id="no threshold"),
        pytest.param("pool_share", "pool_share", {}, id="no facts"),
        pytest.param("sweep_done:1", "sweep_done", {}, id="not a bulk expiry id"),
        pytest.param("job_held:a:b:c", "job_held", {}, id="no job"),
        pytest.param("checkout:1", "checkout_rejected", {"plan": "x"}, id="no provider"),
    ],
)
async def test_alarm_of_earlier_version_stays_open(
    shop: Shop, watch: Watch, key: str, kind: str, facts: dict[str, str]
) -> None:
    await watch.announce(key, kind, **facts)
    shop.clock.advance(9 * DAY)
    assert await watch.open() == [kind]
