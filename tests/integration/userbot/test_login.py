"""Sign-in of accounts: at the terminal, and step by step, against a data centre."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from subscriptions.application.accounts.login_account import LoginAccount, LoginStep, Owed
from subscriptions.application.accounts.manage_pool import AccountTerms, Outcome
from subscriptions.application.dto.jobs import TendChannel
from subscriptions.domain.entities.userbot_account import AccountStatus
from subscriptions.domain.errors import InvalidInput, RetryLater
from subscriptions.domain.ids import AccountId, new_uuid
from subscriptions.domain.ports.account_login import LoginProblem, LoginRefused
from subscriptions.domain.ports.channel_provisioner import FloodWait
from subscriptions.infrastructure.telegram.login import TelethonLogin
from tests.integration.userbot.conftest import Office, eventually
from tests.support.fork_clients import ForkClient
from tests.support.mtproto import KeyTaken
from tests.support.operator_cli import Terminal
from tests.support.plain_http import plain_http
from tests.support.telethon_accounts import always
from umbral_sandbox.world.telegram.records import Person

PHONE = "+34600999888"
PASSWORD = "right horse"


@pytest.fixture
def login(office: Office) -> LoginAccount:
    """Return the use case that the login command runs."""
    terms = AccountTerms(channel_cap=400, day_cap=15, pace=timedelta(seconds=90))
    return LoginAccount(office.units, TelethonLogin(office.accounts.app()), office.accounts.vault, office.clock, terms)


@pytest.fixture
def terminal(office: Office, database_url: str, fork_client: ForkClient) -> Terminal:
    """Return the operator's terminal."""
    return Terminal(office.accounts.settings(database_url), fork_client)


def somebody(office: Office, **more: str) -> Person:
    """Create an account without a session."""
    person = office.telegram.people.add_person("Operator", phone=PHONE.lstrip("+"), **more)
    office.world.commit()
    return person


async def code_of(office: Office) -> str:
    """Return the sign-in code that the control interface shows."""
    async with plain_http(base_url=office.sandbox.url) as client:
        people = (await client.get("/control/state")).json()["people"]
    (code,) = [person["login_code"] for person in people if person.get("login_code")]
    return str(code)


async def works(office: Office, number: int) -> bool:
    """Create a channel through the account's stored session, and return True. Raises an error if the session cannot be
    opened.
    """
    account = await office.account(number)
    office.replica.hold(account.id, always)
    async with office.replica.open(account) as telegram:
        await telegram.create_channel("Umbral", "ref:000000000000")
    return True


async def test_account_is_added_after_code_and_password_are_entered_correctly(
    office: Office, terminal: Terminal
) -> None:
    person = somebody(office, password=PASSWORD)
    async with terminal.typing("accounts", "login", "--label", "Canales 9") as command:
        await command.sees("Phone")
        await command.types("+34 600-999-888")
        await command.sees("Code")
        await command.types("00000x")
        await command.sees("isn't the code")
        await command.types(await code_of(office))
        await command.sees("Password")
        await command.types("wrong horse")
        await command.sees("isn't the password")
        await command.types(PASSWORD)
        ran = await command.ends()

    assert (ran.status, ran.err) == (0, "")
    assert "Account 1 added." in ran.out
    account = await office.account(1)
    assert (account.phone, account.label, account.telegram_id) == (PHONE, "Canales 9", person.id)
    assert await works(office, 1)


async def test_login_prints_no_error_if_the_key_exchange_with_telegram_is_restarted(
    office: Office, terminal: Terminal, tmp_path: Path
) -> None:
    somebody(office)
    centre = KeyTaken(office.world, office.sandbox.mtproto_host, 0, tmp_path, lasting=False)
    await centre.start()
    there = {
        "TELEGRAM_MTPROTO_DC": f"{centre.host}:{centre.port}",
        "TELEGRAM_MTPROTO_PUBLIC_KEY": str(centre.public_key_path),
    }
    try:
        async with terminal.typing("accounts", "login", "--phone", PHONE, **there) as command:
            await command.sees("Code")
            await command.types(await code_of(office))
            ran = await command.ends()
    finally:
        await centre.close()

    assert (ran.status, ran.err, centre.refused) == (0, "", 2)
    assert "Account 1 added." in ran.out


async def test_killed_login_resumes(office: Office, terminal: Terminal) -> None:
    somebody(office, password=PASSWORD)
    async with terminal.typing("accounts", "login", "--phone", PHONE) as first:
        await first.sees("Code")
    office.accounts.fault("hold_after", "CheckPassword")
    async with terminal.typing("accounts", "login", "--phone", PHONE) as second:
        await second.sees("may still be valid")
        await second.types(await code_of(office))
        await second.sees("Password")
        await second.types(PASSWORD)
        await eventually(lambda: any(call.state == "held" for call in office.world.wire.calls()))
    office.world.wire.release()

    ran = await terminal.run("accounts", "login", "--phone", PHONE)

    assert (ran.status, ran.err) == (0, "")
    assert (office.accounts.calls("SendCode"), office.accounts.calls("SignIn")) == (1, 1)
    assert await works(office, 1)


async def test_missing_input_ends_the_login_with_a_hint(office: Office, terminal: Terminal) -> None:
    somebody(office)

    ran = await terminal.run("accounts", "login", "--phone", PHONE)

    assert ran.status == 1
    assert "continue where it stopped" in ran.err


@pytest.mark.parametrize(
    ("phone", "said"),
    [("+34611", "phone: must be"), ("hello", "phone: must be"), ("+34611999999", "doesn't recognise this number")],
)
async def test_invalid_phone_number_is_reported(terminal: Terminal, phone: str, said: str) -> None:
    ran = await terminal.run("accounts", "login", "--phone", phone)

    assert ran.status == 1
    assert said in ran.err


async def test_flood_wait_is_reported_with_its_length_and_stored(
    office: Office, terminal: Terminal, login: LoginAccount
) -> None:
    somebody(office)
    office.accounts.fault("flood", "SendCode", seconds=3600)

    ran = await terminal.run("accounts", "login", "--phone", PHONE)

    assert ran.status == 1
    assert "pause of 1 h" in ran.err
    asked = office.accounts.calls("SendCode")
    with pytest.raises(FloodWait):
        await login.begin(PHONE)
    assert office.accounts.calls("SendCode") == asked
    office.world.clock.advance(timedelta(hours=2))
    assert (await login.begin(PHONE)).owed is Owed.CODE


async def test_lost_answer_during_a_login_is_reported_with_the_next_step(office: Office, terminal: Terminal) -> None:
    somebody(office)
    office.accounts.fault("drop_before", "SendCode")

    ran = await terminal.run("accounts", "login", "--phone", PHONE)

    assert ran.status == 1
    assert "No answer" in ran.err
    assert "continue where it stopped" in ran.err


async def test_expired_code_is_replaced_by_a_new_code(office: Office, login: LoginAccount) -> None:
    somebody(office)
    await login.begin(PHONE)
    late = await code_of(office)
    office.telegram.accounts.send_code(PHONE)
    with pytest.raises(LoginRefused) as refused:
        await login.give_code(PHONE, late)
    assert refused.value.problem is LoginProblem.CODE_EXPIRED

    assert await login.begin(PHONE) == LoginStep(owed=Owed.CODE)
    assert (await login.give_code(PHONE, await code_of(office))).owed is Owed.NOTHING
    assert (await login.finish(PHONE)).outcome is Outcome.ADDED


async def test_login_attempt_sealed_with_another_key_restarts(office: Office, login: LoginAccount) -> None:
    somebody(office)
    await login.begin(PHONE)
    async with office.engine.begin() as connection:
        stored = (await connection.execute(text("SELECT value FROM variables"))).scalar_one()
        assert await code_of(office) not in stored
        await connection.execute(text("UPDATE variables SET value = 'sealed otherwise'"))

    assert await login.begin(PHONE) == LoginStep(owed=Owed.CODE)
    assert office.accounts.calls("SendCode") == 2


async def test_login_succeeds_although_the_answer_to_its_code_was_lost(office: Office, login: LoginAccount) -> None:
    somebody(office)
    await login.begin(PHONE)
    office.accounts.fault("drop_after", "SignIn")
    with pytest.raises(RetryLater):
        await login.give_code(PHONE, await code_of(office))

    assert (await login.begin(PHONE)).owed is Owed.NOTHING
    assert (await login.finish(PHONE)).outcome is Outcome.ADDED


async def test_unusable_account_is_revived_with_its_channels_by_a_login(office: Office, login: LoginAccount) -> None:
    await office.open()
    _, channel = await office.customer()
    await office.work()
    account = await office.account(1)
    account.change_status(AccountStatus.DEAD, "SessionRevokedError", office.clock.now())
    async with office.units() as uow:
        await uow.accounts.save(account)
        await uow.commit()

    await login.begin(account.phone)
    await login.give_code(account.phone, await code_of(office))
    admission = await login.finish(account.phone)

    assert (admission.account_id, admission.outcome) == (1, Outcome.REVIVED)
    back = await office.account(1)
    assert (back.status, back.status_reason, back.channels_used) == (AccountStatus.ACTIVE, None, 1)
    assert (await office.stored(channel)).account_id == 1
    assert await works(office, 1)


async def test_jobs_that_failed_without_the_account_run_again(office: Office, terminal: Terminal) -> None:
    await office.open()
    account = await office.account(1)
    account.change_status(AccountStatus.DEAD, "SessionRevokedError", office.clock.now())
    job = TendChannel(account_id=1, channel_id=new_uuid()).job()
    async with office.units() as uow:
        await uow.accounts.save(account)
        await uow.enqueue(job)
        await uow.commit()
    async with office.engine.begin() as connection:
        await connection.execute(text("UPDATE pgqueuer SET status = 'failed'"))

    async with terminal.typing("accounts", "login", "--phone", account.phone) as command:
        await command.sees("Code")
        await command.types(await code_of(office))
        ran = await command.ends()

    assert "Account 1 works again" in ran.out
    async with office.engine.connect() as connection:
        states = (await connection.execute(text("SELECT status::text FROM pgqueuer"))).scalars().all()
    assert states == ["queued"]


async def test_unusable_account_is_not_restored_by_a_login_of_another_telegram_account(
    office: Office, login: LoginAccount
) -> None:
    await office.open()
    account = await office.account(1)
    account.telegram_id = 4242
    account.change_status(AccountStatus.DEAD, "UserDeactivatedBanError", office.clock.now())
    async with office.units() as uow:
        await uow.accounts.save(account)
        await uow.commit()

    await login.begin(account.phone)
    await login.give_code(account.phone, await code_of(office))
    with pytest.raises(InvalidInput, match="another Telegram account"):
        await login.finish(account.phone)
    assert (await office.account(1)).status is AccountStatus.DEAD


async def test_account_with_a_changed_phone_number_is_recognized(office: Office, login: LoginAccount) -> None:
    person = somebody(office)
    await office.open()
    account = await office.account(1)
    account.telegram_id = person.id
    async with office.units() as uow:
        await uow.accounts.save(account)
        await uow.commit()

    await login.begin(PHONE)
    await login.give_code(PHONE, await code_of(office))
    admission = await login.finish(PHONE)

    assert (admission.account_id, admission.outcome) == (AccountId(1), Outcome.RENEWED)
    assert (await office.account(1)).phone == PHONE
