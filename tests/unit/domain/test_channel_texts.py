"""Check that titles and texts of channels are within Telegram's limits."""

from __future__ import annotations

from uuid import uuid4

import pytest

from subscriptions.domain.services import channel_texts
from subscriptions.domain.services.channel_texts import ABOUT_LIMIT, LINK_TITLE_LIMIT, TITLE_LIMIT, WELCOME_LIMIT
from tests.fakes import samples

MARKER = "0123456789ab"


@pytest.mark.parametrize("about", ["", "Tu canal", "x" * 300])
def test_channel_description_ends_with_the_marker_within_the_limit(about: str) -> None:
    marked = channel_texts.mark_description(about, MARKER)
    ending = f" ref:{MARKER}"
    assert marked == about[: ABOUT_LIMIT - len(ending)] + ending
    assert len(marked) <= ABOUT_LIMIT


def test_link_title_begins_with_the_channel_marker() -> None:
    invite = uuid4()
    named = channel_texts.link_title(MARKER, invite)
    assert named == (MARKER + invite.hex)[:LINK_TITLE_LIMIT]


def test_long_channel_texts_are_cut() -> None:
    long = "x" * 5000
    plan, customer = samples.plan(name="Oro"), samples.customer()
    assert channel_texts.channel_title("{plan} {brand}", long, plan, customer) == f"Oro {long}"[:TITLE_LIMIT]
    assert channel_texts.precreated_title(long) == long[:TITLE_LIMIT]
    assert channel_texts.channel_about("{plan} {brand}", long, plan) == f"Oro {long}"[:ABOUT_LIMIT]
    assert channel_texts.channel_about("{plan} {brand}", long, None) == long[:ABOUT_LIMIT]
    assert channel_texts.welcome_text("{plan} {brand}", long, plan, customer) == f"Oro {long}"[:WELCOME_LIMIT]
