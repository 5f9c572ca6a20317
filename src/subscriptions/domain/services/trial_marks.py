"""What stays of an erased person's trials, of the promotions they used, and of their having been a customer: enough to
know them again by whoever has the key, and nothing to read.
"""

import hmac
from dataclasses import dataclass
from typing import Final, Literal

from subscriptions.domain.ids import PlanId, PromotionId, TelegramId

REFERRAL: Final = "referral"
"""What whoever had a plan is marked by: they were somebody's customer, so that nobody brings them as a new one."""


@dataclass(frozen=True)
class TrialMarks:
    """Numbers at Telegram are few enough to try them all: without a key a mark would be as good as the number.

    key: known to who sells and erases, and not to the database. None: there are no marks, and a plan may be
    tried again, a promotion used, and days given for a referral.
    """

    key: bytes | None = None

    def mark_of(self, telegram_id: TelegramId, what: PlanId | PromotionId | Literal["referral"]) -> str | None:
        """The mark of one person and one plan, promotion or referral; another's has nothing in common with it."""
        if self.key is None:
            return None
        return hmac.digest(self.key, f"{telegram_id}:{what}".encode(), "sha256").hex()


NO_MARKS: Final = TrialMarks()
"""Where there is no key."""
