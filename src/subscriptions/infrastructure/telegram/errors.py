"""Translation of Telethon's exceptions to the domain's errors. The type of an error decides how the worker proceeds.

Names and meanings: core.telegram.org/api/errors and the pages of the methods.
"""

import asyncio
import random
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from telethon import errors

from subscriptions.domain.entities.userbot_account import AccountTrouble
from subscriptions.domain.errors import ActionRequired, Ambiguous, Permanent, RetryLater, UmbralError
from subscriptions.domain.ports.account_login import LoginProblem, LoginRefused
from subscriptions.domain.ports.channel_provisioner import (
    AccountUnavailable,
    FloodWait,
    NotYetAllowed,
    PeerGone,
    Unreachable,
)
from subscriptions.domain.ports.chat_membership import KEPT_OUT, TOO_MANY_CHANNELS

CONNECT: Final = "connect"
"""Key under which a flood wait during connecting is stored, independent of the request that caused the wait."""

_DEAD: Final = (
    errors.UnauthorizedError,
    errors.AuthKeyDuplicatedError,
    errors.AuthKeyNotFound,
    errors.PhoneNumberBannedError,
)
_RESTRICTIONS: Final = (
    errors.UserRestrictedError,
    errors.PeerFloodError,
    errors.FrozenMethodInvalidError,
    errors.FrozenParticipantMissingError,
)
_FULL: Final = (errors.ChannelsTooMuchError, errors.ChannelsAdminLocatedTooMuchError)
_TROUBLE: Final[Mapping[type[Exception], AccountTrouble]] = {
    errors.PeerFloodError: AccountTrouble.PEER_FLOOD,
    errors.FrozenMethodInvalidError: AccountTrouble.FROZEN,
    errors.FrozenParticipantMissingError: AccountTrouble.FROZEN,
    errors.AuthKeyDuplicatedError: AccountTrouble.SESSION_DOUBLED,
    errors.UserDeactivatedBanError: AccountTrouble.BANNED,
    errors.UserDeactivatedError: AccountTrouble.BANNED,
    errors.PhoneNumberBannedError: AccountTrouble.BANNED,
}
_NO_CHAT: Final = (
    errors.ChannelPrivateError,
    errors.ChannelInvalidError,
    errors.UsernameNotOccupiedError,
    errors.UsernameInvalidError,
)
_PERSON_GONE: Final = (errors.UserIdInvalidError, errors.PeerIdInvalidError)
_OF_SOMEBODY: Final = (
    *_FULL,
    *_PERSON_GONE,
    errors.UserChannelsTooMuchError,
    errors.UserBannedInChannelError,
)
_ABOUT_A_PERSON: Final = frozenset({"HideChatJoinRequest", "GetParticipant", "EditBanned"})
"""Calls in which an error of _PERSON_GONE means that the person is no longer in the channel. A missing channel is
reported as CHANNEL_INVALID instead.
"""
_CONNECTION_ERRORS: Final = (
    ConnectionError,
    # A damaged response was parsed as another type.
    BufferError,
    struct.error,
    asyncio.IncompleteReadError,
    TimeoutError,
    errors.ServerError,
    errors.TimedOutError,
    errors.TypeNotFoundError,
    errors.InvalidBufferError,
    errors.InvalidChecksumError,
    errors.SecurityError,
    errors.BadMessageError,
)
_LOGIN: Final[Mapping[type[Exception], LoginProblem]] = {
    errors.PhoneNumberInvalidError: LoginProblem.PHONE_INVALID,
    errors.PhoneNumberBannedError: LoginProblem.PHONE_BANNED,
    errors.UserDeactivatedBanError: LoginProblem.PHONE_BANNED,
    errors.UserDeactivatedError: LoginProblem.PHONE_BANNED,
    errors.PhoneNumberUnoccupiedError: LoginProblem.PHONE_UNKNOWN,
    errors.PhoneNotOccupiedError: LoginProblem.PHONE_UNKNOWN,
    errors.PhoneCodeInvalidError: LoginProblem.CODE_WRONG,
    errors.PhoneCodeEmptyError: LoginProblem.CODE_WRONG,
    errors.PhoneCodeExpiredError: LoginProblem.CODE_EXPIRED,
    errors.PhoneCodeHashEmptyError: LoginProblem.CODE_EXPIRED,
    errors.PhoneHashExpiredError: LoginProblem.CODE_EXPIRED,
    errors.SessionPasswordNeededError: LoginProblem.TWO_STEP_OWED,
    errors.PasswordHashInvalidError: LoginProblem.TWO_STEP_WRONG,
    errors.PasswordEmptyError: LoginProblem.TWO_STEP_WRONG,
    errors.PhoneNumberFloodError: LoginProblem.TOO_MANY_TRIES,
    errors.PhonePasswordFloodError: LoginProblem.TOO_MANY_TRIES,
    errors.ApiIdInvalidError: LoginProblem.APP_INVALID,
    errors.AuthKeyUnregisteredError: LoginProblem.LOST,
    errors.AuthKeyNotFound: LoginProblem.LOST,
}
_MIGRATIONS: Final = (errors.PhoneMigrateError, errors.NetworkMigrateError, errors.UserMigrateError)
_ANSWER_METHOD: Final = "HideChatJoinRequest"
FRESH_FOR: Final = timedelta(hours=1)
"""Interval between retries for an account that signed in recently. For a day, Telegram does not allow such an account
to change administrators.
"""
_JITTER: Final = 0.1
"""Maximum fraction by which imposed waits are extended at random, so that waiting calls do not all resume at the same
time.
"""


@contextmanager
def telegram_errors(method: str) -> Iterator[None]:
    """Translate the errors of a call of `method`. An error that leaves the result uncertain raises Ambiguous."""
    try:
        yield
    except (errors.FloodWaitError, errors.FloodPremiumWaitError) as error:
        raise FloodWait(method, timedelta(seconds=error.seconds * random.uniform(1, 1 + _JITTER))) from error
    except _DEAD as error:
        raise AccountUnavailable("dead", type(error).__name__, _TROUBLE.get(type(error))) from error
    except _RESTRICTIONS as error:
        raise AccountUnavailable("restricted", type(error).__name__, _TROUBLE.get(type(error))) from error
    except errors.FreshChangeAdminsForbiddenError as error:
        raise NotYetAllowed(f"{method}: {_name(error)}", delay=FRESH_FOR) from error
    except _OF_SOMEBODY as error:
        raise _of_somebody(method, error) from error
    except _NO_CHAT as error:
        raise PeerGone(f"{method}: {type(error).__name__}") from error
    except _CONNECTION_ERRORS as error:
        raise Ambiguous(f"{method}: {type(error).__name__}") from error
    except errors.RPCError as error:
        raise Permanent(f"{method}: {error.code} {_name(error)}") from error
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        # No caller cancelled this task: the client was disconnected, which cancels its requests.
        raise Ambiguous(f"{method}: the connection was closed") from None


def _of_somebody(method: str, error: errors.RPCError) -> UmbralError:
    """Return the error for a refusal that concerns either the account or the person whose request is answered,
    depending on the call.
    """
    is_answer = method == _ANSWER_METHOD
    if isinstance(error, errors.UserChannelsTooMuchError) or (is_answer and isinstance(error, _FULL)):
        return ActionRequired(TOO_MANY_CHANNELS)
    if isinstance(error, _FULL):
        return AccountUnavailable("full", type(error).__name__)
    if isinstance(error, errors.UserBannedInChannelError):
        return ActionRequired(KEPT_OUT) if is_answer else AccountUnavailable("restricted", type(error).__name__)
    if method in _ABOUT_A_PERSON:
        return Permanent(f"{method}: {error.code} {_name(error)}")
    return PeerGone(f"{method}: {type(error).__name__}")


def _name(error: errors.RPCError) -> str:
    """Return Telegram's name of an error. If Telethon has no class for the error, the name is in `message`."""
    error_name = next((name for name, kind in errors.rpc_errors_dict.items() if kind is type(error)), None)
    return error_name or str(vars(error).get("message") or type(error).__name__)


class DataCentreChange(UmbralError):
    """Signal that the account belongs to another data center, to which the client is now connected."""


@contextmanager
def login_errors(method: str) -> Iterator[None]:
    """Translate the errors of a sign-in. During a sign-in, the caller needs the exact reason, and nothing permanent has
    happened yet.
    """
    try:
        with telegram_errors(method):
            try:
                yield
            except _MIGRATIONS as error:
                raise DataCentreChange from error
            except tuple(_LOGIN) as error:
                raise LoginRefused(_LOGIN[type(error)]) from error
    except AccountUnavailable as error:
        raise LoginRefused(LoginProblem.LOST) from error
    except Ambiguous as error:
        raise RetryLater(str(error)) from error


@contextmanager
def connection_errors() -> Iterator[None]:
    """Raise Unreachable for errors while the client is connecting. At that point, no request has been sent."""
    try:
        with telegram_errors(CONNECT):
            yield
    except Ambiguous as error:
        raise Unreachable(str(error)) from error
