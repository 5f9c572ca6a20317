"""The stages that people were seen to pass on their way into the VIP channel, written down apart from the product."""

from __future__ import annotations

from tests.year.journal import Journal
from tests.year.promises import Broken

LAST = 2
"""The stage whose button leads to the link."""


class Ritual:
    """Judges each press. passed: the last stage that somebody went on from since they began."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.passed: dict[int, int] = {}

    def begins(self, person: int) -> None:
        """They have to go through all of it."""
        self.passed[person] = 0

    def pressed(self, person: int, stage: int, *, went_on: bool) -> None:
        """The button of a stage was pressed. Raises Broken."""
        self._journal.tell(f"stage {stage}" if went_on else "stale press", person=person)
        if went_on and stage > 1 and self.passed.get(person, 0) != stage - 1:
            raise Broken("the stages are passed in their order", [stage, self.passed.get(person)], person)
        if went_on:
            self.passed[person] = stage

    def through(self, person: int) -> bool:
        """Whether they may have a link, and come in."""
        return self.passed.get(person) == LAST
