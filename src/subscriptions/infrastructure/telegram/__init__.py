"""Telegram: the bot's side over the Bot API (aiogram), the owning accounts' side over MTProto (Telethon)."""
