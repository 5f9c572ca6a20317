"""What staff commands of this room act on."""

from typing import Final

from subscriptions.application.staff.command import SubjectKind
from subscriptions.application.staff.subject_type import SubjectType, text_schema

SUBJECTS: Final = (
    SubjectType(
        kind=SubjectKind.PARTNER,
        argument="PARTNER",
        help="Their code, or their id.",
        path="partners",
        parameter="partner",
        schema=text_schema(40),
        known_by="their code, or their id",
        page="/partners",
        button="pa",
    ),
)
