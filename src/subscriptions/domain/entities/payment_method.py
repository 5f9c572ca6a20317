"""Operator's preferences for a payment method. Whether the method is available at all depends on the settings."""

from dataclasses import dataclass
from datetime import datetime

from subscriptions.domain.ids import TelegramId


@dataclass(kw_only=True)
class PaymentMethod:
    """Preferences for one payment method.

    provider: code of the provider
    enabled: False removes only the button; existing purchases continue
    position: position in the list, from 0
    changed_by: Telegram id of the staff member who last changed the preferences; None if nobody did
    """

    provider: str
    enabled: bool = True
    position: int
    changed_by: TelegramId | None = None
    changed_at: datetime
