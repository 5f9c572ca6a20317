"""Record of ten thousand tips, inserted into a database at once, for benchmarks of pages that show records."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from operator import itemgetter
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from features.picks.domain import Settlement, TipFacts, TipResult
from features.picks.use_cases.tip_text import TipDraft
from features.record.domain.record import EntryKind, RecordEntry
from features.record.repository import ENTRY
from features.record.tables import record_entries
from subscriptions.domain.entities.post import Post
from subscriptions.domain.ids import PlanId, PostId, new_uuid
from subscriptions.infrastructure.database.engine import parse_url
from subscriptions.infrastructure.database.tables import posts, service_plans
from subscriptions.infrastructure.repositories.post_repository import POST

TIPS: Final = 10_000
_HOME: Final = ZoneInfo("Europe/Madrid")
_HOUR: Final = timedelta(hours=1)
_SPORTS: Final = ("Fútbol", "Tenis", "Baloncesto")
_BOOKMAKERS: Final = ("Retabet", "Sportium", "Bet365")


def long_record(plan_id: PlanId, tips: int = TIPS) -> tuple[list[Post], list[RecordEntry]]:
    """Return tips of the last year, each with a result, and the chained entries of their record."""
    chance, began = Random(tips), datetime.now(UTC) - timedelta(days=365)
    between = (timedelta(days=364) - 3 * _HOUR) / tips
    made: list[Post] = []
    events: list[tuple[datetime, EntryKind, PostId, TipFacts, dict[str, object]]] = []
    for number in range(tips):
        now = began + between * number
        facts = TipFacts(
            event=f"Partido {number} – Rival",
            starts_at=now + _HOUR,
            market="Goles",
            selection="Más de 2,5",
            odds=Decimal(chance.randint(1200, 4000)) / 1000,
            stake=Decimal(chance.randint(1, 10)),
            sport=chance.choice(_SPORTS),
            bookmaker=chance.choice(_BOOKMAKERS),
        )
        pick = Post(
            id=PostId(new_uuid()),
            key=f"long-{number}",
            plan_id=plan_id,
            content=TipDraft(facts=facts).content(_HOME),
            created_at=now,
            deadline=facts.deadline,
        )
        end = Settlement(result=chance.choice((TipResult.WON, TipResult.LOST)))
        made.append(pick)
        events.append((now, EntryKind.PUBLISHED, pick.id, facts, facts.as_json()))
        events.append((now + 2 * _HOUR, EntryKind.SETTLED, pick.id, facts, end.as_json()))
    chain: list[RecordEntry] = []
    for at, kind, tip_id, facts, said in sorted(events, key=itemgetter(0)):
        chain.append(
            RecordEntry.follow(
                chain[-1] if chain else None,
                plan_id=plan_id,
                tip_id=tip_id,
                kind=kind,
                at=at,
                starts_at=facts.starts_at,
                origin="cli",
                facts=said,
            )
        )
    return made, chain


async def fill(database_url: str, soft_id: str, tips: int = TIPS) -> None:
    """Insert the long record into a plan without tips.

    soft_id: slug of the plan.
    """
    engine = create_async_engine(parse_url(database_url).set(drivername="postgresql+asyncpg"))
    try:
        async with engine.begin() as connection:
            found = await connection.execute(select(service_plans.c.id).where(service_plans.c.soft_id == soft_id))
            made, chain = long_record(PlanId(found.scalar_one()), tips)
            # The database refuses entries whose time is not the present.
            await connection.execute(text("SET LOCAL session_replication_role = replica"))
            await connection.execute(insert(posts), [POST.to_row(each) for each in made])
            await connection.execute(insert(record_entries), [ENTRY.to_row(each) for each in chain])
    finally:
        await engine.dispose()
