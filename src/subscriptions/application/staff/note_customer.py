"""A line about a customer, for the next of staff who looks."""

from dataclasses import dataclass
from typing import Final

from subscriptions.application.dto.typed_answers import Answer, Answers, Wrong, words
from subscriptions.application.staff.command import Act, AuditEntry, Outcome, StaffCommand, SubjectKind
from subscriptions.application.staff.inputs import Input, InputKind
from subscriptions.domain.entities.activation_token import NOTE_LIMIT
from subscriptions.domain.services.staff_policy import StaffAction

LONGEST: Final = 2 * NOTE_LIMIT
"""Letters of a note."""


def _note(answer: Answer, answers: Answers) -> str:
    text = words(LONGEST, "note")(answer, answers)
    if not text:
        raise Wrong("note_empty")
    return text


NOTE: Final[Input[str]] = Input(name="note", kind=InputKind.PARAGRAPH, read=_note, value=str, limits=(1, LONGEST))


@dataclass(frozen=True)
class NoteCustomer(StaffCommand):
    """Write a note about a customer. It is a line of the audit, and shown with what else was done."""

    name = "note"
    permission = StaffAction.NOTE_CUSTOMER
    subject = SubjectKind.CUSTOMER
    inputs = (NOTE,)
    outcomes = ("noted",)
    confirmed = False

    async def run(self, act: Act) -> Outcome:
        """It reaches nobody but staff."""
        entry = AuditEntry(about=act.subject_id, why=act[NOTE])
        return Outcome(name="noted", audit=[entry])
