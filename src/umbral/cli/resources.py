"""The command `umbral resources`, which manages the chats that plans open."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer

from subscriptions.domain.errors import UmbralError
from umbral.terminal.listing import show, show_json
from umbral.terminal.loading import load
from umbral.terminal.operating import fail, operate, refuse
from umbral.terminal.options import Json, application

if TYPE_CHECKING:
    from subscriptions.bootstrap.operator import OperatorContainer

app = application("Chats that plans can include: channels and groups.", lists=True)


class Entry(StrEnum):
    """Entry policy of a chat, which determines how customers join."""

    REQUEST = "request"
    RITUAL = "ritual"


_COLUMNS: Final = (
    *("resource", "kind", "title", "chat", "plans", "missing_rights"),
    *("inside", "entitled", "leaving_now", "guests", "unnamed"),
)
"""Columns of the table. The JSON output contains all columns of the list."""


def _cell(value: object) -> object:
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return "-" if value is None else value


@app.callback()
def resources(context: typer.Context) -> int:
    """List the resources if no action is given."""
    return list_resources() if context.invoked_subcommand is None else 0


@app.command("list")
def list_resources(as_json: Json = False) -> int:
    """List everything that plans can open, with those plans, the bot's missing permissions, and the number of
    members.
    """

    async def work(container: OperatorContainer) -> int:
        from subscriptions.application.lists.columns import Interface
        from subscriptions.application.lists.read_lists import View
        from subscriptions.bootstrap.lists import LISTS

        model = LISTS["resources"]
        view = View(
            model=model, interface=Interface.PROGRAMS, sort=model.sort, is_descending=False, filters={}, zone=UTC
        )
        entries = [
            model.to_record(row, Interface.PROGRAMS)
            async for rows in await container.read_lists().all(view)
            for row in rows
        ]
        if as_json:
            show_json(entries)
        else:
            show([name.upper() for name in _COLUMNS], [[_cell(each[name]) for name in _COLUMNS] for each in entries])
        return 0

    return operate("resources", work)


@app.command(context_settings={"ignore_unknown_options": True})
def add(
    chat: Annotated[str, typer.Argument(metavar="CHAT", help="A channel or group: its id, as -1001234, or @name.")],
    name: Annotated[
        str | None, typer.Option("--name", help="Its short name in plan files; taken from its title by default.")
    ] = None,
    entry: Annotated[
        Entry, typer.Option(help="How customers join: a link that needs approval, or the three-step ritual.")
    ] = Entry.REQUEST,
) -> int:
    """Add a channel or group in which the bot is an administrator, so that plans can open it."""
    load("subscriptions.bootstrap.operator")
    from subscriptions.application.staff.run_command import InputsRefused
    from umbral.terminal.outcomes import wrong_in

    try:
        resource = asyncio.run(_add(chat, name, entry))
    except InputsRefused as refused_inputs:
        return fail("resources", "\n".join(wrong_in(each) for each in refused_inputs.errors.values()))
    except UmbralError as error:
        return refuse("resources", error)
    print(
        f"{resource} leads to {chat}. Plans include it with `opens: [{resource}]` in their file, "
        "or with `umbral staff attach-resource`."
    )
    return 0


async def _add(chat: str, name: str | None, entry: Entry) -> str:
    from subscriptions.bootstrap.resource_desk import resource_desk
    from subscriptions.domain.entities.resource import EntryPolicy

    async with resource_desk(os.environ) as desk:
        return await desk.add(chat, name, EntryPolicy(entry))


@app.command(context_settings={"ignore_unknown_options": True})
def replace(
    name: Annotated[str, typer.Argument(metavar="RESOURCE", help="Its short name, as in `umbral resources`.")],
    chat: Annotated[str, typer.Argument(metavar="CHAT", help="The new chat: its id, as -1001234, or @name.")],
) -> int:
    """Replace a lost chat by another one. Everyone entitled gets an invite link by message."""
    load("subscriptions.bootstrap.operator")
    from subscriptions.application.staff.command import SubjectGone
    from subscriptions.application.staff.run_command import InputsRefused
    from umbral.terminal.outcomes import wrong_in

    try:
        count = asyncio.run(_replace(name, chat))
    except InputsRefused as refused_inputs:
        return fail("resources", "\n".join(wrong_in(each) for each in refused_inputs.errors.values()))
    except SubjectGone:
        return fail("resources", f"{name} isn't a chat of your plans; see `umbral resources`")
    except UmbralError as error:
        return refuse("resources", error)
    print(
        f"{name} leads to {chat} now. People with a plan that includes it: {count}; each gets a link."
        " No one is removed from the old chat: delete it in Telegram if it still exists."
    )
    return 0


async def _replace(name: str, chat: str) -> int:
    from subscriptions.bootstrap.resource_desk import resource_desk

    async with resource_desk(os.environ) as desk:
        return await desk.replace(name, chat)
