"""Add separate access states for customers who left a chat and for customers whom an administrator banned. Bans by
Umbral are recorded, so that all other bans are recognised as decisions of administrators.

Existing rows keep their state, because processes of earlier versions still read them during the upgrade.
"""

from alembic import op

revision = "151_keep_bans"
down_revision = "145_keep_stopped_billing"

_BEFORE = "'pending', 'invited', 'active', 'suspended', 'revoking', 'revoked', 'action_required', 'failed'"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE accesses DROP CONSTRAINT ck_accesses_status_known,"
        f" ADD CONSTRAINT ck_accesses_status_known CHECK (status IN ({_BEFORE}, 'left', 'banned'))"
    )
    op.execute(
        "CREATE TABLE bans_to_lift (channel_id UUID NOT NULL, telegram_id BIGINT NOT NULL,"
        " noted_at TIMESTAMP WITH TIME ZONE NOT NULL,"
        " CONSTRAINT pk_bans_to_lift PRIMARY KEY (channel_id, telegram_id),"
        " CONSTRAINT fk_bans_to_lift_channel_id FOREIGN KEY (channel_id)"
        " REFERENCES telegram_channels (id) ON DELETE CASCADE)"
    )


def downgrade() -> None:
    op.execute("DROP TABLE bans_to_lift")
    op.execute("UPDATE accesses SET status = 'pending' WHERE status IN ('left', 'banned')")
    op.execute(
        "ALTER TABLE accesses DROP CONSTRAINT ck_accesses_status_known,"
        f" ADD CONSTRAINT ck_accesses_status_known CHECK (status IN ({_BEFORE}))"
    )
