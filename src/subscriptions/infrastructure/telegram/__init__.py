"""Telegram clients: bots use the Bot API (aiogram), and owning accounts use MTProto (Telethon)."""
