"""Userbot process: the operator's Telegram accounts, which create and own channels."""
