"""What the commands' own options have in common."""

from __future__ import annotations

from typing import Annotated, Final

import typer
from typer.core import TyperGroup

from subscriptions.domain.ids import TELEGRAM_ID_LIMIT

EPILOG: Final = "Settings come from the environment, or from a file with --env-file FILE."

Json = Annotated[bool, typer.Option("--json", help="As JSON, for programs: times in UTC, amounts as decimal text.")]
"""Wherever something is listed."""

PersonId = Annotated[
    int, typer.Argument(metavar="TELEGRAM_ID", min=1, max=TELEGRAM_ID_LIMIT, help="The person's number at Telegram.")
]
"""Whom a command is about."""


def application(
    purpose: str | None = None, *, lists: bool = False, group: type[TyperGroup] = TyperGroup
) -> typer.Typer:
    """The `app` of a command's module. purpose: of a command with several actions, which then names them below.

    lists: it has an action `list`, and does that one when none is named. group: of its actions.
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
