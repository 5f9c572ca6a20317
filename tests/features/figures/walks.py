"""Data about the figures used by the tests that check every page and text."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from features.figures.web.page import PATH, VIEWS
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ports.unit_of_work import UnitOfWork

LEAST_ROLES: Final[Mapping[str, StaffRole]] = {"numbers": StaffRole.MANAGER}
"""Minimum staff role for each page of the panel."""
STAFF_TEXTS: Final[Mapping[str, str]] = {"numbers": "panel"}
"""Names of the text files that only staff read."""


async def _tabs(uow: UnitOfWork) -> Sequence[str]:
    return [f"{PATH}?tab={each.name}" for each in VIEWS]


SEEN: Final[Mapping[str, Callable[[UnitOfWork], Awaitable[Sequence[str]]]]] = {"figures": _tabs}
"""Further URLs of the console that the browser test opens."""
