"""Data about tips used by the tests that check every page and command."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Final

from features.record.commands.publish_tip import PublishedPick
from features.record.use_cases.tip_line import read_line
from subscriptions.application.staff.actor import SHELL
from subscriptions.domain.entities.customer import Customer, StaffRole
from tests.fakes.staff import Staff

LEAST_ROLES: Final[Mapping[str, StaffRole]] = {
    **dict.fromkeys(("tips", "tips.live", "tips.done", "tip"), StaffRole.SUPPORT),
    **dict.fromkeys(("tip.as", "tip.legs", "tip.cash"), StaffRole.MANAGER),
}
"""Minimum staff role for each page of the panel."""
STAFF_TEXTS: Final[Mapping[str, str]] = {"tips": "panel"}
"""Names of the text files that only staff read."""
SUBJECT_FACTS: Final[Mapping[str, set[str]]] = {"tip": {"name", "selection", "at", "odds", "stake"}}
"""Names of the values that the texts of staff commands contain, keyed by the kind of subject."""


async def _publish(staff: Staff, customer: Customer) -> str:
    async with staff.shop.units() as uow:
        [plan, *_] = await uow.plans.all()
    starts_at = staff.shop.clock.now() + timedelta(hours=2)
    line = read_line(f"Betis – Sevilla | más de 2,5 goles | 1,85 | 3u | {starts_at:%Y-%m-%d %H:%M}Z")
    published = (await staff(SHELL, "publish_tip", "", **line, plan=plan.soft_id)).result
    assert isinstance(published, PublishedPick)
    return str(published.id)


SUBJECTS: Final[Mapping[str, Callable[[Staff, Customer], Awaitable[str]]]] = {"tip": _publish}
"""Functions that create an object on which staff commands act, and return its id, keyed by the kind of object."""


async def _started(staff: Staff, customer: Customer) -> str:
    tip = await _publish(staff, customer)
    staff.shop.clock.advance(timedelta(hours=3))
    return tip


async def _settled(staff: Staff, customer: Customer) -> str:
    tip = await _started(staff, customer)
    await staff(SHELL, "settle_tip", tip, result="won")
    return tip


SAMPLES: Final[Mapping[str, tuple[Callable[[Staff, Customer], Awaitable[str]], Mapping[str, str]]]] = {
    "settle_tip": (_started, {"result": "won"}),
    "correct_odds": (_started, {"odds": "2,50", "reason": "Era 2,50"}),
    "correct_tip": (_settled, {"result": "lost", "reason": "Se anuló el gol"}),
}
"""Subjects and answers with which staff commands succeed that are refused for the subject in `SUBJECTS`, keyed by the
command's name.
"""
API_PATHS: Final[Mapping[str, None]] = {"/api/v1/picks/{key}/result": None}
"""API paths of the feature."""
REFUSED: Final[Mapping[str, tuple[str, str, dict[str, str], str]]] = {
    "a text too long to stand under a file": ("edit_text", "es:record.picture", {"text": "x" * 451}, "text"),
}
"""Inputs that staff commands refuse, keyed by the reason: the command, the id of its subject, the form's fields, and
the name of the refused field.
"""
CLI_NAMES: Final[Mapping[str, str]] = {"TIP": "t1"}
"""Values of command-line arguments in an installation with existing data, keyed by argument name."""
