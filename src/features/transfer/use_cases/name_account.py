"""Naming of a second Telegram account, which is verified by opening a link with a code from that account."""

import secrets
from dataclasses import dataclass

from features.transfer.domain import LINK, TRIES, SecondAccount, digest_of
from features.transfer.ports import ACCOUNT_TRANSFERS_KEY
from features.transfer.use_cases.account_rules import (
    REFUSAL_ACTION,
    Refusal,
    both_locked,
    done_today,
    hindrance,
    note,
    open_account_transfer,
)
from features.transfer.use_cases.take_over import stop_account_transfer
from subscriptions.application.people.customers import known_customer
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.domain.entities.activation_token import deep_link
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory


@dataclass(frozen=True)
class NameAccount:
    """Use case: create a code, accept the code from the second account, and remove the second account."""

    units: UnitOfWorkFactory
    clock: Clock

    async def offer(self, telegram_id: TelegramId) -> str | Refusal:
        """Return the link to open from the second account, or a refusal. Earlier links become invalid."""
        code, now = secrets.token_urlsafe(24), self.clock.now()
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id, lock=True)
            refusal = await self._not_offered(uow, customer)
            if refusal is not None:
                await note(uow, telegram_id, REFUSAL_ACTION, customer.id, refusal, now)
                await uow.commit()
                return refusal
            second = await uow.of(ACCOUNT_TRANSFERS_KEY).second_of(customer.id)
            second = second or SecondAccount(customer_id=customer.id, offered_at=now)
            second.code, second.offered_at = digest_of(code), now
            await uow.of(ACCOUNT_TRANSFERS_KEY).save_second(second)
            await note(uow, telegram_id, "takeover.offer", customer.id, "asked for in the chat", now)
            username = await uow.variables.get(BOT_USERNAME)
            await uow.commit()
        return deep_link(username or "", f"{LINK}{code}")

    async def _not_offered(self, uow: UnitOfWork, customer: Customer) -> Refusal | None:
        if customer.staff_role is not None:
            return Refusal.STAFF
        if customer.barred_at is not None:
            return Refusal.BARRED
        if await open_account_transfer(uow, customer.id) is not None:
            return Refusal.UNDER_WAY
        offer_count = await done_today(uow, customer.id, "takeover.offer", self.clock.now())
        return Refusal.TOO_OFTEN if offer_count >= TRIES else None

    async def prove(self, telegram_id: TelegramId, code: str) -> Customer | Refusal:
        """Record the account that opened the link as the second account. Return the customer who named it, or a
        refusal.

        If the account was verified a moment ago, return the same customer again, because the first response may have
        been lost.
        """
        now = self.clock.now()
        async with self.units() as uow:
            opener = await known_customer(uow, telegram_id)
            account_transfer = await uow.of(ACCOUNT_TRANSFERS_KEY).second_by_account(telegram_id)
            answer = (
                await uow.customers.get(account_transfer.customer_id)
                if account_transfer is not None and account_transfer.just_proved(now)
                else None
            )
            if answer is not None:
                return answer
            refusal: Refusal | None = None
            if await done_today(uow, opener.id, REFUSAL_ACTION, now) >= TRIES:
                refusal = Refusal.TOO_OFTEN
            else:
                second_account = await uow.of(ACCOUNT_TRANSFERS_KEY).by_code(digest_of(code))
                if second_account is not None and second_account.customer_id == opener.id:
                    refusal = Refusal.OWN
                pair = (
                    await both_locked(uow, second_account.customer_id, telegram_id)
                    if second_account is not None
                    else None
                )
                # Read again after locking, because a code proves only one account, and only once.
                second = await uow.of(ACCOUNT_TRANSFERS_KEY).second_of(pair[0].id) if pair is not None else None
                if pair is None or second is None or second.code != digest_of(code) or not second.opens(now):
                    refusal = refusal or Refusal.CODE
                else:
                    refusal = await self._not_named(uow, *pair)
                    if refusal is None:
                        second.telegram_id, second.code, second.proved_at = telegram_id, None, now
                        await uow.of(ACCOUNT_TRANSFERS_KEY).save_second(second)
                        await note(uow, telegram_id, "takeover.name", pair[0].id, "proved by the code", now)
                        await uow.commit()
                        return pair[0]
            await note(uow, telegram_id, REFUSAL_ACTION, opener.id, refusal, now)
            await uow.commit()
        return refusal

    async def _not_named(self, uow: UnitOfWork, customer: Customer, successor: Customer) -> Refusal | None:
        if await open_account_transfer(uow, customer.id) is not None:
            return Refusal.UNDER_WAY
        other = await uow.of(ACCOUNT_TRANSFERS_KEY).second_by_account(successor.telegram_id)
        if other is not None and other.customer_id != customer.id:
            return Refusal.TAKEN
        return await hindrance(uow, customer, successor)

    async def forget(self, telegram_id: TelegramId) -> None:
        """Remove the second account, and stop an open transfer to that account. Idempotent."""
        now = self.clock.now()
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id, lock=True)
            second = await uow.of(ACCOUNT_TRANSFERS_KEY).second_of(customer.id)
            if second is None:
                return
            account_transfer = await open_account_transfer(uow, customer.id)
            if account_transfer is not None and account_transfer.to_account == second.telegram_id:
                await stop_account_transfer(uow, account_transfer, now)
            else:
                await uow.of(ACCOUNT_TRANSFERS_KEY).remove_second(customer.id)
                await note(uow, telegram_id, "takeover.forget", customer.id, "asked for in the chat", now)
            await uow.commit()
