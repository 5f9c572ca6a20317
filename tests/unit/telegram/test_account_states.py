"""Telegram errors about a userbot account: the account's resulting status, the owner alert, the account that creates
the next channel, and the recovery.

The errors have the wire format, and real Telethon parses them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from telethon.errors import rpc_message_to_error
from telethon.tl import functions, types

from subscriptions.application.accounts.manage_pool import AccountTerms, Outcome, admit
from subscriptions.application.accounts.watch_pool import WatchPool
from subscriptions.application.channels.expected_wait import CREATION_TIME
from subscriptions.application.dto.jobs import AssignChannel
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.channel_messages import ProvisioningDelayedMessage
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.entities.userbot_account import AccountStatus, AccountTrouble
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import AccountId, TelegramId
from subscriptions.domain.ports.channel_provisioner import AccountUnavailable
from subscriptions.infrastructure.telegram.errors import telegram_errors
from tests.support.purchase import Purchase
from tests.support.userbot import POLICY, buy

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TERMS = AccountTerms(channel_cap=400, day_cap=15, pace=timedelta())


@dataclass(frozen=True)
class Case:
    """Error of Telegram and its result. after: time until the automatic retry; None if the account needs a new
    login.
    """

    code: int
    name: str
    status: AccountStatus
    trouble: AccountTrouble
    after: timedelta | None


_RESTRICTED, _FULL, _DEAD = AccountStatus.RESTRICTED, AccountStatus.FULL, AccountStatus.DEAD
CASES = [
    Case(400, "CHANNELS_TOO_MUCH", _FULL, AccountTrouble.FULL, DAY),
    Case(400, "CHANNELS_ADMIN_LOCATED_TOO_MUCH", _FULL, AccountTrouble.FULL, DAY),
    Case(403, "USER_RESTRICTED", _RESTRICTED, AccountTrouble.RESTRICTED, HOUR),
    Case(400, "PEER_FLOOD", _RESTRICTED, AccountTrouble.PEER_FLOOD, HOUR),
    Case(420, "FROZEN_METHOD_INVALID", _RESTRICTED, AccountTrouble.FROZEN, HOUR),
    Case(401, "AUTH_KEY_UNREGISTERED", _DEAD, AccountTrouble.LOGGED_OUT, None),
    Case(401, "AUTH_KEY_INVALID", _DEAD, AccountTrouble.LOGGED_OUT, None),
    Case(401, "AUTH_KEY_PERM_EMPTY", _DEAD, AccountTrouble.LOGGED_OUT, None),
    Case(406, "AUTH_KEY_DUPLICATED", _DEAD, AccountTrouble.SESSION_DOUBLED, None),
    Case(401, "SESSION_REVOKED", _DEAD, AccountTrouble.LOGGED_OUT, None),
    Case(401, "SESSION_EXPIRED", _DEAD, AccountTrouble.LOGGED_OUT, None),
    Case(401, "USER_DEACTIVATED", _DEAD, AccountTrouble.BANNED, None),
    Case(401, "USER_DEACTIVATED_BAN", _DEAD, AccountTrouble.BANNED, None),
    Case(400, "PHONE_NUMBER_BANNED", _DEAD, AccountTrouble.BANNED, None),
]
EVERY = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def said(case: Case) -> AccountUnavailable:
    """Return the error that the product raises for this RPC error."""
    wire = types.RpcError(case.code, case.name)
    request = functions.channels.CreateChannelRequest(title="Canal", about="")
    with pytest.raises(AccountUnavailable) as lost, telegram_errors("CreateChannel"):
        raise rpc_message_to_error(wire, request)
    return lost.value


async def struck(case: Case, accounts: int) -> Purchase:
    """Start a purchase whose first account gets this error when it creates the channel."""
    purchase = Purchase()
    await purchase.begin(accounts=accounts)
    purchase.trouble("CreateChannel", "before", said(case))
    await purchase.tend()
    return purchase


def alarms(purchase: Purchase) -> list[dict[str, object]]:
    """Return the payloads of the queued owner alerts."""
    return [dict(job.payload) for job in purchase.memory.jobs_named("bot.alarm")]


@EVERY
async def test_account_error_sets_status_and_alerts_the_owner(case: Case) -> None:
    purchase = await struck(case, accounts=2)
    account = await purchase.account(1)
    assert account.status is case.status
    assert account.retry_at == (None if case.after is None else purchase.clock.now() + case.after)
    [alarm] = alarms(purchase)
    assert alarm["kind"] == case.trouble
    facts = dict(alarm["facts"])
    assert facts["account"].startswith("1")
    assert ("retry" in facts) is (case.after is not None)


@EVERY
async def test_channel_of_a_failing_account_is_created_by_another_account(case: Case) -> None:
    purchase = await struck(case, accounts=2)
    await purchase.assign()
    await purchase.tend()
    assert purchase.made.owner == 2
    assert [(await purchase.account(number)).channels_used for number in (1, 2)] == [0, 1]
    assert purchase.notified() == ["invite_ready"]


@EVERY
async def test_loss_of_the_last_account_delays_the_customer_and_alerts_the_owner(case: Case) -> None:
    purchase = await struck(case, accounts=1)
    with pytest.raises(RetryLater):
        await purchase.assign()
    assert purchase.notified() == ["provisioning_delayed"]
    assert [alarm["kind"] for alarm in alarms(purchase)] == [case.trouble, "pool_dry"]
    forecast = dict(alarms(purchase)[-1]["facts"])
    assert (forecast["waiting"], forecast["accounts"]) == ("1", "1")
    assert ("retry" in forecast) is (case.after is not None)
    waits_for = (await purchase.channel()).id
    async with purchase.units() as uow:
        notified = await ProvisioningDelayedMessage.load(Sources(uow, POLICY, purchase.clock.now()), waits_for)
    ready = None if case.after is None else purchase.clock.now() + case.after + CREATION_TIME
    assert notified is not None
    assert notified.ready == ready


@EVERY
async def test_account_recovers_after_a_retry_or_a_new_login(case: Case) -> None:
    purchase = await struck(case, accounts=1)
    for _ in ("the purchase", "the account's giving it back"):
        with pytest.raises(RetryLater):
            await purchase.work()
    watch = WatchPool(purchase.units, purchase.clock)
    if case.after is not None:
        purchase.clock.advance(case.after)
        await watch()
    else:
        purchase.clock.advance(timedelta(days=30))
        await watch()
        assert (await purchase.account(1)).status is AccountStatus.DEAD
        await _sign_in_again(purchase)
    assert (await purchase.account(1)).status is AccountStatus.ACTIVE
    # The recovery wakes the job at once, so the customer does not wait five minutes for the next check.
    await purchase.work()
    assert (await purchase.channel()).status is ChannelStatus.READY


async def test_channels_of_waiting_purchases_are_assigned_in_the_order_of_purchase() -> None:
    pool = Purchase()
    _, later = await buy(pool.units, pool.clock, telegram_id=TelegramId(8))
    pool.clock.advance(timedelta(minutes=-1))
    _, first = await buy(pool.units, pool.clock, telegram_id=TelegramId(9))
    async with pool.units() as uow:
        await admit(uow, "+34600000009", "sealed", 9, TERMS, None, pool.clock.now())
        await uow.commit()
    woken = pool.memory.jobs_named(AssignChannel.name)[2:]
    assert [job.payload["channel_id"] for job in woken] == [str(first.id), str(later.id)]
    assert [job.not_before for job in woken] == [None, None]


async def _sign_in_again(purchase: Purchase) -> None:
    account = await purchase.account(1)
    async with purchase.units() as uow:
        admission = await admit(uow, account.phone, "fresh", 7, TERMS, None, purchase.clock.now())
        await uow.commit()
    assert (admission.account_id, admission.outcome) == (AccountId(1), Outcome.REVIVED)


async def test_full_account_recovers_when_a_frozen_channel_is_deleted() -> None:
    purchase = Purchase()
    await purchase.begin()
    await purchase.work()
    account = await purchase.account(1)
    account.change_status(AccountStatus.FULL, "ChannelsTooMuchError", purchase.clock.now())
    account.retry_at = None
    await purchase.save(account)
    access = await purchase.access()
    access.end()
    async with purchase.units() as uow:
        await uow.accesses.save(access)
        await uow.commit()
    await purchase.work()
    assert (await purchase.channel()).status is ChannelStatus.FROZEN
    assert (await purchase.account(1)).status is AccountStatus.FULL
    purchase.clock.advance(POLICY.retention)
    await purchase.work()
    assert purchase.telegram.channels == []
    freed = await purchase.account(1)
    assert (freed.status, freed.channels_used) == (AccountStatus.ACTIVE, 0)
