"""Check that invisible characters in staff input are refused, except those that are part of an emoji."""

from __future__ import annotations

import pytest

from subscriptions.application.dto.typed_answers import Answer, Wrong, name
from subscriptions.application.staff.command import StaffCommand
from subscriptions.application.staff.inputs import Input, InputKind
from subscriptions.bootstrap.staff_commands import COMMANDS
from subscriptions.domain.services.visible_text import HiddenSign, hidden_sign
from tests.support.each_case import each_case


@pytest.mark.parametrize(
    "text",
    [
        "",
        "VIP 👩‍💻 ❤️ ☝🏽",
        "🏴󠁧󠁢󠁥󠁮󠁧󠁿 Premier",
        "Señales\r\n\tcada día",
        "می‌خواهم",
        "1️⃣ 2️⃣",
    ],
)
def test_staff_input_without_invisible_characters_is_accepted(text: str) -> None:
    assert hidden_sign(text) is None


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("VIP \u202egnp.exe", HiddenSign("U+202E", "VIP")),
        ("\u200b", HiddenSign("U+200B", "")),
        ("\u200d\ufe0f", HiddenSign("U+200D", "")),
        ("\u3164", HiddenSign("U+3164", "")),
        ("Un plan muy largo\u00ad para ti", HiddenSign("U+00AD", "an muy largo")),
        ("a\x00b", HiddenSign("U+0000", "a")),
        ("\u2066Ana\u2069", HiddenSign("U+2066", "")),
        ("a\ufeff", HiddenSign("U+FEFF", "a")),
    ],
)
def test_first_invisible_character_is_reported_with_its_code_point_and_preceding_text(
    text: str, sign: HiddenSign
) -> None:
    assert hidden_sign(text) == sign


def test_plan_name_error_names_the_character_and_its_position() -> None:
    with pytest.raises(Wrong) as wrong:
        name(Answer("Retabet\u200b"), {})
    assert (wrong.value.key, wrong.value.facts) == ("hidden_sign", {"sign": "U+200B", "before": "Retabet"})


@each_case(
    ("command", "asked_input"),
    [
        (command, each)
        for command in COMMANDS.values()
        for each in command.inputs
        if each.kind in {InputKind.TEXT, InputKind.PARAGRAPH}
    ],
    ids=lambda each: getattr(each, "name", ""),
)
def test_staff_commands_refuse_invisible_characters(command: type[StaffCommand], asked_input: Input[str]) -> None:
    with pytest.raises(Wrong) as wrong:
        asked_input.parse(Answer("\u202e"), {})
    assert wrong.value.key == "hidden_sign_first", command.name
