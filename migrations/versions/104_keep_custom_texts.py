"""Create the operator's custom texts."""

from alembic import op

revision = "104_keep_custom_texts"
down_revision = "097_keep_invoice_requests"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE custom_texts (language TEXT NOT NULL, key TEXT NOT NULL, text TEXT NOT NULL,"
        " changed_at TIMESTAMPTZ NOT NULL, CONSTRAINT pk_custom_texts PRIMARY KEY (language, key))"
    )


def downgrade() -> None:
    op.execute("DROP TABLE custom_texts")
