"""Create support conversations: one open per customer, with all lines."""

from alembic import op

revision = "123_keep_questions"
down_revision = "115_hand_over_content"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE questions (id UUID NOT NULL, customer_id UUID NOT NULL, opened_at TIMESTAMPTZ NOT NULL,"
        " asked_at TIMESTAMPTZ NOT NULL, answered_at TIMESTAMPTZ, settled_at TIMESTAMPTZ, settled_by TEXT,"
        " CONSTRAINT pk_questions PRIMARY KEY (id),"
        " CONSTRAINT fk_questions_customer_id FOREIGN KEY (customer_id) REFERENCES customers (id))"
    )
    op.execute("CREATE INDEX ix_questions_customer_id ON questions (customer_id)")
    op.execute("CREATE INDEX ix_questions_asked_at ON questions (asked_at)")
    op.execute("CREATE UNIQUE INDEX one_open_question_per_customer ON questions (customer_id) WHERE settled_at IS NULL")
    op.execute(
        "CREATE TABLE question_lines (id UUID NOT NULL, question_id UUID NOT NULL, at TIMESTAMPTZ NOT NULL,"
        " author TEXT, text TEXT NOT NULL,"
        " CONSTRAINT pk_question_lines PRIMARY KEY (id),"
        " CONSTRAINT fk_question_lines_question_id FOREIGN KEY (question_id) REFERENCES questions (id)"
        " ON DELETE CASCADE)"
    )
    op.execute("CREATE INDEX ix_question_lines_question_id ON question_lines (question_id, at)")


def downgrade() -> None:
    op.execute("DROP TABLE question_lines")
    op.execute("DROP TABLE questions")
