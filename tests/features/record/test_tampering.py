"""Tampering with a record in the database: refused by the database if possible, else found by the verification."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from features.picks.use_cases.tip_text import TipDraft
from features.record.domain.record import GENESIS_HASH, EntryKind, RecordEntry, WithdrawnRule
from features.record.domain.record_chain import Flaw
from features.record.domain.record_post import PostKind, RecordPost
from features.record.ports.records import RECORDS_KEY
from features.record.repository import ENTRY
from features.record.tables import record_entries
from features.record.use_cases.publish_tip import withdraw
from features.record.use_cases.verify_record import VerifyRecord
from subscriptions.bootstrap import migrate
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.errors import InvalidInput, RetryLater
from subscriptions.domain.ids import new_uuid
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from subscriptions.infrastructure.clock import SystemClock
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.database.errors import constraint_of
from tests.fakes import samples
from tests.fakes.clock import ManualClock
from tests.fakes.samples import NOON
from tests.fakes.units import Units, route_by_name, sql_unit
from tests.features.picks.tips import tip
from tests.features.record.records import accept_tips
from tests.support.postgres import as_process, in_own_thread, judge_time

TIPS = 8


@pytest.fixture
async def soft_id(units: Units) -> str:
    """Return the slug of a plan with a record of tips that were published concurrently."""
    plan = samples.plan()
    async with units() as uow:
        await uow.plans.save(plan)
        await uow.commit()
    accept = accept_tips(units, ManualClock(NOON))
    drafts = [TipDraft(facts=tip(starts_at=NOON + timedelta(hours=1 + index))) for index in range(TIPS)]
    await asyncio.gather(*(accept.tip(f"k{index}", plan.soft_id, draft, "cli") for index, draft in enumerate(drafts)))
    return plan.soft_id


async def found(units: Units, soft_id: str) -> set[tuple[Flaw, int | None]]:
    [verification] = await VerifyRecord(units)(soft_id)
    return {(each.flaw, each.number) for each in verification.faults}


async def test_concurrent_tips_form_one_chain(units: Units, soft_id: str) -> None:
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
async def test_database_owner_cannot_change_the_record(
    units: Units, soft_id: str, engine: AsyncEngine, statement: str
) -> None:
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
async def test_published_digest_cannot_be_changed(
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
        await uow.of(RECORDS_KEY).add_post(digest)
        await uow.of(RECORDS_KEY).mark_posted(digest, 7, NOON)
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
    ids=["flipped", "deleted", "truncated chain", "swapped", "other start time", "re-dated"],
)
async def test_changed_moved_or_deleted_record_entries_are_reported(
    units: Units, soft_id: str, engine: AsyncEngine, statement: str, flaws: set[tuple[Flaw, int | None]]
) -> None:
    async with engine.begin() as connection:
        # The owner of the table can disable its trigger.
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
    ids=["other rule", "tip under another rule"],
)
async def test_database_refuses_another_rule_for_withdrawn_tips_after_the_first_tip(
    units: Units, soft_id: str, engine: AsyncEngine, statement: str
) -> None:
    async with engine.connect() as connection:
        with pytest.raises(IntegrityError, match="withdrawn tips"):
            await connection.execute(text(statement.format(plan=soft_id)))


async def test_first_tip_records_the_withdrawal_rule_of_its_plan_despite_a_concurrent_change(units: Units) -> None:
    """The rule in the entry must be the rule of the plan, in many concurrent repetitions."""
    for index in range(8):
        plan = replace(samples.plan(), soft_id=f"p{index}")
        async with units() as uow:
            await uow.plans.save(plan)
            await uow.commit()

        async def choose(plan: ServicePlan = plan) -> None:
            async with units() as uow:
                if await uow.of(RECORDS_KEY).head(plan.id, lock=True) is None:
                    await uow.of(RECORDS_KEY).choose_rule(plan.id, WithdrawnRule.LOST)
                    await uow.commit()

        accept = accept_tips(units, ManualClock(NOON))
        draft = TipDraft(facts=tip(starts_at=NOON + timedelta(hours=1)))
        await asyncio.gather(accept.tip(f"k{index}", plan.soft_id, draft, "cli"), choose())
        async with units() as uow:
            [entry] = await uow.of(RECORDS_KEY).entries(plan.id)
            assert entry.facts()["withdrawn"] == await uow.of(RECORDS_KEY).rule(plan.id)


WRITERS = ("web", "worker", "bot", "console")
"""Logins that may add entries. The owner login is the fifth login tested."""


@dataclass(frozen=True)
class Forged:
    """Forged entry that the product never writes.

    said: database constraint that refuses the entry
    facts: facts in the entry's body
    changes: columns changed after the hash was calculated
    before_hash: columns changed before the hash is calculated; a timedelta is relative to now
    keeps_facts: True to keep the facts of a tip in the body as well
    says_its_start: True if the body also contains the start
    """

    said: str
    kind: EntryKind = EntryKind.PUBLISHED
    facts: dict[str, object] | None = None
    changes: dict[str, object] = field(default_factory=dict)
    before_hash: dict[str, Any] = field(default_factory=dict)
    keeps_facts: bool = False
    says_its_start: bool = False


HOUR = timedelta(hours=1)
ODD_WORDS = 'Málaga «\\» – "Cádiz"\n\x7f😀'
"""Text that JSON encoders write differently, used to compare both hashes."""
WON: dict[str, object] = {"result": "won"}
FORGED = {
    "a won tip of last week, never published": Forged(
        "tip", EntryKind.SETTLED, WON, before_hash={"starts_at": -24 * HOUR, "tip_id": new_uuid()}
    ),
    "a tip dated back": Forged("time", says_its_start=True, before_hash={"at": -24 * HOUR, "starts_at": -23 * HOUR}),
    "a tip dated ahead": Forged("time", says_its_start=True, before_hash={"at": HOUR, "starts_at": 2 * HOUR}),
    "a tip at the end of time": Forged("time", before_hash={"at": datetime.max.replace(tzinfo=UTC)}),
    "a tip whose event has begun": Forged(
        "start", says_its_start=True, before_hash={"starts_at": -timedelta(seconds=30)}
    ),
    "a tip that says another start": Forged("start", before_hash={"starts_at": 3 * HOUR}),
    "a tip of another plan's pick": Forged("tip", before_hash={"tip_id": new_uuid()}),
    "a settlement before the start": Forged("start", EntryKind.SETTLED, WON),
    "a correction of no settlement": Forged("start", EntryKind.RESETTLED, WON),
    "a settlement without a result": Forged("body", EntryKind.SETTLED, {"result": "ganado"}),
    "a withdrawal with another start": Forged("start", EntryKind.WITHDRAWN, {}, before_hash={"starts_at": 9 * HOUR}),
    "a body that is no JSON": Forged("body", EntryKind.WITHDRAWN, before_hash={"body": "{"}),
    "a body that is a list": Forged("body", EntryKind.WITHDRAWN, before_hash={"body": "[]"}),
    "a body too deep to read": Forged("body", EntryKind.WITHDRAWN, before_hash={"body": "[" * 99_999}),
    "a body without facts": Forged("body", facts={}),
    "odds in words": Forged("body", facts={"odds": "mucho"}, keeps_facts=True),
    "a gap": Forged("number", before_hash={"number": TIPS + 2}),
    "number 2,000,000,000": Forged("number", before_hash={"number": 2_000_000_000}),
    "a number that is taken": Forged("number", before_hash={"number": TIPS}),
    "another hash": Forged("hash", changes={"hash": "ab" * 32}),
    "another body than was hashed": Forged("hash", changes={"body": '{"odds":"9"}'}),
    "another time than was hashed": Forged("hash", changes={"salt": "0"}),
    "no hash before it": Forged("previous", before_hash={"previous": GENESIS_HASH}),
}


@pytest.fixture
async def live(database_url: str, engine: AsyncEngine) -> AsyncEngine:
    """Return an engine of a database that checks timestamps, as in an installation."""
    judge_time(database_url)
    return engine


@pytest.fixture
async def live_plan(live: AsyncEngine, units: Units) -> ServicePlan:
    """Create a plan with a record that was published just now."""
    plan, clock = samples.plan(), SystemClock()
    async with units() as uow:
        await uow.plans.save(plan)
        await uow.commit()
    accept = accept_tips(units, clock)
    for index in range(TIPS):
        facts = tip(starts_at=clock.now() + (1 + index) * HOUR, event=ODD_WORDS)
        draft = TipDraft(facts=facts)
        await accept.tip(f"k{index}", plan.soft_id, draft, "cli")
    return plan


@pytest.mark.parametrize("login", [*WRITERS, "owner"])
async def test_forged_entry_is_refused_from_any_database_user(
    live_plan: ServicePlan, units: Units, database_url: str, login: str
) -> None:
    async with units() as uow:
        entries = await uow.of(RECORDS_KEY).entries(live_plan.id)
    engine = create_engine(database_url if login == "owner" else as_process(database_url, login))
    try:
        accepted = {name for name, forged in FORGED.items() if await refusal_of(engine, entries, forged) != forged.said}
    finally:
        await engine.dispose()
    assert accepted == set()
    assert await found(units, live_plan.soft_id) == set()


async def refusal_of(engine: AsyncEngine, entries: Sequence[RecordEntry], forged: Forged) -> str | None:
    """Return the constraint that refuses the entry, or None if the entry is accepted."""
    head, now = entries[-1], datetime.now(UTC)
    starts_at = now + HOUR if forged.kind is EntryKind.PUBLISHED else head.starts_at
    facts = tip(starts_at=starts_at).as_json() | {"withdrawn": "void"}
    if forged.facts is not None:
        facts = facts | forged.facts if forged.keeps_facts else forged.facts
    honest = RecordEntry.follow(
        head,
        plan_id=head.plan_id,
        tip_id=head.tip_id,
        kind=forged.kind,
        at=now,
        starts_at=starts_at,
        origin="cli",
        facts=facts,
    )
    reported = {name: now + each if isinstance(each, timedelta) else each for name, each in forged.before_hash.items()}
    if forged.says_its_start:
        reported["body"] = honest.body.replace(starts_at.isoformat(), reported["starts_at"].isoformat())
    entry = replace(honest, **reported)
    entry = replace(replace(entry, hash=entry.digest()), **forged.changes)
    async with engine.connect() as connection:
        try:
            await connection.execute(insert(record_entries).values(ENTRY.to_row(entry)))
        except DBAPIError as error:
            return (constraint_of(error) or "").removeprefix("record_entry_")
        finally:
            await connection.rollback()
    return None


@pytest.mark.parametrize("login", WRITERS)
async def test_correct_record_entry_is_accepted(
    live_plan: ServicePlan, units: Units, database_url: str, login: str
) -> None:
    engine = create_engine(as_process(database_url, login))
    theirs = Units(lambda: sql_unit(engine, route_by_name), engine=engine)
    try:
        async with theirs() as uow:
            head = await uow.of(RECORDS_KEY).head(live_plan.id, lock=True)
            assert head is not None
            pick = await uow.of(POSTS_KEY).get(head.tip_id)
            assert pick is not None
            await withdraw(uow, pick, datetime.now(UTC), "cli")
            await uow.commit()
    finally:
        await engine.dispose()
    [verification] = await VerifyRecord(units)(live_plan.soft_id)
    assert (verification.entries, verification.faults) == (TIPS + 1, [])


async def test_tip_whose_event_starts_before_the_tip_is_stored_is_refused(live_plan: ServicePlan, units: Units) -> None:
    """The clock of this process is half a minute behind the clock of the database."""
    now = datetime.now(UTC) - timedelta(seconds=30)
    draft = TipDraft(facts=tip(starts_at=now + timedelta(seconds=10)))
    with pytest.raises(InvalidInput, match="starts_at: must not be in the past"):
        await accept_tips(units, ManualClock(now)).tip("late", live_plan.soft_id, draft, "cli")


async def test_tip_is_retried_later_if_the_process_clock_differs_from_the_database_clock(
    live_plan: ServicePlan, units: Units
) -> None:
    clock = ManualClock(datetime.now(UTC) + 2 * HOUR)
    draft = TipDraft(facts=tip(starts_at=clock.now() + HOUR))
    with pytest.raises(RetryLater, match="the database's clock"):
        await accept_tips(units, clock).tip("late", live_plan.soft_id, draft, "cli")


async def test_database_with_an_adjustable_clock_accepts_entries_dated_ahead_but_none_dated_back(
    database_url: str,
) -> None:
    in_own_thread(lambda: migrate.upgrade(database_url, clock_moves=True))
    engine = create_engine(database_url)
    async with engine.connect() as connection:
        ahead, back = [
            (await connection.execute(text(f"SELECT now() {shift} <@ umbral_present()"))).scalar_one()
            for shift in ("+ interval '30 days'", "- interval '2 minutes'")
        ]
    await engine.dispose()
    assert (ahead, back) == (True, False)
