"""Replay of responses by Stripe's idempotency key: a repeated request gets the response to the first request."""

from typing import Final

from umbral_sandbox.payments.stripe.account import Account
from umbral_sandbox.payments.stripe.errors import StripeError
from umbral_sandbox.payments.stripe.records import JsonObject, Replay

_KEPT_S: Final = 24 * 60 * 60
_LONGEST: Final = 255


def check_key(key: str | None) -> None:
    """Raise StripeError for an idempotency key that is too long."""
    if key is not None and len(key) > _LONGEST:
        raise StripeError(f"The idempotency key must be at most {_LONGEST} characters.")


def earlier(account: Account, key: str, path: str, mark: str) -> Replay | None:
    """Return the response stored for ``key``; None if the key is new. Raises StripeError if the key was used for
    another request.

    mark: fingerprint of the request's parameters
    """
    kept = account.replays.get(key)
    if kept is None or kept.created + _KEPT_S <= account.now():
        return None
    if kept.path != path:
        raise StripeError(
            "Keys for idempotent requests can only be used for the same endpoint they were first used for "
            f"('{path}' vs '{kept.path}'). Try using a key other than '{key}' if you meant to execute a "
            "different request.",
            kind="idempotency_error",
        )
    if kept.fingerprint != mark:
        raise StripeError(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. "
            f"Try using a key other than '{key}' if you meant to execute a different request.",
            kind="idempotency_error",
        )
    return kept


def keep(account: Account, key: str, path: str, mark: str, status: int, body: JsonObject, request: str) -> None:
    """Store the response to a request for a day, with its path and the fingerprint of its parameters."""
    account.replays.put(
        key,
        Replay(
            key=key,
            path=path,
            fingerprint=mark,
            status=status,
            body=body,
            request=request,
            created=account.now(),
        ),
    )
