"""Whether the chain of a record holds, and where it does not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from subscriptions.domain.entities.record import GENESIS_HASH, EntryKind, RecordEntry
from subscriptions.domain.entities.record_post import RecordPost
from subscriptions.domain.errors import Unreadable, reading
from subscriptions.domain.ids import PickId
from subscriptions.domain.services.tip_history import TABLE, claim_in, histories, settlement_in


class Flaw(StrEnum):
    """What is wrong with an entry.

    CHANGED: its content has another hash than it had. MOVED: it follows another entry than it did. MISSING: no entry
    has this number. EARLIER: it is dated before the one it follows. RE_DATED: its start is another than its body says.
    UNPUBLISHED: a tip was published and the chain does not have it. UNSETTLED: a tip was settled and the chain does
    not say so. UNREVISED: a tip was revised or withdrawn and the chain does not say so.
    UNPROVED: a digest that stands in the public channel has another hash. UNREADABLE: its body is not what an entry of
    its kind says.
    """

    CHANGED = "changed"
    MOVED = "moved"
    MISSING = "missing"
    EARLIER = "earlier"
    RE_DATED = "re_dated"
    UNPUBLISHED = "unpublished"
    UNREVISED = "unrevised"
    UNSETTLED = "unsettled"
    UNPROVED = "unproved"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class ChainFault:
    """A flaw. number: of the entry, None where the chain has none; tip_id: of its tip, None for a missing number.
    link: to the digest that says otherwise. problem: what is wrong with a body that cannot be read."""

    flaw: Flaw
    number: int | None = None
    tip_id: PickId | None = None
    link: str = ""
    problem: str = ""


def check_chain(entries: Sequence[RecordEntry]) -> Sequence[ChainFault]:
    """All flaws of a chain by itself. entries: of one plan, by number."""
    faults: list[ChainFault] = []
    number, previous, predecessor = 0, GENESIS_HASH, None
    for entry in entries:
        missing_range = range(number + 1, entry.number)
        faults += [ChainFault(Flaw.MISSING, each) for each in missing_range]
        if entry.digest() != entry.hash:
            faults.append(ChainFault(Flaw.CHANGED, entry.number, entry.tip_id))
        if entry.previous != previous and not missing_range:
            faults.append(ChainFault(Flaw.MOVED, entry.number, entry.tip_id))
        if predecessor is not None and entry.at < predecessor.at:
            faults.append(ChainFault(Flaw.EARLIER, entry.number, entry.tip_id))
        problem = _problem_of(entry)
        if problem is not None:
            faults.append(ChainFault(Flaw.UNREADABLE, entry.number, entry.tip_id, problem=problem))
        elif _re_dated(entry):
            faults.append(ChainFault(Flaw.RE_DATED, entry.number, entry.tip_id))
        number, previous, predecessor = entry.number, entry.hash, entry
    return faults


def _re_dated(entry: RecordEntry) -> bool:
    if entry.kind not in {EntryKind.PUBLISHED, EntryKind.REVISED}:
        return False
    return claim_in(entry).starts_at != entry.starts_at


def _problem_of(entry: RecordEntry) -> str | None:
    try:
        match entry.kind:
            case EntryKind.PUBLISHED | EntryKind.REVISED | EntryKind.CORRECTED:
                claim_in(entry)
            case EntryKind.SETTLED | EntryKind.RESETTLED:
                settlement_in(entry)
            case EntryKind.WITHDRAWN:
                with reading(TABLE, entry.number):
                    entry.facts()
            case _:
                assert_never(entry.kind)
    except Unreadable as error:
        return error.problem
    return None


def check_published(
    entries: Sequence[RecordEntry], revisions: Mapping[PickId, int], settlements: Mapping[PickId, int]
) -> Sequence[ChainFault]:
    """What the rest of the database knows and the chain does not: entries that were cut off its end leave no gap.

    revisions: of each tip that was published, how many it has. settlements: how often each was settled, by the audit.
    """
    tips, faults = histories(entries), list[ChainFault]()
    for tip_id, revision in revisions.items():
        tip = tips.get(tip_id)
        if tip is None:
            faults.append(ChainFault(Flaw.UNPUBLISHED, tip_id=tip_id))
            continue
        kinds = [entry.kind for entry in tip.entries]
        published_count = sum(1 for kind in kinds if kind not in {EntryKind.SETTLED, EntryKind.RESETTLED})
        # A settlement is written into the message as well, and so is a revision of it.
        if len(kinds) < revision:
            faults.append(ChainFault(Flaw.UNREVISED, tip.number, tip_id))
        if len(kinds) - published_count < settlements.get(tip_id, 0):
            faults.append(ChainFault(Flaw.UNSETTLED, tip.number, tip_id))
    unreadable = {fault.number for fault in check_chain(entries) if fault.flaw is Flaw.UNREADABLE}
    for tip in tips.values():
        # Each entry by itself can be read, and together they say nothing: a settlement that is none of this tip.
        if tip.fault is not None and not unreadable.intersection(entry.number for entry in tip.entries):
            faults.append(ChainFault(Flaw.UNREADABLE, tip.number, tip.tip_id, problem=tip.fault.problem))
    return faults


def check_digests(entries: Sequence[RecordEntry], digests: Sequence[RecordPost]) -> Sequence[ChainFault]:
    """What was published of a chain and is otherwise by now. Whoever writes the whole chain anew is found by this."""
    by_number = {entry.number: entry for entry in entries}
    faults: list[ChainFault] = []
    for digest in digests:
        entry = by_number.get(digest.number or 0)
        if entry is None or entry.hash != digest.hash:
            tip_id = entry.tip_id if entry is not None else None
            faults.append(ChainFault(Flaw.UNPROVED, digest.number, tip_id, digest.link))
    return faults
