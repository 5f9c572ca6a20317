"""Screens of the import: the post in a chat, the answer to a member's claim, and the staff page."""

from collections.abc import Sequence
from typing import Final

from bot import callbacks
from bot.keyboards import button, keyboard, link, plans_button
from bot.panel.command_buttons import command_buttons
from bot.screens import Screen
from bot.screens.panel.frame import card, pairs, screen, up
from bot.texts import Texts
from features.moving.use_cases.members import ChatMembers, Claim
from subscriptions.domain.entities.customer import Role

_NAMES_SHOWN: Final = 10
_ON_A_CHAT: Final = ("adopt_members", "ask_members")


def post(t: Texts, address: str) -> Screen:
    """Render the post with the button for members who paid in another system. address: URL of the button."""
    return Screen(t("claim.post"), keyboard(link(t.plain("claim.button"), address)))


def claimed(t: Texts, claim: Claim, title: str) -> Screen:
    """Render the answer to a person who claims to have paid in another system. title: title of the chat."""
    buys = claim in {Claim.ENDED, Claim.OUTSIDE}
    action = plans_button(t) if buys else button(t.plain("buttons.status"), callbacks.STATUS)
    return Screen(t(f"claim.{claim}", title=title), keyboard(action))


def members(t: Texts, chats: Sequence[ChatMembers], role: Role | None, note: str | None = None) -> Screen:
    """Render the members without a plan of every chat, with the staff commands for them. note: result of the previous
    command.
    """
    parts = [*filter(None, [note]), t("moving.title"), *(_chat(t, each) for each in chats)]
    if not chats:
        parts.append(t("moving.no_chats"))
    rows = [
        button_row
        for each in chats
        for button_row in pairs(command_buttons(t, role, _ON_A_CHAT if each.members else _ON_A_CHAT[1:], each.id))
    ]
    return screen(t, "\n\n".join(parts), *rows, *command_buttons(t, role, ("import_csv",)), back_to=up("moving"))


def _chat(t: Texts, chat: ChatMembers) -> str:
    names = [each.name for each in chat.members[:_NAMES_SHOWN]]
    rest = chat.total - len(names)
    lines = [t("moving.member", name=name) for name in names] + ([t("moving.more", n=rest)] if rest else [])
    return card(t("moving.chat", title=chat.title, n=chat.total), *lines)
