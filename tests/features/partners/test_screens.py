"""Screens of partners give the reason for a refusal and the next possible step."""

from __future__ import annotations

import pytest

from bot.status_section import StatusSection, in_order
from bot.texts import LANGUAGES, texts_for
from features.partners import screens as partners
from features.partners.use_cases.arrive_by_partner import ReferralOutcome

ES = texts_for("es")


def sentences(text: str) -> int:
    return sum(text.count(end) for end in (". ", "? ", ": ")) + 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_refused_link_gives_a_reason_and_a_next_step(language: str) -> None:
    t = texts_for(language)
    texts = [
        partners.refusal(t, each)
        for each in ReferralOutcome
        if each not in {ReferralOutcome.BROUGHT, ReferralOutcome.KNOWN}
    ]
    assert len({*texts}) == len(texts) == 4
    for text in texts:
        assert text is not None
        assert sentences(text) > 1 or ", " in text, text
    assert partners.refusal(t, ReferralOutcome.BROUGHT) is partners.refusal(t, ReferralOutcome.KNOWN) is None


def test_partner_section_is_between_friends_and_withdrawals() -> None:
    own = partners.section(ES)
    sections = [StatusSection(order=60, text="withdrawals"), own, StatusSection(order=20, text="friends", buttons=[])]
    assert in_order(sections)[1] is own
