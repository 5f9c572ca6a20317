"""Options and arguments that several commands share."""

from __future__ import annotations

from typing import Annotated, Final

import typer
from typer.core import TyperGroup

from subscriptions.domain.ids import TELEGRAM_ID_LIMIT

EPILOG: Final = "Settings come from the environment, or from a file with --env-file FILE."

Json = Annotated[bool, typer.Option("--json", help="As JSON, for programs: times in UTC, amounts as decimal text.")]
"""Option of every command that lists data."""

PersonId = Annotated[
    int, typer.Argument(metavar="TELEGRAM_ID", min=1, max=TELEGRAM_ID_LIMIT, help="The person's number at Telegram.")
]
"""Argument that identifies the person whom a command concerns."""


def application(
    purpose: str | None = None, *, lists: bool = False, group: type[TyperGroup] = TyperGroup
) -> typer.Typer:
    """Return the Typer application for the `app` of a command's module.

    purpose: description of a command with several subcommands, shown in its help. lists: True if the command has a
    subcommand `list`, which also runs if no subcommand is given. group: class of the group of subcommands.
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
