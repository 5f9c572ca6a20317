"""What the operator wishes of one way to pay. Whether it can work at all, the settings say."""

from dataclasses import dataclass
from datetime import datetime

from subscriptions.domain.ids import TelegramId


@dataclass(kw_only=True)
class PaymentMethod:
    """provider: its code. enabled: False takes its button away, and nothing else: what was bought by it goes on.

    position: its place in the list, from 0; changed_by: None where nobody of staff did.
    """

    provider: str
    enabled: bool = True
    position: int
    changed_by: TelegramId | None = None
    changed_at: datetime
