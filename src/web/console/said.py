"""The chat's texts for use in the console, by key and without markup."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final, Literal

from subscriptions.application.dto.languages import locale_of
from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.application.views.amounts import LocalAmount, format_amount
from subscriptions.domain.entities.service_plan import LIFETIME
from subscriptions.domain.entities.spoken import text_for
from subscriptions.domain.money import Money
from web.console.visit import Field
from web.console.words import Words

_SIGN: Final = re.compile(r"^[^\w±]+\s")
"""Pattern of the emoji that precedes a button's label in the chat. The console omits the emoji."""


class ChatWords:
    """The chat's texts in one language, without markup."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.language = words.language
        self.locale = locale_of(words.language)

    def __call__(self, key: str, /, **facts: object) -> str:
        """Return the text with this key, without markup."""
        words = {name: self.translate(value) if isinstance(value, str) else value for name, value in facts.items()}
        return self.words.plain(f"chat.{key}", **words)

    plain = __call__

    def money(self, amount: Money) -> LocalAmount:
        """Return an amount as text in the language's format, such as `29,99 €`."""
        return format_amount(amount, self.language)

    def translate(self, word: str) -> str:
        """Return the translation of an operator's text in this language, or the text itself if it is not translated."""
        return word if isinstance(word, LocalAmount) else text_for(word, self.language)

    def count(self, key: str, n: int) -> str:
        """Return the singular or plural form of a text for a number, such as `1 persona` or `2 personas`."""
        return self(f"{key}.{'one' if n == 1 else 'other'}", n=n)

    def unit(self, kind: Literal["hour", "day", "month", "year"], n: int) -> str:
        """Return a number of units of time as text, such as `30 días`. A lifetime, expressed in days, has a special
        text.
        """
        return self("units.forever") if kind == "day" and n == LIFETIME else self.count(f"units.count.{kind}", n)

    def wrong(self, answer: Wrong) -> str:
        """Return the error message for an invalid answer."""
        text_key = f"forms.wrong.{answer.key}"
        return self(text_key if self.words.has(f"chat.{text_key}") else "forms.wrong.other", **answer.facts)


@cache
def said_in(language: str) -> ChatWords:
    """Return the texts of one language as customers see them."""
    return ChatWords(Words(language))


def question_text(words: Words, question: Field, part: str, facts: Mapping[str, str]) -> str:
    """Return a form's text about a question: the `field` label above the input or the `hint` below it.

    The form's own text takes precedence over the text of the same question in the chat's dialogue, which takes
    precedence over the text shared by all forms.
    """
    chat = f"chat.forms.{question.dialogue}.{'ask' if part == 'hint' else 'field'}.{question.name}"
    command_text = (
        f"chat.commands.{question.dialogue}.ask.{question.name}"
        if part == "hint"
        else f"chat.commands.field.{question.name}"
    )
    base = command_text if words.has(f"chat.commands.{question.dialogue}.label") else chat
    own = [f"{part}.{question.dialogue}_{question.name}", base] if question.dialogue else []
    text_key = next((key for key in (*own, f"{part}.{question.name}") if words.has(key)), None)
    return words.plain(text_key, **facts) if text_key is not None else ""


def command_text(words: Words, name: str, part: str, facts: Mapping[str, object] | None = None) -> str:
    """Return one of a command's texts. part: `do` for its button, `about` for its description, `sure` for its
    confirmation.
    """
    text_key = f"chat.commands.{name}.{'label' if part == 'do' else part}"
    if not words.has(text_key):
        return words(f"action.{name}.{part}", **(facts or {}))
    text = words.plain(text_key, **(facts or {}))
    return _SIGN.sub("", text) if part == "do" else text
