"""Screens about promotion codes for the contact sheet, as shown to customers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final
from uuid import UUID

from bot.texts import Texts
from features.promotions import screens
from features.promotions.use_cases.claim_promotion import Claim, PromotionRefusal
from scripts import contact_samples as samples
from scripts.contact_deals import offer, with_promotion
from scripts.contact_samples import Shot
from subscriptions.domain.ids import DiscountCodeId
from subscriptions.domain.money import Money


def _chat(t: Texts) -> Sequence[Shot]:
    """Return the answers to promotion codes."""
    twenty, days = offer(), offer(days=7, code="SEMANA")
    five = offer(amount=Money(500, "EUR"), code="CINCO", id=DiscountCodeId(UUID(int=60)))
    renewing, once = with_promotion(samples.RETABET, twenty), with_promotion(samples.BET365, five)
    claimed = Claim(promotion=twenty, soft_id=None)
    other = with_promotion(samples.BET365, twenty)
    return [
        Shot("a promotion", screens.claim(t, claimed, [renewing, other]), "VERANO20"),
        Shot("a sum", screens.claim(t, Claim(promotion=five, soft_id="bet365"), [once]), "cinco"),
        Shot("days", screens.claim(t, Claim(promotion=days, soft_id=None), [with_promotion(samples.RETABET, days)])),
        Shot("a better one is theirs", screens.claim(t, claimed, [once])),
        Shot("no plan for it", screens.claim(t, claimed, [])),
        *(Shot(f"no promotion: {why}", screens.refusal(t, why, "VERANO21")) for why in PromotionRefusal),
        Shot("no such code while buying", screens.refusal(t, PromotionRefusal.UNKNOWN, "VERANO21", samples.RETABET)),
    ]


_PROMOTION: Final = {
    "promotion": "VERANO20",
    "gives_percent": 20,
    "gives_amount": None,
    "gives_days": None,
    "status": "running",
    "plan": "every",
    "counts": "first",
    "often": "once",
    "uses": 100,
    "expires_at": samples.NOW,
    "claimed": 412,
    "used": 30,
    "money_brought": {"EUR": 71970},
    "saved": {"EUR": 18000},
    "created_at": samples.NOW,
    "link": "https://t.me/RetadorBot?start=promo_VERANO20",
}
CHAT: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {"Promotion codes": _chat}
"""Functions that return sample screens shown to customers."""
PANEL_ROWS: Final[Mapping[str, Mapping[str, Mapping[str, object]]]] = {
    "promotions": {
        "a promotion": _PROMOTION,
        "a sum": {**_PROMOTION, "gives_percent": None, "gives_amount": Money(500, "EUR"), "counts": "each"},
        "days, and over": {**_PROMOTION, "gives_percent": None, "gives_days": 7, "status": "over", "link": None},
    },
}
"""Sample rows of the panel's lists, keyed by list and by description."""
COMMAND_FACTS: Final[Mapping[str, Mapping[str, str]]] = {
    "make_promotion": {"gives": "20\u00a0%", "when": "first", "often": "once", "uses": "100"}
}
"""Sample values for the texts of single dialogues, keyed by dialogue."""
