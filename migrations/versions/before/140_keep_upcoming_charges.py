"""Add a subscription's next charge and later end date, as reported by the provider."""

from alembic import op

revision = "140_keep_upcoming_charges"
down_revision = "139_keep_disputed_parts"

COLUMNS = ("upcoming_learned_at", "upcoming_amount_currency", "upcoming_amount_minor", "upcoming_at", "cancel_at")


def upgrade() -> None:
    op.execute(
        "ALTER TABLE subscriptions ADD COLUMN cancel_at TIMESTAMP WITH TIME ZONE,"
        " ADD COLUMN upcoming_at TIMESTAMP WITH TIME ZONE,"
        " ADD COLUMN upcoming_amount_minor BIGINT, ADD COLUMN upcoming_amount_currency CHAR(3),"
        " ADD COLUMN upcoming_learned_at TIMESTAMP WITH TIME ZONE,"
        " ADD CONSTRAINT ck_subscriptions_upcoming_amount_whole"
        " CHECK ((upcoming_amount_minor IS NULL) = (upcoming_amount_currency IS NULL)),"
        " ADD CONSTRAINT ck_subscriptions_upcoming_amount_not_negative CHECK (upcoming_amount_minor >= 0)"
    )


def downgrade() -> None:
    dropped = ", ".join(f"DROP COLUMN {column}" for column in COLUMNS)
    op.execute(f"ALTER TABLE subscriptions {dropped}")
