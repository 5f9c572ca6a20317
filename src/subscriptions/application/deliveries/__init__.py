"""How a message gets to a chat at Telegram, whoever sends it: attempts, their outcomes, and who cannot be reached."""
