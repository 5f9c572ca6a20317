"""Content that the bot delivers in the private chat: a text, a link or a file."""
