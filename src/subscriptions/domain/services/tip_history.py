"""One tip as its record tells it: what stood at its start, whether it was withdrawn, how it ended."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from subscriptions.domain.entities.record import EntryKind, RecordEntry, WithdrawnRule
from subscriptions.domain.entities.tip import Settlement, TipFacts, TipResult, profit
from subscriptions.domain.errors import Unreadable, reading
from subscriptions.domain.ids import PickId

RULE = "withdrawn"
"""Member of each published entry: how the plan counts a tip that is withdrawn before its start."""
TABLE = "record_entries"
"""Where entries are, as an alarm names it."""


@dataclass(frozen=True)
class TipHistory:
    """entries: all about one tip, in order; the first one published it."""

    tip_id: PickId
    entries: Sequence[RecordEntry]

    @property
    def number(self) -> int:
        """Where it stands in the chain of its plan."""
        return self.entries[0].number

    @property
    def facts(self) -> TipFacts:
        """What counts: what stood at its start. A correction after the start is shown and changes nothing."""
        with self._reading():
            claims = [each for each in self.entries if each.kind in {EntryKind.PUBLISHED, EntryKind.REVISED}]
            return claim_in(claims[-1])

    @property
    def corrections(self) -> Sequence[RecordEntry]:
        """What was said otherwise after the start."""
        return [each for each in self.entries if each.kind is EntryKind.CORRECTED]

    @property
    def withdrawn_at(self) -> datetime | None:
        """None for one that stands."""
        return next((each.at for each in self.entries if each.kind is EntryKind.WITHDRAWN), None)

    @property
    def last_settlement(self) -> RecordEntry | None:
        """The settlement that counts: the last one."""
        record_entries = [each for each in self.entries if each.kind in {EntryKind.SETTLED, EntryKind.RESETTLED}]
        return record_entries[-1] if record_entries else None

    @property
    def is_resettled(self) -> bool:
        """Whether its settlement was corrected."""
        return any(each.kind is EntryKind.RESETTLED for each in self.entries)

    @property
    def withdrawn_in_time(self) -> bool:
        """Whether it was withdrawn before its start. Withdrawing it later takes nothing out of the figures."""
        at = self.withdrawn_at
        return at is not None and at < self.facts.starts_at

    @property
    def settlement(self) -> Settlement | None:
        """How it ended; None for one that is not settled. What was withdrawn in time ends as the plan's rule says,
        which stands in the entry that published it."""
        if self.withdrawn_in_time:
            with self._reading():
                rule = WithdrawnRule(str(self.entries[0].facts().get(RULE, WithdrawnRule.VOID)))
                return Settlement(result=TipResult(rule.value))
        entry = self.last_settlement
        return settlement_in(entry) if entry is not None else None

    @property
    def fault(self) -> Unreadable | None:
        """What of it cannot be read, so that it is left out of the figures; None for a tip that can be read."""
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
    """Return what an entry says of a tip. Raises Unreadable."""
    with reading(TABLE, _Row(entry)):
        return TipFacts.from_json({name: value for name, value in entry.facts().items() if name != RULE})


def settlement_in(entry: RecordEntry) -> Settlement:
    """Return how a tip ended by an entry. Raises Unreadable."""
    with reading(TABLE, _Row(entry)):
        return Settlement.from_json(entry.facts())


@dataclass(frozen=True)
class _Row:
    """Names an entry, where it has to be named."""

    entry: RecordEntry

    def __str__(self) -> str:
        return f"{self.entry.plan_id}, {self.entry.number}"


def histories(entries: Iterable[RecordEntry]) -> Mapping[PickId, TipHistory]:
    """The tips of a record, in the order in which they were published."""
    of_tips: dict[PickId, list[RecordEntry]] = {}
    for entry in entries:
        of_tips.setdefault(entry.tip_id, []).append(entry)
    return {tip_id: TipHistory(tip_id, record_entries) for tip_id, record_entries in of_tips.items()}
