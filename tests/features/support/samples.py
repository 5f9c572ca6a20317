"""Samples of question screens, for the contact sheets and for tests of every screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.screens import Screen, notices, plans
from bot.screens.panel.people import people
from bot.texts import Texts
from features.support import screens
from features.support.cards import facts_of
from features.support.domain.question import Question
from features.support.messages import SupportAnswer
from scripts import contact_samples as samples
from scripts import panel_samples
from scripts.contact_samples import Shot
from subscriptions.domain.entities.customer import StaffRole

ASKER: Final = {"name": "@ana_k", "reference": 6000000011}
QUESTION: Final = Question(
    id=panel_samples.ID, customer_id=panel_samples.ANA.id, opened_at=samples.NOW, asked_at=samples.NOW
)


def _chat(t: Texts) -> Sequence[Shot]:
    """Return the answers to customers' messages that are not commands, and the copies of these messages in the team's
    chat.
    """
    return [
        Shot("written freely", screens.passed_on(t, is_first=True), "¿hola?"),
        Shot("where answers have a habit", screens.passed_on(t, is_first=True, wait=timedelta(hours=2)), "¿hola?"),
        Shot("and some more", screens.passed_on(t), "¿hola?"),
        Shot("who wants out", plans.cancel_help(t, screens.CANCELLING), "Quiero cancelar"),
        Shot("written too much", screens.passed_on(t, is_limit_reached=True)),
        Shot("an answer to that", Screen(t("support.answer", text="👍"))),
        Shot("one sent from the console", notices.render(SupportAnswer(answer="👍"), t.language, samples.SUPPORT)),
        Shot("as the operator's people get it", Screen(t("support.asked", text="¿hola?", **ASKER))),
        Shot("the same with a picture", Screen(t("support.sent", **ASKER))),
        Shot("what came of their reply", Screen(t("support.delivered", **ASKER))),
        Shot("who is gone", Screen(t("support.undelivered", **ASKER))),
        Shot("a reply for nobody", Screen(t("support.unmatched"))),
    ]


def _panel(t: Texts) -> Sequence[Shot]:
    """Return the card of a customer with an open question."""
    asking = replace(panel_samples.CARD, added=(facts_of(QUESTION),))
    return [
        Shot("a customer who asks", people.customer(t, asking, StaffRole.SUPPORT)),
        Shot("what else, while they ask", people.more(t, asking, StaffRole.SUPPORT)),
    ]


CHAT: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {"Questions to the team": _chat}
"""Functions that return sample screens shown to customers, by the heading of the contact sheet."""
PANEL: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {"support": _panel}
"""Functions that return sample screens of the panel, which only staff see."""
