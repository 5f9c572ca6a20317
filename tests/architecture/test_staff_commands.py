"""An act of staff asks for no permission and writes no audit: the one runner does, for all of them."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from subscriptions.application.staff import run_command
from subscriptions.application.staff.command import StaffCommand
from subscriptions.application.staff.note_customer import NoteCustomer
from subscriptions.bootstrap.staff_commands import COMMANDS

BY_HAND = ("staff_desk", "StaffDesk", "audit.record", ".commit()")


def source_of(command: type) -> str:
    return Path(inspect.getfile(command)).read_text(encoding="utf-8")


def test_no_act_does_what_the_runner_does() -> None:
    assert len(COMMANDS) > 10
    assert not [(name, each) for name, act in COMMANDS.items() for each in BY_HAND if each in source_of(act)]


def test_the_runner_does_it() -> None:
    runner = Path(run_command.__file__).read_text(encoding="utf-8")
    assert all(each in runner for each in ("actor.require", "audit.record", ".commit()", "operations.claim"))


def test_two_acts_of_one_name_are_refused() -> None:
    with pytest.raises(TypeError, match="two acts are called note"):

        class Another(StaffCommand):
            name = NoteCustomer.name
