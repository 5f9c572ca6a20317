"""Samples of screens about API keys for the contact sheets, as shown to staff."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from bot.texts import Texts
from features.api.commands import MadeKey
from features.api.screens import key_screen
from scripts import contact_samples as samples
from scripts.contact_samples import Shot

_KEY: Final = {"may": "customers payments", "opens": "usable", "last_used_at": samples.NOW, "created_at": samples.NOW}
PANEL_ROWS: Final[Mapping[str, Mapping[str, Mapping[str, object]]]] = {
    "keys": {
        "a key": {**_KEY, "key_name": "contabilidad-2026"},
        "a key on hold": {**_KEY, "key_name": "web", "opens": "held", "last_used_at": None},
    }
}
"""Sample rows of the panel's lists, keyed by list and by description."""


def _panel(t: Texts) -> Sequence[Shot]:
    """Return the screens of a new key."""
    secret = "umbral_" + "Jk3-xQ" * 7
    return [
        Shot(name, key_screen(t, MadeKey(key="web", secret=each)))
        for name, each in (("MadeKey, once", secret), ("MadeKey, again", None))
    ]


PANEL: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {"api": _panel}
"""Functions that return sample screens of the panel, which only staff see."""
