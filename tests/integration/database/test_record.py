"""The database keeps a record as it was written, and what is tampered with in spite of it is named."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.application.picks.picks import AcceptPick
from subscriptions.application.record.tip_text import TipDraft
from subscriptions.application.record.verify_record import VerifyRecord
from subscriptions.domain.entities.record import WithdrawnRule
from subscriptions.domain.entities.record_post import PostKind, RecordPost
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.services.record_chain import Flaw
from tests.fakes import samples
from tests.fakes.clock import ManualClock
from tests.fakes.samples import NOON
from tests.fakes.tips import tip
from tests.fakes.units import Units

TIPS = 8


@pytest.fixture
async def soft_id(units: Units) -> str:
    """A plan with a record, whose tips came at once."""
    plan = samples.plan()
    async with units() as uow:
        await uow.plans.save(plan)
        await uow.commit()
    accept = AcceptPick(units, ManualClock(NOON))
    drafts = [TipDraft(facts=tip(starts_at=NOON + timedelta(hours=1 + place))) for place in range(TIPS)]
    await asyncio.gather(*(accept.tip(f"k{place}", plan.soft_id, draft, "cli") for place, draft in enumerate(drafts)))
    return plan.soft_id


async def found(units: Units, soft_id: str) -> set[tuple[Flaw, int | None]]:
    [verification] = await VerifyRecord(units)(soft_id)
    return {(each.flaw, each.number) for each in verification.faults}


async def test_tips_that_come_at_once_make_one_chain(units: Units, soft_id: str) -> None:
    [verification] = await VerifyRecord(units)()
    assert (verification.entries, verification.faults) == (TIPS, [])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE record_entries SET body = '{}' WHERE number = 3",
        "UPDATE record_entries SET origin = ''",
        "DELETE FROM record_entries WHERE number = 8",
        "TRUNCATE record_entries",
    ],
)
async def test_not_even_the_owner_rewrites_it(units: Units, soft_id: str, engine: AsyncEngine, statement: str) -> None:
    async with engine.connect() as connection:
        with pytest.raises((IntegrityError, DBAPIError), match="append-only"):
            await connection.execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE record_posts SET hash = 'cd'",
        "UPDATE record_posts SET message_id = 8, posted_at = at",
        "DELETE FROM record_posts",
        "TRUNCATE record_posts",
    ],
)
async def test_nobody_rewrites_what_was_published(
    units: Units, soft_id: str, engine: AsyncEngine, statement: str
) -> None:
    async with units() as uow:
        plan = await uow.plans.by_soft_id(soft_id)
        assert plan is not None
        digest = RecordPost(
            plan_id=plan.id,
            kind=PostKind.OPENING,
            subject="2026-01-01",
            number=1,
            hash="ab",
            username="elcanal",
            text="🔏",
            at=NOON,
        )
        await uow.records.add_post(digest)
        await uow.records.place_post(digest, 7, NOON)
        await uow.commit()
    assert await found(units, soft_id) == {(Flaw.UNPROVED, 1)}
    async with engine.connect() as connection:
        with pytest.raises((IntegrityError, DBAPIError), match="append-only"):
            await connection.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "flaws"),
    [
        ("UPDATE record_entries SET body = replace(body, '1.85', '1.86') WHERE number = 3", {(Flaw.CHANGED, 3)}),
        ("DELETE FROM record_entries WHERE number = 3", {(Flaw.MISSING, 3), (Flaw.UNPUBLISHED, None)}),
        ("DELETE FROM record_entries WHERE number = 8", {(Flaw.UNPUBLISHED, None)}),
        (
            "UPDATE record_entries SET number = CASE number WHEN 3 THEN 105 WHEN 5 THEN 103 END WHERE number IN (3, 5);"
            "UPDATE record_entries SET number = number - 100 WHERE number > 100",
            {(Flaw.CHANGED, 3), (Flaw.CHANGED, 5), *((Flaw.MOVED, number) for number in (3, 4, 5, 6))},
        ),
        (
            "UPDATE record_entries SET starts_at = starts_at + interval '1 day' WHERE number = 3",
            {(Flaw.CHANGED, 3), (Flaw.RE_DATED, 3)},
        ),
        (
            "UPDATE record_entries SET at = at - interval '1 day' WHERE number = 3",
            {(Flaw.CHANGED, 3), (Flaw.EARLIER, 3)},
        ),
    ],
    ids=["flipped", "deleted", "cut off", "swapped", "another start", "re-dated"],
)
async def test_what_is_tampered_with_is_named(
    units: Units, soft_id: str, engine: AsyncEngine, statement: str, flaws: set[tuple[Flaw, int | None]]
) -> None:
    async with engine.begin() as connection:
        # Whoever owns the table can take its trigger away.
        await connection.execute(text("ALTER TABLE record_entries DISABLE TRIGGER append_only"))
        for each in statement.split(";"):
            await connection.execute(text(each))
    assert await found(units, soft_id) == flaws


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO record_rules (plan_id, withdrawn) SELECT id, 'lost' FROM service_plans WHERE soft_id = '{plan}'",
        "INSERT INTO record_entries SELECT plan_id, 9, tip_id, kind, at, starts_at, origin, salt,"
        " replace(body, 'void', 'lost'), previous, hash FROM record_entries WHERE number = 8",
    ],
    ids=["another rule", "a tip by another rule"],
)
async def test_how_withdrawn_tips_count_is_fixed(
    units: Units, soft_id: str, engine: AsyncEngine, statement: str
) -> None:
    async with engine.connect() as connection:
        with pytest.raises(IntegrityError, match="withdrawn tips"):
            await connection.execute(text(statement.format(plan=soft_id)))


async def test_the_first_tip_and_a_choice_never_pass_each_other(units: Units) -> None:
    """Both at once, many times: the rule that the entry has is the one that the plan has."""
    for place in range(8):
        plan = replace(samples.plan(), soft_id=f"p{place}")
        async with units() as uow:
            await uow.plans.save(plan)
            await uow.commit()

        async def choose(plan: ServicePlan = plan) -> None:
            async with units() as uow:
                if await uow.records.head(plan.id, lock=True) is None:
                    await uow.records.choose_rule(plan.id, WithdrawnRule.LOST)
                    await uow.commit()

        accept = AcceptPick(units, ManualClock(NOON))
        draft = TipDraft(facts=tip(starts_at=NOON + timedelta(hours=1)))
        await asyncio.gather(accept.tip(f"k{place}", plan.soft_id, draft, "cli"), choose())
        async with units() as uow:
            [entry] = await uow.records.entries(plan.id)
            assert entry.facts()["withdrawn"] == await uow.records.rule(plan.id)
