"""Dialogue of `umbral accounts login`, on a terminal or line by line from standard input."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from subscriptions.application.accounts.login_account import LoginStep, Owed
from subscriptions.application.accounts.manage_pool import Outcome
from subscriptions.bootstrap.account_login import LoginDesk, login_desk
from subscriptions.bootstrap.settings.core import SettingsError
from subscriptions.domain.entities.userbot_account import phone_number
from subscriptions.domain.errors import RetryLater, UmbralError
from subscriptions.domain.ports.account_login import LoginProblem, LoginRefused
from subscriptions.domain.ports.channel_provisioner import FloodWait
from umbral.cli.asking import ask
from umbral.terminal.operating import duration, fail, moment, refuse

T = TypeVar("T")

TRIES: Final = 3
"""Maximum number of wrong codes or passwords per run. After a few more attempts, Telegram locks the phone number."""

_ONCE_MORE: Final = frozenset({LoginProblem.CODE_WRONG, LoginProblem.CODE_EXPIRED, LoginProblem.TWO_STEP_WRONG})
_PROBLEMS: Final = {
    LoginProblem.PHONE_INVALID: "Telegram doesn't recognise this number. Include the country code, e.g. +34600111222.",
    LoginProblem.PHONE_BANNED: "Telegram has banned this number. Appeal at recover@telegram.org; "
    "its channels can't be reached until then.",
    LoginProblem.PHONE_UNKNOWN: "No Telegram account has this number. Create one in Telegram's own app first.",
    LoginProblem.CODE_WRONG: "That isn't the code.",
    LoginProblem.CODE_EXPIRED: "That code has expired.",
    LoginProblem.TWO_STEP_OWED: "This account has two-step verification.",
    LoginProblem.TWO_STEP_WRONG: "That isn't the password.",
    LoginProblem.TOO_MANY_TRIES: "Too many attempts with this number. Telegram doesn't say how long this lasts: "
    "try again in a day.",
    LoginProblem.APP_INVALID: "TELEGRAM_API_ID and TELEGRAM_API_HASH aren't the pair that my.telegram.org gave you.",
    LoginProblem.LOST: "Telegram no longer recognises this login. Run the command again to start over.",
}
_OUTCOMES: Final = {
    Outcome.ADDED: "Account {id} added.",
    Outcome.REVIVED: "Account {id} works again, with its channels.",
    Outcome.RENEWED: "Account {id} was already added; it has a new session.",
}


def sign_in(phone: str | None, label: str | None) -> int:
    """Sign in an account, which may be new or already known, and return the exit status."""
    # Telethon's own retries, for example of one key exchange in 256, are not shown. Failures are raised and described
    # by this module.
    logging.getLogger("telethon").setLevel(logging.ERROR)
    try:
        number = phone_number(phone or ask("Phone, with country code: "))
        step = _take(lambda desk: desk.login_account.begin(number))
        _tell(step)
        while step.owed is not Owed.NOTHING:
            step = _ask(number, step.owed)
        admission = _take(lambda desk: desk.finish(number, label))
    except SettingsError as error:
        return refuse("accounts login", error)
    except (UmbralError, EOFError) as error:
        return _fail(_reason(error))
    except KeyboardInterrupt:
        print()
        _fail("Stopped. Run the command again to continue where it stopped.")
        return 130
    print(_OUTCOMES[admission.outcome].format(id=admission.account_id))
    return 0


def _reason(error: UmbralError | EOFError) -> str:
    match error:
        case FloodWait():
            wait = duration(error.wait)
            return f"Telegram requires a pause of {wait} for this number. Run the command again after that."
        case LoginRefused():
            return _PROBLEMS[error.problem]
        case RetryLater():
            return f"No answer ({error}). Run the command again to continue where it stopped."
        case EOFError():
            return "Nothing was entered. Run the command again to continue where it stopped."
        case _:
            return str(error)


def _ask(number: str, answer_owed: Owed) -> LoginStep:
    """Ask for the code or password until Telegram accepts it. Raises LoginRefused if there were too many wrong
    attempts, or if Telegram refuses the login for another reason.
    """
    for tries_left in range(TRIES - 1, -1, -1):
        try:
            return _asked_for_code(number) if answer_owed is Owed.CODE else _asked_for_password(number)
        except LoginRefused as refuse:
            if refuse.problem not in _ONCE_MORE or not tries_left:
                raise
            print(_PROBLEMS[refuse.problem])
            if refuse.problem is LoginProblem.CODE_EXPIRED:
                _tell(_take(lambda desk: desk.login_account.send_code(number)))
    raise LoginRefused(LoginProblem.TOO_MANY_TRIES)


def _asked_for_code(number: str) -> LoginStep:
    code = ask("Code (empty: send a new one): ").strip()
    if not code:
        step = _take(lambda desk: desk.login_account.send_code(number))
        _tell(step)
        return step
    return _take(lambda desk: desk.login_account.give_code(number, code))


def _asked_for_password(number: str) -> LoginStep:
    password = ask("Password of two-step verification: ", is_secret=True)
    return _take(lambda desk: desk.login_account.give_password(number, password))


def _tell(step: LoginStep) -> None:
    if step.owed is Owed.CODE and step.asked_at is None:
        print("Telegram has sent a code to this account's app, or by SMS.")
    elif step.owed is Owed.CODE:
        print(f"A code was sent at {moment(step.asked_at)} UTC; it may still be valid.")
    elif step.owed is Owed.TWO_STEP:
        print("The code was already accepted; the password is missing.")


def _take(step: Callable[[LoginDesk], Awaitable[T]]) -> T:
    """Run one step of the login with its own connection, so that no connection is open while the operator types."""

    async def run_step() -> T:
        async with login_desk(os.environ) as desk:
            return await step(desk)

    return asyncio.run(run_step())


def _fail(reason: str) -> int:
    return fail("accounts login", reason)
