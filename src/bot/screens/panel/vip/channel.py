"""The VIP channel: which it is, and whether the bot can do its work there."""

from bot.keyboards import button
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import card, screen
from bot.texts import Texts
from subscriptions.application.vip.set_up_channel import SetUp, SetUpOutcome
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.ports.invite_maker import ChannelLook

RIGHTS = ("invite", "remove", "post")


def channel(t: Texts, known: Channel | None, seen: SetUpOutcome | None, note: str | None = None) -> Screen:
    """seen: how the bot stands there now, None where Telegram does not answer. note: a line above."""
    parts = [note] if note else []
    parts.append(t("channel.title"))
    if known is None or known.channel_id is None:
        parts.append(t("channel.none"))
    else:
        parts.append(card(t("channel.name", title=known.title), t("channel.id", id=known.channel_id)))
        parts.append(standing(t, seen) if seen is not None else t("channel.unreachable"))
    set_up = button(t.plain("channel.change" if known is not None else "channel.set"), data("channel.set"))
    check = button(t.plain("channel.check"), data("channel")) if known is not None else None
    return screen(t, "\n\n".join(parts), set_up, check)


def standing(t: Texts, seen: SetUpOutcome) -> str:
    """Right by right, and what to do about those that are missing."""
    if seen.outcome in {SetUp.UNKNOWN, SetUp.NOT_A_CHANNEL, SetUp.NOT_ADMIN, SetUp.PERSONAL} or seen.look is None:
        return t(f"channel.is.{seen.outcome}")
    lines = rights(t, seen.look)
    return f"{lines}\n\n{t('channel.is.rights_missing' if seen.look.missing else 'channel.is.fit')}"


def rights(t: Texts, look: ChannelLook) -> str:
    """Each right with its mark."""
    marks = [("❌" if right in look.missing else "✅", t.plain(f"channel.right.{right}")) for right in RIGHTS]
    return card(*(f"{mark} {word}" for mark, word in marks))
