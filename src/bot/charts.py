"""Pictures of the numbers. The plotting library is heavy, so it is loaded with the first picture, in a thread."""

import asyncio
from collections.abc import Sequence
from importlib import import_module

from bot.texts import Texts
from subscriptions.domain.ports.repositories.views import DayNumbers


async def picture_of(t: Texts, days: Sequence[DayNumbers]) -> bytes:
    """The last days as a PNG: who is active, who came and left, what was earned in each currency."""
    return await asyncio.to_thread(_draw, t, days)


def _draw(t: Texts, days: Sequence[DayNumbers]) -> bytes:
    picture: bytes = import_module("bot.drawing").draw(t, days)
    return picture
