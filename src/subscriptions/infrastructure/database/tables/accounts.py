"""Telegram accounts that own channels, and the bots they make admins."""

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

userbot_accounts = Table(
    "userbot_accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    words("phone"),
    words("label"),
    words("session"),
    *state("status", AccountStatus),
    words("status_reason", null=True),
    Column("telegram_id", BigInteger),
    Column("channel_cap", Integer, nullable=False),
    Column("day_cap", Integer, nullable=False),
    Column("pace", Interval, nullable=False),
    Column("channels_used", Integer, nullable=False),
    Column("created_today", Integer, nullable=False),
    moment("day", null=True),
    moment("next_create_at", null=True),
    Column("flood_until", JSONB, nullable=False),
    moment("retry_at", null=True),
    Column("setbacks", Integer, nullable=False, server_default=text("0")),
    moment("created_at"),
    UniqueConstraint("phone", name="one_account_per_phone"),
)

bots = Table(
    "bots",
    metadata,
    Column("telegram_id", BigInteger, primary_key=True, autoincrement=False),
    words("username"),
    words("role"),
    moment("updated_at"),
)

account_bots = Table(
    "account_bots",
    metadata,
    Column("account_id", ForeignKey(userbot_accounts.c.id), nullable=False),
    Column("bot_id", ForeignKey(bots.c.telegram_id), nullable=False),
    Column("access_hash", BigInteger, nullable=False),
    PrimaryKeyConstraint("account_id", "bot_id"),
)
