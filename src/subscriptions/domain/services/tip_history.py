"""One tip as its record tells it: what stood at its start, whether it was withdrawn, how it ended."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from subscriptions.domain.entities.record import EntryKind, RecordEntry, WithdrawnRule
from subscriptions.domain.entities.tip import Settlement, TipFacts, TipResult
from subscriptions.domain.ids import PickId

RULE = "withdrawn"
"""Member of each published entry: how the plan counts a tip that is withdrawn before its start."""


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
        last_entry = [each for each in self.entries if each.kind in {EntryKind.PUBLISHED, EntryKind.REVISED}][
            -1
        ].facts()
        return TipFacts.from_json({name: value for name, value in last_entry.items() if name != RULE})

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
            rule = WithdrawnRule(str(self.entries[0].facts().get(RULE, WithdrawnRule.VOID)))
            return Settlement(result=TipResult(rule.value))
        entry = self.last_settlement
        return Settlement.from_json(entry.facts()) if entry is not None else None


def histories(entries: Iterable[RecordEntry]) -> Mapping[PickId, TipHistory]:
    """The tips of a record, in the order in which they were published."""
    of_tips: dict[PickId, list[RecordEntry]] = {}
    for entry in entries:
        of_tips.setdefault(entry.tip_id, []).append(entry)
    return {tip_id: TipHistory(tip_id, record_entries) for tip_id, record_entries in of_tips.items()}
