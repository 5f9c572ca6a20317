"""The tip record in the chat: the command /historial and a line on a plan's card for customers; lists of tips and the
entry of tips for staff.
"""

from collections.abc import Sequence
from typing import Final

from aiogram.types import Message

from bot.feature import ChatPart, PanelPart, StaffMessages
from bot.menu import Exists
from bot.panel.visit import Visit
from bot.screens import Screen
from bot.screens.plans import ReadPlanLines
from bot.texts import Texts
from features.picks.permissions import PUBLISH_TIP
from features.record.chat import files, posting, publish, settle, tips
from features.record.chat.historial import record_router
from features.record.feature import sells_tips
from features.record.permissions import SEE_RECORD
from features.record.screens.record import summary
from features.record.subjects import TIP
from features.record.use_cases.tip_line import looks_like_tip
from features.record.wiring import record_of
from subscriptions.application.menu import MenuSection
from subscriptions.bootstrap.bot import BotContainer

_FIRST: Final = 10
"""Position of the handler of typed tips among the handlers of staff messages: before the handlers that accept any
message.
"""


def _sells_tips(container: BotContainer) -> bool:
    return sells_tips(container.settings().vertical)


def _exists(container: BotContainer) -> Exists | None:
    return record_of(container.core).read_record().exists if _sells_tips(container) else None


def _plan_lines(container: BotContainer) -> ReadPlanLines | None:
    if not _sells_tips(container):
        return None
    read_record = record_of(container.core).read_record()

    async def lines(t: Texts, soft_id: str) -> Sequence[str]:
        view = await read_record(soft_id)
        line = summary(t, view) if view is not None else None
        return [line] if line is not None else []

    return lines


def _fits(message: Message) -> bool:
    return not message.forward_origin and looks_like_tip(message.text or "")


async def _take(visit: Visit, message: Message) -> Screen:
    return await publish.from_line(visit, message.text or "")


CHAT: Final = ChatPart(
    router=record_router,
    plan_lines=_plan_lines,
    late_commands={"historial": _exists},
    handlers=posting.handlers,
    staff_messages=(
        StaffMessages(permission=PUBLISH_TIP, order=_FIRST, fits=_fits, take=_take, asks=True, applies=_sells_tips),
    ),
    panel=PanelPart(
        pages={**tips.PAGES, **publish.PAGES, **files.PAGES, **settle.PAGES},
        cards={TIP: (tips.TIPS, lambda visit, _, note: tips.tips_shown(visit, note))},
        entries={MenuSection.MESSAGES: (("tips", SEE_RECORD),)},
        pages_back={TIP: tips.TIPS},
        forms=(*publish.FORMS, *files.FORMS),
    ),
)
