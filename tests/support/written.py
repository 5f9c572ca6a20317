"""Telegram HTML messages as rendered by a server that does not know the reader's time zone."""

from __future__ import annotations

from aiogram.methods import SendMessage

from subscriptions.infrastructure.telegram.older_servers import without_moments


def written(text: str) -> str:
    """Return a message's text with its timestamps replaced by formatted times."""
    return without_moments(SendMessage(chat_id=1, text=text)).text
