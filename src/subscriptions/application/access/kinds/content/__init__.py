"""Kind of resource: content that the bot delivers in the private chat, as a text, a link or a file."""
