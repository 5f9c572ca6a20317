"""Errors that the Telegram adapter raises for Telegram's error names, for use in fakes. A test with an error that the
adapter never raises would test nothing real.
"""

from __future__ import annotations

from telethon import errors

from subscriptions.domain.errors import UmbralError
from subscriptions.infrastructure.telegram.errors import telegram_errors


def refusal(method: str, name: str) -> UmbralError:
    """Return the port's error for a call of `method` that Telegram answers with the error of this name."""
    try:
        with telegram_errors(method):
            raise errors.rpc_errors_dict[name](request=None)
    except UmbralError as error:
        return error
    raise AssertionError(f"{name} is no error of the port")
