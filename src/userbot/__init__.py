"""The userbot process: the operator's Telegram accounts, which make the channels and own them."""
