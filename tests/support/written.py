"""A message of Telegram's HTML as a server writes it that knows nothing of its readers' clocks."""

from __future__ import annotations

from aiogram.methods import SendMessage

from subscriptions.infrastructure.telegram.older_servers import without_moments


def written(text: str) -> str:
    """The text with its moments as they are written."""
    return without_moments(SendMessage(chat_id=1, text=text)).text
