"""Screen of the business statistics as text. The chart is sent separately."""

from collections.abc import Sequence
from datetime import timedelta

from bot.keyboards import button
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import card, screen, up
from bot.texts import Texts
from features.figures.domain.figures import Churn, EntryTimes, RecurringRevenue
from features.figures.use_cases.see_numbers import Numbers
from subscriptions.application.views.amounts import percent

PLANS_SHOWN = 8
TOKENS_SHOWN = 6
REASONS_SHOWN = 5


def numbers(
    t: Texts, figures: Numbers, revenue: Sequence[RecurringRevenue], churn: Sequence[Churn], entry: EntryTimes | None
) -> Screen:
    """Return active, new and lost customers, revenue by currency, and activation codes by plan and campaign.

    revenue: this month's recurring revenue by currency. churn: this month's cancellations by reason. entry: this
    month's durations from payment to entry, or None if no customer entered.
    """
    earnings = " · ".join(t.money(money) for money in figures.revenue) or t.plain("numbers.nothing")
    parts = [
        t("numbers.title"),
        card(
            t("numbers.active", n=figures.active),
            t("numbers.new", n=figures.new),
            t("numbers.lost", n=figures.churn),
            t("numbers.earned", earned=earnings),
        ),
    ]
    lines = [_revenue_line(t, each) for each in revenue if each.opening.minor or each.came or each.closing.minor]
    lines += [_churn_line(t, each) for each in churn[:REASONS_SHOWN]]
    if entry is not None:
        lines.append(t("numbers.entering", n=entry.count, median=_minutes(entry.median)))
    if lines:
        parts.append(card(t("numbers.this_month"), *lines))
    if figures.plans:
        lines = [
            t("numbers.plan", plan=line.plan, active=line.active, new=line.new, lost=line.churn)
            for line in figures.plans[:PLANS_SHOWN]
        ]
        parts.append(card(t("numbers.by_plan"), *lines))
    if figures.tokens:
        lines = [
            t(
                "numbers.token",
                plan=line.plan,
                campaign=line.campaign or t.plain("numbers.no_campaign"),
                made=line.codes,
                opened=line.openings,
                activated=line.activations,
                joined=line.joins,
                share=_share(t, line.activations, line.codes),
            )
            for line in figures.tokens[:TOKENS_SHOWN]
        ]
        parts.append(card(t("numbers.by_token"), *lines))
    return screen(t, "\n\n".join(parts), button(t.plain("buttons.refresh"), data("numbers")), back_to=up("numbers"))


def _revenue_line(t: Texts, each: RecurringRevenue) -> str:
    return t(
        "numbers.recurring",
        closing=each.closing,
        more=each.new + each.returned + each.grown,
        less=each.shrunk + each.lost,
    )


def _churn_line(t: Texts, each: Churn) -> str:
    key = f"buttons.reason.{each.reason}"
    reason = t.plain(key) if t.has(key) else each.reason or t.plain("numbers.no_reason")
    return t("numbers.leaving", n=each.count, reason=reason)


def _minutes(took: timedelta) -> str:
    minutes, seconds = divmod(round(took.total_seconds()), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def _share(t: Texts, part: int, whole: int) -> str:
    return percent(str(100 * part // whole), t.language) if whole else "–"
