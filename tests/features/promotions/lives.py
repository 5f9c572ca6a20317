"""Promotions in the simulated histories of customers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tests.features.promotions.fakes import claiming

TOWN: Final[Mapping[str, Callable[..., object]]] = {"claim": claiming}
"""Use cases that the simulated customer histories call if the feature is part of the checkout."""
