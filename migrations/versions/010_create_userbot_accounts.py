"""Create the tables of accounts that own channels and of the bots that they make admins."""

from alembic import op

revision = "010_create_userbot_accounts"
down_revision = "009_create_accesses"

STATEMENTS = (
    """
    CREATE TABLE userbot_accounts (
        id SERIAL NOT NULL,
        phone TEXT NOT NULL,
        label TEXT NOT NULL,
        session TEXT NOT NULL,
        status TEXT NOT NULL,
        status_reason TEXT,
        telegram_id BIGINT,
        channel_cap INTEGER NOT NULL,
        day_cap INTEGER NOT NULL,
        pace INTERVAL NOT NULL,
        channels_used INTEGER NOT NULL,
        created_today INTEGER NOT NULL,
        day TIMESTAMP WITH TIME ZONE,
        next_create_at TIMESTAMP WITH TIME ZONE,
        flood_until JSONB NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_userbot_accounts PRIMARY KEY (id),
        CONSTRAINT ck_userbot_accounts_status_known
            CHECK (status IN ('active', 'restricted', 'full', 'dead', 'retired')),
        CONSTRAINT one_account_per_phone UNIQUE (phone)
    )
    """,
    """
    CREATE TABLE bots (
        telegram_id BIGINT NOT NULL,
        username TEXT NOT NULL,
        role TEXT NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_bots PRIMARY KEY (telegram_id)
    )
    """,
    """
    CREATE TABLE account_bots (
        account_id INTEGER NOT NULL,
        bot_id BIGINT NOT NULL,
        access_hash BIGINT NOT NULL,
        CONSTRAINT pk_account_bots PRIMARY KEY (account_id, bot_id),
        CONSTRAINT fk_account_bots_account_id FOREIGN KEY(account_id) REFERENCES userbot_accounts (id),
        CONSTRAINT fk_account_bots_bot_id FOREIGN KEY(bot_id) REFERENCES bots (telegram_id)
    )
    """,
    """
    ALTER TABLE telegram_channels ADD CONSTRAINT fk_telegram_channels_account_id
        FOREIGN KEY (account_id) REFERENCES userbot_accounts (id)
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("ALTER TABLE telegram_channels DROP CONSTRAINT fk_telegram_channels_account_id")
    op.execute("DROP TABLE account_bots")
    op.execute("DROP TABLE bots")
    op.execute("DROP TABLE userbot_accounts")
