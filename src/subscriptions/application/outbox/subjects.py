"""Subject types of the staff commands on webhook endpoints and events."""

from typing import Final

from subscriptions.application.staff.command import SubjectKind
from subscriptions.application.staff.subject_type import SubjectType, text_schema

SUBJECTS: Final = (
    SubjectType(
        kind=SubjectKind.ENDPOINT,
        argument="ENDPOINT",
        help="Its name, or its id.",
        path="endpoints",
        parameter="endpoint",
        schema=text_schema(80),
        known_by="its name, or its id",
        page="/endpoints",
    ),
    SubjectType(
        kind=SubjectKind.DELIVERY,
        argument="DELIVERY",
        help="Its id, as `umbral webhooks log` shows it.",
        path="deliveries",
        parameter="delivery",
        schema=text_schema(40),
        known_by="its id, or the `webhook-id` it was sent with",
        page="/deliveries",
    ),
)
