"""Function that appends entries to a plan's tip record, used by all other code."""

from datetime import datetime

from features.record.domain.record import EntryKind, RecordEntry
from features.record.ports.records import RECORDS_KEY
from subscriptions.application.staff.actor import Actor, Program, Shell, Source
from subscriptions.domain.entities.post import Post
from subscriptions.domain.ports.unit_of_work import UnitOfWork


async def append(
    uow: UnitOfWork,
    pick: Post,
    kind: EntryKind,
    *,
    at: datetime,
    starts_at: datetime,
    origin: str,
    facts: dict[str, object],
) -> RecordEntry:
    """Append an entry about a tip to the record of the tip's plan. The record stays locked until the unit of
    work ends.
    """
    head = await uow.of(RECORDS_KEY).head(pick.plan_id, lock=True)
    entry = RecordEntry.follow(
        head,
        plan_id=pick.plan_id,
        tip_id=pick.id,
        kind=kind,
        at=at,
        starts_at=starts_at,
        origin=origin,
        facts=facts,
    )
    await uow.of(RECORDS_KEY).add(entry)
    return entry


def origin_of(actor: Actor) -> str:
    """Return the origin of an entry. The record is public and immutable, so staff members are named only in the audit
    log.
    """
    return actor.name if isinstance(actor.caller, Program | Shell | Source) else "staff"
