"""Tables of customers' questions to staff, and of the messages in each conversation."""

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Table, text

from subscriptions.domain.ports.repositories.people import Record
from subscriptions.infrastructure.database.rights import Rights, later_than
from subscriptions.infrastructure.database.tables.base import key, metadata, moment, words
from subscriptions.infrastructure.database.tables.people import customers
from subscriptions.infrastructure.database.tables.personal import CONTENT, OTHERS, OWN, Fate, person

_OF_QUESTIONS: Final = "question_id IN (SELECT id FROM questions WHERE customer_id = CAST(:customer AS uuid))"

questions = Table(
    "questions",
    metadata,
    key(),
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    moment("opened_at"),
    moment("asked_at"),
    moment("answered_at", null=True),
    moment("settled_at", null=True),
    words("settled_by", OTHERS, null=True),
    Index("ix_questions_customer_id", "customer_id"),
    Index("ix_questions_asked_at", "asked_at"),
    Index("one_open_question_per_customer", "customer_id", unique=True, postgresql_where=text("settled_at IS NULL")),
    info=person(OWN, Fate.DELETE),
)

question_lines = Table(
    "question_lines",
    metadata,
    key(),
    Column("question_id", ForeignKey(questions.c.id, ondelete="CASCADE"), nullable=False),
    moment("at"),
    words("author", OTHERS, null=True),
    words("text", CONTENT),
    Index("ix_question_lines_question_id", "question_id", "at"),
    info=person(_OF_QUESTIONS, Fate.DELETE),
)

GRANTS: Final = (
    ("question_lines", Rights("", "rd w:question_id", "ra", "", "ra")),
    (
        "questions",
        Rights("", "rd w:customer_id,asked_at", "raw", "", "raw", recorded=later_than("old.asked_at", "-364 days")),
    ),
)
"""Database rights of the processes, keyed by table."""
PRUNE: Final = (
    (
        Record.QUESTIONS,
        "DELETE FROM questions WHERE id = ANY(ARRAY("
        "SELECT id FROM questions WHERE asked_at < :now - :keep LIMIT :limit))",
    ),
)
"""Statements that delete rows past their retention period."""
