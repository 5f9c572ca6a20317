"""What customers are told, each message once. A class for each kind says what, where from, and by which text."""

from subscriptions.application.messages import (
    channel_messages,
    content_messages,
    gift_messages,
    nudge_messages,
    payment_messages,
    subscription_messages,
)

__all__ = [
    "channel_messages",
    "content_messages",
    "gift_messages",
    "nudge_messages",
    "payment_messages",
    "subscription_messages",
]
