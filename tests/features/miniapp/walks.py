"""Data about the Mini App used by the tests that check every page, command, text and flow."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from features.miniapp.use_cases.show_member import MemberView
from features.miniapp.web.document import member_document
from subscriptions.application.people.customers import Person
from subscriptions.application.views.show_status import StatusView
from subscriptions.domain.ids import TelegramId

WIRED: Final[Mapping[str, Mapping[str, Sequence[tuple[str, str]]]]] = {
    "miniapp": {
        "console": [
            ("features.miniapp.use_cases.enter_app", "EnterApp"),
            ("features.miniapp.use_cases.press_in_app", "PressInApp"),
            ("features.miniapp.use_cases.show_member", "ShowMember"),
        ],
        "bot": [
            ("features.miniapp.use_cases.enter_app", "EnterApp"),
            ("features.miniapp.use_cases.press_in_app", "AnswerPresses"),
        ],
    }
}
"""Use cases of the feature that each process creates."""


def _document(telegram_id: TelegramId, status: StatusView) -> str:
    person = Person(telegram_id=telegram_id, first_name="Ana", username="ana", language_code="es")
    return json.dumps(member_document(person, MemberView(language="es", status=status)))


STATUS_DOCUMENTS: Final[Mapping[str, Callable[[TelegramId, StatusView], str]]] = {"miniapp": _document}
"""Functions that return a customer's status as JSON."""
PUBLIC_PAGES: Final[Mapping[str, None]] = {"/app": None}
"""Paths of public pages."""
