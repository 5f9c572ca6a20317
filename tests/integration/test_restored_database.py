"""Restored databases: no message is sent and no access ends before the providers are queried, and the lost data is
reported.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from subscriptions.application.people.watch_restore import LONGEST
from subscriptions.application.posts.publish_post import PublishPost
from subscriptions.application.recovery.reconcile_restore import PATIENCE
from subscriptions.domain.entities.api_key import Ability, ApiKey
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.console_visit import ConsoleVisit
from subscriptions.domain.entities.post import PostContent
from subscriptions.domain.entities.staff_invitation import StaffInvitation
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import ChatId, TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import GatewayUnavailable, PaymentEventKind
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.jobs.returning import RestoreMark
from tests.fakes import samples
from tests.fakes.shop import database_shop
from tests.support.company import Company, company
from tests.support.postgres import as_process

__all__ = ["company"]

HOURS = timedelta(hours=9)


async def test_work_is_not_paused_without_a_restore(company: Company) -> None:
    assert company.watch.is_held(), "nobody looked yet"
    await company.works()
    assert not company.watch.is_held()
    assert await company.shop.jobs("core.reconcile") == []


async def test_work_continues_if_the_database_server_hides_its_identity(new_database_url: str) -> None:
    engine, own = create_engine(new_database_url), create_engine(as_process(new_database_url, "worker"))
    async with engine.begin() as connection:
        await connection.execute(text("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC"))
    shop = database_shop(own)
    returning = RestoreMark(own)
    await returning.begin(shop.clock.now())
    assert not await returning.elsewhere()
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE variables SET value = 'elsewhere' WHERE name = 'place'"))
    assert await returning.elsewhere()
    await returning.begin(shop.clock.now())
    assert len(await shop.jobs("core.reconcile")) == 1
    await own.dispose()
    await engine.dispose()


async def test_restore_declared_by_hand_pauses_work_and_queues_a_reconciliation(
    company: Company, new_database_url: str
) -> None:
    await company.works()
    engine = create_engine(new_database_url)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE variables SET value = 'elsewhere' WHERE name = 'place'"))
    await engine.dispose()
    await company.watch()
    assert company.watch.is_held()
    await company.notes()
    assert len(await company.shop.jobs("core.reconcile")) == 1


async def test_purchases_and_refunds_made_after_the_backup_are_found(company: Company) -> None:
    shop = company.shop
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    await company.works()
    copy = await company.copied()

    shop.clock.advance(timedelta(hours=2))
    bea = await shop.customer(telegram_id=TelegramId(4242), first_name="Bea")
    _, session = await shop.checkout(bea, plan)
    await shop.deliver(*shop.provider.pay(session))
    back = {"payment_key": "re-1", "about_payment": "in-1", "amount_refunded": plan.price}
    shop.provider.create_event(PaymentEventKind.REFUND, "money.back", **back)
    shop.clock.advance(HOURS)
    company.database_restored(copy)
    await company.watch()
    assert company.watch.is_held()
    assert company.watch.astray(), "no process but the worker notes it"
    await company.notes()
    assert company.watch.is_held()
    (job,) = await company.shop.jobs("core.reconcile")
    assert job["key"] == "returned"

    report = await company.reconciled()

    async with company.shop.units() as uow:
        known = await uow.customers.by_telegram_id(TelegramId(4242))
    assert known is not None
    holding = await company.shop.holding(known, plan)
    assert holding.subscription.status is SubscriptionStatus.ACTIVE
    assert holding.payment.amount == plan.price
    assert (await company.shop.holding(ana, plan)).subscription.status is SubscriptionStatus.EXPIRED
    async with company.shop.units() as uow:
        receipts = [each for own in (ana, known) for each in await uow.receipts.of_customer(own.id, 9)]
    assert {each.label for each in receipts} == {"R2026-00001", "RB2026-00001", "AB2026-00001"}
    assert (report.facts["recalled"], report.facts["unknown"], report.facts["silent"]) == ("1", "-", "-")
    assert "refund" in report.facts["differences"]
    await company.notes()
    assert len(await company.shop.jobs("core.reconcile")) == 1, "it is noted once"


async def test_unreachable_provider_pauses_work_for_half_an_hour_and_is_named(company: Company) -> None:
    await company.works()
    copy = await company.copied()
    company.shop.clock.advance(HOURS)
    company.database_restored(copy)
    await company.notes()

    for _ in range(int(PATIENCE / timedelta(minutes=1))):
        company.shop.provider.errors.append(GatewayUnavailable("acme", "no answer"))
        with pytest.raises(RetryLater):
            await company.reconcile()
        await company.watch()
        assert company.watch.is_held()
        company.shop.clock.advance(timedelta(minutes=1))
    company.shop.provider.errors.append(GatewayUnavailable("acme", "no answer"))
    report = await company.reconciled()

    assert report.facts["silent"] == company.shop.provider.name


async def test_work_is_paused_for_at_most_an_hour(company: Company) -> None:
    await company.works()
    copy = await company.copied()
    company.shop.clock.advance(HOURS)
    company.database_restored(copy)
    await company.notes()
    company.shop.clock.advance(LONGEST - timedelta(minutes=1))
    await company.watch()
    assert company.watch.is_held()

    company.shop.clock.advance(timedelta(minutes=1))
    await company.watch()

    assert not company.watch.is_held()


async def test_messages_queued_at_the_time_of_the_backup_are_not_sent_after_the_restore(company: Company) -> None:
    shop = company.shop
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    assert await shop.jobs("bot.announce")
    await company.works()
    copy = await company.copied()
    shop.clock.advance(HOURS)
    company.database_restored(copy)

    await company.notes()

    assert await company.shop.jobs("bot.announce") == []
    report = await company.reconciled()
    assert int(report.facts["unsent"]) >= 1


async def test_api_keys_sessions_and_invitations_from_a_backup_are_disabled_after_a_restore(company: Company) -> None:
    await company.works()
    key = ApiKey(name="core", digest="d", abilities=frozenset({Ability.PICKS}), created_at=company.shop.clock.now())
    await company.give(key)
    async with company.shop.units() as uow:
        now = company.shop.clock.now()
        await uow.console.save(ConsoleVisit(link="l", person=TelegramId(7), offered_at=now))
        invitation = StaffInvitation(
            id=UUID(int=1), digest="d", role="support", made_by="cli", made_at=now, expires_at=now + timedelta(days=1)
        )
        await uow.invitations.save(invitation)
        await uow.commit()
    company.database_restored(await company.copied())
    assert [each.name for each in await company.keys().opening()] == ["core"]

    await company.notes()

    assert await company.keys().opening() == []
    assert await company.visits() == 0
    async with company.shop.units() as uow:
        assert await uow.invitations.get(invitation.id) is None
    await company.confirm_keys()
    await company.notes()
    assert [each.name for each in await company.keys().opening()] == ["core"], "it is noted once"


async def test_post_accepted_after_the_restore_and_before_the_worker_starts_is_kept(company: Company) -> None:
    shop = company.shop
    plan, accept = await shop.plan(), PublishPost(shop.units, shop.clock)
    before = await accept("before", plan.soft_id, PostContent(text="1"))
    await company.works()
    copy = await company.copied()
    shop.clock.advance(HOURS)
    company.database_restored(copy)
    after = await PublishPost(company.shop.units, shop.clock)("after", plan.soft_id, PostContent(text="2"))

    await company.notes()

    left = [job["pick_id"] for job in await company.shop.jobs("bot.fan_out_pick")]
    assert (str(before.id) in left, left) == (False, [str(after.id)])


async def test_planned_database_move_keeps_queued_jobs_if_all_processes_were_stopped(company: Company) -> None:
    shop = company.shop
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    owed = await shop.jobs("bot.announce")
    await company.works()
    copy = await company.copied()
    stopped = shop.clock.now()
    company.database_restored(copy)
    assert await company.returning.accept_move(stopped) == stopped, "a process was at work a moment before"
    assert await company.returning.accept_move(stopped + timedelta(minutes=1)) is None

    await company.notes()

    assert not company.watch.is_held()
    assert await company.shop.jobs("bot.announce") == owed != []
    assert await company.shop.jobs("core.reconcile") == []


async def test_channels_possibly_sold_after_the_backup_are_not_sold_again(company: Company) -> None:
    await company.works()
    async with company.shop.units() as uow:
        owner = samples.account()
        assert await uow.accounts.add_if_new(owner)
        made, asked, chosen = (Channel.plan_precreated("Umbral", company.shop.clock.now()) for _ in range(3))
        for each in (made, asked, chosen):
            each.assign(owner.id)
        made.mark_created(ChatId(-1_000), 1)
        made.mark_equipped(company.shop.clock.now())
        asked.start_creating(company.shop.clock.now())
        for each in (made, asked, chosen):
            await uow.channels.save(each)
        await uow.commit()
    copy = await company.copied()
    company.shop.clock.advance(HOURS)
    company.database_restored(copy)
    await company.notes()

    async with company.shop.units() as uow:
        assert [each.id for each in await uow.channels.precreated()] == [chosen.id], (
            "nothing was asked of Telegram for it"
        )
        assert [each.id for each in await uow.channels.held_by(owner.id)] == [chosen.id]
        assert await uow.channels.known_chat_ids(owner.id) == frozenset(), "its room is counted as a stranger's"


async def test_unmatched_event_is_named_in_the_report_of_the_restore(company: Company) -> None:
    await company.works()
    copy = await company.copied()
    back = {
        "payment_key": "re-1",
        "about_payment": "in-of-nobody",
        "amount_refunded": Money(100, "EUR"),
        "telegram_id": 42,
    }
    company.shop.provider.create_event(PaymentEventKind.REFUND, "money.back", **back)
    company.shop.clock.advance(HOURS)
    company.database_restored(copy)
    await company.notes()

    report = await company.reconciled()

    assert report.facts["unknown"] == f"{company.shop.provider.name} re-1 42"


async def test_reminders_due_between_backup_and_restore_are_not_repeated(company: Company) -> None:
    shop = company.shop
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    await shop.remind((await shop.holding(ana, plan)).subscription.id)
    reminder = (await shop.holding(ana, plan)).subscription.next_reminder_at
    assert reminder is not None
    shop.clock.advance(reminder - shop.clock.now() - timedelta(hours=1))
    await company.works()
    copy = await company.copied()
    shop.clock.advance(HOURS)
    company.database_restored(copy)
    await company.notes()

    report = await company.reconciled()

    after = (await company.shop.holding(ana, plan)).subscription.next_reminder_at
    assert after is None or after > company.shop.clock.now()
    assert int(report.facts["unsent"]) >= 1
    async with company._engines[-1].connect() as connection:
        notified = text("SELECT count(*) FROM notifications WHERE sent_at IS NOT NULL AND kind = 'renewal_coming'")
        assert (await connection.execute(notified)).scalar_one() == 1
