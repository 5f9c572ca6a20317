"""Screens of the entry steps for the contact sheet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.screens import codes, status
from bot.screens.entry import entry
from bot.texts import Texts
from scripts import contact_samples as samples
from scripts.contact_samples import A, Shot
from scripts.contact_vip import BEGUN, COURSE, GAIN, LONGER, OPEN, standing, vip_card
from subscriptions.application.views.show_status import OpenedChat, StatusView


def _steps(t: Texts) -> Sequence[Shot]:
    """Return the screens of the three entry steps, and the screens that lead to them."""
    return [
        Shot(
            "a code, by its deep link",
            codes.activation(t, GAIN, BEGUN, direct=None),
            "/start ABCD1234EFGH5678",
            picture="vip-activated",
        ),
        Shot("a code for who is on the way in", codes.activation(t, LONGER, BEGUN, direct=None)),
        Shot("stage 1", entry(t, BEGUN), picture="vip-stage-1"),
        Shot("stage 2", entry(t, replace(BEGUN, stage=2)), picture="vip-stage-2"),
        Shot("stage 3", entry(t, OPEN), picture="vip-stage-3"),
        Shot("stage 3, Telegram is away", entry(t, replace(BEGUN, stage=3))),
        Shot("/estado in stage 1", vip_card(t, BEGUN, A.PENDING)),
        Shot("/estado in stage 3", vip_card(t, OPEN, A.INVITED), picture="vip-estado"),
        Shot("stage 1 before another channel", entry(t, COURSE)),
        Shot("/estado amid its ritual", status.status(t, _course_card())),
        Shot("what it opens", status.invite_links(t, _course_card()), t.plain("buttons.open_one")),
    ]


def _course_card() -> StatusView:
    chat = OpenedChat(title=COURSE.chat, access=A.PENDING, invite_url=None, url=None, stage=1)
    mine = replace(standing(COURSE, A.PENDING), vip=False, chats=(chat,), own=False)
    return replace(samples.card(mine, paid=False), rituals=(COURSE,))


CHAT: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {"The ritual of entry": _steps}
