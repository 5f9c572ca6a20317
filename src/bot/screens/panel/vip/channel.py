"""Screen of the VIP channel and of the bot's rights in it."""

from bot.keyboards import button
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import card, screen, up
from bot.texts import Texts
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.ports.invite_maker import RIGHTS, ChannelLook


def channel(
    t: Texts, chat: Channel | None, look: ChannelLook | None, note: str | None = None, *, is_known: bool = True
) -> Screen:
    """Return the screen with the VIP channel and the bot's rights in it.

    chat: stored channel; None if no channel is chosen yet.
    look: the channel and the bot's rights as Telegram reports them, or None if the bot has no access.
    is_known: True if Telegram answered.
    note: result of the previous command.
    """
    parts = [note] if note else []
    parts.append(t("channel.title"))
    if chat is None or chat.channel_id is None:
        parts.append(t("channel.none"))
    else:
        parts.append(card(t("channel.name", title=chat.title), t("channel.id", id=chat.channel_id)))
        parts.append(rights_report(t, look) if is_known else t("channel.unreachable"))
    set_up = button(t.plain("channel.change" if chat is not None else "channel.set"), data("channel.set"))
    check = button(t.plain("channel.check"), data("channel")) if chat is not None else None
    return screen(t, "\n\n".join(parts), set_up, check, back_to=up("channel"))


def rights_report(t: Texts, look: ChannelLook | None) -> str:
    """Return the bot's rights, and instructions if rights are missing."""
    if look is None or not look.is_admin:
        return t(f"channel.is.{'unknown' if look is None else 'not_admin'}")
    marks = [("❌" if right in look.missing_rights else "✅", t.plain(f"channel.right.{right}")) for right in RIGHTS]
    rights = card(*(f"{mark} {word}" for mark, word in marks))
    return f"{rights}\n\n{t('channel.is.rights_missing' if look.missing_rights else 'channel.is.fit')}"
