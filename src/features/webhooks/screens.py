"""Chat screen that shows the signing secret of an endpoint once."""

from bot.screens import Screen
from bot.screens.panel.staff.shown_once import secret_shown_once
from bot.texts import Texts
from features.webhooks.commands import EndpointSecret


def secret_screen(t: Texts, made: EndpointSecret) -> Screen:
    """Return the screen of a new signing secret, or a notice that the secret was already shown."""
    return secret_shown_once(t, "endpoint", made.secret, "endpoints", made.endpoint)
