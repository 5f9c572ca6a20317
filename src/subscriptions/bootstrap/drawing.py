"""Pictures, for the processes that draw: the bot its numbers, the web what a link to it shows elsewhere."""

from subscriptions.infrastructure.drawing import rendered

__all__ = ["rendered"]
