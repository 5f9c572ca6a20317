"""Database tables of the survey's answers and of the requests to customers who canceled."""

from typing import Final

from sqlalchemy import Column, ForeignKey, Table

from subscriptions.infrastructure.database.rights import Rights
from subscriptions.infrastructure.database.tables.base import metadata, moment, state
from subscriptions.infrastructure.database.tables.people import customers
from subscriptions.infrastructure.database.tables.personal import CONTENT, OWN, Fate, person
from umbral_survey.domain import Reason

survey_answers = Table(
    "survey_answers",
    metadata,
    Column("customer_id", ForeignKey(customers.c.id), primary_key=True),
    *state("reason", Reason, CONTENT),
    moment("answered_at"),
    info=person(OWN, Fate.DELETE),
)

survey_requests = Table(
    "survey_requests",
    metadata,
    Column("customer_id", ForeignKey(customers.c.id), primary_key=True),
    moment("cancelled_at"),
    moment("sent_at", null=True),
    info=person(OWN, Fate.DELETE),
)

GRANTS: Final = (
    ("survey_answers", Rights("", "rawd", "rawd", "", "rd")),
    ("survey_requests", Rights("", "rawd", "rd", "", "rd")),
)
"""Database rights of the processes, keyed by table."""
