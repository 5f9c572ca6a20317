"""Subject types of the staff commands on promotions."""

from typing import Final

from subscriptions.application.staff.command import SubjectKind
from subscriptions.application.staff.subject_type import SubjectType, text_schema

SUBJECTS: Final = (
    SubjectType(
        kind=SubjectKind.PROMOTION,
        argument="PROMOTION",
        help="Its code, or its id.",
        path="promotions",
        parameter="promotion",
        schema=text_schema(40),
        known_by="its code, or its id",
        page="/promotions",
    ),
)
