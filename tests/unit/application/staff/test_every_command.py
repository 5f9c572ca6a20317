"""Check that every staff command is executed or refused in a shop with one subject of each kind, and that every change
is audited.

During the commands, the in-memory units of work check that written rows were locked, that no query is empty, and that
the audit entries have the facts named in their texts.
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
from subscriptions.bootstrap.staff_commands import COMMANDS
from tests.support.removed import REMOVED
from tests.unit.application.staff.samples import SAMPLES
from tests.unit.application.staff.test_bad_input import ALL_COMMANDS, TYPED, World, fits

OF_THE_RUNNER = {"staff_operations", "audit_log"}
"""Tables of the command runner itself."""
UNSAID = {f"{verb}_broadcast" for verb in ("compose", "edit", "link", "aim", "discard")} | {"test_endpoint"}
"""Commands whose changes are not audited because they affect no one else: drafts, and a test event sent to an endpoint.
"""
LEAST = 40 if REMOVED else 66
"""Minimum number of commands that make a change. With fewer, this test would check too little."""


@pytest.fixture(scope="module")
def world() -> tuple[World, Mapping[SubjectKind, str]]:
    made = World()
    return made, asyncio.run(made.fill())


async def typed(world: World, command: type[StaffCommand], about: str) -> dict[str, str]:
    """Return an answer to each input: the first choice, or a text that fits."""
    subject, answers = await world.run.subject(SHELL, command.name, about), dict[str, str]()
    assert subject is not None
    for asked in command.inputs:
        if asked.kind in {InputKind.CHOICE, InputKind.MANY}:
            answer = next(
                (each.value for each in await world.run.choices(SHELL, command.name, asked.name, subject)), None
            )
        else:
            answer = next((text for text in TYPED if fits(asked, text, {**subject.reads, **answers})), None)
        answers[asked.name] = answer or asked.default or ""
    return answers


async def carried_out(
    world: World, command: type[StaffCommand], about: str, answers: Mapping[str, str] | None = None
) -> str | None:
    """Run the command, return the name of the outcome, and roll the changes back; None for a refused command."""
    memory = world.bank.shop.memory
    tables, jobs = memory.tables, list(memory.jobs)
    try:
        answers = answers or await typed(world, command, about)
        outcome = await world.run(SHELL, command.name, about, answers, uuid4(), secret=bytes(16))
        changed = {name for name in memory.tables if memory.rows(name) != tables.get(name, [])}
    except (NothingToDo, InputsRefused):
        return None
    finally:
        memory.tables, memory.jobs[:] = tables, jobs
    if command.name not in UNSAID:
        assert "audit_log" in changed or changed <= OF_THE_RUNNER, (command.name, outcome.name, changed)
    return outcome.name


async def test_every_change_by_a_staff_command_is_audited(world: tuple[World, Mapping[SubjectKind, str]]) -> None:
    made, about = world
    outcomes = {command.name: await carried_out(made, command, about[command.subject]) for command in ALL_COMMANDS}
    assert sum(outcome is not None for outcome in outcomes.values()) >= LEAST, outcomes
    # The samples come last, because they advance the clock.
    for name, (make, answers) in SAMPLES.items():
        about_sample = await make(made.bank.staff, made.bank.ana)
        assert await carried_out(made, COMMANDS[name], about_sample, answers) is not None, name
