"""Request of an account transfer by the second account, and objection by the first account."""

from dataclasses import dataclass
from datetime import datetime

from features.transfer.alarms import TakeoverObjected
from features.transfer.domain import REST, SecondAccount, Takeover, TakeoverAsked, TakeoverClosed
from features.transfer.ports import TAKEOVERS_KEY
from features.transfer.use_cases.account_rules import (
    REFUSAL_ACTION,
    Refusal,
    both_locked,
    hindrance,
    note,
    objected_lately,
    open_takeover,
)
from subscriptions.application.people.customers import known_customer
from subscriptions.domain.entities.takeover_status import TakeoverStatus
from subscriptions.domain.ids import TelegramId, new_uuid
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory


@dataclass(frozen=True, kw_only=True)
class AccountView:
    """State of an account with regard to transfers.

    second: the second account that this account named
    named_by: row in which another account names this account as its second one
    takeover_from: transfer away from this account
    takeover_by: transfer to this account
    """

    second: SecondAccount | None
    named_by: SecondAccount | None
    takeover_from: Takeover | None
    takeover_by: Takeover | None

    @property
    def concerns(self) -> bool:
        """True if the account named a second account, is a second account, or takes part in a transfer."""
        return any((self.second, self.named_by, self.takeover_from, self.takeover_by))

    @property
    def takes_from(self) -> datetime | None:
        """Time from which this account may request a transfer; None if no customer named it."""
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
        """Return the state of an account."""
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id)
            second, first_account = (
                await uow.of(TAKEOVERS_KEY).second_of(customer.id),
                await uow.of(TAKEOVERS_KEY).second_by_account(telegram_id),
            )
            incoming_move = await open_takeover(uow, first_account.customer_id) if first_account is not None else None
            outgoing_move = await open_takeover(uow, customer.id)
        proved_account = second if second is not None and second.telegram_id is not None else None
        waits = outgoing_move if outgoing_move is not None and outgoing_move.status is TakeoverStatus.WAITING else None
        return AccountView(
            second=proved_account, named_by=first_account, takeover_from=waits, takeover_by=incoming_move
        )

    async def ask(self, telegram_id: TelegramId) -> Takeover | Refusal:
        """Request a transfer. It takes place a day after the first account was notified, unless that
        account objects.
        """
        now = self.clock.now()
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id)
            takeover = await self._ask(uow, telegram_id, now)
            if isinstance(takeover, Refusal):
                await note(uow, telegram_id, REFUSAL_ACTION, customer.id, takeover, now)
            await uow.commit()
        return takeover

    async def _ask(self, uow: UnitOfWork, telegram_id: TelegramId, now: datetime) -> Takeover | Refusal:
        first_account = await uow.of(TAKEOVERS_KEY).second_by_account(telegram_id)
        pair = await both_locked(uow, first_account.customer_id, telegram_id) if first_account is not None else None
        second = await uow.of(TAKEOVERS_KEY).second_of(pair[0].id) if pair is not None else None
        if pair is None or second is None or second.telegram_id != telegram_id:
            return Refusal.NOBODY
        if not second.has_rested(now):
            return Refusal.TOO_SOON
        if await objected_lately(uow, pair[0].id, now):
            return Refusal.OBJECTED
        refusal = await hindrance(uow, *pair)
        if refusal is not None:
            return refusal
        takeover = Takeover(
            id=new_uuid(),
            customer_id=pair[0].id,
            from_account=pair[0].telegram_id,
            to_account=telegram_id,
            status=TakeoverStatus.PROPOSED,
            asked_by=str(telegram_id),
            asked_at=now,
        )
        takeover.wait(now)
        if not await uow.of(TAKEOVERS_KEY).add_if_new(takeover):
            return Refusal.UNDER_WAY
        uow.record(TakeoverAsked(takeover.customer_id, takeover.id))
        await note(uow, telegram_id, "takeover.ask", takeover.customer_id, "asked for by the second account", now)
        return takeover

    async def object(self, telegram_id: TelegramId) -> Takeover | Refusal:
        """Object to a transfer from the first account: nothing is transferred, the second account is removed, and staff
        is alerted.
        """
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id, lock=True)
            takeover = await open_takeover(uow, customer.id)
            if takeover is None or takeover.from_account != telegram_id:
                return Refusal.NOTHING
            await stop_takeover(uow, takeover, self.clock.now())
            await uow.commit()
        return takeover


async def stop_takeover(uow: UnitOfWork, takeover: Takeover, now: datetime) -> None:
    """Close a transfer to which the first account objected, and remove the second account. The caller has locked the
    customer.
    """
    customer_id, account = takeover.customer_id, takeover.from_account
    takeover.close(TakeoverStatus.OBJECTED, now)
    await uow.of(TAKEOVERS_KEY).save(takeover)
    await uow.of(TAKEOVERS_KEY).remove_second(customer_id)
    await note(uow, account, "takeover.object", customer_id, "the first account said no", now)
    alarm = TakeoverObjected(customer=customer_id, telegram_id=account, other_account=takeover.to_account)
    uow.record(alarm.raise_event(f"{alarm.name}:{takeover.id}", now))
    uow.record(TakeoverClosed(customer_id, takeover.id))
