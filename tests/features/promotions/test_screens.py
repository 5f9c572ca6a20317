"""Texts of the screens about promotion codes: each refused code is explained to the customer."""

from __future__ import annotations

import pytest

from bot.texts import LANGUAGES, Texts, texts_for
from features.promotions import screens
from features.promotions.use_cases.claim_promotion import PromotionRefusal
from scripts import contact_deals
from tests.unit.bot.test_promises import AGAIN, words


@pytest.fixture(params=LANGUAGES)
def t(request: pytest.FixtureRequest) -> Texts:
    return texts_for(request.param)


def test_discounted_one_time_plan_mentions_no_renewal(t: Texts) -> None:
    promoted = next(shot for shot in contact_deals.shots(t) if shot.caption == "paid once").screen
    assert AGAIN.search(words(promoted)) is None


def test_blocked_customer_is_sent_to_help_instead_of_the_plans(t: Texts) -> None:
    shown = screens.refusal(t, PromotionRefusal.BARRED, "VERANO21")

    assert shown.markup is not None
    assert [item.text for row in shown.markup.inline_keyboard for item in row] == [t.plain("buttons.help")]
