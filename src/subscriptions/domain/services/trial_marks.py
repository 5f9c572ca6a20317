"""Markers that an erasure leaves behind. They show that a person was a customer, and which trials and promotions the
person used.

A process with the key can recognize the person again. Without the key, the markers reveal nothing.
"""

import hmac
from dataclasses import dataclass
from typing import Final, Literal

from subscriptions.domain.ids import DiscountCodeId, PlanId, TelegramId

BEEN_CUSTOMER: Final = "referral"
"""Marker of a person who was a customer. A referral cannot count this person as a new customer again."""


@dataclass(frozen=True)
class TrialMarks:
    """Keyed markers of erased customers. There are few enough Telegram ids to try all of them, so a marker without a
    key would reveal the id.

    `key`: known to the processes that sell and erase, and not to the database. If None, no markers are made: after an
        erasure, the person can get a trial, use a promotion and count as a referral again.
    """

    key: bytes | None = None

    def mark_of(self, telegram_id: TelegramId, what: PlanId | DiscountCodeId | Literal["referral"]) -> str | None:
        """Return the marker of one person and one plan, promotion or referral. Return None without a key. Markers of
        the same person cannot be linked to each other.
        """
        if self.key is None:
            return None
        return hmac.digest(self.key, f"{telegram_id}:{what}".encode(), "sha256").hex()


NO_MARKS: Final = TrialMarks()
"""Instance without a key, which makes no markers."""
