"""What the record keeps of a tip while its pick is published, revised and withdrawn: in the same transaction."""

from datetime import datetime

from subscriptions.application.record.chain import append
from subscriptions.application.record.tip_text import with_result
from subscriptions.domain.entities.pick import Pick, PickContent
from subscriptions.domain.entities.record import EntryKind
from subscriptions.domain.entities.tip import TipFacts, profit
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ports.repositories.record import RECORDS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.tip_history import RULE, TipHistory, settlement_in


async def publish(uow: UnitOfWork, pick: Pick, facts: TipFacts, now: datetime, origin: str) -> None:
    """Enter a new tip, with how it counts once it is withdrawn: as was chosen for its plan before the first one."""
    # Held from here on: a choice that is made at this moment comes before the first tip, or is refused.
    await uow.of(RECORDS_KEY).head(pick.plan_id, lock=True)
    facts_json = {**facts.as_json(), RULE: (await uow.of(RECORDS_KEY).rule(pick.plan_id)).value}
    await append(uow, pick, EntryKind.PUBLISHED, at=now, starts_at=facts.starts_at, origin=origin, facts=facts_json)


async def was_published_as(uow: UnitOfWork, pick: Pick, facts: TipFacts | None) -> bool:
    """Whether a pick came with these facts first; None: without any."""
    entries = await uow.of(RECORDS_KEY).of_tip(pick.id)
    if not entries or facts is None:
        return not entries and facts is None
    said_facts = entries[0].facts()
    said_facts.pop(RULE, None)
    return said_facts == facts.as_json()


async def revise(
    uow: UnitOfWork, pick: Pick, facts: TipFacts | None, content: PickContent, now: datetime, origin: str
) -> PickContent:
    """Enter what a tip says from now on; after its start it is a correction, which changes no figure.

    The pick is locked. content: its message from now on; other words about the same facts are entered as well. Return
    it, with the line that says how the tip ended where it has. Raises InvalidInput where a tip comes without facts, or
    facts come for what is no tip.
    """
    entries = await uow.of(RECORDS_KEY).of_tip(pick.id)
    if (facts is None) != (not entries):
        expectation = (
            "must come with a revision of a tip" if entries else "cannot come by an edit; send a new pick with it"
        )
        raise InvalidInput("tip", expectation)
    if facts is None:
        return content
    # An entry is never dated before the newest one, which says by a faster clock that the start is over.
    head = await uow.of(RECORDS_KEY).head(pick.plan_id, lock=True)
    now = max(now, head.at) if head is not None else now
    tip = TipHistory(pick.id, entries)
    tip_facts, content = tip.facts, _with_result_of(tip, content)
    is_started = tip_facts.starts_at <= now
    if not is_started:
        facts.check_new(now)
        if pick.publish_at is not None and facts.deadline <= pick.publish_at:
            raise InvalidInput("publish_at", "must be before the deadline")
        pick.deadline = facts.deadline
    kind = EntryKind.CORRECTED if is_started else EntryKind.REVISED
    latest_entry = [
        each for each in entries if each.kind in {EntryKind.PUBLISHED, EntryKind.REVISED, EntryKind.CORRECTED}
    ][-1]
    said_facts = {name: value for name, value in latest_entry.facts().items() if name != RULE}
    if said_facts == facts.as_json() and content == pick.content:
        return content
    starts_at = tip_facts.starts_at if is_started else facts.starts_at
    await append(uow, pick, kind, at=now, starts_at=starts_at, origin=origin, facts=facts.as_json())
    return content


def _with_result_of(tip: TipHistory, content: PickContent) -> PickContent:
    if tip.last_settlement is None:
        return content
    settlement = settlement_in(tip.last_settlement)
    return with_result(content, settlement.result, profit(tip.facts, settlement), is_corrected=tip.is_resettled)


async def withdraw(uow: UnitOfWork, pick: Pick, now: datetime, origin: str) -> None:
    """Enter that a tip was withdrawn; nothing for a pick that is no tip. The pick is locked."""
    entries = await uow.of(RECORDS_KEY).of_tip(pick.id)
    if entries:
        starts_at = TipHistory(pick.id, entries).facts.starts_at
        await append(uow, pick, EntryKind.WITHDRAWN, at=now, starts_at=starts_at, origin=origin, facts={})
