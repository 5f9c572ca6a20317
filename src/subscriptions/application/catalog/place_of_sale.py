"""Where somebody buys. On phones the operator may sell for Telegram's own currency alone, as Telegram wants it there.

Only the page of the Mini App knows which app it runs in; Telegram does not sign that, and tells bots nothing of it.
Where it is not known every method is offered, as in the chat.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from subscriptions.application.dto.policy import Policy
from subscriptions.domain.money import TELEGRAM_CURRENCY

PHONES: Final = frozenset({"android", "android_x", "ios"})
"""What Telegram's apps for phones call themselves: https://core.telegram.org/bots/webapps#initializing-mini-apps"""
_telegrams_alone: Final[ContextVar[bool]] = ContextVar("telegrams_alone", default=False)


@contextmanager
def selling_on(platform: str, policy: Policy) -> Iterator[None]:
    """Offer and refuse by the app of who asks while the block runs. platform: empty where it is not known."""
    token = _telegrams_alone.set(policy.telegram_currency_alone_on_phones and platform in PHONES)
    try:
        yield
    finally:
        _telegrams_alone.reset(token)


def telegrams_alone() -> bool:
    """Whether who is answered now may pay in Telegram's own currency alone."""
    return _telegrams_alone.get()


def is_taken_here(currency: str) -> bool:
    """Whether who is answered now may pay in a currency."""
    return currency == TELEGRAM_CURRENCY or not telegrams_alone()
