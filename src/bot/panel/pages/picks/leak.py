"""«¿De quién es?»: a leaked text or picture is forwarded, and names the customer whose copy it is."""

from collections.abc import Mapping
from typing import Final

from aiogram.exceptions import TelegramAPIError, TelegramBadRequest

from bot.panel.data import data
from bot.panel.dialogues import begin
from bot.panel.forms import Form, Question
from bot.panel.visit import Page, Visit
from bot.screens import Screen
from bot.screens.panel.frame import notice
from bot.screens.panel.picks import leak as screens
from subscriptions.application.dto.typed_answers import Answer, Wrong
from subscriptions.application.picks.pick_marks import MarksUnkeyed
from subscriptions.application.picks.trace_leak import LeakTrace
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.services.leak_odds import Verdict
from subscriptions.domain.services.staff_policy import StaffAction

_FILE, _TEXT = "file:", "text:"
_WITHIN_S: Final = 30
_TOO_BIG: Final = "too big"


def _copy(answer: Answer, _: Mapping[str, str]) -> str:
    """A picture by its file at Telegram; a text to the letter, for its spaces are what tells."""
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
        return notice(visit.t, "leak.unkeyed")
    except InvalidInput:
        return notice(visit.t, "leak.unequipped")
    except TelegramAPIError:
        return notice(visit.t, "leak.away")
    return screens.trace_result(visit.t, trace)


async def _trace(visit: Visit, copy: str) -> LeakTrace:
    trace = visit.use.trace_leak()
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
    action=StaffAction.TRACE_LEAK,
    questions=(Question("copy", _copy),),
    carry_out=_ask,
    leave=lambda _: data("home"),
    stays=True,
    reads_pictures=True,
)


async def ask(visit: Visit) -> Screen:
    """Ask for what leaked."""
    return await begin(visit, LEAK)


PAGES: Final[Mapping[str, Page]] = {"leak": Page(StaffAction.TRACE_LEAK, ask)}
FORMS: Final = (LEAK,)
