"""What stays of an erased person's trials, and of the promotions they used: enough to know them again by whoever has
the key, and nothing to read.
"""

import hmac
from dataclasses import dataclass
from typing import Final

from subscriptions.domain.ids import PlanId, PromotionId, TelegramId


@dataclass(frozen=True)
class TrialMarks:
    """Numbers at Telegram are few enough to try them all: without a key a mark would be as good as the number.

    key: known to who sells and erases, and not to the database. None: there are no marks, and a plan may be
    tried again, and a promotion used.
    """

    key: bytes | None = None

    def of(self, telegram_id: TelegramId, what: PlanId | PromotionId) -> str | None:
        """The mark of one person and one plan or promotion; another's has nothing in common with it."""
        if self.key is None:
            return None
        return hmac.digest(self.key, f"{telegram_id}:{what}".encode(), "sha256").hex()


UNMARKED: Final = TrialMarks()
"""Where there is no key."""
