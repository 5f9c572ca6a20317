"""Screens of the tip record for the contact sheets, with sample tips."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final
from uuid import UUID

from bot.screens import Screen
from bot.screens.panel import asking
from bot.screens.plans import plan_card
from bot.texts import Texts
from features.picks.domain import TipFacts, TipLeg, TipResult
from features.picks.use_cases.tip_text import TipDraft
from features.record.domain.record import EntryKind, RecordEntry
from features.record.domain.record_figures import Figures
from features.record.domain.tip_history import TipHistory
from features.record.screens import settle, tips
from features.record.screens.record import picture_caption, records, summary
from features.record.use_cases.read_record import PublishedTip, RecordView
from scripts import contact_samples as samples
from scripts import panel_samples
from scripts.contact_samples import NOW, Shot
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ids import PostId
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


def _chat(t: Texts) -> Sequence[Shot]:
    """Return the screens without a track record, before the first result, and with results."""
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
        Shot("a plan with a record", plan_card(t, samples.RETABET, lines=[summary(t, full) or ""])),
    ]


def _combined() -> TipHistory:
    """Return a sample tip on two matches."""
    legs = tuple(
        TipLeg(event=event, market="Goles", selection="Más de 2,5", odds=Decimal("1.5"))
        for event in ("Betis – Sevilla", "Cádiz – Málaga")
    )
    facts = TipFacts(
        event="Doblete",
        starts_at=panel_samples.NOW,
        market="Combinada",
        selection="Todas",
        odds=Decimal("2.25"),
        stake=Decimal(2),
        legs=legs,
    )
    pick_id = PostId(UUID("0195d2a4-7c1e-7b43-9f30-2f6f0c9a1e11"))
    entry = RecordEntry.follow(
        None,
        plan_id=panel_samples.VIP.id,
        tip_id=pick_id,
        kind=EntryKind.PUBLISHED,
        at=panel_samples.NOW,
        starts_at=panel_samples.NOW,
        origin="staff",
        facts=facts.as_json(),
    )
    return TipHistory(pick_id, [entry])


def _panel(t: Texts) -> Sequence[Shot]:
    settled = asking.warning(t, "tip_settled", {})
    rows = [
        {
            "id": "0195d2a4-7c1e-7b43-9f30-2f6f0c9a1e11",
            "event": "Betis – Sevilla",
            "market": "Goles",
            "selection": "Más de 2,5",
            "odds": "1.85",
            "starts_at": NOW,
            "state": state,
        }
        for state in ("unsettled", "won")
    ]
    return [
        Shot("tips without a result", tips.tips(t, "tips", rows[:1], 0, True, StaffRole.OWNER)),
        Shot("tips with a result", tips.tips(t, "tips.done", rows[1:], 1, False, StaffRole.OWNER)),
        Shot("one of them", settle.tip(t, _combined(), StaffRole.OWNER)),
        Shot("one of them for support", settle.tip(t, _combined(), StaffRole.SUPPORT)),
        Shot("leg by leg", settle.leg(t, _combined(), [TipResult.WON])),
        Shot(
            "settled meanwhile",
            tips.tips(t, "tips", [], 0, False, StaffRole.OWNER, settled),
        ),
        Shot("tips that have not started", tips.tips(t, "tips.live", rows, 0, True, StaffRole.OWNER)),
        Shot("no tip to start", tips.tips(t, "tips.live", [], 0, False, StaffRole.OWNER)),
        Shot("no tip without a result", tips.tips(t, "tips", [], 0, False, StaffRole.OWNER)),
        Shot("no tip with a result", tips.tips(t, "tips.done", [], 0, False, StaffRole.OWNER)),
    ]


_LEGS: Final = "Betis – Sevilla | más de 2,5 goles | 1,50\nCádiz – Málaga | 1 | 1,50"
_TIP: Final = "📌 Betis – Sevilla\n🎯 Goles · Más de 2,5\n📈 Cuota 1,40\n💰 Stake 3 u"
CHAT: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {"The record: /historial": _chat}
"""Functions that return sample screens shown to customers."""
PANEL: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {"record": _panel}
"""Functions that return sample screens of the panel, which only staff see."""
PLAN_COMMANDS: Final[Mapping[str, None]] = dict.fromkeys(("withdrawn_rule", "record_channel", "tip_reminder"))
"""Commands on the card of a plan."""
ANSWERS: Final[Mapping[str, None]] = dict.fromkeys(TipResult)
"""Names of the answers that dialogues of this feature accept."""
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(
        (
            "odds",
            "legs",
            "evidence",
            "confirmed_odds",
            "min_odds",
            "valid_until",
            "bookmaker",
            "sport",
            "competition",
            "author",
            "publish_at",
        ),
        ("forms.skip",),
    ),
    "result": tuple(TipResult),
    "market": ("Goles", "Ganador", "Hándicap"),
    "rule": ("commands.choice.void", "commands.choice.lost"),
}
"""Labels of the answer buttons, keyed by question."""
NAMED: Final[Mapping[str, Mapping[str, str]]] = {
    "tip": {"name": "Betis – Sevilla", "odds": "2,50", "after": "2,50", "profit": "4,5"}
}
"""Sample values for the texts of staff commands, keyed by the kind of subject."""
COMMAND_FACTS: Final[Mapping[str, Mapping[str, str]]] = {
    **{kind: {"name": "Betis – Sevilla"} for kind in ("settle_tip", "correct_tip", "withdraw_tip")},
    "correct_odds": {"name": "Betis – Sevilla", "odds": "2,50", "before": "185", "after": "2,50", "profit": "4,5"},
    "revise_tip": {"name": "Betis – Sevilla", "legs": _LEGS, "text": _TIP},
    "publish_tip": {"legs": _LEGS, "text": _TIP},
    "publish_tips": {"file": "pronosticos.csv", "count": "2", "known": "1", "text": "Betis – Sevilla: Más de 2,5"},
    "settle_tips": {"file": "resultados.csv", "count": "2", "known": "1", "text": "Betis – Sevilla: +2,55"},
}
"""Sample values for the texts of single dialogues, keyed by dialogue."""
