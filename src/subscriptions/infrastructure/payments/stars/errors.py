"""Conversion of Telegram's errors to subclasses of GatewayError. The class of the error determines the caller's
reaction, such as a retry.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from subscriptions.domain.ports.payment_gateway import (
    GatewayAuthError,
    GatewayError,
    GatewayRejected,
    GatewayUnavailable,
    UnreadableAnswer,
)

PROVIDER: Final = "stars"
NOT_ON_RECORD: Final = "not_on_record"

BAD_REQUEST: Final = 400
UNAUTHORIZED: Final = 401
NOT_FOUND: Final = 404
CONFLICT: Final = 409
TOO_MANY: Final = 429
SERVER: Final = 500

_CODE = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")
_LONGEST_WAIT = timedelta(days=1)


def refusal(method: str, status: int, answer: Mapping[str, Any]) -> GatewayError:
    """Return the GatewayError for an unsuccessful answer. Only the error code is taken from Telegram's text."""
    match = _CODE.search(str(answer.get("description", "")))
    code = match.group() if match else None
    message = f"{method}: HTTP {status}" + (f", {code}" if code else "")
    if status in {UNAUTHORIZED, NOT_FOUND}:
        return GatewayAuthError(PROVIDER, f"{message}; check TELEGRAM_SUBSCRIPTION_BOT_TOKEN", code=code)
    if status == TOO_MANY:
        return GatewayUnavailable(PROVIDER, message, code=code, delay=_retry_after(answer))
    if status == CONFLICT or not BAD_REQUEST <= status < SERVER:
        return GatewayUnavailable(PROVIDER, message, code=code)
    return GatewayRejected(PROVIDER, message, code=code)


def unreadable(method: str, what: str) -> UnreadableAnswer:
    """Return the error for an unreadable answer, which means that Telegram was reachable."""
    return UnreadableAnswer(PROVIDER, f"{method}: the answer is no {what}")


def _retry_after(answer: Mapping[str, Any]) -> timedelta | None:
    parameters = answer.get("parameters")
    seconds = parameters.get("retry_after") if isinstance(parameters, Mapping) else None
    if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds < 0:
        return None
    return min(timedelta(seconds=min(seconds, 10**6)), _LONGEST_WAIT)
