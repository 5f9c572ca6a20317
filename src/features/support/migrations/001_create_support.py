"""Create the tables of customers' questions and of the messages in each conversation."""

import sqlalchemy as sa
from alembic import op

revision = "001_create_support"
down_revision = None

_STATEMENTS = (
    """
    CREATE TABLE questions (
        id UUID NOT NULL,
        customer_id UUID NOT NULL,
        opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
        asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
        answered_at TIMESTAMP WITH TIME ZONE,
        settled_at TIMESTAMP WITH TIME ZONE,
        settled_by TEXT,
        CONSTRAINT pk_questions PRIMARY KEY (id),
        CONSTRAINT fk_questions_customer_id FOREIGN KEY (customer_id) REFERENCES customers (id)
    )
    """,
    "CREATE INDEX ix_questions_asked_at ON questions (asked_at)",
    "CREATE INDEX ix_questions_customer_id ON questions (customer_id)",
    "CREATE UNIQUE INDEX one_open_question_per_customer ON questions (customer_id) WHERE settled_at IS NULL",
    """
    CREATE TABLE question_lines (
        id UUID NOT NULL,
        question_id UUID NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        author TEXT,
        text TEXT NOT NULL,
        CONSTRAINT pk_question_lines PRIMARY KEY (id),
        CONSTRAINT fk_question_lines_question_id FOREIGN KEY (question_id) REFERENCES questions (id) ON DELETE
            CASCADE
    )
    """,
    "CREATE INDEX ix_question_lines_question_id ON question_lines (question_id, at)",
)


def upgrade() -> None:
    # A database of an earlier version already has these tables, created by the core's migrations.
    if sa.inspect(op.get_bind()).has_table("questions"):
        return
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE question_lines")
    op.execute("DROP TABLE questions")
