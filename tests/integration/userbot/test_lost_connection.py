"""A lost connection is told once, as what became of the request; Python does not complain of it again later."""

from __future__ import annotations

from contextlib import suppress

import pytest

from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.errors import Ambiguous, RetryLater
from subscriptions.infrastructure.telegram.userbot_client import client_of, disconnected
from tests.integration.userbot.conftest import Office


@pytest.mark.parametrize("method", ["GetConfig", "GetState"])
@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
async def test_nothing_is_left_that_nobody_looked_at(office: Office, fault: str, method: str) -> None:
    await office.open()
    account = await office.account(1)
    office.accounts.fault(fault, method)
    client = client_of(office.accounts.app(), office.accounts.vault.unseal(account.session))

    with suppress(ConnectionError):
        await client.connect()
        await client.is_user_authorized()
    await disconnected(client)

    # What asyncio looks at when a future is thrown away: whether anybody saw its exception.
    assert not client.disconnected._log_traceback


async def test_an_account_that_lost_its_connection_is_opened_again(office: Office) -> None:
    await office.open()
    account = await office.account(1)
    for method in ("GetConfig", "CreateChannel"):
        await _lose(office, account, method)
    async with office.replica.open(account) as telegram:
        assert await telegram.create_channel("Canal", "")


async def _lose(office: Office, account: UserbotAccount, method: str) -> None:
    office.accounts.fault("drop_before", method)
    with pytest.raises((Ambiguous, RetryLater)):
        async with office.replica.open(account) as telegram:
            await telegram.create_channel("Canal", "")
