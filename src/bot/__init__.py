"""The bot process: the chat with customers, their messages, picks into channels."""
