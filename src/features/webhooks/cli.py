"""The command `umbral webhooks`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Final
from uuid import uuid4

import typer

from features.webhooks.commands import (
    ADDRESS,
    EVENTS,
    NAME,
    OUTGOING_KINDS,
    REPLAY_DAYS,
    WHICH,
    AddEndpoint,
    EndpointSecret,
    RemoveEndpoint,
    ReplayEndpoint,
    ResumeEndpoint,
    RotateEndpoint,
)
from features.webhooks.domain import OutgoingState
from features.webhooks.ports import ENDPOINTS_KEY
from features.webhooks.subjects import EVERYTHING
from subscriptions.application.features import CliPart, CommandGroup
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.command import NothingToDo, StaffCommand, SubjectGone
from subscriptions.application.staff.run_command import InputsRefused
from umbral.terminal.listing import show, show_json
from umbral.terminal.operating import fail, moment, operate
from umbral.terminal.options import Json
from umbral.terminal.outcomes import sentence, wrong_in

if TYPE_CHECKING:
    from subscriptions.bootstrap.operator import OperatorContainer

_NEWEST: Final = 50
Name = Annotated[str, typer.Argument(metavar="NAME", help="Its name.")]


def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="The https address that events are sent to.")],
    name: Annotated[str, typer.Option(metavar="NAME", help="Its name; its host by default.")] = "",
    events: Annotated[
        str, typer.Option(metavar="A,B", help=f"Its events, all by default: {', '.join(OUTGOING_KINDS)}.")
    ] = EVERYTHING,
) -> int:
    """Add a webhook endpoint, and show its signing secret once."""
    return _carry_out(AddEndpoint, "", {ADDRESS.name: url, NAME.name: name, EVENTS.name: events})


def list_endpoints(as_json: Json = False) -> int:
    """List the endpoints with their events and their last failures."""
    heads = ("name", "address", "told", "since", "failing since", "off")

    async def work(container: OperatorContainer) -> int:
        async with container.units()() as uow:
            endpoints = await uow.of(ENDPOINTS_KEY).all()
        rows = [
            (
                each.name,
                each.url,
                ", ".join(sorted(each.kinds)) or EVERYTHING,
                moment(each.created_at),
                moment(each.failing_since),
                each.off_reason or "-",
            )
            for each in endpoints
        ]
        if as_json:
            show_json([dict(zip(heads, row, strict=True)) for row in rows])
        else:
            show(heads, rows)
        return 0

    return operate("webhooks", work)


def log(name: Name, as_json: Json = False) -> int:
    """Show the latest events of an endpoint, and its responses."""
    heads = ("id", "event", "happened", "state", "tries", "answer")

    async def work(container: OperatorContainer) -> int:
        async with container.units()() as uow:
            endpoint = next(
                (each for each in await uow.of(ENDPOINTS_KEY).all() if name in {each.name, str(each.id)}), None
            )
            if endpoint is None:
                return fail("webhooks", f"there's no endpoint called {name}")
            events = await uow.of(ENDPOINTS_KEY).newest(endpoint.id, _NEWEST)
        rows = [
            (f"msg_{each.id.hex}", each.kind, moment(each.happened_at), each.state, each.attempts, each.answer or "-")
            for each in events
        ]
        if as_json:
            show_json([dict(zip(heads, row, strict=True)) for row in rows])
        else:
            show(heads, [tuple(str(cell) for cell in row) for row in rows])
        return 0

    return operate("webhooks", work)


def rotate(name: Name) -> int:
    """Rotate the signing secret and show the new one once. For a day, events are signed with both."""
    return _carry_out(RotateEndpoint, name, {})


def resume(name: Name) -> int:
    """Re-enable a disabled endpoint, and deliver the queued events first."""
    return _carry_out(ResumeEndpoint, name, {})


def replay(
    name: Name,
    days: Annotated[int, typer.Option(metavar="N", help="Period to resend.", min=1, max=30)] = 3,
    everything: Annotated[bool, typer.Option("--all", help="Also resend delivered events.")] = False,
) -> int:
    """Send undelivered events again, under the same ids."""
    which = EVERYTHING if everything else OutgoingState.GIVEN_UP
    return _carry_out(ReplayEndpoint, name, {REPLAY_DAYS.name: str(days), WHICH.name: which})


def remove(name: Name) -> int:
    """Delete an endpoint and its delivery log."""
    return _carry_out(RemoveEndpoint, name, {})


def _carry_out(command: type[StaffCommand], name: str, answers: Mapping[str, str]) -> int:
    async def work(container: OperatorContainer) -> int:
        try:
            outcome = await container.run_command()(SHELL, command.name, name, answers, uuid4())
        except InputsRefused as wrong:
            return fail("webhooks", "\n".join(wrong_in(each) for each in wrong.errors.values()))
        except SubjectGone:
            return fail("webhooks", f"there's no endpoint called {name}")
        except NothingToDo as nothing:
            return fail("webhooks", str(nothing))
        if isinstance(outcome.result, EndpointSecret):
            print(outcome.result.secret)
        else:
            print(sentence(command, outcome))
        return 0

    return operate("webhooks", work)


CLI: Final = CliPart(
    commands={
        "webhooks": CommandGroup(
            "Webhook endpoints. Deliveries are signed as the Standard Webhooks specification says.",
            {
                "add": add,
                "list": list_endpoints,
                "log": log,
                "rotate": rotate,
                "on": resume,
                "replay": replay,
                "remove": remove,
            },
        )
    },
    while_draining=frozenset({"webhooks"}),
)
