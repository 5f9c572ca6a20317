"""Subject types of the staff commands on records and tips."""

from typing import Final

from subscriptions.application.staff.command import SubjectKind
from subscriptions.application.staff.subject_type import SubjectType

SUBJECTS: Final = (
    SubjectType(
        kind=SubjectKind.TIP,
        argument="TIP",
        help="Its id, or the key of its pick.",
        path="tips",
        parameter="tip_id",
        schema={"type": "string"},
        page="/tips",
        button="tip",
    ),
)
