"""Screens of the entry steps: one button each, and no link before the last step."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.screens import codes
from bot.screens.entry import entry
from tests.unit.bot.test_vip_screens import ES, GAIN, READY, VIEW, labels


def test_each_step_has_its_own_button() -> None:
    shown = [labels(entry(ES, view)) for view in (VIEW, replace(VIEW, stage=2), replace(READY, stage=3))]

    assert shown == [["Continuar"], ["Estoy listo"], ["Cruzar el umbral"]]


@pytest.mark.parametrize("stage", [1, 2])
def test_no_link_is_shown_before_the_last_step(stage: int) -> None:
    for screen in (entry(ES, replace(READY, stage=stage)), codes.activation(ES, GAIN, VIEW, direct=None)):
        assert screen.markup is not None
        assert [item.url for row in screen.markup.inline_keyboard for item in row] == [None]
