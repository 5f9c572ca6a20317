"""Samples of import screens, for the contact sheets and for tests of every screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final
from uuid import UUID

from bot.texts import Texts
from features.moving import screens
from features.moving.use_cases.members import ChatMembers, Claim, Member
from scripts import panel_samples as samples
from scripts.contact_samples import Shot
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ids import ResourceId, TelegramId

_LINK: Final = "https://t.me/retador_bot?start=soy_grupo"


def _chat(t: Texts) -> Sequence[Shot]:
    """Return the post in a chat, and every answer to a member who claims to have paid in another system."""
    return [
        Shot("the post with the button", screens.post(t, _LINK)),
        *(Shot(f"a claim: {each}", screens.claimed(t, each, "Grupo")) for each in Claim),
    ]


def _panel(t: Texts) -> Sequence[Shot]:
    """Return the page of members without a plan."""
    known = Member(telegram_id=samples.ANA.telegram_id, customer=samples.ANA)
    stranger = Member(telegram_id=TelegramId(5550199), customer=None)
    chat = ChatMembers(id=ResourceId(UUID(int=7)), title="Grupo", members=(known, stranger), total=12, link=_LINK)
    empty = ChatMembers(id=ResourceId(UUID(int=8)), title="VIP", members=(), total=0, link=None)
    return [
        Shot("members without a plan", screens.members(t, [chat, empty], StaffRole.OWNER)),
        Shot("no shared chat", screens.members(t, [], StaffRole.OWNER)),
    ]


CHAT: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {"Members who are in a chat already": _chat}
"""Functions that return sample screens shown to customers, by the heading of the contact sheet."""
PANEL: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {"moving": _panel}
"""Functions that return sample screens of the panel, which only staff see."""
_RESULTS: Final = {"given": "5", "extended": "1", "moved": "0", "has": "1", "done": "0", "over": "2", "barred": "0"}
NAMED: Final[Mapping[str, Mapping[str, str]]] = {"resource": {"title": "Grupo", **_RESULTS}, "shop": _RESULTS}
"""Sample values for the texts of staff commands, keyed by the kind of subject."""
