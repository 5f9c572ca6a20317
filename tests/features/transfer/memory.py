"""In-memory repository of second accounts and account transfers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from features.transfer.domain import AccountTransfer, SecondAccount
from subscriptions.domain.entities.account_transfer_status import OPEN, AccountTransferStatus
from subscriptions.domain.ids import CustomerId, TelegramId
from tests.fakes.memory import Rows, Working


class MemoryAccountTransfers:
    """In-memory AccountTransferRepository."""

    def __init__(self, working: Working) -> None:
        self._seconds: Rows[SecondAccount] = Rows(
            working,
            "second_accounts",
            lambda s: s.customer_id,
            {"one_customer_per_second_account": lambda s: s.telegram_id, "one_account_per_code": lambda s: s.code},
        )
        self._rows: Rows[AccountTransfer] = Rows(
            working,
            "takeovers",
            lambda t: t.id,
            {
                "one_open_takeover_per_customer": lambda t: t.customer_id if t.status in OPEN else None,
                "one_open_takeover_per_account": lambda t: t.to_account if t.status in OPEN else None,
            },
        )

    async def second_of(self, customer_id: CustomerId) -> SecondAccount | None:
        return self._seconds.one(lambda s: s.customer_id == customer_id)

    async def second_by_account(self, telegram_id: TelegramId) -> SecondAccount | None:
        return self._seconds.one(lambda s: s.telegram_id == telegram_id)

    async def by_code(self, code: str) -> SecondAccount | None:
        return self._seconds.one(lambda s: s.code == code)

    async def save_second(self, second: SecondAccount) -> None:
        self._seconds.save(second)

    async def remove_second(self, customer_id: CustomerId) -> None:
        self._seconds.remove(lambda s: s.customer_id == customer_id)

    async def get(self, account_transfer_id: UUID) -> AccountTransfer | None:
        return self._rows.one(lambda t: t.id == account_transfer_id)

    async def add_if_new(self, account_transfer: AccountTransfer) -> bool:
        return self._rows.add_if_new(account_transfer)

    async def save(self, account_transfer: AccountTransfer) -> None:
        self._rows.save(account_transfer)

    async def of_customer(self, customer_id: CustomerId) -> Sequence[AccountTransfer]:
        return self._rows.many(lambda t: t.customer_id == customer_id, order=lambda t: (-t.asked_at.timestamp(), t.id))

    async def list_due(self, now: datetime, limit: int) -> Sequence[AccountTransfer]:
        due = self._rows.many(
            lambda t: (
                (t.status is AccountTransferStatus.PROPOSED and t.has_lapsed(now))
                or (t.status is AccountTransferStatus.WAITING and t.due_at is not None and t.due_at <= now)
            ),
            order=lambda t: (t.asked_at, t.id),
        )
        return due[:limit]

    async def list_unannounced(self) -> Sequence[AccountTransfer]:
        return self._rows.many(
            lambda t: t.status is AccountTransferStatus.WAITING and (t.due_at is None or t.undelivered is not None),
            order=lambda t: (t.asked_at, t.id),
        )


REPOSITORIES = {"account_transfers": MemoryAccountTransfers}
