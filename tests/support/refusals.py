"""The adapter's errors for Telegram's refusals, for use in fakes: an error that the adapter never raises proves
nothing.
"""

from __future__ import annotations

from telethon import errors

from subscriptions.domain.errors import UmbralError
from subscriptions.infrastructure.telegram.errors import telegram_errors


def refusal(method: str, name: str) -> UmbralError:
    """Return the error of the port where Telegram answers a call of `method` with this name."""
    try:
        with telegram_errors(method):
            raise errors.rpc_errors_dict[name](request=None)
    except UmbralError as error:
        return error
    raise AssertionError(f"{name} is no error of the port")
