"""Refusal of an unknown audience of a broadcast, which lists the available audiences."""

from __future__ import annotations

import pytest

from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.command import SubjectKind
from subscriptions.application.staff.run_command import InputsRefused
from tests.unit.application.staff.test_bad_input import World, world
from umbral.terminal.outcomes import wrong_in

__all__ = ["world"]


async def test_refusal_of_an_unknown_choice_names_the_available_choices(
    world: tuple[World, dict[SubjectKind, str]],
) -> None:
    made, about = world
    with pytest.raises(InputsRefused) as why:
        await made.run.preview(
            SHELL, "compose_broadcast", about[SubjectKind.SHOP], {"text": "Hola", "segment": "todos"}
        )
    said = wrong_in(why.value.errors["segment"])
    assert all(word in said for word in ("todos", "active", "inside")), said
