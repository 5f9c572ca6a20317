"""Staff command that adds a note about a customer for other staff."""

from typing import Final

from subscriptions.application.dto.typed_answers import required_words
from subscriptions.application.staff.command import AuditEntry, Execution, Outcome, StaffCommand, SubjectKind
from subscriptions.application.staff.inputs import Input, InputKind
from subscriptions.domain.entities.activation_token import NOTE_LIMIT
from subscriptions.domain.services.staff_policy import StaffAction

LONGEST: Final = 2 * NOTE_LIMIT
"""Maximum length of a note, in characters."""

NOTE: Final[Input[str]] = Input(
    name="note",
    kind=InputKind.PARAGRAPH,
    parse=required_words(LONGEST, "note", "note_empty"),
    value=str,
    limits=(1, LONGEST),
)


class NoteCustomer(StaffCommand):
    """Staff command that adds a note about a customer. The note is an audit entry and is listed with the other staff
    commands.
    """

    name = "note"
    permission = StaffAction.NOTE_CUSTOMER
    subject = SubjectKind.CUSTOMER
    inputs = (NOTE,)
    outcomes = ("noted",)
    needs_confirmation = False

    async def run(self, execution: Execution) -> Outcome:
        """Record the note, which only staff can see."""
        entry = AuditEntry(subject=execution.subject_id, reason=execution[NOTE])
        return Outcome(name="noted", audit=[entry])
