"""Screens of the /historial command for the contact sheet, with a sample tip record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from bot.screens import Screen
from bot.screens.plans import plan_card
from bot.screens.record import picture_caption, records
from bot.texts import Texts
from scripts import contact_samples as samples
from scripts import panel_samples
from scripts.contact_samples import NOW, Shot
from subscriptions.application.posts.tip_text import TipDraft
from subscriptions.application.record.read_record import PublishedTip, RecordView
from subscriptions.domain.entities.tip import TipFacts, TipLeg, TipResult
from subscriptions.domain.services.record_figures import Figures
from subscriptions.domain.services.zones import HOME


def _tip(number: int, result: TipResult | None, gained: str) -> PublishedTip:
    facts = TipFacts(
        event="Betis – Sevilla",
        starts_at=NOW - timedelta(days=number),
        market="Goles",
        selection="Más de 2,5",
        odds=Decimal("1.85"),
        stake=Decimal(3),
    )
    return PublishedTip(
        number=number,
        facts=facts,
        published_at=NOW,
        result=result,
        gain=Fraction(gained) if result is not None else None,
        withdrawn=False,
        is_corrected=False,
    )


def _message(t: Texts) -> str:
    legs = tuple(
        TipLeg(event=event, market="Goles", selection="Más de 2,5", odds=Decimal("1.5"))
        for event in ("Betis – Sevilla", "Cádiz – Málaga")
    )
    facts = TipFacts(
        event="Combinada",
        starts_at=NOW + timedelta(hours=2),
        valid_until=NOW + timedelta(hours=1),
        market="Combinada",
        selection="Las dos",
        odds=Decimal("2.25"),
        min_odds=Decimal("2.1"),
        stake=Decimal(3),
        sport="Fútbol",
        competition="LaLiga",
        bookmaker="Retabet",
        author="Olga",
        note="Sin bajas.",
        legs=legs,
    )
    return TipDraft(facts=facts).content(HOME).in_language(t.language).text


def shots(t: Texts) -> Sequence[Shot]:
    """Return the screens without a tip record, before the first result, and with results."""
    figures = Figures(
        settled_count=312,
        total_stake=Fraction(900),
        profit=Fraction("36.9"),
        yield_=Fraction("0.041"),
        hit_rate=Fraction("0.553"),
        average_odds=Fraction("1.92"),
        drawdown=Fraction("21.4"),
        losing_run=6,
        start=NOW - timedelta(days=250),
    )
    tips = [_tip(1, None, "0"), _tip(2, TipResult.WON, "2.55"), _tip(3, TipResult.LOST, "-3")]
    new = RecordView(
        plan=panel_samples.RETABET, figures=Figures(), breakdowns={}, tips=tips[:1], has_more=False, unsettled_count=1
    )
    full = RecordView(
        plan=panel_samples.RETABET, figures=figures, breakdowns={}, tips=tips, has_more=True, unsettled_count=1
    )
    return [
        Shot("nothing was published", records(t, [], "https://retador.example"), "/historial"),
        Shot("before the first result", records(t, [new], "https://retador.example")),
        Shot("the curve that comes above it", Screen(picture_caption(t, full))),
        Shot("with results", records(t, [full], "https://retador.example")),
        Shot("a tip in its channel, with all that it may have", Screen(_message(t))),
        Shot("a plan with a record", plan_card(t, samples.RETABET, record=full)),
    ]
