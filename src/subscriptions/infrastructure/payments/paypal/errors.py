"""Conversion of PayPal's errors to subclasses of GatewayError. The class of the error determines the caller's reaction,
such as a retry.

PayPal's text is left out of the messages, because it can quote e-mail addresses and the request.
"""

import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from subscriptions.domain.ports.payment_gateway import (
    GatewayAuthError,
    GatewayError,
    GatewayRejected,
    GatewayUnavailable,
    UnreadableAnswer,
)
from subscriptions.infrastructure.providers.reader import Node

PROVIDER: Final = "paypal"

_WORD = re.compile(r"[A-Za-z0-9_.-]{1,80}\Z")
_LONGEST_WAIT = timedelta(days=1)
_RETRIABLE: Final = frozenset([408, 409, 425, 429])
_IN_PROGRESS: Final = "PREVIOUS_REQUEST_IN_PROGRESS"


class NotPermitted(GatewayAuthError):
    """Raised if the PayPal app lacks a permission, although its credentials are valid."""


class Refusal(GatewayRejected):
    """Raised if PayPal refused the request.

    status: HTTP status
    code: PayPal's issue, or else the name of the error
    """

    def __init__(self, message: str, *, status: int, code: str | None) -> None:
        super().__init__(PROVIDER, message, code=code)
        self.status = status


def decode(content: bytes) -> Node:
    """Return the JSON of an answer, or a Node of None for anything else, such as an HTML page."""
    try:
        return Node(json.loads(content))
    except (ValueError, RecursionError):
        return Node(None)


def gateway_error(status: int, body: Node, retry_after: str, now: datetime) -> GatewayError:
    """Return the GatewayError for an unsuccessful answer."""
    code = _word(body.at("details", 0, "issue")) or _word(body.at("name")) or _word(body.at("error"))
    message = _describe(status, code, _word(body.at("debug_id")))
    if status == 401 or (status == 403 and body.is_object):
        advice = "check PAYPAL_CLIENT_ID, PAYPAL_CLIENT_SECRET and what the app may do"
        kind = GatewayAuthError if status == 401 else NotPermitted
        return kind(PROVIDER, f"{message}; {advice}", code=code)
    if passes(status) or code == _IN_PROGRESS:
        return GatewayUnavailable(PROVIDER, message, code=code, delay=_wait(retry_after, now))
    if not body.is_object:
        # The answer is a proxy's page: PayPal itself refuses in JSON.
        return GatewayUnavailable(PROVIDER, f"{message}, and no answer of the API", delay=_wait(retry_after, now))
    return Refusal(message, status=status, code=code)


def passes(status: int) -> bool:
    """Return True if an unsuccessful HTTP status is temporary and not caused by the request."""
    return status in _RETRIABLE or not 400 <= status < 500


def unreadable(what: str) -> UnreadableAnswer:
    """Return the error for an unreadable answer. Retrying is safe because of the request id."""
    return UnreadableAnswer(PROVIDER, f"the answer is no {what}")


def unreachable(error: Exception) -> GatewayUnavailable:
    """Return the error for a timeout or a failed connection."""
    return GatewayUnavailable(PROVIDER, f"no answer ({type(error).__name__})")


def _describe(status: int, code: str | None, debug_id: str | None) -> str:
    facts = {"HTTP": status, "code": code, "debug_id": debug_id}
    return ", ".join(f"{name} {value}" for name, value in facts.items() if value)


def _word(node: Node) -> str | None:
    """Return a code of PayPal; None for text that is not a short code, which could contain personal data."""
    text = node.text()
    return text if text is not None and _WORD.match(text) else None


def _wait(header: str, now: datetime) -> timedelta | None:
    text = header.strip()
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return min(timedelta(seconds=int(text)), _LONGEST_WAIT)
    try:
        retry_at = parsedate_to_datetime(text)
    except ValueError:
        return None
    wait = (retry_at if retry_at.tzinfo is not None else retry_at.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta()), _LONGEST_WAIT)
