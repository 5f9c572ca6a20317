"""Operator's preferences for a payment method. The settings determine whether the method is available at all."""

from dataclasses import dataclass
from datetime import datetime

from subscriptions.domain.ids import TelegramId


@dataclass(kw_only=True)
class PaymentMethod:
    """Preferences for one payment method.

    provider: provider code
    enabled: False only removes the button; existing purchases continue
    position: position in the list, from 0
    changed_by: None if no staff member changed it
    """

    provider: str
    enabled: bool = True
    position: int
    changed_by: TelegramId | None = None
    changed_at: datetime
