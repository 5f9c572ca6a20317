"""Lists of the panel for its sheet, rendered from their declarations with sample rows and the rows' cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.panel.pages.lists import TEAM, panel_lists
from bot.screens.panel.lists import card_of_row, page_of_list
from bot.screens.panel.staff.shown_once import shown_once
from bot.texts import Texts
from scripts import panel_samples as samples
from scripts.contact_screens import Shot
from subscriptions.application.team.invite_colleague import MadeInvitation
from subscriptions.bootstrap.lists import LISTS
from subscriptions.domain.entities.customer import StaffRole
from tests.support.of_features import of_features

Rows = Mapping[str, Mapping[str, Any]]
_ID: Final = "0195d2a4-7c1e-7b43-9f30-2f6f0c9a1e12"
_ANA: Final = {
    "customer_id": _ID,
    "first_name": "Ana",
    "last_name": "Méndez",
    "username": "ana",
    "telegram_id": 700000001,
}
_NOBODY: Final = dict.fromkeys(_ANA)
_INVITATION: Final = {
    **_NOBODY,
    "role": "support",
    "state": "unopened",
    "opened_at": None,
    "expires_at": samples.NOW,
    "made_by": "700000009",
    "actor_name": "Olga",
    "made_at": samples.NOW,
}
_MEMBER: Final = {
    **_ANA,
    "role": "manager",
    "seen_at": samples.NOW,
    "factor_at": samples.NOW,
    "acted_at": None,
    "created_at": samples.NOW,
}
_CHAT: Final = {
    "title": "Tertulia",
    "soft_id": "tertulia",
    "kind": "group",
    "entry": "request",
    "plans": "Plan Mensual Premium",
    "inside": 41,
    "entitled": 3,
    "leaving_now": 1,
    "state": "active",
    "arranged": "tidy welcome topics discussion outsiders",
    "welcome": "¡Hola, <b>{name}</b>!",
    "rights": "all",
    "looked_at": samples.NOW,
    "guests": 2,
    "unnamed": 7,
    "counted_at": samples.NOW,
}
_NO_GUESTS: Final = {"guests": 0, "unnamed": None, "counted_at": None}
ROWS: Final[Mapping[str, Rows]] = {
    "roles": {"a role of the operator's": {"role_name": "Contabilidad", "people": 2, "may": "console.open"}},
    "invitations": {
        "nobody opened it yet": _INVITATION,
        "somebody opened it": {**_INVITATION, **_ANA, "state": "opened", "opened_at": samples.NOW},
    },
    "team": {"a colleague": _MEMBER, "an owner": {**_MEMBER, "role": "owner", "factor_at": None}},
    **of_features("samples", "PANEL_ROWS"),
    "resources": {
        "a group": _CHAT,
        "a group that lacks rights": {**_CHAT, "arranged": "", "rights": "invite remove"},
        "a channel that lost the bot": {**_CHAT, "kind": "shared_channel", "arranged": "", "rights": "not_admin"},
        "a customer's own channel": {
            **_CHAT,
            "title": None,
            "kind": "personal_channel",
            "rights": "kept",
            "looked_at": None,
            **_NO_GUESTS,
        },
        "a file": {**_CHAT, "title": "Guía", "kind": "content", "rights": None, "looked_at": None, **_NO_GUESTS},
        "a retired channel": {**_CHAT, "kind": "shared_channel", "plans": None, "state": "retired", "unnamed": 0},
    },
}


def shots(t: Texts) -> Sequence[Shot]:
    """Return each list with rows and without rows, and the card of each row."""
    owner, every = StaffRole.OWNER, list[Shot]()
    for panel_list in (TEAM, *panel_lists().values()):
        model, cards = LISTS[panel_list.name], ROWS[panel_list.name]
        rows = [{"id": _ID, **row} for row in cards.values()]
        done = t("panel.stale")
        every += [
            Shot(f"{panel_list.name}: a page", page_of_list(t, panel_list, model, rows, owner, more=True)),
            Shot(f"{panel_list.name}: the last", page_of_list(t, panel_list, model, rows[:1], owner, done, 1)),
            Shot(f"{panel_list.name}: none yet", page_of_list(t, panel_list, model, [], owner)),
        ]
        every += [
            Shot(name, card_of_row(t, panel_list, model, row, owner)) for name, row in zip(cards, rows, strict=True)
        ]
    secret = "Jk3-xQ" * 7
    results = [MadeInvitation(link=each) for each in (f"https://t.me/RetadorBot?start=team_{secret}", None)]
    screens = [(type(result).__name__, shown_once(t, result)) for result in results]
    return [*every, *(Shot(f"{name}, once", screen) for name, screen in screens if screen is not None)]
