"""How the business goes, in words; the picture says the rest."""

from bot.keyboards import button
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import card, screen
from bot.texts import Texts
from subscriptions.application.views.numbers import Numbers

PLANS_SHOWN = 8
TOKENS_SHOWN = 6


def numbers(t: Texts, found: Numbers) -> Screen:
    """Active, new, lost, money by currency, tokens by plan and campaign."""
    earned = " · ".join(str(money) for money in found.earned) or t.plain("numbers.nothing")
    parts = [
        t("numbers.title"),
        card(
            t("numbers.active", n=found.active),
            t("numbers.new", n=found.new),
            t("numbers.lost", n=found.lost),
            t("numbers.earned", earned=earned),
        ),
    ]
    if found.plans:
        lines = [
            t("numbers.plan", plan=line.plan, active=line.active, new=line.new, lost=line.lost)
            for line in found.plans[:PLANS_SHOWN]
        ]
        parts.append(card(t("numbers.by_plan"), *lines))
    if found.tokens:
        lines = [
            t(
                "numbers.token",
                plan=line.plan,
                campaign=line.campaign or t.plain("numbers.no_campaign"),
                made=line.made,
                opened=line.opened,
                activated=line.activated,
                joined=line.joined,
                share=_share(line.activated, line.made),
            )
            for line in found.tokens[:TOKENS_SHOWN]
        ]
        parts.append(card(t("numbers.by_token"), *lines))
    return screen(t, "\n\n".join(parts), button(t.plain("buttons.refresh"), data("numbers")))


def _share(part: int, whole: int) -> str:
    return f"{100 * part // whole} %" if whole else "–"
