"""`umbral accounts`, the commands that list and change the account pool."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.userbot_account import AccountStatus
from subscriptions.domain.ids import AccountId
from tests.integration.userbot.conftest import Office, eventually
from tests.integration.userbot.test_killed_replica import process
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Ran, Terminal


@pytest.fixture
def terminal(office: Office, database_url: str, fork_client: ForkClient) -> Terminal:
    """Return the operator's terminal."""
    return Terminal(office.accounts.settings(database_url), fork_client)


def rows(ran: Ran) -> dict[str, str]:
    """Return the lines of a printed list, keyed by the number at the beginning of each line."""
    assert (ran.status, ran.err) == (0, "")
    return {line.split()[0]: line for line in ran.out.splitlines()[1:]}


async def change(office: Office, number: int, **fields: object) -> None:
    async with office.units() as uow:
        account = await uow.accounts.get(AccountId(number), lock=True)
        assert account is not None
        for name, value in fields.items():
            setattr(account, name, value)
        await uow.accounts.save(account)
        await uow.commit()


async def test_account_list_shows_the_state_of_every_account(office: Office, terminal: Terminal) -> None:
    await office.open(accounts=3)
    now = office.clock.now()
    await change(office, 1, channels_used=7, label="Canales 1")
    await change(office, 2, flood_until={"CreateChannel": (now + timedelta(hours=3)).isoformat()})
    await change(office, 3, status=AccountStatus.DEAD, status_reason="SessionRevokedError")

    listed = rows(await terminal.run("accounts"))

    assert listed["1"].split()[1:7] == ["+34••••••000", "Canales", "1", "active", "7/400", "0"]
    assert "+34600000000" not in listed["1"]
    assert f"CreateChannel until {now + timedelta(hours=3):%Y-%m-%d %H:%M}" in listed["2"]
    assert "dead: SessionRevokedError" in listed["3"]
    assert listed["3"].split()[-3:] == ["-", "-", "-"]
    output = json.loads((await terminal.run("accounts", "list", "--json")).out)
    first = output[0]
    assert (first["id"], first["phone"], first["state"], first["channels"]) == (1, "+34••••••000", "active", 7)
    assert list(output[1]["rests"]) == ["CreateChannel"]
    assert (output[2]["reason"], output[2]["next"], output[2]["held_by"]) == ("SessionRevokedError", None, None)


async def test_retired_account_creates_no_channels_and_serves_its_existing_channels(
    office: Office, terminal: Terminal
) -> None:
    await office.open(accounts=2)
    buyer, channel = await office.customer()
    await office.work()
    assert (await office.stored(channel)).account_id == 1

    ran = await terminal.run("accounts", "retire", "1")

    assert "Its 1 channels keep working" in ran.out
    _, later = await office.customer("Berta")
    await office.work()
    assert (await office.stored(later)).account_id == 2
    # A join request at the retired account's channel is still approved.
    assert office.open_link(int(buyer.telegram_id), (await office.invite(channel)).url) == "requested"
    assert await office.userbot.scan(AccountId(1)) == 1
    async with office.units() as uow:
        (access,) = await uow.accesses.of_channel(channel.id)
    assert access.status is AccessStatus.ACTIVE


async def test_last_active_account_is_retired_only_with_confirmation(office: Office, terminal: Terminal) -> None:
    await office.open()

    refused = await terminal.run("accounts", "retire", "1")

    assert refused.status == 1
    assert "last active" in refused.err
    assert (await terminal.run("accounts", "retire", "1", "--yes")).status == 0
    assert (await office.account(1)).status is AccountStatus.RETIRED


async def test_label_and_channel_limits_of_an_account_can_be_changed(office: Office, terminal: Terminal) -> None:
    await office.open()

    assert (await terminal.run("accounts", "label", "1", "Canales de Ana")).status == 0
    assert (await terminal.run("accounts", "cap", "1", "120", "--day", "5")).status == 0

    account = await office.account(1)
    assert (account.label, account.channel_cap, account.day_cap) == ("Canales de Ana", 120, 5)
    assert "must be 1 to 490" in (await terminal.run("accounts", "cap", "1", "500")).err
    assert "no account of the pool" in (await terminal.run("accounts", "label", "9", "x")).err


async def test_sessions_are_reencrypted_all_or_none(office: Office, terminal: Terminal) -> None:
    await office.open(accounts=2)
    new = Fernet.generate_key().decode()
    old = office.accounts.session_key
    stored = (await office.account(1)).session
    await change(office, 2, session=Fernet(Fernet.generate_key()).encrypt(b"1").decode())

    refused = await terminal.run("accounts", "rekey", SESSION_KEY=new, OLD_SESSION_KEY=old)

    assert refused.status == 1
    assert "not the key account 2" in refused.err
    assert (await office.account(1)).session == stored

    await change(office, 2, session=Fernet(new).encrypt(b"sealed anew before").decode())
    ran = await terminal.run("accounts", "rekey", SESSION_KEY=new, OLD_SESSION_KEY=old)
    again = await terminal.run("accounts", "rekey", SESSION_KEY=new)

    assert "1 session encrypted" in ran.out
    assert "0 sessions encrypted" in again.out
    plain = office.accounts.vault.unseal(stored)
    assert Fernet(new).decrypt((await office.account(1)).session).decode() == plain


async def test_account_list_shows_which_process_holds_each_account(
    office: Office, terminal: Terminal, database_url: str, tmp_path: Path
) -> None:
    await office.open(accounts=2)
    async with (
        process(office, database_url, tmp_path / "first") as first,
        process(office, database_url, tmp_path / "second") as second,
    ):
        buyers = [await office.customer(name) for name in ("Ana", "Berta", "Carla", "Dora")]
        await eventually(lambda: office.accounts.calls("ExportChatInvite") == len(buyers))
        listed = rows(await terminal.run("accounts", "list"))
        held_by = {number: int(line.rpartition(":")[2]) for number, line in listed.items()}
        assert set(held_by) == {"1", "2"}
        assert set(held_by.values()) <= {first.pid, second.pid}

        refused = await terminal.run("accounts", "rekey", OLD_SESSION_KEY=office.accounts.session_key)
        assert "are held" in refused.err

        victim = first if first.pid == held_by["1"] else second
        other = second if victim is first else first
        victim.terminate()
        await victim.wait()
        deadline = office.clock.now() + timedelta(minutes=5)
        while True:
            listed = rows(await terminal.run("accounts", "list"))
            if all(line.endswith(f":{other.pid}") for line in listed.values()):
                break
            assert office.clock.now() < deadline, listed
    for owner in office.owners.values():
        # Telegram revokes a key that two processes use at once.
        assert len(office.telegram.accounts.sessions(owner.id)) == 1
    assert len(office.telegram.channels.all()) == len(buyers)
