"""The bot process: chats with customers, messages to customers, and posts in channels."""
