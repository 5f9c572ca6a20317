"""The Bot API's stand-in: HTTP in front, the world's rules behind."""
