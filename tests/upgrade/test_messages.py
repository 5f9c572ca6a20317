"""Messages that this version began to send: the previous one may come to send them, from what is on record of them.

This version reads nothing back: it gathers the facts again. Once `previous` names one that does so too, this goes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.screens import notices
from bot.texts import LANGUAGES, texts_for
from subscriptions.application.messages.announcement import ANNOUNCEMENTS
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.money import Money
from tests.fakes.announcements import announcement
from tests.upgrade.previous_release import NotInThisClone, unpack

TELL = """
import json, sys
from datetime import UTC, datetime
from bot.screens.notices import render
from subscriptions.domain.entities import notification
known, now = notification.KINDS, datetime(2026, 3, 12, 20, tzinfo=UTC)
for kind, language, params in json.load(sys.stdin):
    owed = notification.Notification.owe(kind, "key", 1, language, now, **params) if kind in known else None
    screen = render(owed) if owed is not None else None
    buttons = [item.text for row in screen.markup.inline_keyboard for item in row] if screen and screen.markup else []
    print(json.dumps({"kind": kind, "text": screen.text, "buttons": buttons} if screen else None))
"""


@pytest.fixture(scope="module")
def previous(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The previous version's sources."""
    try:
        return unpack(tmp_path_factory.mktemp("previous"))
    except NotInThisClone as absent:
        pytest.skip(str(absent))


def told_by(sources: Path, owed: list[tuple[str, str, dict[str, str]]]) -> list[dict[str, Any] | None]:
    """What the previous version makes of rows; None for kinds it does not know."""
    answer = subprocess.run(
        [sys.executable, "-c", TELL],
        input=json.dumps(owed),
        env=os.environ | {"PYTHONPATH": str(sources)},
        capture_output=True,
        check=True,
        text=True,
    )
    return [json.loads(line) for line in answer.stdout.splitlines()]


def test_the_previous_version_tells_what_this_one_began_to_tell(previous: Path) -> None:
    """It says the same money and the same days, and leaves no gap; its words may be its own."""
    messages = [(announcement(MessageKind(kind)), language) for kind in ANNOUNCEMENTS for language in LANGUAGES]
    rows = [(str(message.kind), language, message.to_params()) for message, language in messages]
    told = told_by(previous, rows)
    assert len(told) == len(rows)
    assert sum(said is not None for said in told) > len(rows) / 2
    for (message, language), said in zip(messages, told, strict=True):
        if said is None:
            continue
        # Customers in Brazil read the time there since this version; the previous one wrote the shop's.
        ours = notices.render(message, language, zone="Europe/Madrid")
        assert "–" not in said["text"]
        assert "T20:00" not in said["text"]
        # The previous version writes an amount in one way, whatever the language.
        amount = texts_for(language).money(Money(2999, "EUR"))
        assert (amount.quote in said["text"]) is (amount in ours.text), said
        assert ("2026, 2" in said["text"]) is ("2026, 2" in ours.text), said
        assert said["buttons"] or ours.markup is None, said
