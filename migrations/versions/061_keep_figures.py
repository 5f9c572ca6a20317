"""What was counted for who looks at a large business, until it is counted again."""

from alembic import op

revision = "061_keep_figures"
down_revision = "060_create_promotions"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE kept_figures (question TEXT NOT NULL, counted_at TIMESTAMPTZ NOT NULL,"
        " asked_at TIMESTAMPTZ NOT NULL, answer TEXT NOT NULL, CONSTRAINT pk_kept_figures PRIMARY KEY (question))"
    )


def downgrade() -> None:
    op.execute("DROP TABLE kept_figures")
