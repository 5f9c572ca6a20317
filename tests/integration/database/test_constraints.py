"""Check that the database refuses invalid rows from any process."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes import samples
from tests.fakes.selling import selling
from tests.fakes.units import Units

BROKEN = [
    ("UPDATE orders SET price_minor = -1", "ck_orders_price_not_negative"),
    ("UPDATE service_plans SET price_minor = -1", "ck_service_plans_price_not_negative"),
    ("UPDATE subscriptions SET price_minor = -1", "ck_subscriptions_price_not_negative"),
    ("UPDATE orders SET status = 'lost'", "ck_orders_status_known"),
    ("UPDATE subscriptions SET status = 'cancelled'", "ck_subscriptions_status_known"),
    ("UPDATE service_plans SET soft_id = 'Not A Slug'", "ck_service_plans_soft_id_is_a_slug"),
    ("UPDATE service_plans SET note = repeat('x', 201)", "ck_service_plans_note_not_too_long"),
    ("UPDATE service_plans SET texts = '[]'", "ck_service_plans_texts_by_language"),
    ("UPDATE service_plans SET ends_on = '2027-06-30'", "ck_service_plans_what_renews_has_no_last_day"),
    ("UPDATE service_plans SET buyers = 'friends'", "ck_service_plans_buyers_known"),
    ("UPDATE service_plans SET per_person = 'twice'", "ck_service_plans_per_person_known"),
    ("UPDATE service_plans SET listing = 'maybe'", "ck_service_plans_listing_known"),
    ("UPDATE service_plans SET interval = NULL", "ck_service_plans_recurring_has_interval"),
    ("UPDATE service_plans SET recurring = false, duration_days = 0", "ck_service_plans_one_off_has_duration"),
    ("UPDATE telegram_channels SET customer_id = NULL", "ck_telegram_channels_personal_has_customer"),
    ("DELETE FROM orders", "fk_subscriptions_order_id|fk_payments_order_id"),
    ("UPDATE payments SET subscription_id = gen_random_uuid()", "fk_payments_subscription_id"),
]


@pytest.mark.parametrize(("statement", "constraint"), BROKEN, ids=[constraint for _, constraint in BROKEN])
async def test_invalid_row_is_refused_by_a_constraint(
    units: Units, engine: AsyncEngine, statement: str, constraint: str
) -> None:
    async with units() as uow:
        await selling(uow)
        await uow.commit()
    async with engine.connect() as connection:
        with pytest.raises(IntegrityError, match=constraint):
            await connection.execute(text(statement))


async def test_plan_interval_must_be_day_week_month_or_year(units: Units, engine: AsyncEngine) -> None:
    async with units() as uow:
        await selling(uow)
        await uow.commit()
    async with engine.connect() as connection:
        for word in ("day", "week", "month", "year"):
            await connection.execute(text("UPDATE service_plans SET interval = :word"), {"word": word})
        with pytest.raises(IntegrityError, match="ck_service_plans_interval_known"):
            await connection.execute(text("UPDATE service_plans SET interval = 'decade'"))


async def test_channel_row_shows_the_current_link(units: Units, engine: AsyncEngine) -> None:
    async with units() as uow:
        sale = await selling(uow)
        old, new = samples.invite(sale.channel), samples.invite(sale.channel)
        await uow.channels.add_invite(old)
        await uow.channels.add_invite(new)
        old.revoke(samples.NOON)
        await uow.channels.save_invite(old)
        await uow.channels.save(sale.channel)
        await uow.commit()
    assert await _link(engine) == new.url
    async with units() as uow:
        new.revoke(samples.NOON)
        await uow.channels.save_invite(new)
        await uow.commit()
    assert await _link(engine) is None


async def _link(engine: AsyncEngine) -> str | None:
    async with engine.connect() as connection:
        found: str | None = (await connection.execute(text("SELECT invite_link FROM telegram_channels"))).scalar_one()
        return found


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (
            "SELECT * FROM subscriptions WHERE status IN ('trialing', 'active', 'past_due', 'paused', 'canceled')"
            " AND access_until <= now() ORDER BY access_until LIMIT 10",
            "ix_subscriptions_due",
        ),
        (
            "SELECT * FROM orders WHERE status = 'open' AND expires_at <= now() ORDER BY expires_at LIMIT 10",
            "ix_orders_due",
        ),
        ("SELECT * FROM due_jobs WHERE due_at <= now() ORDER BY due_at LIMIT 10", "ix_due_jobs_due_at"),
        ("SELECT * FROM bot_updates WHERE bot_id = 1 AND chat_key = 2 AND done_at IS NULL", "ix_bot_updates_open"),
    ],
    ids=["subscriptions", "orders", "due jobs", "updates"],
)
async def test_scheduler_query_uses_an_index(new_database_url: str, query: str, index: str) -> None:
    engine = create_engine(new_database_url)
    async with engine.connect() as connection:
        await connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = (await connection.execute(text(f"EXPLAIN {query}"))).scalars().all()
    await engine.dispose()
    assert any(index in line for line in plan), plan
