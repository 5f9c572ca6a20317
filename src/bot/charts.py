"""Pictures of the numbers and of records. What draws is heavy, so it is loaded with the first picture, in a thread."""

import asyncio
from collections.abc import Sequence
from importlib import import_module

from bot.texts import Texts
from subscriptions.application.record.read_record import RecordView
from subscriptions.domain.ports.repositories.views import DayNumbers


async def picture_of(t: Texts, days: Sequence[DayNumbers]) -> bytes:
    """The last days as a PNG: who is active, who came and left, what was earned in each currency."""
    return await asyncio.to_thread(_draw, t, days)


async def picture_of_record(t: Texts, view: RecordView, brand: str) -> bytes:
    """A record as a PNG: its figures, and the curve of its profit."""
    return await asyncio.to_thread(_draw_record, t, view, brand)


def _draw(t: Texts, days: Sequence[DayNumbers]) -> bytes:
    picture: bytes = import_module("bot.drawing").draw(t, days)
    return picture


def _draw_record(t: Texts, view: RecordView, brand: str) -> bytes:
    picture: bytes = import_module("bot.drawing").draw_record(t, view, brand)
    return picture
