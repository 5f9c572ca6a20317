"""Replay of responses by ``PayPal-Request-Id``: a repeated request gets the response to the first request."""

from typing import Final

from umbral_sandbox.payments.paypal.account import Account
from umbral_sandbox.payments.paypal.ask import Reply
from umbral_sandbox.payments.paypal.errors import invalid, unprocessable
from umbral_sandbox.payments.paypal.records import Replay
from umbral_sandbox.payments.paypal.times import HOUR

_KEPT_S: Final = 72 * HOUR
#: Request ids of orders expire sooner.
_KEPT_ORDERS_S: Final = 6 * HOUR
_LONGEST: Final = 108


def check_id(key: str | None) -> None:
    """Raise PayPalError if the request id is empty or too long."""
    if key is not None and not 1 <= len(key) <= _LONGEST:
        text = "The value of a field is either too short or too long."
        raise invalid("INVALID_STRING_LENGTH", text, "PayPal-Request-Id", "header")


def earlier(account: Account, key: str, mark: str) -> Reply | None:
    """Return the stored response to a request with this id; None if the id is new. Raises PayPalError if the id was
    used for another request.

    mark: fingerprint of the request's body
    """
    kept = account.replays.get(key)
    lives = _KEPT_ORDERS_S if "/checkout/orders" in key else _KEPT_S
    if kept is None or kept.created + lives <= account.now():
        return None
    if kept.fingerprint != mark:
        text = (
            "The value of PayPal-Request-Id header has already been used. "
            "Please specify a different value and try the request again."
        )
        raise unprocessable("DUPLICATE_REQUEST_ID", text)
    # As at the provider, the second response shows by its code that nothing was created this time.
    return Reply(200 if kept.status == 201 else kept.status, kept.body)


def keep(account: Account, key: str, mark: str, reply: Reply) -> None:
    """Store the response to a request, with the request's id and the fingerprint of its body."""
    account.replays.put(
        key,
        Replay(key=key, fingerprint=mark, status=reply.status, body=reply.body, created=account.now()),
    )
