"""Telegram's login errors, mapped to the product's errors."""

from __future__ import annotations

import pytest
from telethon import errors

from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.domain.ports.account_login import LoginProblem, LoginRefused
from subscriptions.domain.ports.channel_provisioner import FloodWait
from subscriptions.infrastructure.telegram.errors import DataCentreChange, login_errors


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (errors.PhoneNumberInvalidError, LoginProblem.PHONE_INVALID),
        (errors.PhoneNumberBannedError, LoginProblem.PHONE_BANNED),
        (errors.UserDeactivatedBanError, LoginProblem.PHONE_BANNED),
        (errors.PhoneNumberUnoccupiedError, LoginProblem.PHONE_UNKNOWN),
        (errors.PhoneCodeInvalidError, LoginProblem.CODE_WRONG),
        (errors.PhoneCodeExpiredError, LoginProblem.CODE_EXPIRED),
        (errors.SessionPasswordNeededError, LoginProblem.TWO_STEP_OWED),
        (errors.PasswordHashInvalidError, LoginProblem.TWO_STEP_WRONG),
        (errors.PhoneNumberFloodError, LoginProblem.TOO_MANY_TRIES),
        (errors.PhonePasswordFloodError, LoginProblem.TOO_MANY_TRIES),
        (errors.ApiIdInvalidError, LoginProblem.APP_INVALID),
        (errors.AuthKeyUnregisteredError, LoginProblem.LOST),
        (errors.SessionRevokedError, LoginProblem.LOST),
    ],
)
def test_login_error_is_mapped_to_its_problem(error: type[Exception], problem: LoginProblem) -> None:
    with pytest.raises(LoginRefused) as refused, login_errors("SignIn"):
        raise error(request=None)

    assert refused.value.problem is problem


def test_flood_wait_error_contains_its_length() -> None:
    with pytest.raises(FloodWait) as wait, login_errors("SendCode"):
        raise errors.FloodWaitError(request=None, capture=3600)

    assert 3600 <= wait.value.wait.total_seconds() <= 3600 * 1.1


def test_data_centre_change_is_recognised() -> None:
    with pytest.raises(DataCentreChange), login_errors("SendCode"):
        raise errors.PhoneMigrateError(request=None, capture=4)


@pytest.mark.parametrize("error", [ConnectionError(), TimeoutError(), errors.RpcCallFailError(request=None)])
def test_lost_connection_is_retried(error: Exception) -> None:
    with pytest.raises(RetryLater), login_errors("SignIn"):
        raise error


def test_unknown_login_error_is_reported_by_its_name() -> None:
    with pytest.raises(Permanent, match="SOMETHING_NEW"), login_errors("SignIn"):
        raise errors.BadRequestError(None, "SOMETHING_NEW", 400)
