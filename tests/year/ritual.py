"""Entry steps that people completed before they joined the VIP channel, recorded independently of the product."""

from __future__ import annotations

from tests.year.journal import Journal
from tests.year.promises import Broken

LAST = 2
"""Number of the step whose button leads to the link."""


class Ritual:
    """Checker of each press of an entry step's button. passed: the last step that a person completed since the start of
    the entry.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.passed: dict[int, int] = {}

    def begins(self, person: int) -> None:
        """Record that a person begins the entry steps."""
        self.passed[person] = 0

    def pressed(self, person: int, stage: int, *, went_on: bool) -> None:
        """Check a press of a step's button. Raises Broken if the person continues without having completed the previous
        step.

        went_on: True if the bot continued to the next step.
        """
        self._journal.log(f"stage {stage}" if went_on else "stale press", person=person)
        if went_on and stage > 1 and self.passed.get(person, 0) != stage - 1:
            raise Broken("the stages are passed in their order", [stage, self.passed.get(person)], person)
        if went_on:
            self.passed[person] = stage

    def through(self, person: int) -> bool:
        """Return True if the person has completed the steps and may have a link and join."""
        return self.passed.get(person) == LAST
