"""Messages of customers: if one feature fails, the message still reaches the other features; if none of them handles
the message, the failure is raised so that the message is processed again.
"""

from __future__ import annotations

from typing import Any

import pytest

from bot.feature import CustomerMessageAnswer
from bot.routers.fallback import _taken
from bot.screens import Screen

ANSWER = CustomerMessageAnswer(screen=Screen("hello"), cancelling="")


async def fails(message: Any, customer: Any, t: Any) -> CustomerMessageAnswer | None:
    raise ZeroDivisionError


async def takes(message: Any, customer: Any, t: Any) -> CustomerMessageAnswer | None:
    return ANSWER


async def declines(message: Any, customer: Any, t: Any) -> CustomerMessageAnswer | None:
    return None


async def test_failing_feature_does_not_prevent_others_from_handling_a_message() -> None:
    nothing: Any = None
    assert await _taken([fails, declines, takes], nothing, nothing, nothing) is ANSWER


async def test_message_handled_by_no_feature_raises_the_failure_of_a_feature_for_a_retry() -> None:
    nothing: Any = None
    with pytest.raises(ZeroDivisionError):
        await _taken([fails, declines], nothing, nothing, nothing)
    assert await _taken([declines], nothing, nothing, nothing) is None
