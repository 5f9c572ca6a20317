"""Referrals in the simulated histories of customers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from features.referrals.use_cases.give_referral import GiveReferral

TOWN: Final[Mapping[str, Callable[..., GiveReferral]]] = {"refer": GiveReferral}
"""Use cases that the simulated customer histories call if the feature is part of the checkout."""
