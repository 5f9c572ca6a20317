"""Referral links, and the event of days granted for a referral."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Final
from uuid import UUID

from subscriptions.domain.events import DomainEvent
from subscriptions.domain.ids import CustomerId, SubscriptionId

LINK: Final = "ref_"
"""Prefix of a referral link, followed by the customer's id in hexadecimal."""
SOURCE: Final = "referral"
"""Acquisition source of all customers referred by a link."""
_ID: Final = re.compile(r"[0-9a-f]{32}")

ReferralDays = Callable[[], timedelta]
"""Function that returns the length of the free time granted to both the referrer and the referred customer; zero unless
the feature is on.
"""


def referrer_of(argument: str) -> CustomerId | None:
    """Return the customer who owns a referral link; None if the link is malformed. `argument`: part of the link after
    the prefix.
    """
    return CustomerId(UUID(argument)) if _ID.fullmatch(argument) else None


class ReferralGiven(DomainEvent):
    """Event: a customer received free days for a referral, as the referrer or as the referred customer. `key`:
    idempotency key of the grant.
    """

    subscription_id: SubscriptionId
    customer_id: CustomerId
    key: str
