"""Screens of the quarterly tax report."""

from collections.abc import Sequence

from bot.keyboards import button
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import screen, up
from bot.texts import Texts
from subscriptions.application.payments.tax_report import Quarter


def choose(t: Texts, quarters: Sequence[Quarter]) -> Screen:
    """Return the quarters to choose from, latest first."""
    rows = [
        button(t.plain("taxes.quarter", n=each.number, year=each.year), data("taxes.file", each.name))
        for each in quarters
    ]
    return screen(t, t("taxes.about"), *rows, back_to=up("taxes"))


def caption(t: Texts, quarter: Quarter, count: int) -> str:
    """Return the caption of the tax report's file."""
    return t("taxes.caption", n=quarter.number, year=quarter.year, count=count)
