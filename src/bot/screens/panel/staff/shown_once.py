"""Screens of new keys, secrets and links, each of which is shown only once."""

from bot.keyboards import copy
from bot.screens import Screen
from bot.screens.panel.frame import screen
from bot.texts import Texts
from subscriptions.application.outbox.endpoints import EndpointSecret
from subscriptions.application.staff.api_keys import MadeKey
from subscriptions.application.team.invite_colleague import MadeInvitation


def shown_once(t: Texts, result: object) -> Screen | None:
    """Return the screen of a command's result, or None for any other kind of result."""
    match result:
        case MadeKey(key=name, secret=secret):
            return _screen(t, "key", secret, "keys", name)
        case EndpointSecret(endpoint=name, secret=secret):
            return _screen(t, "endpoint", secret, "endpoints", name)
        case MadeInvitation(link=secret):
            return _screen(t, "invitation", secret, "invitations")
        case _:
            return None


def _screen(t: Texts, what: str, secret: str | None, page: str, name: str = "") -> Screen:
    """Return the screen of a secret. secret: None if the secret was already shown."""
    if secret is None:
        return screen(t, t(f"shown_once.{what}.gone", name=name), back_to=page)
    text = t(f"shown_once.{what}.made", name=name, secret=secret)
    return screen(t, text, copy(t.plain(f"shown_once.{what}.copy"), secret), back_to=page)
