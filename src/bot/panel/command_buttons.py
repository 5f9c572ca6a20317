"""Buttons of staff commands and their callback data."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from aiogram.types import InlineKeyboardButton

from bot.keyboards import button
from bot.panel.data import data
from bot.texts import Texts
from subscriptions.application.staff.command import StaffCommand, staff_commands
from subscriptions.application.staff.subject_type import subject_types
from subscriptions.domain.entities.customer import Role
from subscriptions.domain.services.staff_policy import may

_NAMES: Final = {
    "refuse_payment": "arrival.no",
    "confirm_payment": "arrival.yes",
    "delete_plan": "plan.del",
    "refuse_codes": "plan.refuse",
    "honour_codes": "plan.honour",
    "withdraw_plan": "plan.off",
    "activate_plan": "plan.on",
    "make_role": "role.new",
    "change_role": "role.edit",
    "remove_role": "role.rm",
    "invite": "inv.new",
    "confirm_invitation": "inv.yes",
    "revoke_invitation": "inv.no",
}
"""Page names of the core's commands whose page name differs from the command's name. Buttons of earlier messages
contain these page names.
"""
_OWN_PAGES: Final = {
    "save_plan": "plan.new",
    "import_plans": "plan.file",
    "show_payment_method": "method.on",
    "hide_payment_method": "method.off",
    "raise_payment_method": "method.up",
    "lower_payment_method": "method.down",
    "settle_alarm": "alarm.close",
    "repair_access": "alarm.fix",
    "repeat_job": "job.again",
    "repeat_webhook": "webhook.again",
    "reconcile": "reconcile",
    "sweep": "sweep.now",
    "confirm_sweep": "sweep.go",
    "hold_sweep": "sweep.stay",
    "undo_sweep": "sweep.undo",
    "change_setting": "setting.edit",
    "restore_setting": "setting.back",
    "set_up_channel": "channel.set",
}
"""Page names of commands that have their own pages in the panel. Those pages carry out the command by `press` or
`outcome_of`.
"""


def own_page(command: type[StaffCommand]) -> str | None:
    """Return the page name of a command with a handwritten page; None for a command that is rendered from its
    declaration.
    """
    return command.panel_page or _OWN_PAGES.get(command.name)


def page_of(command: type[StaffCommand]) -> str:
    """Return the page name in a staff command's button.

    Raises LookupError if the command has no page name and its subject declares no button prefix.
    """
    # The longest names of resource commands would not fit into a button.
    short = command.name.removesuffix("_resource").removesuffix("_question")
    own = own_page(command) or command.panel_name or _NAMES.get(command.name)
    if own is not None:
        return own
    subject = subject_types()[command.subject]
    if subject.button is None:
        raise LookupError(f"buttons of {command.name} need a name: {subject.kind} declares none")
    return f"{subject.button}.{short}"


def command_buttons(
    t: Texts, role: Role | None, names: Sequence[str], *subject: UUID | str | int
) -> list[InlineKeyboardButton]:
    """Return the buttons of the given staff commands that the role permits.

    subject: id of the commands' subject; empty for commands that create their subject
    """
    commands = staff_commands()
    return [
        button(_label(t, name), data(page_of(commands[name]), *subject))
        for name in names
        if may(role, commands[name].permission)
    ]


def _label(t: Texts, name: str) -> str:
    """Return a command's label, or its name if its feature has no text for it."""
    key = f"commands.{name}.label"
    return t.plain(key) if t.has(key) else name
