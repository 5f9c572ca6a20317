"""Telethon's exceptions in the domain's words, so that the worker reads what to do from the type.

Names and meanings: core.telegram.org/api/errors and the pages of the methods.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from telethon import errors

from subscriptions.domain.errors import Ambiguous, Permanent, RetryLater
from subscriptions.domain.ports.channel_provisioner import AccountUnavailable, FloodWait, PeerGone

_DEAD: Final = (
    errors.UnauthorizedError,
    errors.AuthKeyDuplicatedError,
    errors.AuthKeyNotFound,
    errors.PhoneNumberBannedError,
)
_RESTRICTED: Final = (errors.UserRestrictedError, errors.PeerFloodError, errors.FrozenMethodInvalidError)
_FULL: Final = (errors.ChannelsTooMuchError, errors.ChannelsAdminLocatedTooMuchError)
_GONE: Final = (
    errors.ChannelPrivateError,
    errors.ChannelInvalidError,
    errors.PeerIdInvalidError,
    errors.UserIdInvalidError,
    errors.UsernameNotOccupiedError,
    errors.UsernameInvalidError,
)
_LOST: Final = (
    ConnectionError,
    asyncio.IncompleteReadError,
    TimeoutError,
    errors.ServerError,
    errors.TimedOutError,
    errors.TypeNotFoundError,
    errors.InvalidBufferError,
)


@contextmanager
def telegram_errors(method: str) -> Iterator[None]:
    """Translate whatever a call of `method` raises. Whatever leaves open whether it was done is Ambiguous."""
    try:
        yield
    except (errors.FloodWaitError, errors.FloodPremiumWaitError) as error:
        raise FloodWait(method, timedelta(seconds=error.seconds)) from error
    except _DEAD as error:
        raise AccountUnavailable("dead", type(error).__name__) from error
    except _RESTRICTED as error:
        raise AccountUnavailable("restricted", type(error).__name__) from error
    except _FULL as error:
        raise AccountUnavailable("full", type(error).__name__) from error
    except _GONE as error:
        raise PeerGone(f"{method}: {type(error).__name__}") from error
    except _LOST as error:
        raise Ambiguous(f"{method}: {type(error).__name__}") from error
    except errors.RPCError as error:
        raise Permanent(f"{method}: {error.code} {error.message}") from error


@contextmanager
def connection_errors() -> Iterator[None]:
    """The same for connecting: nothing was asked yet, so a lost connection is simply tried again."""
    try:
        with telegram_errors("connect"):
            yield
    except Ambiguous as error:
        raise RetryLater(str(error), after=timedelta(seconds=2)) from error
