"""Simulator of the Bot API: the HTTP interface to the simulated Telegram in `world.telegram`."""
