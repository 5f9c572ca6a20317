"""Repository of userbot accounts, and of the bots that the accounts make administrators."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import select, update

from subscriptions.domain.entities.userbot_account import AccountBot, AccountStatus, Bot, UserbotAccount
from subscriptions.domain.ids import AccountId
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import account_bots, bots, userbot_accounts
from subscriptions.infrastructure.database.tables.accounts import CAN_PROVIDE_CHANNEL
from subscriptions.infrastructure.repositories.store import Repository, TableStore, Unit, verbatim

ACCOUNT: Final = RowMapper(UserbotAccount)
BOT: Final = RowMapper(Bot)
ACCOUNT_BOT: Final = RowMapper(AccountBot)

_C = userbot_accounts.c
SEEN_COLUMNS: Final = (
    *("id", "label", "status", "status_reason", "channel_cap", "channels_used"),
    *("day_cap", "created_today", "retry_at", "created_at", "flood_until"),
)
"""Columns that the console's database user may read."""


class SqlAccountRepository(Repository[AccountId, UserbotAccount]):
    """AccountRepository in PostgreSQL."""

    table = userbot_accounts
    mapper = ACCOUNT
    generated_column = "id"

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._bots = TableStore(unit, bots, BOT)
        self._account_bots = TableStore(unit, account_bots, ACCOUNT_BOT)

    async def all(self, *, lock: bool = False) -> Sequence[UserbotAccount]:
        """Return all accounts ordered by id, so that two transactions that lock all of them cannot deadlock."""
        return await self._rows.many(order=(_C.id,), lock=lock)

    async def list_without_secrets(self) -> Sequence[UserbotAccount]:
        """Implements `AccountRepository.list_without_secrets`."""
        columns_seen = [_C[name] for name in SEEN_COLUMNS]
        rows = (await self._unit.connection.execute(select(*columns_seen).order_by(_C.id))).mappings()
        return [
            UserbotAccount(**{**row, "status": AccountStatus(row["status"])}, phone="", session="", pace=timedelta())
            for row in rows
        ]

    async def can_provide_channel(self) -> bool:
        """Implements `AccountRepository.can_provide_channel`."""
        return bool(await self._unit.connection.scalar(select(verbatim(CAN_PROVIDE_CHANNEL))))

    async def add_if_new(self, account: UserbotAccount) -> bool:
        """Add an account and set the id that the database assigns. Return False if an account with this phone number
        exists.
        """
        if not await self._rows.add_if_new(account):
            return False
        row = await self._unit.connection.execute(select(_C.id).where(_C.phone == account.phone))
        account.id = AccountId(row.scalar_one())
        return True

    async def save(self, account: UserbotAccount) -> None:
        """Save all fields of an existing account."""
        row = ACCOUNT.to_row(account)
        await self._rows.run(update(userbot_accounts).where(_C.id == account.id).values(row))

    async def bots(self) -> Sequence[Bot]:
        """Return all bots of the operator."""
        return await self._bots.many(order=(bots.c.telegram_id,))

    async def save_bot(self, bot: Bot) -> None:
        await self._bots.save(bot)

    async def bot_seen_by(self, account_id: AccountId, bot_id: int) -> AccountBot | None:
        """Return the record of one bot as one account sees it; None if the account has not seen the bot."""
        return await self._account_bots.one(account_id=account_id, bot_id=bot_id)

    async def save_account_bot(self, account_bot: AccountBot) -> None:
        await self._account_bots.save(account_bot)
