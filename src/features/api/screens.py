"""Chat screen that shows a new API key once."""

from bot.screens import Screen
from bot.screens.panel.staff.shown_once import secret_shown_once
from bot.texts import Texts
from features.api.commands import MadeKey


def key_screen(t: Texts, made: MadeKey) -> Screen:
    """Return the screen of a new API key, or a notice that the key was already shown."""
    return secret_shown_once(t, "key", made.secret, "keys", made.key)
