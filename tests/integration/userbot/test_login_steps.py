"""Sign-in step by step, including two-step verification, as in a process that is stopped after each step."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from subscriptions.application.accounts.login_account import LoginAccount, LoginStep, Owed
from subscriptions.application.accounts.manage_pool import Outcome
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ports.account_login import LoginProblem, LoginRefused
from subscriptions.infrastructure.telegram.session_vault import SessionVault
from tests.integration.userbot.conftest import Office
from tests.integration.userbot.test_login import PASSWORD, PHONE, code_of, login, somebody, works

__all__ = ["login"]


async def test_two_step_password_is_required_until_the_correct_password_is_entered(
    office: Office, login: LoginAccount
) -> None:
    person = somebody(office, password=PASSWORD)
    await login.begin(PHONE)
    assert await login.give_code(PHONE, await code_of(office)) == LoginStep(owed=Owed.TWO_STEP)
    assert (await login.begin(PHONE)).owed is Owed.TWO_STEP
    with pytest.raises(LoginRefused) as refused:
        await login.give_password(PHONE, "wrong horse")
    assert refused.value.problem is LoginProblem.TWO_STEP_WRONG
    assert (await login.begin(PHONE)).owed is Owed.TWO_STEP
    assert await login.give_password(PHONE, PASSWORD) == LoginStep(owed=Owed.NOTHING)
    assert (await login.begin(PHONE)).owed is Owed.NOTHING
    assert office.accounts.calls("SendCode") == 1
    assert (await login.finish(PHONE)).outcome is Outcome.ADDED
    assert (await office.account(1)).telegram_id == person.id


async def test_account_with_a_lost_session_key_signs_in_and_keeps_its_channels(
    office: Office, login: LoginAccount
) -> None:
    """Checks the procedure of docs/backups.md, «SESSION_KEY»."""
    await office.open()
    _, channel = await office.customer()
    await office.work()
    account = await office.account(1)
    account.session = SessionVault(Fernet.generate_key().decode()).seal("sealed with a key that is lost")
    async with office.units() as uow:
        await uow.accounts.save(account)
        await uow.commit()
    with pytest.raises(InvalidInput, match="SESSION_KEY"):
        await works(office, 1)

    await login.begin(account.phone)
    await login.give_code(account.phone, await code_of(office))
    admission = await login.finish(account.phone)

    assert admission.account_id == 1
    assert await works(office, 1)
    assert (await office.stored(channel)).account_id == 1
