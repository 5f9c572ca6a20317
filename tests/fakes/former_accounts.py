"""In-memory repository of the Telegram accounts that customers have replaced with another account."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from subscriptions.domain.entities.account_transfer_status import AccountTransferStatus
from subscriptions.domain.ids import CustomerId, TelegramId, new_uuid
from tests.fakes.memory import Rows, Working


@dataclass(kw_only=True)
class Transfer:
    """Columns of a row of `takeovers` that the core reads."""

    customer_id: CustomerId
    from_account: TelegramId
    to_account: TelegramId
    closed_at: datetime | None
    status: AccountTransferStatus = AccountTransferStatus.DONE
    id: UUID = field(default_factory=new_uuid)


class MemoryFormerAccounts:
    """In-memory FormerAccountRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[Transfer] = Rows(working, "takeovers", lambda t: t.id)

    def add(self, transfer: Transfer) -> None:
        """Record a finished transfer, for tests of the core."""
        assert self._rows.add_if_new(transfer)

    async def accounts_of(self, customer_id: CustomerId) -> Collection[TelegramId]:
        done = self._rows.many(
            lambda t: t.status is AccountTransferStatus.DONE and t.customer_id == customer_id, order=lambda t: t.id
        )
        return {each.from_account for each in done}

    async def account_at(self, customer_id: CustomerId, moment: datetime) -> TelegramId | None:
        later = self._rows.many(
            lambda t: (
                t.customer_id == customer_id
                and t.status is AccountTransferStatus.DONE
                and t.closed_at is not None
                and t.closed_at > moment
            ),
            order=lambda t: t.closed_at,
        )
        return later[0].from_account if later else None

    async def taken_from(self, person: TelegramId) -> Collection[CustomerId]:
        done = self._rows.many(
            lambda t: t.status is AccountTransferStatus.DONE and t.from_account == person, order=lambda t: t.id
        )
        return {each.customer_id for each in done}

    async def gave_up(self, person: TelegramId) -> bool:
        done = self._rows.many(
            lambda t: t.status is AccountTransferStatus.DONE and person in {t.from_account, t.to_account},
            order=lambda t: t.closed_at,
        )
        return bool(done) and done[-1].from_account == person
