"""Screens of activation codes for the contact sheet of the panel, with sample facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.keyboards import button
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel import home
from bot.screens.panel.lists import card_of_row
from bot.texts import Texts
from features.tokens import screens
from features.tokens.chat import CODES
from features.tokens.commands import MadeCode
from features.tokens.lists import CODES as LIST
from scripts import panel_samples as samples
from scripts.contact_samples import Shot
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ids import TokenId
from subscriptions.domain.money import Money

_OWNER: Final = StaffRole.OWNER
_ANA: Final = {
    "customer_id": str(samples.ID),
    "first_name": "Ana",
    "last_name": "Méndez",
    "username": "ana",
    "telegram_id": 700000001,
}
_CODE: Final = {
    "prefix": "ABCD",
    "plan": "⭐ Plan Mensual Premium",
    "campaign": "verano",
    "state": "usable",
    "note": "Para Lucía",
    "price": Money(999, "USD"),
    "length": 30,
    "openings": 3,
    "used_at": None,
    "created_at": samples.NOW,
    "expires_at": samples.NOW,
    **dict.fromkeys(_ANA),
}
PANEL_ROWS: Final[Mapping[str, Mapping[str, Mapping[str, object]]]] = {
    "codes": {
        "a code": _CODE,
        "a code that was used": {**_CODE, **_ANA, "state": "joined", "used_at": samples.NOW},
    },
}
"""Sample rows of the panel's lists, keyed by list and by description."""


def _panel(t: Texts) -> Sequence[Shot]:
    """Return the screens of the creation of codes."""
    made = MadeCode(
        id=TokenId(samples.ID), code="ABCD1234EFGH5678", link=f"https://t.me/{samples.BOT}?start=ABCD1234EFGH5678"
    )
    unnamed = screens.code_made(t, replace(made, link=None), samples.VIP)
    row = {"id": str(samples.ID), **_CODE}
    generate = button(t.plain("tokens.generate"), data("gen"))
    return [
        Shot("an owner, with the ritual", home.home(t, "Retador", _OWNER, 2, first=[generate]), "/admin"),
        Shot("with which plan", screens.choose(t, [samples.VIP, samples.RETABET])),
        Shot("no plan to choose", screens.choose(t, [])),
        *(
            Shot(name, card_of_row(t, CODES, LIST, row, _OWNER, note, *ways))
            for name, (note, ways) in (
                ("a code, once", screens.code_made(t, made, samples.VIP)),
                ("before the bot was started", unnamed),
            )
        ),
        Shot("the file of several", Screen(t("tokens.file", n=50, plan=samples.VIP.label))),
        Shot("several", Screen(t("tokens.batch_done", n=50, plan=samples.VIP.label))),
    ]


PANEL: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {"tokens": _panel}
