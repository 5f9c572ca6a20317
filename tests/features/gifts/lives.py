"""Gifts in the simulated histories of customers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from features.gifts.use_cases.show_gift import ShowGift

TOWN: Final[Mapping[str, Callable[..., ShowGift]]] = {"gifts": ShowGift}
"""Use cases that the simulated customer histories call if the feature is part of the checkout."""
