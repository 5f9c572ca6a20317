"""Simulator of the Bot API: the HTTP layer over the world's rules."""
