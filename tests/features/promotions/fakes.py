"""Use case that claims promotion codes, for tests with in-memory and PostgreSQL repositories."""

from __future__ import annotations

from features.promotions.use_cases.claim_promotion import ClaimPromotion
from tests.fakes.shop import TRIAL_MARKS, Shop


def claiming(shop: Shop) -> ClaimPromotion:
    """Return the use case that claims a code in a shop."""
    return ClaimPromotion(shop.units, shop.clock, TRIAL_MARKS)
