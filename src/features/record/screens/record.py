"""Screens of tip records for customers and prospective customers."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from bot.formats import day, moment, quote
from bot.keyboards import keyboard, link, plans_button
from bot.screens import Screen
from bot.site import page
from bot.texts import Texts
from features.picks.domain import fixed_digits, written_odds
from features.picks.use_cases.tip_text import template_of
from features.record.use_cases.read_record import PublishedTip, RecordView
from subscriptions.application.views.amounts import percent, with_minus
from subscriptions.domain.entities.spoken import text_for

MOST: Final = 5
"""Maximum number of plans, and of tips per plan, on the screen."""


def records(t: Texts, views: Sequence[RecordView], base_url: str) -> Screen:
    """Return the screen with the statistics and the latest tips of each plan, and links to the full records."""
    if not views:
        return Screen(t("record.none"), keyboard(plans_button(t)))
    parts = [t("record.title"), *(_record(t, view) for view in views[:MOST]), t("record.care")]
    pages = [
        link(t.plain("record.page", plan=text_for(view.plan.name, t.language)), _address(t, view, base_url))
        for view in views[:MOST]
        if base_url.startswith("https://")
    ]
    if not pages:
        parts.append("\n".join(_address(t, view, base_url) for view in views[:MOST]))
    return Screen("\n\n".join(parts), keyboard(*pages, plans_button(t)))


def summary(t: Texts, view: RecordView) -> str | None:
    """Return a line for a plan's card that summarizes the plan's tip record, or None before the first result."""
    figures = view.figures
    if not figures.settled_count or figures.start is None:
        return None
    ratio = _signed_number(t, (figures.yield_ or Fraction(0)) * 100, 1)
    line = t("record.card", settled=figures.settled_count, since=day(t, figures.start), ratio=ratio)
    return f"{line}\n{t('record.care')}"


def first_curve(views: Sequence[RecordView]) -> RecordView | None:
    """Return the first record with at least two settled tips, the minimum for drawing a profit curve; None if there is
    none.
    """
    return next((view for view in views[:MOST] if len(view.figures.curve) > 1), None)


def picture_caption(t: Texts, view: RecordView) -> str:
    """Return the caption of the picture of a plan's record: the plan's name and the number of settled tips."""
    return t("record.picture", plan=text_for(view.plan.label, t.language), settled=view.figures.settled_count)


def drawn_figures(t: Texts, view: RecordView) -> Sequence[tuple[str, str]]:
    """Return the statistics to draw in the picture of a plan's record, as pairs of label and formatted value."""
    figures = view.figures
    shown_figures = {
        "settled": str(figures.settled_count),
        "profit": f"{_signed_number(t, figures.profit, 2)} u",
        "yield": percent(_signed_number(t, (figures.yield_ or Fraction(0)) * 100, 1), t.language),
        "hits": percent(_number(t, (figures.hit_rate or Fraction(0)) * 100, 1), t.language),
    }
    return [(t.plain(f"record.drawn.{name}"), value) for name, value in shown_figures.items()]


def _address(t: Texts, view: RecordView, base_url: str) -> str:
    return page(t, base_url, f"historial/{view.plan.soft_id}")


def _record(t: Texts, view: RecordView) -> str:
    figures, name = view.figures, t("record.plan", plan=text_for(view.plan.label, t.language))
    if not figures.settled_count:
        head = t("record.unsettled")
    else:
        head = t(
            "record.figures",
            settled=figures.settled_count,
            profit=_signed_number(t, figures.profit, 2),
            ratio=_signed_number(t, (figures.yield_ or Fraction(0)) * 100, 1),
            hits=_number(t, (figures.hit_rate or Fraction(0)) * 100, 1),
            odds=_number(t, figures.average_odds or Fraction(0), 2),
            drawdown=_number(t, figures.drawdown, 2),
            run=figures.losing_run,
        )
    lines = [_tip(t, tip) for tip in view.tips[:MOST]]
    return f"{name}\n{head}" + (f"\n{quote(*lines, folds=True)}" if lines else "")


def _tip(t: Texts, tip: PublishedTip) -> str:
    template = template_of(t.language)
    result = template.results[tip.result].partition(":")[0] if tip.result is not None else t.plain("record.waiting")
    profit = f" {_signed_number(t, tip.gain, 2)} u" if tip.gain is not None else ""
    return t(
        "record.tip",
        at=moment(t, tip.facts.starts_at),
        event=tip.facts.event,
        selection=tip.facts.claim,
        odds=template.number(written_odds(tip.facts.odds)),
        result=f"{result}{profit}",
    )


def _number(t: Texts, number: Fraction, digits: int) -> str:
    return with_minus(template_of(t.language).number(fixed_digits(number, digits)))


def _signed_number(t: Texts, number: Fraction, digits: int) -> str:
    return f"{'+' if number > 0 else ''}{_number(t, number, digits)}"
