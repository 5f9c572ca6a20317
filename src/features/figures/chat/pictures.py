"""Pictures of the statistics charts.

The drawing modules are slow to import, so they are imported in a thread when the first picture is needed.
"""

import asyncio
from collections.abc import Sequence
from importlib import import_module

from bot.texts import Texts
from subscriptions.domain.ports.repositories.views import DayNumbers


async def picture_of(t: Texts, days: Sequence[DayNumbers]) -> bytes:
    """Return a chart of the days as PNG: active customers, customers who joined and left, and revenue by currency."""
    return await asyncio.to_thread(_draw, t, days)


def _draw(t: Texts, days: Sequence[DayNumbers]) -> bytes:
    picture: bytes = import_module("features.figures.chat.drawing").draw(t, days)
    return picture
