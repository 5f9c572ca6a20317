"""`umbral webhooks`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from subscriptions.domain.entities.outgoing import Happening
from umbral.cli.listing import show, show_json
from umbral.cli.operating import moment, operate
from umbral.cli.options import Json, application

if TYPE_CHECKING:
    from subscriptions.bootstrap.operator import OperatorContainer

app = application("Your own programs that are told what happens, signed by the Standard Webhooks specification.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="What you call it.")]


@app.callback()
def webhooks() -> None:
    """The actions below."""


@app.command()
def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where events are sent to, https.")],
    name: Annotated[str, typer.Option(metavar="NAME", help="What you call it; its host if left out.")] = "",
    events: Annotated[
        str, typer.Option(metavar="A,B", help=f"What it is told, everything if left out: {', '.join(Happening)}.")
    ] = "",
) -> int:
    """Tell this address from now on, and show the secret by which it knows us, once."""

    async def work(container: OperatorContainer) -> int:
        kinds = [kind.strip() for kind in events.split(",") if kind.strip()]
        print((await container.told_outside.receivers().add(url, name, kinds)).secret)
        return 0

    return operate("webhooks", work)


@app.command("list")
def list_receivers(as_json: Json = False) -> int:
    """Say which there are, what they are told and how they answer."""
    heads = ("name", "address", "told", "since", "failing since", "off")

    async def work(container: OperatorContainer) -> int:
        rows = [
            (
                each.name,
                each.url,
                ", ".join(sorted(each.kinds)) or "everything",
                moment(each.created_at),
                moment(each.failing_since),
                each.off_reason or "-",
            )
            for each in await container.told_outside.receivers().all()
        ]
        if as_json:
            show_json([dict(zip(heads, row, strict=True)) for row in rows])
        else:
            show(heads, rows)
        return 0

    return operate("webhooks", work)


@app.command()
def log(name: Name, as_json: Json = False) -> int:
    """Say what it was told last, and what it answered."""
    heads = ("id", "event", "happened", "state", "tries", "answer")

    async def work(container: OperatorContainer) -> int:
        rows = [
            (f"msg_{each.id.hex}", each.kind, moment(each.happened_at), each.state, each.attempts, each.answer or "-")
            for each in await container.told_outside.receivers().newest(name)
        ]
        if as_json:
            show_json([dict(zip(heads, row, strict=True)) for row in rows])
        else:
            show(heads, [tuple(str(cell) for cell in row) for row in rows])
        return 0

    return operate("webhooks", work)


@app.command()
def rotate(name: Name) -> int:
    """Give it another secret and show it, once; for a day the one before signs as well."""

    async def work(container: OperatorContainer) -> int:
        print((await container.told_outside.receivers().rotate(name)).secret)
        return 0

    return operate("webhooks", work)


@app.command()
def on(name: Name) -> int:
    """Tell it again after it was switched off, beginning with what waited."""

    async def work(container: OperatorContainer) -> int:
        await container.told_outside.receivers().switch_on(name)
        print(f"{name} is told again.")
        return 0

    return operate("webhooks", work)


@app.command()
def replay(
    name: Name,
    days: Annotated[int, typer.Option(metavar="N", help="How far back.", min=1, max=30)] = 3,
    everything: Annotated[bool, typer.Option("--all", help="Also what it took already.")] = False,
) -> int:
    """Send again what it did not take, under the same ids."""

    async def work(container: OperatorContainer) -> int:
        since = container.core.clock().now() - timedelta(days=days)
        count = await container.told_outside.receivers().replay(name, since, told_too=everything)
        print(f"{count} events are sent again.")
        return 0

    return operate("webhooks", work)


@app.command()
def remove(name: Name) -> int:
    """Tell it nothing any more, and forget what it was told."""

    async def work(container: OperatorContainer) -> int:
        await container.told_outside.receivers().remove(name)
        print(f"{name} is told nothing any more.")
        return 0

    return operate("webhooks", work)
