"""Conversion of Cryptomus' errors to subclasses of GatewayError. The class of the error determines the caller's
reaction, such as a retry.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from subscriptions.domain.ports.payment_gateway import (
    GatewayAuthError,
    GatewayError,
    GatewayRejected,
    GatewayUnavailable,
    UnreadableAnswer,
)

PROVIDER: Final = "cryptomus"

NOT_FOUND: Final = "not_found"
"""Error code if the provider refuses a request because the object does not exist."""

_LONGEST_WAIT = timedelta(days=1)
_FIELD = re.compile(r"[a-z_]{1,40}\Z")
_UNKNOWN = re.compile(r"not found|no query results|does ?n[o']t exist", re.IGNORECASE)
_NO_ACCESS = re.compile(r"invalid sign|unauthori[sz]ed|forbidden|merchant.{0,20}(?:blocked|inactive)", re.IGNORECASE)
_BUSY: Final = frozenset(
    [
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.CONFLICT,
        HTTPStatus.LOCKED,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
    ]
)


def refusal(status: int, answer: Mapping[str, Any], retry_after: str | None) -> GatewayError:
    """Return the GatewayError for an unsuccessful answer. The provider's message is left out, because it may quote the
    request.
    """
    message = answer.get("message")
    message_text = message if isinstance(message, str) else ""
    fields = _fields(answer.get("errors"))
    what = f"HTTP {status}" + (f", wrong: {', '.join(fields)}" if fields else "")
    is_denied = status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
    if is_denied or (status < HTTPStatus.INTERNAL_SERVER_ERROR and _NO_ACCESS.search(message_text)):
        return GatewayAuthError(PROVIDER, f"{what}; check CRYPTOMUS_MERCHANT_ID and CRYPTOMUS_API_KEY")
    if status in _BUSY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return GatewayUnavailable(PROVIDER, what, delay=_wait(retry_after))
    if status == HTTPStatus.NOT_FOUND or _UNKNOWN.search(message_text):
        return GatewayRejected(PROVIDER, f"{what}: there is no such object", code=NOT_FOUND)
    return GatewayRejected(PROVIDER, what, code=fields[0] if fields else None)


def unreadable(what: str) -> UnreadableAnswer:
    """Return the error for an unreadable answer. Retrying is safe, because an order id creates only one object."""
    return UnreadableAnswer(PROVIDER, f"the answer is no {what}")


def _fields(errors: object) -> list[str]:
    names = errors if isinstance(errors, dict) else {}
    return sorted(name for name in names if isinstance(name, str) and _FIELD.match(name))


def _wait(text: str | None) -> timedelta | None:
    seconds = (text or "").strip()
    if not seconds.isascii() or not seconds.isdigit() or len(seconds) > 9:
        return None
    return min(timedelta(seconds=int(seconds)), _LONGEST_WAIT)
