"""The chat, for who reads and presses in the Mini App instead."""
