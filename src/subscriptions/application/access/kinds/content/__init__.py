"""A text, a link or a file that the bot gives in the chat."""
