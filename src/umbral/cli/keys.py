"""`umbral keys`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from subscriptions.domain.entities.api_key import Ability, ApiKey, digest_of, new_secret
from umbral.cli.listing import show, show_json
from umbral.cli.operating import failed, moment, operate
from umbral.cli.options import Json, application

if TYPE_CHECKING:
    from subscriptions.bootstrap.operator import OperatorContainer

app = application("Keys for your own programs at /api, beside PICKS_API_KEY.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="What you call it, e.g. core-2026-11.")]


@app.callback()
def keys() -> None:
    """The actions below."""


@app.command()
def add(
    name: Name,
    abilities: Annotated[
        str, typer.Option(metavar="A,B", help=f"What it may do, separated by commas: {', '.join(Ability)}.")
    ] = Ability.PICKS,
) -> int:
    """Make one and show it, once: only its hash is kept."""
    able = _abilities(abilities)

    async def work(container: OperatorContainer) -> int:
        secret = new_secret()
        api_key = ApiKey(
            name=name,
            digest=digest_of(secret),
            abilities=able,
            created_at=container.core.clock().now(),
        )
        if not await container.api_keys().add(api_key):
            return failed("keys", f"there is a key called {name}; revoke it, or choose another name")
        print(secret)
        return 0

    return operate("keys", work)


@app.command("list")
def list_keys(as_json: Json = False) -> int:
    """Say which there are, what they may do, when they were used last and whether they open."""

    async def work(container: OperatorContainer) -> int:
        rows = [
            (
                key.name,
                ", ".join(sorted(key.abilities)),
                moment(key.created_at),
                moment(key.last_used_at),
                "yes" if key.held_at is None else "held",
            )
            for key in await container.api_keys().all()
        ]
        heads = ("name", "may", "made", "used", "opens")
        if as_json:
            show_json([dict(zip(heads, row, strict=True)) for row in rows])
        else:
            show(heads, rows)
        return 0

    return operate("keys", work)


@app.command()
def confirm(name: Name) -> int:
    """Let it open again after a backup was brought back: it was not revoked since."""

    async def work(container: OperatorContainer) -> int:
        if not await container.api_keys().confirm(name):
            return failed("keys", f"there is no key called {name}")
        print(f"{name} opens.")
        return 0

    return operate("keys", work)


@app.command()
def revoke(name: Name) -> int:
    """Let it open no more, within seconds."""

    async def work(container: OperatorContainer) -> int:
        if not await container.api_keys().revoke(name):
            return failed("keys", f"there is no key called {name}")
        print(f"{name} opens no more.")
        return 0

    return operate("keys", work)


def _abilities(text: str) -> frozenset[Ability]:
    """The names in it. Raises BadParameter."""
    try:
        return frozenset(Ability(name.strip()) for name in text.split(","))
    except ValueError as error:
        wanted = f"{text!r} is not some of {', '.join(Ability)}, separated by commas"
        raise typer.BadParameter(wanted, param_hint="--abilities") from error
