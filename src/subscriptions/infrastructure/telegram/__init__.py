"""Telegram clients: bots use the Bot API (aiogram), and the accounts that own channels use MTProto (Telethon)."""
