"""Whoever switches on a way to pay that is not Stars reads what Telegram asks of digital goods, there and then."""

from __future__ import annotations

import pytest
from subscriptions.application.catalog.arrange_methods import MethodState

from bot.screens.panel.catalog import methods as screens
from bot.texts import texts_for


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("on", [True, False])
def test_the_rule_is_told_of_every_other_way_to_pay_and_not_of_stars(language: str, on: bool) -> None:
    t = texts_for(language)
    for telegrams in (True, False):
        item = MethodState(
            code="acme", label={"es": "Acme"}, configured=True, on=on, livemode=None, settings=(), telegrams=telegrams
        )
        assert ("iOS" in screens.method(t, item, 1).text) is not telegrams
