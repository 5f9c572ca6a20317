"""Telegram: bots over the Bot API (aiogram), owning accounts over MTProto (Telethon)."""
