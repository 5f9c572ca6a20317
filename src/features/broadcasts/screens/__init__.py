"""Screens of broadcasts in the bot's staff panel."""
