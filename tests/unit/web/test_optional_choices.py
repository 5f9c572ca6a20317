"""Inputs of staff commands that may be left empty, and the words of choices."""

from __future__ import annotations

import pytest

from subscriptions.application.dto.typed_answers import Answer
from subscriptions.application.staff.inputs import InputKind, choice_keys
from subscriptions.bootstrap.staff_commands import COMMANDS
from web.console.words import words_for

OPTIONAL = [
    (command, asked)
    for command in COMMANDS.values()
    for asked in command.inputs
    if asked.kind not in (InputKind.TEXT, InputKind.PARAGRAPH) and asked.default is not None and not asked.stays
]


def test_optional_input_left_empty_takes_its_default() -> None:
    assert OPTIONAL
    for command, asked in OPTIONAL:
        assert (command.name, asked.name, asked.parse(Answer(""), {})) == (command.name, asked.name, str(asked.default))


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("word", ["*", "any", "none", "first", "each", "own"])
def test_word_with_another_meaning_in_each_field_is_worded_by_its_field(word: str, language: str) -> None:
    words = words_for(language)
    assert not words.has(f"chat.commands.choice.{word}")
    offered = [(command, asked) for command, asked in OPTIONAL if asked.default == word]
    for command, asked in offered:
        keys = choice_keys(command.name, asked, word)
        assert any(words.has(f"chat.{key}") for key in keys), (command.name, asked.name)
