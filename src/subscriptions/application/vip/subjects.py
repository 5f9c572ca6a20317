"""Subject types of the staff commands on codes and the VIP channel."""

from typing import Final

from subscriptions.application.staff.command import SubjectKind
from subscriptions.application.staff.subject_type import SubjectType, text_schema

SUBJECTS: Final = (
    SubjectType(
        kind=SubjectKind.CODE,
        argument="CODE",
        help="The code, or its id.",
        path="codes",
        parameter="code",
        schema=text_schema(40),
        known_by="the code, or its id",
        page="/codes",
    ),
)
