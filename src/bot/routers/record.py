"""The /historial command: published tips and their results."""

from aiogram import Bot, Router
from aiogram.types import BufferedInputFile, Message

from bot.charts import picture_of_record
from bot.chat import show
from bot.commands import command_filter
from bot.screens.record import first_curve, picture_caption, records
from bot.texts import Texts
from subscriptions.application.dto.policy import Policy
from subscriptions.application.record.read_record import ReadRecord


def record_router() -> Router:
    """Return the router of the command."""
    router = Router(name="record")
    router.message.register(_record, command_filter("historial"))
    return router


async def _record(message: Message, t: Texts, bot: Bot, read_record: ReadRecord, policy: Policy) -> None:
    views = await read_record.all()
    view = first_curve(views)
    if view is not None:
        picture = BufferedInputFile(await picture_of_record(t, view, policy.brand), "record.png")
        await bot.send_photo(message.chat.id, picture, caption=picture_caption(t, view))
    await show(message, records(t, views, policy.base_url), bot)
