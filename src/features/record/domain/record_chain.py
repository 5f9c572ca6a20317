"""Verification of a tip record's hash chain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from features.record.domain.record import GENESIS_HASH, EntryKind, RecordEntry
from features.record.domain.record_post import RecordPost
from features.record.domain.tip_history import TABLE, claim_in, histories, settlement_in
from subscriptions.domain.errors import Unreadable, reading
from subscriptions.domain.ids import PostId


class Flaw(StrEnum):
    """Kind of a fault in the chain.

    CHANGED: the content does not match the hash of the entry
    MOVED: the entry does not follow its original predecessor
    MISSING: no entry has this number
    EARLIER: the entry is dated before its predecessor
    RE_DATED: the start of the event differs from the one in the body
    UNPUBLISHED: a tip was published, but the chain does not contain it
    UNSETTLED: a tip was settled, but the chain does not contain the settlement
    UNREVISED: a tip was revised or withdrawn, but the chain does not contain the change
    UNPROVED: a digest in the public channel has a different hash
    UNREADABLE: the body is not valid for the kind of entry
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
    """Fault found in the hash chain of a plan's tip record.

    number: number of the entry; None if the chain does not contain the entry
    tip_id: id of the entry's tip; None for a missing number
    link: URL of the post with the digest that differs
    problem: reason why a body cannot be read
    """

    flaw: Flaw
    number: int | None = None
    tip_id: PostId | None = None
    link: str = ""
    problem: str = ""


def check_chain(entries: Sequence[RecordEntry]) -> Sequence[ChainFault]:
    """Return all faults that can be found from the chain alone. `entries`: all entries of one plan, ordered by
    number.
    """
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
    entries: Sequence[RecordEntry], revisions: Mapping[PostId, int], settlements: Mapping[PostId, int]
) -> Sequence[ChainFault]:
    """Return a fault for each tip, revision and settlement that the database contains and the chain lacks. This check
    is needed because entries cut off at the end of a chain leave no gap.

    revisions: number of revisions per published tip
    settlements: number of settlements per tip according to the audit log
    """
    tips, faults = histories(entries), list[ChainFault]()
    for tip_id, revision in revisions.items():
        tip = tips.get(tip_id)
        if tip is None:
            faults.append(ChainFault(Flaw.UNPUBLISHED, tip_id=tip_id))
            continue
        kinds = [entry.kind for entry in tip.entries]
        published_count = sum(1 for kind in kinds if kind not in {EntryKind.SETTLED, EntryKind.RESETTLED})
        # A settlement also changes the message, which counts as a revision.
        if len(kinds) < revision:
            faults.append(ChainFault(Flaw.UNREVISED, tip.number, tip_id))
        if len(kinds) - published_count < settlements.get(tip_id, 0):
            faults.append(ChainFault(Flaw.UNSETTLED, tip.number, tip_id))
    unreadable = {fault.number for fault in check_chain(entries) if fault.flaw is Flaw.UNREADABLE}
    for tip in tips.values():
        # Each entry can be read alone but not together, as with a settlement that does not fit the tip.
        if tip.fault is not None and not unreadable.intersection(entry.number for entry in tip.entries):
            faults.append(ChainFault(Flaw.UNREADABLE, tip.number, tip.tip_id, problem=tip.fault.problem))
    return faults


def check_digests(entries: Sequence[RecordEntry], digests: Sequence[RecordPost]) -> Sequence[ChainFault]:
    """Return a fault for each published digest that contradicts the chain. This detects a chain that was rewritten
    completely.
    """
    by_number = {entry.number: entry for entry in entries}
    faults: list[ChainFault] = []
    for digest in digests:
        entry = by_number.get(digest.number or 0)
        if entry is None or entry.hash != digest.hash:
            tip_id = entry.tip_id if entry is not None else None
            faults.append(ChainFault(Flaw.UNPROVED, digest.number, tip_id, digest.link))
    return faults
