"""Texts of refused evidence, each with the next step."""

from __future__ import annotations

import pytest

from bot.screens import Screen, alarms
from bot.texts import texts_for
from features.evidence.alarms import EvidenceRefused
from features.evidence.use_cases.submit_evidence import TOO_LARGE
from subscriptions.domain.ids import CustomerId, new_uuid


def labels(screen: Screen) -> list[str]:
    return [each.text for row in screen.markup.inline_keyboard for each in row] if screen.markup else []


@pytest.mark.parametrize("language", ["es", "en"])
def test_alarm_about_evidence_refused_as_too_large_links_to_the_evidence_file(language: str) -> None:
    t, customer = texts_for(language), CustomerId(new_uuid())
    refused = EvidenceRefused(order="CBB6298B", customer=customer, reason=TOO_LARGE)
    screen = alarms.alarm(t, {"alarm": refused.name, **refused.facts()})
    assert "📄" in screen.text
    assert t.plain("alarms.ways.evidence") in labels(screen)
