"""Check that differences from the provider are listed and applied, that a dry run changes nothing, and that a second
run finds nothing.
"""

from __future__ import annotations

from datetime import timedelta

from subscriptions.application.access.give_time import GiveTime, TimeGrant
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.payment_gateway import (
    GatewayUnavailable,
    ProviderStatus,
)
from tests.fakes.gateway import MemoryGateways
from tests.fakes.provider import Provider
from tests.unit.application.reconciliation.conftest import Books, Unlisted, books_of, kinds


async def test_unreported_changes_are_listed_and_applied_once(books: Books):
    ana, plan, _ = await books.sell()
    books.refund(1, plan)
    _, _, other = await books.sell()
    books.cancel(other)
    dry = await books.run(dry_run=True)
    assert (await books.shop.holding(ana, plan)).subscription.status is SubscriptionStatus.ACTIVE
    report = await books.run()
    assert kinds(dry) == kinds(report) == ["refund", "cancellation"]
    assert [each.done for each in dry.differences] == [None, None]
    assert [each.done for each in report.differences] == ["applied", "followed"]
    assert str(ana.telegram_id) in report.differences[0].subject or "re-1" in report.differences[0].subject
    assert (await books.shop.holding(ana, plan)).subscription.status is SubscriptionStatus.EXPIRED
    assert kinds(await books.run()) == []


async def test_default_period_of_a_reconciliation_is_one_week(books: Books):
    now = books.shop.clock.now()
    assert (await books.reconcile()).scope.start == now - timedelta(days=7)
    assert (await books.reconcile(start=now - timedelta(days=1))).scope.start == now - timedelta(days=1)


async def test_unreported_renewal_is_applied_by_the_reconciliation(books: Books):
    ana, plan, ref = await books.sell()
    books.shop.clock.advance(timedelta(days=30))
    books.shop.provider.renew(ref, plan.price)
    assert "payment" in kinds(await books.run())
    assert len((await books.shop.holding(ana, plan)).payments) == 2
    assert kinds(await books.run()) == []


async def test_unreported_renewal_is_applied_during_granted_time(books: Books):
    ana, plan, ref = await books.sell()
    giving, now = GiveTime(GrantAccess(books.shop.policy)), books.shop.clock.now()
    async with books.shop.units() as uow:
        given = await giving.find(uow, ana, plan, plan.price, now)
        time_grant = TimeGrant(
            kind=LedgerKind.COMPENSATION, source_key="1", length=timedelta(days=100), price=plan.price
        )
        await giving.add(uow, given, ana, plan, time_grant, now)
        await uow.commit()
    for month in (2, 3):
        books.shop.clock.advance(timedelta(days=30))
        books.shop.provider.renew(ref, plan.price)
        if month == 2:
            # Only the period itself was reported.
            held = await books.shop.holding(ana, plan)
            await books.shop.follow.apply(held.subscription, books.shop.provider.subscriptions[ref])
    books.shop.gateways.gateways = {"acme": Unlisted(books.shop.provider)}
    assert kinds(await books.run()) == ["payment"]
    assert len((await books.shop.holding(ana, plan)).payments) == 3
    assert kinds(await books.run()) == []


async def test_single_customer_can_be_reconciled(books: Books):
    ana, _, first = await books.sell()
    _, _, second = await books.sell()
    for ref in (first, second):
        books.cancel(ref)
    [output] = (await books.run(customer=ana.telegram_id)).differences
    assert (output.kind, output.subject.split(" · ")[1:]) == ("cancellation", [str(ana.telegram_id), "acme", first])
    assert kinds(await books.run(customer=TelegramId(1))) == []
    assert kinds(await books.run()) == ["cancellation"]


async def test_unavailable_provider_is_reported_and_the_run_continues(books: Books):
    await books.sell()
    books.shop.provider.errors.append(GatewayUnavailable("acme", "no answer"))
    (output,) = (await books.run()).open
    assert (output.kind, output.subject, output.decide) == ("no_answer", "acme", "again")
    assert kinds(await books.run(provider="other")) == []


async def test_single_provider_can_be_reconciled(books: Books):
    await books.sell()
    books.cancel("sub-1")
    gateways = MemoryGateways({"before": Provider(books.shop.clock, name="before"), "acme": books.shop.provider})
    assert kinds(await books_of(books.shop, gateways).run(provider="acme")) == ["cancellation"]


async def test_subscriptions_with_equal_references_at_two_providers_are_distinguished(books: Books):
    shop, ana = books.shop, (await books.sell())[0]
    for _ in range(2):
        other, plan = Provider(shop.clock, name="other"), await shop.plan()
        selling = shop.provider if len(shop.provider.subscriptions) == 1 else other
        shop.gateways.gateways = {selling.name: selling}
        await shop.start(ana.telegram_id, plan.soft_id)
        await shop.deliver(*selling.pay(list(selling.checkouts)[-1]))
        shop.clock.advance(timedelta(minutes=1))
    shop.gateways.gateways = {"acme": shop.provider, "other": other}
    shop.provider.change("sub-2", status=ProviderStatus.PAUSED)
    other.change("sub-1", cancel_at_period_end=True, cancel_at=other.subscriptions["sub-1"].current_period_end)
    report = await books.run(customer=ana.telegram_id)
    found = [(each.kind, *each.subject.split(" · ")[2:]) for each in report.differences]
    assert found == [("pause", "acme", "sub-2"), ("cancellation", "other", "sub-1")]
    assert kinds(await books.run()) == []


async def test_subscription_unknown_to_the_provider_is_listed_for_staff(books: Books):
    _, _, ref = await books.sell()
    del books.shop.provider.subscriptions[ref]
    (output,) = (await books.run()).open
    assert (output.kind, output.decide) == ("unknown", "look_there")


async def test_requester_of_a_reconciliation_receives_the_result(books: Books):
    _, plan, _ = await books.sell()
    books.refund(1, plan)
    await books.reconcile.and_notify("1")
    (job,) = await books.shop.jobs("bot.alarm")
    assert (job["kind"], job["facts"]["found"], job["facts"]["open"]) == ("reconciled", "1", "0")
    async with books.shop.units() as uow:
        assert await uow.alarms.count_open() == 0


async def test_differences_that_need_staff_are_listed_first_and_remain_open(books: Books):
    _, plan, _ = await books.sell()
    _, _, ref = await books.sell()
    books.refund(1, plan)
    del books.shop.provider.subscriptions[ref]
    await books.reconcile.and_notify("1")
    (job,) = await books.shop.jobs("bot.alarm")
    kinds = [line.split("\t")[0] for line in job["facts"]["differences"].split("\n")]
    assert kinds[0] == "unknown"
    assert "refund" in kinds
    async with books.shop.units() as uow:
        assert await uow.alarms.count_open() == 1
