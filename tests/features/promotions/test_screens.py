"""Texts of the screens about promotion codes: each refused code is explained to the customer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.texts import LANGUAGES, Texts, texts_for
from features.promotions import screens
from features.promotions.use_cases.claim_promotion import Claim, PromotionRefusal
from scripts import contact_deals
from scripts import contact_samples as samples
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


def test_button_of_a_discounted_plan_names_its_trial(t: Texts) -> None:
    for promotion in (contact_deals.offer(), contact_deals.offer(days=7)):
        plan = contact_deals.with_promotion(replace(samples.RETABET, trial_days=3), promotion)
        markup = screens.claim(t, Claim(promotion=promotion, soft_id=None), [plan]).markup
        assert markup is not None
        assert t.unit("day", 3) in markup.inline_keyboard[0][0].text
