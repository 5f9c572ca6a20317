"""Management of the pool of userbot accounts."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from subscriptions.application.accounts.waiting_list import wake_waiting
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.entities.userbot_account import UserbotAccount, phone_number
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import AccountId
from subscriptions.domain.ports.account_login import Seal
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

CAPS = range(1, 491)
"""Allowed values of an account's channel limit. Telegram's limit is 500, including joined channels."""


@dataclass(frozen=True, kw_only=True)
class AccountTerms:
    """Limits of a new account: total channels, new channels per day, and the time between two new channels."""

    channel_cap: int
    day_cap: int
    pace: timedelta


class Outcome(StrEnum):
    """Effect of a sign-in on the pool: a new account was added, a dead account was restored, or a working account got a
    new session.
    """

    ADDED = "added"
    REVIVED = "revived"
    RENEWED = "renewed"


@dataclass(frozen=True, kw_only=True)
class Admission:
    """Result of a sign-in: the account, and its effect on the pool."""

    account_id: AccountId
    outcome: Outcome


@dataclass(frozen=True)
class ManagePool:
    """Use case that adds, lists and changes userbot accounts. Callers pass sessions already encrypted."""

    units: UnitOfWorkFactory
    clock: Clock

    async def add(
        self, phone: str, sealed_session: str, *, label: str, channel_cap: int, day_cap: int, pace: timedelta
    ) -> bool:
        """Add an account. Return False, without a change, if the phone number is in the pool already."""
        terms = AccountTerms(channel_cap=channel_cap, day_cap=day_cap, pace=pace)
        account = _new(phone, sealed_session, label, terms, self.clock.now())
        async with self.units() as uow:
            is_added = await uow.accounts.add_if_new(account)
            await uow.commit()
        return is_added

    async def all(self) -> Sequence[UserbotAccount]:
        """Return every account, ordered by id."""
        async with self.units() as uow:
            return await uow.accounts.all()

    async def precreated(self) -> Mapping[AccountId, int]:
        """Return the number of ready pre-created channels, keyed by account."""
        async with self.units() as uow:
            ready = [each.account_id for each in await uow.channels.precreated() if each.status is ChannelStatus.READY]
        return Counter(account for account in ready if account is not None)

    async def retire(self, account_id: AccountId, *, even_the_last: bool = False) -> UserbotAccount:
        """Retire an account: it creates no more channels. Raises InvalidInput if no other account could create any and
        `even_the_last` is False.
        """
        async with self.units() as uow:
            accounts = {account.id: account for account in await uow.accounts.all(lock=True)}
            account = _require(accounts.get(account_id))
            others = (each for each in accounts.values() if each.id != account_id)
            is_last = not any(each.is_active for each in others)
            if account.is_active and is_last and not even_the_last:
                raise InvalidInput("ID", f"{account_id} is the last active account: nobody new would get a channel")
            account.retire()
            await uow.accounts.save(account)
            await uow.commit()
        return account

    async def rename(self, account_id: AccountId, label: str) -> None:
        """Change the label of an account."""
        await self._change(account_id, lambda account: setattr(account, "label", label.strip()))

    async def limit(self, account_id: AccountId, channel_cap: int, day_cap: int | None = None) -> None:
        """Change an account's limits on channels in total and on new channels per day; None keeps the daily limit.
        Raises InvalidInput if a limit is out of range.
        """
        if channel_cap not in CAPS:
            raise InvalidInput("CHANNELS", f"must be {CAPS[0]} to {CAPS[-1]}")
        if day_cap is not None and day_cap < 1:
            raise InvalidInput("--day", "must be at least 1")

        def change(account: UserbotAccount) -> None:
            account.channel_cap = channel_cap
            account.day_cap = account.day_cap if day_cap is None else day_cap

        await self._change(account_id, change, wakes=True)

    async def reseal(self, old: Seal | None, new: Seal) -> int:
        """Encrypt all sessions with another key, and return the number of changed sessions. `old`: previous key; None
        if there is none.

        Sessions that the new key can already decrypt are not changed. Raises InvalidInput("OLD_SESSION_KEY") for a
        session that neither key can decrypt.
        """
        resealed_count = 0
        async with self.units() as uow:
            for account in await uow.accounts.all(lock=True):
                if _opens(new, account.session):
                    continue
                if old is None or not _opens(old, account.session):
                    raise InvalidInput("OLD_SESSION_KEY", f"is not the key account {account.id} was stored with")
                account.session = new.seal(old.unseal(account.session))
                await uow.accounts.save(account)
                resealed_count += 1
            await uow.commit()
        return resealed_count

    async def _change(
        self, account_id: AccountId, change: Callable[[UserbotAccount], None], *, wakes: bool = False
    ) -> None:
        async with self.units() as uow:
            account = _require(await uow.accounts.get(account_id, lock=True))
            change(account)
            await uow.accounts.save(account)
            if wakes:
                await wake_waiting(uow)
            await uow.commit()


async def admit(
    uow: UnitOfWork, phone: str, session: str, telegram_id: int, terms: AccountTerms, label: str | None, now: datetime
) -> Admission:
    """Store a signed-in account in its existing row, found by Telegram id or phone, or in a new row. Resume work that
    waits for an account.

    Raises InvalidInput if the phone number now belongs to another Telegram account, because the row's channels belong
    to the earlier account.
    """
    accounts = await uow.accounts.all(lock=True)
    await wake_waiting(uow)
    userbot_accounts = [account for account in accounts if account.telegram_id == telegram_id]
    account = next(iter([*userbot_accounts, *(account for account in accounts if _same_phone(account, phone))]), None)
    if account is None:
        account = _new(phone, session, label or "", terms, now)
        account.telegram_id = telegram_id
        await uow.accounts.add_if_new(account)
        return Admission(account_id=account.id, outcome=Outcome.ADDED)
    if account.telegram_id not in {None, telegram_id}:
        raise InvalidInput("phone", f"is another Telegram account now than account {account.id}, which had it before")
    account_again = account.signed_in_again(session, telegram_id)
    account.phone, account.label = phone, label or account.label
    await uow.accounts.save(account)
    return Admission(account_id=account.id, outcome=Outcome.REVIVED if account_again else Outcome.RENEWED)


def _new(phone: str, session: str, label: str, terms: AccountTerms, now: datetime) -> UserbotAccount:
    return UserbotAccount(
        id=AccountId(0),
        phone=phone,
        label=label,
        session=session,
        channel_cap=terms.channel_cap,
        day_cap=terms.day_cap,
        pace=terms.pace,
        created_at=now,
    )


def _require(account: UserbotAccount | None) -> UserbotAccount:
    if account is None:
        raise InvalidInput("ID", "no account of the pool has this number; see `umbral accounts list`")
    return account


def _same_phone(account: UserbotAccount, phone: str) -> bool:
    try:
        return phone_number(account.phone) == phone
    except InvalidInput:
        return False


def _opens(key: Seal, session: str) -> bool:
    try:
        key.unseal(session)
    except InvalidInput:
        return False
    return True
