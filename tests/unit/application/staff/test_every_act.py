"""Every act of staff on a shop with one of everything: it is done or refused, and what it changes is on record.

The units of work in memory hold meanwhile that what is written was locked, that nobody is asked about nothing, and
that the audit has what its words name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from uuid import uuid4

import pytest

from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.command import NothingToDo, StaffCommand, SubjectKind
from subscriptions.application.staff.inputs import InputKind
from subscriptions.application.staff.run_command import InputsRefused
from tests.unit.application.staff.test_bad_input import ACTS, TYPED, World, fits

UNTOLD = {"staff_operations", "audit_log"}
"""Tables of the runner's own."""
UNSAID = {f"{verb}_broadcast" for verb in ("compose", "edit", "link", "aim", "discard")} | {"test_endpoint"}
"""They reach nobody: a draft, and a test that a program is sent."""
LEAST = 55
"""So many acts find something to do there; fewer, and this file holds less than it says."""


@pytest.fixture(scope="module")
def world() -> tuple[World, Mapping[SubjectKind, str]]:
    made = World()
    return made, asyncio.run(made.fill())


async def typed(world: World, act: type[StaffCommand], about: str) -> dict[str, str]:
    """An answer to each of its inputs: the first on offer, or one that can be read."""
    subject, answers = await world.run.subject(SHELL, act.name, about), dict[str, str]()
    assert subject is not None
    for asked in act.inputs:
        if asked.kind in {InputKind.CHOICE, InputKind.MANY}:
            answer = next((each.value for each in await world.run.choices(SHELL, act.name, asked.name, subject)), None)
        else:
            answer = next((text for text in TYPED if fits(asked, text, {**subject.reads, **answers})), None)
        answers[asked.name] = answer or asked.default or ""
    return answers


async def carried_out(world: World, act: type[StaffCommand], about: str) -> str | None:
    """The outcome, after which all is as it was; None where it was refused."""
    memory = world.bank.shop.memory
    tables, jobs = memory.tables, list(memory.jobs)
    try:
        outcome = await world.run(SHELL, act.name, about, await typed(world, act, about), uuid4(), secret=bytes(16))
        changed = {name for name in memory.tables if memory.rows(name) != tables.get(name, [])}
    except (NothingToDo, InputsRefused):
        return None
    finally:
        memory.tables, memory.jobs[:] = tables, jobs
    if act.name not in UNSAID:
        assert "audit_log" in changed or changed <= UNTOLD, (act.name, outcome.name, changed)
    return outcome.name


async def test_whatever_it_changes_is_on_record(world: tuple[World, Mapping[SubjectKind, str]]) -> None:
    made, about = world
    outcomes = {act.name: await carried_out(made, act, about[act.subject]) for act in ACTS}
    assert sum(outcome is not None for outcome in outcomes.values()) >= LEAST, outcomes
