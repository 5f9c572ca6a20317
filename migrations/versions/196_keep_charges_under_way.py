"""Store since when a provider reports that the charge of the current period is under way."""

from alembic import op

revision = "196_keep_charges_under_way"
down_revision = "195_tell_unopened_from_blocked"


def upgrade() -> None:
    op.execute("ALTER TABLE subscriptions ADD COLUMN charging_since TIMESTAMPTZ")


def downgrade() -> None:
    op.execute("ALTER TABLE subscriptions DROP COLUMN charging_since")
