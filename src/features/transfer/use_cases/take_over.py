"""Request of an account transfer by the second account, and objection by the first account."""

from dataclasses import dataclass
from datetime import datetime

from features.transfer.alarms import AccountTransferObjected
from features.transfer.domain import REST, AccountTransfer, AccountTransferAsked, AccountTransferClosed, SecondAccount
from features.transfer.ports import ACCOUNT_TRANSFERS_KEY
from features.transfer.use_cases.account_rules import (
    REFUSAL_ACTION,
    Refusal,
    both_locked,
    hindrance,
    note,
    objected_lately,
    open_account_transfer,
)
from subscriptions.application.people.customers import known_customer
from subscriptions.domain.entities.account_transfer_status import AccountTransferStatus
from subscriptions.domain.ids import TelegramId, new_uuid
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory


@dataclass(frozen=True, kw_only=True)
class AccountView:
    """State of an account with regard to transfers.

    second: the second account that this account named
    named_by: row in which another account names this account as its second one
    outgoing_transfer: transfer away from this account
    incoming_transfer: transfer to this account
    """

    second: SecondAccount | None
    named_by: SecondAccount | None
    outgoing_transfer: AccountTransfer | None
    incoming_transfer: AccountTransfer | None

    @property
    def concerns(self) -> bool:
        """Return True if the account named a second account, is a second account, or is part of a transfer."""
        return any((self.second, self.named_by, self.outgoing_transfer, self.incoming_transfer))

    @property
    def takes_from(self) -> datetime | None:
        """Return the time from which this account may request a transfer; None if no customer named and verified the
        account.
        """
        return (
            self.named_by.proved_at + REST
            if self.named_by is not None and self.named_by.proved_at is not None
            else None
        )


@dataclass(frozen=True)
class TakeOver:
    """Use case: request a transfer from the second account, or object to it from the first account."""

    units: UnitOfWorkFactory
    clock: Clock

    async def look(self, telegram_id: TelegramId) -> AccountView:
        """Return the state of an account with regard to transfers."""
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id)
            second, first_account = (
                await uow.of(ACCOUNT_TRANSFERS_KEY).second_of(customer.id),
                await uow.of(ACCOUNT_TRANSFERS_KEY).second_by_account(telegram_id),
            )
            incoming_move = (
                await open_account_transfer(uow, first_account.customer_id) if first_account is not None else None
            )
            outgoing_move = await open_account_transfer(uow, customer.id)
        proved_account = second if second is not None and second.telegram_id is not None else None
        waits = (
            outgoing_move
            if outgoing_move is not None and outgoing_move.status is AccountTransferStatus.WAITING
            else None
        )
        return AccountView(
            second=proved_account, named_by=first_account, outgoing_transfer=waits, incoming_transfer=incoming_move
        )

    async def ask(self, telegram_id: TelegramId) -> AccountTransfer | Refusal:
        """Request a transfer. It takes place a day after the first account was notified, unless that
        account objects.
        """
        now = self.clock.now()
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id)
            account_transfer = await self._ask(uow, telegram_id, now)
            if isinstance(account_transfer, Refusal):
                await note(uow, telegram_id, REFUSAL_ACTION, customer.id, account_transfer, now)
            await uow.commit()
        return account_transfer

    async def _ask(self, uow: UnitOfWork, telegram_id: TelegramId, now: datetime) -> AccountTransfer | Refusal:
        first_account = await uow.of(ACCOUNT_TRANSFERS_KEY).second_by_account(telegram_id)
        pair = await both_locked(uow, first_account.customer_id, telegram_id) if first_account is not None else None
        second = await uow.of(ACCOUNT_TRANSFERS_KEY).second_of(pair[0].id) if pair is not None else None
        if pair is None or second is None or second.telegram_id != telegram_id:
            return Refusal.NOBODY
        if not second.has_rested(now):
            return Refusal.TOO_SOON
        if await objected_lately(uow, pair[0].id, now):
            return Refusal.OBJECTED
        refusal = await hindrance(uow, *pair)
        if refusal is not None:
            return refusal
        account_transfer = AccountTransfer(
            id=new_uuid(),
            customer_id=pair[0].id,
            from_account=pair[0].telegram_id,
            to_account=telegram_id,
            status=AccountTransferStatus.PROPOSED,
            asked_by=str(telegram_id),
            asked_at=now,
        )
        account_transfer.wait(now)
        if not await uow.of(ACCOUNT_TRANSFERS_KEY).add_if_new(account_transfer):
            return Refusal.UNDER_WAY
        uow.record(AccountTransferAsked(account_transfer.customer_id, account_transfer.id))
        await note(
            uow, telegram_id, "takeover.ask", account_transfer.customer_id, "asked for by the second account", now
        )
        return account_transfer

    async def object(self, telegram_id: TelegramId) -> AccountTransfer | Refusal:
        """Object to a transfer from the first account: nothing is transferred, the second account is removed, and staff
        is alerted.
        """
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id, lock=True)
            account_transfer = await open_account_transfer(uow, customer.id)
            if account_transfer is None or account_transfer.from_account != telegram_id:
                return Refusal.NOTHING
            await stop_account_transfer(uow, account_transfer, self.clock.now())
            await uow.commit()
        return account_transfer


async def stop_account_transfer(uow: UnitOfWork, account_transfer: AccountTransfer, now: datetime) -> None:
    """Close a transfer to which the first account objected, and remove the second account. The caller has locked the
    customer.
    """
    customer_id, account = account_transfer.customer_id, account_transfer.from_account
    account_transfer.close(AccountTransferStatus.OBJECTED, now)
    await uow.of(ACCOUNT_TRANSFERS_KEY).save(account_transfer)
    await uow.of(ACCOUNT_TRANSFERS_KEY).remove_second(customer_id)
    await note(uow, account, "takeover.object", customer_id, "the first account said no", now)
    alarm = AccountTransferObjected(
        customer=customer_id, telegram_id=account, other_account=account_transfer.to_account
    )
    uow.record(alarm.raise_event(f"{alarm.name}:{account_transfer.id}", now))
    uow.record(AccountTransferClosed(customer_id, account_transfer.id))
