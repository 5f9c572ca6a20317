"""Messages to customers, each sent once. Each kind of message is a class that loads the facts and chooses the text."""

from subscriptions.application.messages import (
    channel_messages,
    content_messages,
    dispute_messages,
    nudge_messages,
    payment_messages,
    subscription_messages,
)

__all__ = [
    "channel_messages",
    "content_messages",
    "dispute_messages",
    "nudge_messages",
    "payment_messages",
    "subscription_messages",
]
