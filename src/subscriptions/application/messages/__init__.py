"""Messages to customers, each sent once. One class per kind gathers the facts and names the text."""

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
