"""The one table from Stripe's subscription status to ours."""

import logging
from typing import Final

from subscriptions.domain.ports.payment_gateway import ProviderStatus

log = logging.getLogger(__name__)

STATUS: Final = {
    "incomplete": ProviderStatus.INCOMPLETE,
    "incomplete_expired": ProviderStatus.ENDED,
    "trialing": ProviderStatus.TRIALING,
    "active": ProviderStatus.ACTIVE,
    "past_due": ProviderStatus.PAST_DUE,
    # All retries failed, yet paying the open invoice brings it back: grace runs out by our own clock.
    "unpaid": ProviderStatus.PAST_DUE,
    "paused": ProviderStatus.PAUSED,
    "canceled": ProviderStatus.ENDED,
}


def provider_status(raw: str | None) -> ProviderStatus:
    """Our word for Stripe's; UNKNOWN, and a warning in the log, for one this table does not have."""
    status = STATUS.get(raw or "")
    if status is None:
        log.warning("stripe: subscription status %r is not known; it grants nothing new", raw)
        return ProviderStatus.UNKNOWN
    return status
