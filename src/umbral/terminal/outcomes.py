"""Results and refusals of staff commands as plain sentences."""

import re
from datetime import datetime
from html import unescape
from typing import Any, Final

from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.application.staff.command import Outcome, StaffCommand
from subscriptions.bootstrap.texts import chat_table
from umbral.terminal.operating import moment

_MARKUP: Final = re.compile(r"</?[a-z][^>]*>")
"""Pattern of formatting tags in the chat's texts, where a literal `<` is written as an entity."""


def sentence(command: type[StaffCommand], outcome: Outcome) -> str:
    """Return the result of a command as a sentence."""
    facts = {name: moment(fact) if isinstance(fact, datetime) else fact for name, fact in outcome.facts.items()}
    return text_of(command, "done", outcome.name).format(**facts)


def wrong_in(wrong: Wrong) -> str:
    """Return a message that explains an invalid answer and how to correct it."""
    texts = chat_table("en", "forms")["wrong"]
    facts = {name: moment(each) if isinstance(each, datetime) else each for name, each in wrong.facts.items()}
    return unescape(_MARKUP.sub("", str(texts.get(wrong.key, texts["other"]))).format(**facts))


def text_of(command: type[StaffCommand], *keys: str) -> str:
    """Return a text of a command without markup. If the text is missing, return its key, so that other commands still
    work.
    """
    text: Any = chat_table("en", "staff/commands").get(command.name, {})
    for key in keys:
        text = text.get(key, {})
    return unescape(_MARKUP.sub("", text)) if text else ".".join((command.name, *keys))
