"""Subjects of the staff commands on broadcasts."""

from typing import Final

from subscriptions.application.staff.command import SubjectKind
from subscriptions.application.staff.subject_type import UUID_SCHEMA, SubjectType

SUBJECTS: Final = (
    SubjectType(
        kind=SubjectKind.BROADCAST,
        argument="BROADCAST",
        help="Its id, as the console shows it.",
        path="broadcasts",
        parameter="broadcast_id",
        schema=UUID_SCHEMA,
        page="/broadcasts/{id}",
    ),
)
