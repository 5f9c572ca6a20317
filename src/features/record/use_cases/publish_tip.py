"""Record entries of tips, written in the transaction that publishes, revises or withdraws the post."""

from dataclasses import dataclass
from datetime import datetime

from features.picks.domain import TipFacts, profit
from features.picks.use_cases.accept_pick import revise_unrecorded
from features.picks.use_cases.tip_text import with_result
from features.record.domain.record import EntryKind
from features.record.domain.tip_history import MISTAKE, RULE, TipHistory, settlement_in
from features.record.ports.records import RECORDS_KEY
from features.record.use_cases.chain import append
from subscriptions.domain.entities.post import Post, PostContent
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ports.unit_of_work import UnitOfWork


async def publish(uow: UnitOfWork, pick: Post, facts: TipFacts, now: datetime, origin: str) -> None:
    """Add a record entry for a new tip, including the plan's current rule for withdrawn tips."""
    # Locked from here on: a concurrent choice of the rule comes before the first tip, or is refused.
    await uow.of(RECORDS_KEY).head(pick.plan_id, lock=True)
    facts_json = {**facts.as_json(), RULE: (await uow.of(RECORDS_KEY).rule(pick.plan_id)).value}
    await append(uow, pick, EntryKind.PUBLISHED, at=now, starts_at=facts.starts_at, origin=origin, facts=facts_json)


async def was_published_as(uow: UnitOfWork, pick: Post, facts: TipFacts | None) -> bool:
    """Return True if the post was published with exactly these tip facts. facts: None for a post that is not a tip."""
    entries = await uow.of(RECORDS_KEY).of_tip(pick.id)
    if not entries or facts is None:
        return not entries and facts is None
    said_facts = entries[0].facts()
    said_facts.pop(RULE, None)
    return said_facts == facts.as_json()


async def revise(
    uow: UnitOfWork, pick: Post, facts: TipFacts | None, content: PostContent, now: datetime, origin: str
) -> PostContent:
    """Add a record entry for a revised tip, and return the message to post, with the result line if the tip is settled.
    The caller has locked the post.

    After the start of the tip's event, the revision is a correction, which changes no statistics. content: new message
    of the post; a changed wording of the same facts is recorded as well. Raises InvalidInput if facts are missing for a
    tip, or given for a post that is not a tip.
    """
    entries = await uow.of(RECORDS_KEY).of_tip(pick.id)
    if (facts is None) != (not entries):
        expectation = (
            "must come with a revision of a tip" if entries else "cannot come by an edit; send a new pick with it"
        )
        raise InvalidInput("tip", expectation)
    if facts is None:
        return content
    # An entry is never dated before the newest one; that entry, by a faster clock, may show that the tip has started.
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
    said_facts = {name: value for name, value in latest_entry.facts().items() if name not in {RULE, MISTAKE}}
    if said_facts == facts.as_json() and content == pick.content:
        return content
    starts_at = tip_facts.starts_at if is_started else facts.starts_at
    await append(uow, pick, kind, at=now, starts_at=starts_at, origin=origin, facts=facts.as_json())
    return content


def _with_result_of(tip: TipHistory, content: PostContent) -> PostContent:
    if tip.last_settlement is None:
        return content
    settlement = settlement_in(tip.last_settlement)
    return with_result(content, settlement.result, profit(tip.facts, settlement), is_corrected=tip.is_resettled)


async def withdraw(uow: UnitOfWork, pick: Post, now: datetime, origin: str) -> None:
    """Add a record entry for a withdrawn tip; do nothing for a post that is not a tip. The caller has
    locked the post.
    """
    entries = await uow.of(RECORDS_KEY).of_tip(pick.id)
    if entries:
        starts_at = TipHistory(pick.id, entries).facts.starts_at
        await append(uow, pick, EntryKind.WITHDRAWN, at=now, starts_at=starts_at, origin=origin, facts={})


@dataclass(frozen=True)
class PlanRecord:
    """`TipRecord` for tips that programs submit. is_on: False while the feature is being switched off; new tips are
    then not added to the record.
    """

    is_on: bool = True

    async def publish(self, uow: UnitOfWork, pick: Post, facts: TipFacts, now: datetime, origin: str) -> None:
        """Implements `TipRecord.publish`."""
        if self.is_on:
            await publish(uow, pick, facts, now, origin)

    async def was_published(self, uow: UnitOfWork, pick: Post, facts: TipFacts) -> bool:
        """Implements `TipRecord.was_published`."""
        return await was_published_as(uow, pick, facts) or await self._is_unrecorded(uow, pick)

    async def revise(
        self, uow: UnitOfWork, pick: Post, facts: TipFacts, content: PostContent, now: datetime, origin: str
    ) -> PostContent:
        """Implements `TipRecord.revise`."""
        if await self._is_unrecorded(uow, pick):
            return revise_unrecorded(pick, facts, content, now)
        return await revise(uow, pick, facts, content, now, origin)

    async def withdraw(self, uow: UnitOfWork, pick: Post, now: datetime, origin: str) -> None:
        """Implements `TipRecord.withdraw`."""
        await withdraw(uow, pick, now, origin)

    async def _is_unrecorded(self, uow: UnitOfWork, pick: Post) -> bool:
        """Return True for a tip that has no record entry, because it was published while the feature was off or being
        switched off.
        """
        return pick.has_own_deadline and not await uow.of(RECORDS_KEY).of_tip(pick.id)
