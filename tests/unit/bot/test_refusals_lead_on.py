"""Refusals of an account transfer or of evidence have their own text, with the next step."""

from __future__ import annotations

import pytest

from bot.screens import Screen, account, alarms
from bot.texts import LANGUAGES, texts_for
from subscriptions.application.payments.submit_evidence import TOO_LARGE, EvidenceRefused
from subscriptions.application.people.account_rules import Refusal
from subscriptions.domain.ids import CustomerId, new_uuid


def labels(screen: Screen) -> list[str]:
    return [each.text for row in screen.markup.inline_keyboard for each in row] if screen.markup else []


def sentences(text: str) -> int:
    return sum(text.count(end) for end in (". ", "? ", ": ")) + 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_refused_account_transfer_gives_reason_and_next_step(language: str) -> None:
    t = texts_for(language)
    screens = {why: account.refusal(t, why) for why in Refusal}
    assert len({screen.text for screen in screens.values()}) == len(Refusal)
    for why, screen in screens.items():
        assert sentences(screen.text) > 1, (why, screen.text)
        assert labels(screen) == [t.plain("buttons.back")]
    for why in (Refusal.TAKEN, Refusal.NOBODY, Refusal.OBJECTED, Refusal.BARRED):
        assert "/paysupport" in screens[why].text, why


@pytest.mark.parametrize("language", ["es", "en"])
def test_oversized_evidence_alarm_links_to_the_evidence_file(language: str) -> None:
    t, customer = texts_for(language), CustomerId(new_uuid())
    refused = EvidenceRefused(order="CBB6298B", customer=customer, reason=TOO_LARGE)
    screen = alarms.alarm(t, {"alarm": refused.name, **refused.facts()})
    assert "📄" in screen.text
    assert t.plain("alarms.ways.evidence") in labels(screen)
