"""Restriction of the payment methods depending on the app in which a customer buys.

Telegram requires payments in its own currency on phones; the operator may apply this restriction. Only the page of the
Mini App knows the app in which it runs. Telegram does not sign this information and does not send it to bots. If the
app is unknown, every method is available, as in the chat.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from subscriptions.application.dto.policy import Policy
from subscriptions.domain.money import TELEGRAM_CURRENCY

PHONES: Final = frozenset({"android", "android_x", "ios"})
"""Names of Telegram's phone apps: https://core.telegram.org/bots/webapps#initializing-mini-apps"""
_telegrams_alone: Final[ContextVar[bool]] = ContextVar("telegrams_alone", default=False)


@contextmanager
def selling_on(platform: str, policy: Policy) -> Iterator[None]:
    """Apply the payment restriction of the customer's app to all code in the `with` block. `platform`: Telegram's name
    of the app; empty if unknown.
    """
    token = _telegrams_alone.set(policy.telegram_currency_alone_on_phones and platform in PHONES)
    try:
        yield
    finally:
        _telegrams_alone.reset(token)


def telegrams_alone() -> bool:
    """Return True if the current customer may pay only in Telegram's currency."""
    return _telegrams_alone.get()


def is_taken_here(currency: str) -> bool:
    """Return True if the current customer may pay in this currency in their app."""
    return currency == TELEGRAM_CURRENCY or not telegrams_alone()
