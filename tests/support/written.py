"""A Telegram HTML message as rendered by a server that does not know its reader's time zone."""

from __future__ import annotations

from aiogram.methods import SendMessage

from subscriptions.infrastructure.telegram.older_servers import without_moments


def written(text: str) -> str:
    """Return the text with its timestamps rendered as text."""
    return without_moments(SendMessage(chat_id=1, text=text)).text
