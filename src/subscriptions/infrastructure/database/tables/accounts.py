"""Tables of the Telegram accounts that own channels, and of the bots that the accounts make administrators."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    Interval,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from subscriptions.domain.entities.userbot_account import AccountStatus
from subscriptions.infrastructure.database.tables.base import metadata, moment, state, words
from subscriptions.infrastructure.database.tables.personal import OURS

CAN_PROVIDE_CHANNEL = (
    "(NOT EXISTS (SELECT FROM userbot_accounts)"
    " OR EXISTS (SELECT FROM userbot_accounts WHERE status = 'active' AND channels_used < channel_cap)"
    " OR EXISTS (SELECT FROM userbot_accounts WHERE status IN ('active', 'full'))"
    " AND EXISTS (SELECT FROM telegram_channels WHERE kind = 'personal' AND customer_id IS NULL AND status = 'ready'))"
)
"""Condition under which a customer who buys now can get a channel: `AccountRepository.can_provide_channel`."""

userbot_accounts = Table(
    "userbot_accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    words("phone", OURS),
    words("label", OURS),
    words("session", OURS),
    *state("status", AccountStatus),
    words("status_reason", OURS, null=True),
    Column("telegram_id", BigInteger, info=OURS),
    Column("channel_cap", Integer, nullable=False),
    Column("day_cap", Integer, nullable=False),
    Column("pace", Interval, nullable=False),
    Column("channels_used", Integer, nullable=False),
    Column("created_today", Integer, nullable=False),
    moment("day", null=True),
    moment("next_create_at", null=True),
    Column("flood_until", JSONB, nullable=False, info=OURS),
    moment("retry_at", null=True),
    Column("setbacks", Integer, nullable=False, server_default=text("0")),
    moment("created_at"),
    UniqueConstraint("phone", name="one_account_per_phone"),
)

bots = Table(
    "bots",
    metadata,
    Column("telegram_id", BigInteger, primary_key=True, autoincrement=False, info=OURS),
    words("username", OURS),
    words("role", OURS),
    moment("updated_at"),
)

account_bots = Table(
    "account_bots",
    metadata,
    Column("account_id", ForeignKey(userbot_accounts.c.id), nullable=False),
    Column("bot_id", ForeignKey(bots.c.telegram_id), nullable=False),
    Column("access_hash", BigInteger, nullable=False, info=OURS),
    PrimaryKeyConstraint("account_id", "bot_id"),
)
