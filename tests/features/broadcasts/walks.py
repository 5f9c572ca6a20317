"""Data about broadcasts used by the tests that check every page, command and text."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final
from uuid import uuid4

from features.broadcasts.domain import Audience, Broadcast, BroadcastId, BroadcastStatus
from features.broadcasts.ports import BROADCASTS_KEY
from features.broadcasts.web.api import BROADCASTS
from subscriptions.application.staff.actor import SHELL
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.post import PostContent
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from tests.fakes.samples import NOON
from tests.fakes.staff import Staff

LEAST_ROLES: Final[Mapping[str, StaffRole]] = dict.fromkeys(
    (
        *("casts", "cast", "cast.who", "cast.lang", "cast.plans", "cast.of", "cast.chs", "cast.ch"),
        *("cast.ends", "cast.soon", "cast.in", "cast.by", "cast.is", "cast.go", "cast.take", "cast.at"),
    ),
    StaffRole.MANAGER,
)
"""Minimum staff role for each page of the panel."""
STAFF_TEXTS: Final[Mapping[str, str]] = {"casts": "panel"}
"""Names of the text files that only staff read."""
SUBJECT_FACTS: Final[Mapping[str, set[str]]] = {"broadcast": {"count"}}
"""Names of the values that the texts of staff commands contain, keyed by the kind of subject."""
API_PATHS: Final[Mapping[str, None]] = dict.fromkeys((BROADCASTS, f"{BROADCASTS}/{{broadcast_id}}"))
"""API paths of the feature."""
KEYED: Final[Mapping[str, None]] = {"send_broadcast": None}
"""Operations of the API, other than commands, that take an Idempotency-Key."""
UNKEYED: Final[Mapping[str, None]] = dict.fromkeys(("stop_broadcast", "resume_broadcast"))
"""Operations that do not require an Idempotency-Key, because they were available before they became staff commands."""
CONSOLE_SUBJECTS: Final[Mapping[str, None]] = {"broadcast": None}
"""Names of the console pages that show one object other than a customer."""
CLI_LINES: Final[Mapping[str, None]] = {"staff compose-broadcast --text Hola --segment all": None}
"""Command lines that the tests run first, so that every kind of object exists."""


async def _make_draft(staff: Staff, customer: Customer) -> str:
    draft = uuid4()
    await staff(SHELL, "compose_broadcast", "", draft, text="Hoy dos picks", segment="all")
    return str(draft)


SUBJECTS: Final[Mapping[str, Callable[[Staff, Customer], Awaitable[str]]]] = {"broadcast": _make_draft}
"""Functions that create an object on which staff commands act, and return its id, keyed by the kind of object."""


async def _see_broadcasts(uow: UnitOfWork) -> list[str]:
    draft = Broadcast.draft("one", TelegramId(9001), PostContent(text="Hoy dos picks"), NOON)
    draft.aim(Audience())
    waiting = replace(draft, id=BroadcastId(uuid4()), key="two")
    waiting.start(NOON, NOON)
    going = replace(draft, id=BroadcastId(uuid4()), key="three", status=BroadcastStatus.SENDING)
    for each in (draft, waiting, going):
        assert await uow.of(BROADCASTS_KEY).add_if_new(each)
    forms = [f"/do/{verb}_broadcast/{draft.id}" for verb in ("start", "aim")]
    return [f"/broadcasts/{going.id}", "/do/compose_broadcast/new", *forms]


SEEN: Final[Mapping[str, Callable[[UnitOfWork], Awaitable[list[str]]]]] = {"broadcasts": _see_broadcasts}
"""Functions that store rows for the test of every console page, and return the paths of the pages that show these rows.
"""
WIRED: Final[Mapping[str, Mapping[str, Sequence[tuple[str, str]]]]] = {
    "broadcasts": {
        "web": [("features.broadcasts.use_cases.hand_over_broadcast", "HandOverBroadcast")],
        "userbot": [("features.broadcasts.use_cases.sync_deletions", "SyncDeletions")],
    }
}
"""Use cases of the feature that each process creates."""
REFUSED: Final[Mapping[str, tuple[str, str, dict[str, str], str]]] = {
    "broken markup, to many": ("compose_broadcast", "shop", {"text": "<b>Hola", "segment": "active"}, "text"),
}
"""Inputs that staff commands refuse: command, subject, answers, and the refused field."""
