"""The /historial command: published tips and their results."""

import asyncio
from importlib import import_module

from aiogram import Bot, Router
from aiogram.types import BufferedInputFile, Message

from bot.chat import show
from bot.commands import command_filter
from bot.texts import Texts
from features.record.feature import sells_tips
from features.record.screens.record import first_curve, picture_caption, records
from features.record.use_cases.read_record import ReadRecord, RecordView
from features.record.wiring import record_of
from subscriptions.application.dto.policy import Policy
from subscriptions.bootstrap.bot import BotContainer


class _RecordDesk:
    """Handler of the /historial command."""

    def __init__(self, read_record: ReadRecord, policy: Policy) -> None:
        self._read_record, self._policy = read_record, policy

    async def show(self, message: Message, t: Texts, bot: Bot) -> None:
        """Send the picture of the first tip record that has a profit curve, and then the text about all tip records."""
        views = await self._read_record.all()
        view = first_curve(views)
        if view is not None:
            picture = BufferedInputFile(await _picture(t, view, self._policy.brand), "record.png")
            await bot.send_photo(message.chat.id, picture, caption=picture_caption(t, view))
        await show(message, records(t, views, self._policy.base_url), bot)


async def _picture(t: Texts, view: RecordView, brand: str) -> bytes:
    """Return a PNG of a tip record with its figures and profit curve. The drawing modules are heavy, so they are
    imported with the first picture, in a thread.
    """
    return await asyncio.to_thread(_draw, t, view, brand)


def _draw(t: Texts, view: RecordView, brand: str) -> bytes:
    picture: bytes = import_module("features.record.chat.drawing").draw_record(t, view, brand)
    return picture


def record_router(container: BotContainer) -> Router:
    """Return the router of the command, which does nothing in a shop that sells no tips."""
    router = Router(name="record")
    if sells_tips(container.settings().vertical):
        desk = _RecordDesk(record_of(container.core).read_record(), container.core.policy())
        router.message.register(desk.show, command_filter("historial"))
    return router
