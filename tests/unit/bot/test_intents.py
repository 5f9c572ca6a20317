"""Recognition of messages that are an acknowledgement and not a question, and of messages that lead to /cancelar
although staff also reads them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from aiogram.types import Message

from bot.intents import is_nod, wants_to_cancel


def message(text: str | None, **more: Any) -> Message:
    facts = {"message_id": 1, "date": datetime(2026, 3, 1, tzinfo=UTC), "chat": {"id": 7, "type": "private"}}
    return Message.model_validate({**facts, **({"text": text} if text is not None else {}), **more})


@pytest.mark.parametrize("text", ["👍", "❤️🙏", "ok", "Vale, gracias!", "Thank you!!", "Perfecto 👌", "obrigada"])
def test_message_of_thanks_or_agreement_is_recognized_as_an_acknowledgement(text: str) -> None:
    assert is_nod(message(text))


@pytest.mark.parametrize(
    "text", ["sí", "no", "gracias, ¿y el canal?", "ok pero no veo mi canal", "👍?", "1234", "vale vale " * 9]
)
def test_message_that_may_contain_a_question_is_not_an_acknowledgement(text: str) -> None:
    assert not is_nod(message(text))


def test_photo_with_thanks_is_not_an_acknowledgement() -> None:
    size = {"file_id": "f", "file_unique_id": "u", "width": 9, "height": 9}
    assert not is_nod(message(None, photo=[size], caption="gracias"))


@pytest.mark.parametrize(
    "text",
    ["cancel my subscription", "Quiero cancelar", "darme de baja por favor", "unsubscribe me", "quero dar baixa"],
)
def test_cancellation_request_is_recognized(text: str) -> None:
    assert wants_to_cancel(text)


@pytest.mark.parametrize("text", ["no veo mi canal", "¿cuándo es el partido?", "Han cancelado " + "x" * 200])
def test_other_messages_are_not_recognized_as_cancellation_requests(text: str) -> None:
    assert not wants_to_cancel(text)
