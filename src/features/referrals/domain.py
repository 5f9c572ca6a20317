"""Links of customers who bring others."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Final
from uuid import UUID

from subscriptions.domain.ids import CustomerId

LINK: Final = "ref_"
"""Prefix of a customer's link; the customer's id follows, in hexadecimal."""
SOURCE: Final = "referral"
"""Acquisition source of all customers who came by a customer's link."""
_ID: Final = re.compile(r"[0-9a-f]{32}")

ReferralDays = Callable[[], timedelta]
"""Return how much both customers are given now: nothing while the feature is not on."""


def referrer_of(argument: str) -> CustomerId | None:
    """Return the customer whose link it was. argument: what follows the prefix."""
    return CustomerId(UUID(argument)) if _ID.fullmatch(argument) else None
