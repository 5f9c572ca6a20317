"""/historial: what was published and what came of it."""

from aiogram import Bot, Router
from aiogram.types import Message

from bot.chat import show
from bot.commands import command_filter
from bot.screens.record import records
from bot.texts import Texts
from subscriptions.application.dto.policy import Policy
from subscriptions.application.record.read_record import ReadRecord


def record_router() -> Router:
    """The command in every language."""
    router = Router(name="record")
    router.message.register(_record, command_filter("historial"))
    return router


async def _record(message: Message, t: Texts, bot: Bot, read_record: ReadRecord, policy: Policy) -> None:
    await show(message, records(t, await read_record.all(), policy.base_url), bot)
