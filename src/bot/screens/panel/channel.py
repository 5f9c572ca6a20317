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
    parts.append(t("vipchannel.title"))
    if known is None or known.channel_id is None:
        parts.append(t("vipchannel.none"))
    else:
        parts.append(card(t("vipchannel.name", title=known.title), t("vipchannel.id", id=known.channel_id)))
        parts.append(standing(t, seen) if seen is not None else t("vipchannel.unreachable"))
    set_up = button(t.plain("vipchannel.change" if known is not None else "vipchannel.set"), data("channel.set"))
    check = button(t.plain("vipchannel.check"), data("channel")) if known is not None else None
    return screen(t, "\n\n".join(parts), set_up, check)


def standing(t: Texts, seen: SetUpOutcome) -> str:
    """Right by right, and what to do about those that are missing."""
    if seen.outcome in {SetUp.UNKNOWN, SetUp.NOT_A_CHANNEL, SetUp.NOT_ADMIN, SetUp.PERSONAL} or seen.look is None:
        return t(f"vipchannel.is.{seen.outcome}")
    lines = rights(t, seen.look)
    return f"{lines}\n\n{t('vipchannel.is.rights_missing' if seen.look.missing else 'vipchannel.is.fit')}"


def rights(t: Texts, look: ChannelLook) -> str:
    """Each right with its mark."""
    marks = [("❌" if right in look.missing else "✅", t.plain(f"vipchannel.right.{right}")) for right in RIGHTS]
    return card(*(f"{mark} {word}" for mark, word in marks))
