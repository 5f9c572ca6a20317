"""Conversion of Stripe's errors to subclasses of GatewayError. The class of the error determines the caller's reaction,
such as a retry.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import stripe

from subscriptions.domain.ports.payment_gateway import (
    ChargeDeclined,
    GatewayAuthError,
    GatewayError,
    GatewayRejected,
    GatewayUnavailable,
    UnreadableAnswer,
)

PROVIDER: Final = "stripe"
DEADLINE_SECONDS: Final = 25.0
"""Maximum duration in seconds of one operation including the SDK's retries, because a customer may be waiting."""

MISSING_CODE: Final = "resource_missing"
EXISTS_CODE: Final = "resource_already_exists"
_LONGEST_WAIT = timedelta(days=1)

_PERMISSION = re.compile(r"\brak_[a-z_]{1,60}\b")
"""Pattern of the permission that Stripe names when it refuses a restricted key, such as `rak_coupon_write`."""


@asynccontextmanager
async def translate_errors() -> AsyncIterator[None]:
    """Limit the duration of the calls to Stripe in the block, and convert their errors to GatewayErrors.

    Stripe's text is left out of the messages, because it can quote keys, e-mail addresses and the request.
    """
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            yield
    except TimeoutError:
        raise GatewayUnavailable(PROVIDER, f"no answer within {DEADLINE_SECONDS:.0f} s") from None
    except stripe.StripeError as error:
        raise gateway_error(error) from None


def gateway_error(error: stripe.StripeError) -> GatewayError:
    """Return the GatewayError for an error of Stripe's library."""
    code = error.code or None
    message = _describe(error)
    if isinstance(error, (stripe.AuthenticationError, stripe.PermissionError)):
        permissions = " and ".join(_PERMISSION.findall(error.user_message or ""))
        remedy = (
            f"give the key of STRIPE_SECRET_KEY the right {permissions}" if permissions else "check STRIPE_SECRET_KEY"
        )
        return GatewayAuthError(PROVIDER, f"{message}; {remedy}", code=code)
    if isinstance(error, stripe.RateLimitError):
        return GatewayUnavailable(PROVIDER, message, code=code, delay=_retry_after(error))
    if isinstance(error, stripe.CardError):
        return ChargeDeclined(PROVIDER, message, code=code)
    if isinstance(error, (stripe.InvalidRequestError, stripe.IdempotencyError)):
        return GatewayRejected(PROVIDER, message, code=code)
    status = error.http_status or 0
    # 409 means that a call with the same idempotency key is in progress; 2xx means an unreadable answer.
    if status in {409, 429} or not 400 <= status < 500:
        return GatewayUnavailable(PROVIDER, message, code=code, delay=_retry_after(error))
    return GatewayRejected(PROVIDER, message, code=code)


def unreadable(what: str) -> UnreadableAnswer:
    """Return the error for an unreadable answer. Retrying is safe because of the idempotency key."""
    return UnreadableAnswer(PROVIDER, f"the answer is no {what}")


def _describe(error: stripe.StripeError) -> str:
    facts = {
        "HTTP": error.http_status,
        "code": error.code,
        "param": getattr(error, "param", None),
        "request": error.request_id,
    }
    description = ", ".join(f"{name} {value}" for name, value in facts.items() if value)
    return f"{type(error).__name__} ({description})" if description else type(error).__name__


def _retry_after(error: stripe.StripeError) -> timedelta | None:
    text = str((error.headers or {}).get("retry-after", "")).strip()
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        return None
    return min(timedelta(seconds=int(text)), _LONGEST_WAIT)
