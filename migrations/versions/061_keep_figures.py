"""Create a cache of a large shop's figures."""

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
