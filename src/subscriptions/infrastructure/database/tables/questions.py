"""Tables of customers' questions to staff and the answers."""

from sqlalchemy import Column, ForeignKey, Index, Table, text

from subscriptions.infrastructure.database.tables.base import key, metadata, moment, words
from subscriptions.infrastructure.database.tables.people import customers
from subscriptions.infrastructure.database.tables.personal import CONTENT, OF_QUESTIONS, OTHERS, OWN, Fate, person

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
    info=person(OF_QUESTIONS, Fate.DELETE),
)
