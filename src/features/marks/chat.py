"""Panel page «¿De quién es?»: staff forwards a leaked text or picture to the bot, and the bot names the customer whose
copy it is.
"""

from collections.abc import Mapping
from typing import Final

from aiogram.exceptions import TelegramAPIError, TelegramBadRequest

from bot.feature import ChatPart, PanelPart
from bot.panel.dialogues import begin
from bot.panel.forms import Form, Question
from bot.panel.visit import Page, Visit
from bot.screens import Screen
from bot.screens.panel.frame import notice, up
from features.marks import screens
from features.marks.domain.leak_odds import Verdict
from features.marks.domain.pick_marks import MarksUnkeyed
from features.marks.permissions import TRACE_LEAK
from features.marks.use_cases.trace_leak import LeakTrace
from features.marks.wiring import MarksContainer
from subscriptions.application.dto.typed_answers import Answer, Wrong
from subscriptions.application.menu import MenuSection
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.errors import InvalidInput

_FILE, _TEXT = "file:", "text:"
_WITHIN_S: Final = 30
_TOO_BIG: Final = "too big"


def _copy(answer: Answer, _: Mapping[str, str]) -> str:
    """Return the file id of a picture, or a text unchanged, because the text's spaces contain the watermark."""
    if answer.file is not None:
        return _FILE + answer.file
    if not answer.text:
        raise Wrong("leak")
    return _TEXT + answer.text


async def _ask(visit: Visit, dialogue: Dialogue) -> Screen:
    copy = dialogue.answers["copy"]
    try:
        trace = await _trace(visit, copy)
    except MarksUnkeyed:
        return notice(visit.t, "leak.unkeyed", "leak")
    except InvalidInput:
        return notice(visit.t, "leak.unequipped", "leak")
    except TelegramAPIError:
        return notice(visit.t, "leak.away", "leak")
    return screens.trace_result(visit.t, trace)


async def _trace(visit: Visit, copy: str) -> LeakTrace:
    trace = MarksContainer(core=visit.use.core).trace_leak()
    if copy.startswith(_TEXT):
        return await trace.text(copy.removeprefix(_TEXT))
    try:
        picture = await visit.bot.download(copy.removeprefix(_FILE), timeout=_WITHIN_S)
    except TelegramBadRequest as error:
        if _TOO_BIG not in error.message:
            raise
        return LeakTrace(verdict=Verdict.TOO_LARGE)
    return await trace.picture(picture.read() if picture is not None else b"")


LEAK: Final = Form(
    kind="leak",
    action=TRACE_LEAK,
    questions=(Question("copy", _copy),),
    carry_out=_ask,
    leave=lambda _: up("leak"),
    stays=True,
    reads_pictures=True,
)


async def ask(visit: Visit) -> Screen:
    """Ask for the leaked text or picture."""
    return await begin(visit, LEAK)


CHAT: Final = ChatPart(
    panel=PanelPart(
        pages={"leak": Page(TRACE_LEAK, ask)},
        entries={MenuSection.CHATS: (("leak", TRACE_LEAK),)},
        forms=(LEAK,),
    )
)
