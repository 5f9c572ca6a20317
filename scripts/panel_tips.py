"""Screens of a combined tip as staff publishes and settles it, with sample facts."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from bot.texts import Texts
from scripts import panel_samples as samples
from subscriptions.application.posts.tip_text import TipDraft
from subscriptions.domain.entities.record import EntryKind, RecordEntry
from subscriptions.domain.entities.tip import TipFacts, TipLeg
from subscriptions.domain.ids import PickId
from subscriptions.domain.services.tip_history import TipHistory
from subscriptions.domain.services.zones import HOME


def combined() -> TipHistory:
    """Return a sample tip on two matches."""
    legs = tuple(
        TipLeg(event=event, market="Goles", selection="Más de 2,5", odds=Decimal("1.5"))
        for event in ("Betis – Sevilla", "Cádiz – Málaga")
    )
    facts = TipFacts(
        event="Doblete",
        starts_at=samples.NOW,
        market="Combinada",
        selection="Todas",
        odds=Decimal("2.25"),
        stake=Decimal(2),
        legs=legs,
    )
    pick_id = PickId(UUID("0195d2a4-7c1e-7b43-9f30-2f6f0c9a1e11"))
    entry = RecordEntry.follow(
        None,
        plan_id=samples.VIP.id,
        tip_id=pick_id,
        kind=EntryKind.PUBLISHED,
        at=samples.NOW,
        starts_at=samples.NOW,
        origin="staff",
        facts=facts.as_json(),
    )
    return TipHistory(pick_id, [entry])


def published(t: Texts) -> str:
    """Return the preview that is shown before a tip is published."""
    text = TipDraft(facts=combined().facts).content(HOME).in_language(t.language).text
    seen = t("commands.publish_tip.effect.shown", plan=samples.VIP.label, text=text)
    return f"<b>{t('commands.publish_tip.label')}</b>\n\n{seen}"


def listed(t: Texts, command: str) -> str:
    """Return the preview that is shown before a file is imported."""
    facts = {"count": 2, "known": 1, "new": 2, "changed": 1, "text": "📌 Betis – Sevilla\n📌 Cádiz – Málaga"}
    seen = t(f"commands.{command}.effect.listed", **facts)
    return f"<b>{t(f'commands.{command}.label')}</b>\n\n{seen}"
