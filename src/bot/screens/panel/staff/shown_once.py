"""What an act of staff made and is shown this once: a key, a secret, a link."""

from bot.keyboards import copy
from bot.screens import Screen
from bot.screens.panel.frame import screen
from bot.texts import Texts
from subscriptions.application.outbox.endpoints import EndpointSecret
from subscriptions.application.staff.api_keys import MadeKey
from subscriptions.application.team.invite_colleague import MadeInvitation


def shown_once(t: Texts, result: object) -> Screen | None:
    """The screen of an act's result; None for a result of another kind."""
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
    """secret: None where it was shown before."""
    if secret is None:
        return screen(t, t(f"shown_once.{what}.gone", name=name), back_to=page)
    text = t(f"shown_once.{what}.made", name=name, secret=secret)
    return screen(t, text, copy(t.plain(f"shown_once.{what}.copy"), secret), back_to=page)
