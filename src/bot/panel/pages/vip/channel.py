"""The VIP channel: chosen by a forwarded post or its id, and checked for what the bot needs there."""

import re
from collections.abc import Mapping
from typing import Final

from bot.panel.data import data
from bot.panel.dialogues import begin
from bot.panel.forms import Form, Question
from bot.panel.visit import Page, Visit
from bot.screens import Screen
from bot.screens.panel.vip import channel as screens
from subscriptions.application.dto.typed_answers import Answer, Wrong
from subscriptions.application.vip.set_up_channel import SetUpOutcome
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import ChatId
from subscriptions.domain.services.staff_policy import StaffAction

_ID: Final = re.compile(r"-100\d{6,13}")
_BARE: Final = re.compile(r"\d{6,13}")


async def channel(visit: Visit) -> Screen:
    """Which it is, and how the bot stands there at this moment."""
    return await _show(visit)


async def _show(visit: Visit, note: str | None = None) -> Screen:
    channel = await visit.use.vip_channel()(visit.who)
    return screens.channel(visit.t, channel, await _look(visit, channel), note)


async def _look(visit: Visit, channel: Channel | None) -> SetUpOutcome | None:
    if channel is None or channel.channel_id is None:
        return None
    try:
        return await visit.use.set_up_channel().check(channel.channel_id)
    except RetryLater:
        return None


def _chat(answer: Answer, _: Mapping[str, str]) -> str:
    if answer.channel is not None:
        return str(answer.channel)
    text = answer.text.strip()
    if _ID.fullmatch(text):
        return text
    if _BARE.fullmatch(text):
        return f"-100{text}"
    raise Wrong("channel_post")


async def _sure(visit: Visit, dialogue: Dialogue) -> str:
    """What the bot sees there, and what is missing: only a channel where nothing is can be confirmed."""
    set_up_outcome = await visit.use.set_up_channel().check(ChatId(int(dialogue.answers["chat"])))
    if not set_up_outcome.done or set_up_outcome.look is None:
        raise Wrong(f"channel_{set_up_outcome.outcome}", question="chat", missing=_missing(visit, set_up_outcome))
    channel = await visit.use.vip_channel()(visit.who)
    moving = channel is not None and str(channel.channel_id) != dialogue.answers["chat"]
    effect = visit.t("forms.channel.moving", before=channel.title) if moving and channel is not None else ""
    text = visit.t("forms.channel.sure", title=set_up_outcome.look.title)
    return "\n\n".join(part for part in [text, screens.rights(visit.t, set_up_outcome.look), effect] if part)


async def _set_up(visit: Visit, dialogue: Dialogue) -> Screen:
    set_up_outcome = await visit.use.set_up_channel()(ChatId(int(dialogue.answers["chat"])), actor=str(visit.who))
    if not set_up_outcome.done:
        raise Wrong(f"channel_{set_up_outcome.outcome}", question="chat", missing=_missing(visit, set_up_outcome))
    return await _show(visit, visit.t("channel.done"))


def _missing(visit: Visit, set_up_outcome: SetUpOutcome) -> str:
    missing = set_up_outcome.look.missing if set_up_outcome.look is not None else ()
    return ", ".join(visit.t.plain(f"channel.right.{right}") for right in missing)


SET: Final = Form(
    kind="channel",
    action=StaffAction.SET_UP_CHANNEL,
    questions=(Question("chat", _chat),),
    carry_out=_set_up,
    leave=lambda _: data("channel"),
    summary=_sure,
)


async def choose(visit: Visit) -> Screen:
    """Ask for a post or an id."""
    return await begin(visit, SET)


PAGES: Final[Mapping[str, Page]] = {
    "channel": Page(StaffAction.SET_UP_CHANNEL, channel),
    "channel.set": Page(StaffAction.SET_UP_CHANNEL, choose),
}
FORMS: Final = (SET,)
