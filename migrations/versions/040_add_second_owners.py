"""Add backup admins: second accounts with all rights in a channel."""

from alembic import op

revision = "040_add_second_owners"
down_revision = "039_replace_lost_channels"


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE second_owners (
            channel_id UUID NOT NULL
                CONSTRAINT fk_second_owners_channel_id REFERENCES telegram_channels (id),
            account_id INTEGER NOT NULL
                CONSTRAINT fk_second_owners_account_id REFERENCES userbot_accounts (id),
            link TEXT,
            chosen_at TIMESTAMPTZ NOT NULL,
            access_hash BIGINT,
            promoted_at TIMESTAMPTZ,
            CONSTRAINT pk_second_owners PRIMARY KEY (channel_id)
        )
        """
    )
    op.execute("CREATE INDEX ix_second_owners_account_id ON second_owners (account_id)")


def downgrade() -> None:
    op.execute("DROP TABLE second_owners")
