"""Screens of new secrets and links, each of which is shown only once."""

from bot.keyboards import copy
from bot.screens import Screen
from bot.screens.panel.frame import screen
from bot.texts import Texts
from subscriptions.application.team.invite_colleague import MadeInvitation


def shown_once(t: Texts, result: object) -> Screen | None:
    """Return the screen of a new invitation's link, or None for any other result."""
    match result:
        case MadeInvitation(link=secret):
            return secret_shown_once(t, "invitation", secret, "invitations")
        case _:
            return None


def secret_shown_once(t: Texts, what: str, secret: str | None, page: str, name: str = "") -> Screen:
    """Return the screen of a new secret. what: key of the secret's texts under `shown_once`. secret: None if the secret
    was already shown. page: page of the panel to return to.
    """
    if secret is None:
        return screen(t, t(f"shown_once.{what}.gone", name=name), back_to=page)
    text = t(f"shown_once.{what}.made", name=name, secret=secret)
    return screen(t, text, copy(t.plain(f"shown_once.{what}.copy"), secret), back_to=page)
