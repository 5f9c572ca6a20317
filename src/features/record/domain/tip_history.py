"""History of a tip, as reconstructed from the entries of its tip record."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime

from features.picks.domain import Settlement, TipFacts, TipResult, profit
from features.record.domain.record import EntryKind, RecordEntry, WithdrawnRule
from subscriptions.domain.errors import Unreadable, reading
from subscriptions.domain.ids import PostId

RULE = "withdrawn"
"""Key in the body of an entry that publishes a tip. Its value is the plan's rule for tips withdrawn
before their start.
"""
MISTAKE = "mistake"
"""Key in the body of a correction after the start. Its value is the reason why the odds published before were mistyped;
such a correction counts.
"""
TABLE = "record_entries"
"""Name of the table of record entries, as used in alarms about unreadable entries."""


@dataclass(frozen=True)
class TipHistory:
    """History of a tip. `entries`: all entries of the tip, in order; the first one published it."""

    tip_id: PostId
    entries: Sequence[RecordEntry]

    @property
    def number(self) -> int:
        """Return the number of the tip's first entry in the plan's chain."""
        return self.entries[0].number

    @property
    def facts(self) -> TipFacts:
        """Return the content of the tip that counts: as it was at the start of its event, with the odds of the last
        correction of mistyped odds. Other corrections after the start are shown but have no effect.
        """
        with self._reading():
            claims = [each for each in self.entries if each.kind in {EntryKind.PUBLISHED, EntryKind.REVISED}]
            facts = claim_in(claims[-1])
            mended = [each for each in self.corrections if MISTAKE in each.facts()]
            if not mended:
                return facts
            right = claim_in(mended[-1])
            return replace(facts, odds=right.odds, min_odds=right.min_odds)

    @property
    def corrections(self) -> Sequence[RecordEntry]:
        """Return the corrections made after the start of the event."""
        return [each for each in self.entries if each.kind is EntryKind.CORRECTED]

    @property
    def withdrawn_at(self) -> datetime | None:
        """Return the time of withdrawal; None if the tip was not withdrawn."""
        return next((each.at for each in self.entries if each.kind is EntryKind.WITHDRAWN), None)

    @property
    def last_settlement(self) -> RecordEntry | None:
        """Return the latest settlement of the tip, which replaces all earlier ones; None for an unsettled tip."""
        record_entries = [each for each in self.entries if each.kind in {EntryKind.SETTLED, EntryKind.RESETTLED}]
        return record_entries[-1] if record_entries else None

    @property
    def is_resettled(self) -> bool:
        """Return True if the settlement was corrected."""
        return any(each.kind is EntryKind.RESETTLED for each in self.entries)

    @property
    def withdrawn_in_time(self) -> bool:
        """Return True if the tip was withdrawn before its event started. A later withdrawal does not change the
        figures.
        """
        at = self.withdrawn_at
        return at is not None and at < self.facts.starts_at

    @property
    def settlement(self) -> Settlement | None:
        """Return the settlement of the tip; None if the tip is not settled. A tip withdrawn in time is settled by the
        plan's rule, as stored in the entry that published the tip.
        """
        if self.withdrawn_in_time:
            with self._reading():
                rule = WithdrawnRule(str(self.entries[0].facts().get(RULE, WithdrawnRule.VOID)))
                return Settlement(result=TipResult(rule.value))
        entry = self.last_settlement
        return settlement_in(entry) if entry is not None else None

    @property
    def fault(self) -> Unreadable | None:
        """Return the error of a tip whose entries cannot be read, so that the tip is excluded from the figures; None if
        they can be read.
        """
        try:
            facts, settlement = self.facts, self.settlement
            if settlement is not None:
                with self._reading():
                    profit(facts, settlement)
        except Unreadable as error:
            return error
        return None

    def _reading(self) -> AbstractContextManager[None]:
        return reading(TABLE, f"{self.entries[0].plan_id}, {self.entries[0].number}")


def claim_in(entry: RecordEntry) -> TipFacts:
    """Return the content of a tip as stored in an entry. Raises Unreadable if the entry's body is invalid."""
    with reading(TABLE, _Row(entry)):
        return TipFacts.from_json({name: value for name, value in entry.facts().items() if name not in {RULE, MISTAKE}})


def settlement_in(entry: RecordEntry) -> Settlement:
    """Return the settlement stored in an entry. Raises Unreadable if the entry's body is invalid."""
    with reading(TABLE, _Row(entry)):
        return Settlement.from_json(entry.facts())


@dataclass(frozen=True)
class _Row:
    """Identification of a record entry (plan and number) in error messages."""

    entry: RecordEntry

    def __str__(self) -> str:
        return f"{self.entry.plan_id}, {self.entry.number}"


def histories(entries: Iterable[RecordEntry]) -> Mapping[PostId, TipHistory]:
    """Return the history of each tip in a tip record, in the order of publication."""
    of_tips: dict[PostId, list[RecordEntry]] = {}
    for entry in entries:
        of_tips.setdefault(entry.tip_id, []).append(entry)
    return {tip_id: TipHistory(tip_id, record_entries) for tip_id, record_entries in of_tips.items()}
