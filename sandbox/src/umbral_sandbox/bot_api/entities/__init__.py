"""Formatted text: markup parsed into plain text and entities, as the Bot API parses it."""
