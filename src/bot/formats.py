"""Moments and periods as people read them."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from bot.texts import Texts
from subscriptions.application.dto.views import PlanView
from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money

ZONE: Final = ZoneInfo("Europe/Madrid")


def moment(t: Texts, at: datetime) -> str:
    """Date and time: `12 mar 2026, 21:00`."""
    return format_datetime(at, "d MMM y, HH:mm", tzinfo=ZONE, locale=t.language)


def day(t: Texts, at: datetime) -> str:
    """The date alone: `12 mar 2026`."""
    return format_datetime(at, "d MMM y", tzinfo=ZONE, locale=t.language)


def moment_of(t: Texts, text: str) -> str:
    """A moment that travelled as ISO text; a dash where there is none."""
    return moment(t, datetime.fromisoformat(text)) if text else "–"


def day_of(t: Texts, text: str) -> str:
    """The same for a day."""
    return day(t, datetime.fromisoformat(text)) if text else "–"


def recurring_price(t: Texts, price: Money, interval: Interval, count: int) -> str:
    """`29.99€/mes`, `79.99€ cada 3 meses`."""
    if count == 1:
        return f"{price}{t.plain(f'units.per.{interval}')}"
    return f"{price} {t.count(f'units.every.{interval}', count)}"


def plan_price(t: Texts, plan: PlanView) -> str:
    """What a plan costs, and for how long: `29.99€/mes`, `$9.99 · 30 días`."""
    if plan.recurring and plan.interval is not None:
        return recurring_price(t, plan.price, plan.interval, plan.interval_count)
    return f"{plan.price} · {t.count('units.days', plan.duration_days or 0)}"
