"""Fixtures of the bot's tests for the tests of the entry steps."""

from tests.integration.bot.conftest import terminal

__all__ = ["terminal"]
