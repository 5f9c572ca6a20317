"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated, Final

import typer
from typer.core import TyperGroup

from subscriptions.domain.ids import TELEGRAM_ID_LIMIT

EPILOG: Final = "Settings come from the environment, or from a file with --env-file FILE."

Json = Annotated[bool, typer.Option("--json", help="As JSON, for programs: times in UTC, amounts as decimal text.")]
"""Option of every command that lists something."""

PersonId = Annotated[
    int, typer.Argument(metavar="TELEGRAM_ID", min=1, max=TELEGRAM_ID_LIMIT, help="The person's number at Telegram.")
]
"""Person a command is about."""


def application(
    purpose: str | None = None, *, lists: bool = False, group: type[TyperGroup] = TyperGroup
) -> typer.Typer:
    """Return the `app` of a command's module. purpose: of a command with several actions, which its help then lists.

    lists: the command has an action `list`, which also runs when none is given. group: class of the group of its
    actions.
    """
    return typer.Typer(
        cls=group,
        help=purpose,
        epilog=EPILOG,
        invoke_without_command=lists,
        subcommand_metavar="[ACTION] [ARGS]..." if lists else "ACTION [ARGS]...",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
