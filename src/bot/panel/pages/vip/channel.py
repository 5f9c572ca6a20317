"""Panel pages of the VIP channel: its current state, the bot's rights in it, and the choice of another channel."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.panel.data import data
from bot.panel.dialogues import begin
from bot.panel.pages.staff.commands import SUBJECT, form_of, run, summary_of
from bot.panel.visit import Page, Visit
from bot.screens import Screen
from bot.screens.panel.vip import channel as screens
from subscriptions.application.resources.add_resource import CHAT
from subscriptions.application.vip.set_up_channel import SetUpChannel
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import ChatId
from subscriptions.domain.services.staff_policy import StaffAction


async def channel(visit: Visit) -> Screen:
    """Show the VIP channel and the bot's current rights in it."""
    return await _show(visit)


async def _show(visit: Visit, note: str | None = None) -> Screen:
    channel, look, is_known = await visit.use.vip_channel()(visit.who), None, True
    if channel is not None and channel.channel_id is not None:
        try:
            look = await visit.use.note_chat()(channel.channel_id)
        except RetryLater:
            is_known = False
    return screens.channel(visit.t, channel, look, note, is_known=is_known)


async def _sure(visit: Visit, dialogue: Dialogue) -> str:
    """Render the confirmation with the chat's state just fetched from Telegram, so that rights granted in the meantime
    count.
    """
    chat = dialogue.answers[CHAT.name]
    await visit.use.note_chat()(chat if chat.startswith("@") else ChatId(int(chat)))
    return await summary_of(SetUpChannel)(visit, dialogue)


async def _set_up(visit: Visit, dialogue: Dialogue) -> Screen:
    answers = {CHAT.name: dialogue.answers[CHAT.name]}
    return await _show(visit, await run(visit, SetUpChannel, "", answers, dialogue.id))


async def choose(visit: Visit) -> Screen:
    """Ask for a forwarded post of the channel or for the channel's id."""
    return await begin(visit, SET_UP_FORM, **{SUBJECT: ""})


SET_UP_FORM: Final = replace(form_of(SetUpChannel), carry_out=_set_up, leave=lambda _: data("channel"), summary=_sure)
PAGES: Final[Mapping[str, Page]] = {
    "channel": Page(StaffAction.SET_UP_CHANNEL, channel),
    "channel.set": Page(SET_UP_FORM.action, choose),
}
FORMS: Final = (SET_UP_FORM,)
