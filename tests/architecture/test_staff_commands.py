"""Check that only the runner of staff commands checks permissions and writes the audit log."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from subscriptions.application.staff import run_command
from subscriptions.application.staff.command import StaffCommand, SubjectKind
from subscriptions.application.staff.note_customer import NoteCustomer
from subscriptions.application.staff.subject_type import SubjectType, by_kind
from subscriptions.bootstrap.staff_commands import COMMANDS, SUBJECT_TYPES

BY_HAND = ("staff_desk", "StaffDesk", "audit.record", ".commit()")


def source_of(command: type) -> str:
    return Path(inspect.getfile(command)).read_text(encoding="utf-8")


def test_staff_commands_contain_no_permission_check_audit_or_commit() -> None:
    assert len(COMMANDS) > 10
    assert not [(name, each) for name, command in COMMANDS.items() for each in BY_HAND if each in source_of(command)]


def test_runner_checks_the_permission_writes_the_audit_log_and_commits() -> None:
    runner = Path(run_command.__file__).read_text(encoding="utf-8")
    assert all(each in runner for each in ("actor.require", "audit.record", ".commit()", "operations.claim"))


def test_duplicate_command_name_is_refused() -> None:
    with pytest.raises(TypeError, match="two commands are called note"):

        class Another(StaffCommand):
            name = NoteCustomer.name


def test_every_subject_of_a_staff_command_is_a_declared_subject_type() -> None:
    named = {kind for command in COMMANDS.values() for kind in (command.subject, command.makes) if kind is not None}
    assert named - SUBJECT_TYPES.keys() == set()
    # A created subject is sent to the list of its kind, so the kind has a list.
    assert [
        command.name
        for command in COMMANDS.values()
        if command.makes is not None and not SUBJECT_TYPES[command.makes].path
    ] == []


def test_subject_with_an_id_is_addressable_in_every_interface() -> None:
    for each in SUBJECT_TYPES.values():
        assert {bool(each.argument), bool(each.help), bool(each.path), bool(each.parameter), bool(each.schema)} == {
            each.kind != SubjectKind.SHOP
        }, each.kind


def test_subject_declared_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="the subject voucher is declared twice"):
        by_kind([SubjectType(kind="voucher"), SubjectType(kind="voucher", path="vouchers")])
