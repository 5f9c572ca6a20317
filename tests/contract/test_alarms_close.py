"""What only a person closed once closes itself when its cause is gone, and not before: in memory as in PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from subscriptions.application.access.change_access import ChangeAccess
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.alarms.alarm_causes import POOL_SHARE_TOLD, SAID_FOR
from subscriptions.application.alarms.watch_alarms import LOOKS_EVERY, WatchAlarms
from subscriptions.application.messages.announce import Announce
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.application.subscriptions.stop_billing import StopBilling
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.reversal import Dispute, DisputeStatus, Refund, RefundStatus
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import REMOVED, Subscription
from subscriptions.domain.entities.sweep import Sweep, SweepAnswer, SweepDecision, SweepStatus, SweepStep
from subscriptions.domain.ids import CustomerId, SubscriptionId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import GatewayAuthError, PaymentEventKind, ProviderStatus
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop, database_shop, memory_shop
from tests.fakes.telegram import MemoryNotifier
from tests.fakes.units import database

__all__ = ["database"]

DAY = timedelta(days=1)
PRICE = Money(2999, "EUR")


@pytest.fixture
async def shop(database: str | None) -> AsyncIterator[Shop]:
    """Its clock looks after alarms."""
    if database is None:
        yield memory_shop()
        return
    engine = create_engine(database)
    yield database_shop(engine)
    await engine.dispose()


class Watch:
    """Tells what the shop raises, and looks after it."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self._announce = Announce(shop.units, MemoryNotifier(), shop.clock, shop.policy)
        self._look = WatchAlarms(shop.units, shop.clock)
        self._told = 0

    async def tell(self, key: str, kind: str, **facts: str) -> None:
        await self._announce.alarm(key, kind, facts, frozenset())

    async def open(self) -> list[str]:
        """What is open after all that was raised is told, and the next look."""
        jobs = await self.shop.jobs("bot.alarm")
        for job in jobs[self._told :]:
            await self.tell(job["key"], job["kind"], **job["facts"])
        self._told = len(jobs)
        self.shop.clock.advance(LOOKS_EVERY)
        await self._look()
        async with self.shop.units() as uow:
            return sorted(alarm.kind for alarm in await uow.alarms.open(99))


@pytest.fixture
def watch(shop: Shop) -> Watch:
    """The watch over the shop's alarms."""
    return Watch(shop)


async def give(shop: Shop, to: CustomerId, plan: ServicePlan) -> None:
    """Somebody of staff gives ten days of the plan."""
    staff = await shop.customer(staff_role=StaffRole.MANAGER)
    change = ChangeAccess(
        shop.units, shop.clock, StaffDesk(shop.units, shop.clock), GrantAccess(shop.policy), shop.policy
    )
    await change.grant(staff.telegram_id, to, plan.id, 10, "por el pago", uuid4())


async def refund(shop: Shop, payment: Payment, amount: Money | None = None) -> None:
    """The provider tells that it went back."""
    event = shop.provider.tell(
        PaymentEventKind.REFUND,
        "money.back",
        payment_key=f"re-{uuid4()}",
        about_payment=payment.payment_key,
        amount_refunded=amount or payment.amount,
    )
    await shop.deliver(event)


async def set_aside(shop: Shop, kind: str) -> tuple[Customer, ServicePlan, Payment]:
    """Money of Ana's that gives nothing by itself."""
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    if kind == "amount_mismatch":
        await shop.deliver(*shop.provider.pay(session, amount=Money(1, "EUR")))
    elif kind == "customer_mismatch":
        other = await shop.customer()
        await shop.deliver(*shop.provider.pay(session, telegram_id=other.telegram_id))
    else:
        await shop.deliver(*shop.provider.pay(session))
        shop.provider.end("sub-1")
        shop.clock.advance(2 * PERIOD)
        async with shop.units() as uow:
            (subscription,) = await uow.subscriptions.of_customer(ana.id)
            subscription.end(REMOVED, shop.clock.now())
            await uow.subscriptions.save(subscription)
            await uow.commit()
        await shop.deliver(shop.provider.renew("sub-1", PRICE))
    held = await shop.holding(ana, plan)
    return ana, plan, next(payment for payment in held.payments if payment.flag == kind)


ASIDE = ["amount_mismatch", "customer_mismatch", "subscription_over"]


@pytest.mark.parametrize("kind", ASIDE)
@pytest.mark.parametrize("way", ["it went back", "staff gave time", "a bank took it"])
async def test_money_set_aside(shop: Shop, watch: Watch, kind: str, way: str) -> None:
    ana, plan, payment = await set_aside(shop, kind)
    assert await watch.open() == [kind]
    shop.clock.advance(9 * DAY)
    assert await watch.open() == [kind]
    if way == "it went back":
        await refund(shop, payment)
    elif way == "staff gave time":
        await give(shop, ana.id, plan)
    else:
        dispute = Dispute.begin("acme", "dp-1", payment.id, DisputeStatus.OPEN, shop.clock.now())
        dispute.settle(DisputeStatus.LOST, shop.clock.now())
        async with shop.units() as uow:
            await uow.reversals.save_dispute(dispute)
            await uow.commit()
    assert kind not in await watch.open()


async def test_what_else_is_given_or_bought_settles_no_money(shop: Shop, watch: Watch) -> None:
    ana, plan, payment = await set_aside(shop, "subscription_over")
    await give(shop, ana.id, await shop.plan())
    await refund(shop, payment, Money(1, "EUR"))
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    assert "subscription_over" in await watch.open()


@pytest.mark.parametrize("kind", ["second_capture", "order_closed"])
async def test_money_that_the_provider_did_not_give_back(shop: Shop, watch: Watch, kind: str) -> None:
    _, _, payment = await set_aside(shop, "amount_mismatch")
    await watch.open()
    await watch.tell(f"{kind}:{payment.id}", kind, order=payment.reference)
    assert kind in await watch.open()
    await refund(shop, payment)
    assert await watch.open() == []


async def test_what_was_paid_too_much(shop: Shop, watch: Watch) -> None:
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    payment = replace((await shop.holding(ana, plan)).payment, excess=Money(500, "EUR"))
    async with shop.units() as uow:
        await uow.payments.save(payment)
        await uow.commit()
    await watch.tell(f"overpaid:{payment.id}", "overpaid")
    await refund(shop, payment, Money(499, "EUR"))
    assert await watch.open() == ["overpaid"]
    await refund(shop, payment, Money(1, "EUR"))
    assert await watch.open() == []


async def test_a_refund_that_failed_and_one_the_panel_could_not_make(shop: Shop, watch: Watch) -> None:
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    payment, now = (await shop.holding(ana, plan)).payment, shop.clock.now()
    failed = Refund.given("acme", "re-0", payment.id, Money(1000, "EUR"), occurred_at=now, now=now)
    failed.status = RefundStatus.REVERSED
    async with shop.units() as uow:
        await uow.reversals.add_refund_if_new(failed)
        await uow.commit()
    await refund(shop, payment, Money(1000, "EUR"))
    shop.clock.advance(DAY)
    await watch.tell(f"refund_reversed:{failed.id}", "refund_reversed")
    await watch.tell(f"refund_failed:{payment.id}:1000:{uuid4()}", "refund_failed")
    await refund(shop, payment, Money(999, "EUR"))
    assert await watch.open() == ["refund_failed", "refund_reversed"]
    await refund(shop, payment, Money(1, "EUR"))
    assert await watch.open() == []


@pytest.mark.parametrize("way", ["it went back", "staff gave time"])
async def test_time_that_was_paid_and_had_passed(shop: Shop, watch: Watch, way: str) -> None:
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    _, paid = shop.provider.pay(session)
    shop.provider.end("sub-1")
    shop.clock.advance(2 * PERIOD)
    await shop.deliver(paid)
    assert await watch.open() == ["paid_time_over"]
    shop.clock.advance(9 * DAY)
    assert await watch.open() == ["paid_time_over"]
    if way == "it went back":
        await refund(shop, (await shop.holding(ana, plan)).payment)
    else:
        await give(shop, ana.id, plan)
    assert "paid_time_over" not in await watch.open()


async def subscribed(shop: Shop) -> tuple[Customer, ServicePlan, Subscription]:
    """Somebody who is charged."""
    ana, plan = await shop.customer(), await shop.priced()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    shop.provider.change("sub-1", price_ref=f"price-{plan.soft_id}")
    await shop.deliver(shop.provider.updated("sub-1"))
    return ana, plan, (await shop.holding(ana, plan)).subscription


@pytest.mark.parametrize("way", ["a plan has it", "mended there", "over"])
async def test_a_price_that_was_no_plans(shop: Shop, watch: Watch, way: str) -> None:
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
    """Here it is over."""
    async with shop.units() as uow:
        subscription = await uow.subscriptions.get(subscription_id, lock=True)
        assert subscription is not None
        subscription.end(reason, shop.clock.now())
        await uow.subscriptions.save(subscription)
        await uow.commit()


async def test_a_plan_that_could_not_be_followed(shop: Shop, watch: Watch) -> None:
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
    """Its time is over, and the provider does not let itself be stopped."""
    _, _, subscription = await subscribed(shop)
    shop.provider.change("sub-1", status=ProviderStatus.PAUSED)
    shop.clock.advance(PERIOD)
    shop.provider.errors += [None, GatewayAuthError("acme", "may not cancel")]
    await shop.check(subscription.id)
    return subscription


async def test_who_is_still_charged_until_the_provider_says_that_it_is_over(shop: Shop, watch: Watch) -> None:
    subscription = await still_billed(shop)
    assert await watch.open() == ["still_billed"]
    shop.clock.advance(DAY)
    shop.provider.errors += [None, GatewayAuthError("acme", "may not cancel")]
    await shop.check(subscription.id)
    assert await watch.open() == ["still_billed"], "it answered, and charges all the same"
    shop.provider.end("sub-1")
    await shop.check(subscription.id)
    assert await watch.open() == []


async def test_who_is_still_charged_though_staff_ended_it(shop: Shop, watch: Watch) -> None:
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


async def test_a_pool_of_which_less_is_used(shop: Shop, watch: Watch) -> None:
    async def told(share: str) -> list[str]:
        async with shop.units() as uow:
            await uow.variables.set(POOL_SHARE_TOLD, share)
            await uow.commit()
        return await watch.open()

    for reached in ("70", "85"):
        await told(reached)
        await watch.tell(f"pool_share:{reached}:{shop.clock.now().isoformat()}", "pool_share", share=reached)
    assert await told("95") == ["pool_share", "pool_share"]
    assert await told("85") == ["pool_share", "pool_share"]
    assert await told("70") == ["pool_share"]
    assert await told("0") == []


@pytest.mark.parametrize("way", ["its time passed", "undone"])
async def test_a_sweep_that_went_on(shop: Shop, watch: Watch, way: str) -> None:
    now, owner = shop.clock.now(), await shop.customer(staff_role=StaffRole.OWNER)
    sweep = Sweep.begin(allowed=5, live=20, forced=False, now=now, closes_at=now)
    sweep.status, sweep.undo_until = SweepStatus.DECIDED, now + DAY
    yes = SweepDecision(
        sweep_id=sweep.id, step=SweepStep.ANSWER, answer=SweepAnswer.GO_ON, by=owner.telegram_id, at=now
    )
    async with shop.units() as uow:
        await uow.sweeps.save(sweep)
        await uow.sweeps.decide(yes)
        await uow.commit()
    await watch.tell(f"sweep_done:{sweep.id}", "sweep_done", until=sweep.undo_until.isoformat())
    assert await watch.open() == ["sweep_done"]
    if way == "undone":
        async with shop.units() as uow:
            await uow.sweeps.decide(replace(yes, step=SweepStep.UNDO, answer=SweepAnswer.UNDO))
            await uow.commit()
    else:
        shop.clock.advance(DAY)
    assert await watch.open() == []


async def keep_work(shop: Shop, *names: str) -> None:
    """These jobs, and no others, failed for good."""
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
async def test_work_that_is_kept_no_more(shop: Shop, watch: Watch, kind: str) -> None:
    await keep_work(shop, "userbot.acc.1", "userbot.acc.12")
    await watch.tell(f"{kind}:userbot.acc.1:ValueError:2026-03-01", kind, job="userbot.acc.1", number="7")
    assert await watch.open() == [kind]
    await keep_work(shop, "userbot.acc.12")
    shop.clock.advance(SAID_FOR)
    assert await watch.open() == []


async def test_work_that_is_about_to_be_kept(shop: Shop, watch: Watch) -> None:
    await watch.tell("job_held:bot.announce:ValueError:2026-03-01", "job_held", job="bot.announce")
    await WatchAlarms(shop.units, shop.clock)()
    async with shop.units() as uow:
        assert await uow.alarms.count_open() == 1


@pytest.mark.parametrize("way", ["sold", "off"])
async def test_a_plan_that_a_provider_refused(shop: Shop, watch: Watch, way: str) -> None:
    ana, plan, other = await shop.customer(), await shop.plan(), await shop.plan()
    await shop.checkout(ana, plan)
    shop.clock.advance(DAY)
    await watch.tell(f"checkout:{plan.soft_id}:1", "checkout_rejected", plan=plan.soft_id, provider="acme")
    await watch.tell(f"checkout:{plan.soft_id}:2", "checkout_rejected", plan=plan.soft_id, provider="other")
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


async def test_a_comparison_after_which_there_was_another(shop: Shop, watch: Watch) -> None:
    await watch.tell("reconciled:1", "reconciled", open="2")
    assert await watch.open() == ["reconciled"]
    await watch.tell("reconciled:2", "reconciled", open="1")
    assert await watch.open() == ["reconciled"]
    async with shop.units() as uow:
        assert [alarm.facts["open"] for alarm in await uow.alarms.open(9)] == ["1"]


@pytest.mark.parametrize(
    ("key", "kind", "facts"),
    [
        pytest.param("payment:of old", "amount_mismatch", {}, id="no payment's id"),
        pytest.param(f"payment:{uuid4()}", "second_capture", {}, id="a payment that is not there"),
        pytest.param(f"overpaid:{uuid4()}", "overpaid", {}, id="nor this one"),
        pytest.param(f"refund_failed:{uuid4()}", "refund_failed", {}, id="an operation's id"),
        pytest.param("refund_reversed", "refund_reversed", {}, id="no refund's id"),
        pytest.param("paid_time_over:1", "paid_time_over", {"order": "A1B2C3"}, id="no subscription's id"),
        pytest.param("unknown_price:1:p", "unknown_price", {"subscription": "sub-1", "price": "p"}, id="theirs"),
        pytest.param("plan_change_conflict:1:p", "plan_change_conflict", {"subscription": "sub-1"}, id="theirs too"),
        pytest.param("still_billed:1", "still_billed", {"subscription": "sub-1"}, id="one nobody knows"),
        pytest.param("pool_share:1", "pool_share", {}, id="no threshold"),
        pytest.param("pool_share", "pool_share", {}, id="nothing"),
        pytest.param("sweep_done:1", "sweep_done", {}, id="no sweep's id"),
        pytest.param("job_held:a:b:c", "job_held", {}, id="no job"),
        pytest.param("checkout:1", "checkout_rejected", {"plan": "x"}, id="no provider"),
    ],
)
async def test_what_an_earlier_version_wrote_stays_for_a_person(
    shop: Shop, watch: Watch, key: str, kind: str, facts: dict[str, str]
) -> None:
    await watch.tell(key, kind, **facts)
    shop.clock.advance(9 * DAY)
    assert await watch.open() == [kind]
