"""Screens that open the Mini App for the contact sheet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from bot.screens import Screen, status
from bot.texts import Texts
from features.miniapp.screens import app_buttons, section
from scripts import contact_samples as samples
from scripts.contact_samples import Shot

_ADDRESS: Final = "https://retador.example/app"


def _chat(t: Texts) -> Sequence[Shot]:
    """Return all screens shown to customers about the Mini App."""
    return [
        Shot("the Mini App, and a link to it", app_buttons(t, _ADDRESS, "one-time", sells_in_browser=False)),
        Shot("the same where the browser sells too", app_buttons(t, _ADDRESS, "one-time", sells_in_browser=True)),
        Shot("a document that was asked for in the Mini App", Screen(t("chat.in_chat"))),
        Shot(
            "one page for all",
            status.manage(t, samples.card(samples.LIVE), sections=[section(t, "https://x.example/app")]),
        ),
    ]


CHAT: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {"The Mini App": _chat}
"""Functions that return sample screens shown to customers, by the heading of the contact sheet."""
