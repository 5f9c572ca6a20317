"""Store the agreed price of a plan change at renewal, independent of later price changes."""

from alembic import op

revision = "096_keep_agreed_prices"
down_revision = "095_note_channel_looks"


def upgrade() -> None:
    for statement in (
        "ALTER TABLE subscriptions ADD COLUMN IF NOT EXISTS next_price_minor BIGINT",
        "ALTER TABLE subscriptions ADD COLUMN IF NOT EXISTS next_price_currency CHAR(3)",
        "ALTER TABLE subscriptions ADD CONSTRAINT ck_subscriptions_next_price_whole"
        " CHECK ((next_price_minor IS NULL) = (next_price_currency IS NULL))",
        "ALTER TABLE subscriptions ADD CONSTRAINT ck_subscriptions_next_price_not_negative"
        " CHECK (next_price_minor >= 0)",
    ):
        op.execute(statement)


def downgrade() -> None:
    for column in ("next_price_currency", "next_price_minor"):
        op.execute(f"ALTER TABLE subscriptions DROP COLUMN {column}")
