"""Imports in the simulated histories of customers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from features.moving.use_cases.import_people import ImportPeople
from features.moving.use_cases.import_subscriptions import ImportSubscriptions
from subscriptions.application.access.give_time import GiveTime
from subscriptions.domain.services.code_seal import CodeSeal
from tests.fakes.shop import Shop


def importing(shop: Shop, giving: GiveTime, seal: CodeSeal) -> ImportSubscriptions:
    """Return the import of subscriptions at a provider."""
    people = ImportPeople(shop.units, shop.clock, giving, seal)
    return ImportSubscriptions(shop.units, shop.gateways, shop.clock, giving, shop.follow, people)


TOWN: Final[Mapping[str, Callable[..., ImportSubscriptions]]] = {"importing": importing}
"""Use cases that the simulated customer histories call if the feature is part of the checkout."""
