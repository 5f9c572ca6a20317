"""Screens of the three entry steps. The operator can adapt their texts for each channel, see `PER_RESOURCE`."""

from typing import Final

from bot import callbacks
from bot.entry_step import EntryScreensPart
from bot.formats import moment
from bot.keyboards import button, keyboard, link
from bot.screens import Screen
from bot.screens.entry import end_text, retry_button, text_key
from bot.texts import Texts
from subscriptions.application.vip.vip_view import VipView
from subscriptions.domain.entities.vip_entry import FIRST_STAGE, SECOND_STAGE


def step(t: Texts, vip: VipView) -> Screen:
    """Return the screen of the step that the customer has reached. The last step shows the invite link once it
    exists.
    """
    if vip.stage == FIRST_STAGE:
        go_on = button(t.plain(text_key(t, "button.go_on", vip)), callbacks.vip_stage(FIRST_STAGE, vip.resource))
        text = t(text_key(t, "stage_1", vip), chat=vip.chat, until=end_text(t, vip))
        return Screen(text, keyboard(go_on))
    if vip.stage == SECOND_STAGE:
        ready = button(t.plain(text_key(t, "button.ready", vip)), callbacks.vip_stage(SECOND_STAGE, vip.resource))
        return Screen(t(text_key(t, "stage_2", vip)), keyboard(ready))
    if vip.invite_url is None or vip.invite_until is None:
        return Screen(t(text_key(t, "stage_3_wait", vip)), keyboard(retry_button(t, vip.resource)))
    cross = link(t.plain(text_key(t, "button.cross", vip), plan=vip.plan_name), vip.invite_url)
    text = t(text_key(t, "stage_3", vip), chat=vip.chat, expires=moment(t, vip.invite_until))
    return Screen(text, keyboard(cross))


ENTRY_SCREENS: Final = EntryScreensPart(step)
