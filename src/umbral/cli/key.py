"""`umbral key`."""

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
def key() -> None:
    """The actions below."""


@app.command()
def new(
    name: Name,
    ability: Annotated[
        list[Ability] | None, typer.Option("--ability", help="What it may do; picks unless given. May be repeated.")
    ] = None,
) -> int:
    """Make one and show it, once: only its hash is kept."""

    async def work(container: OperatorContainer) -> int:
        secret = new_secret()
        made = ApiKey(
            name=name,
            digest=digest_of(secret),
            abilities=frozenset(ability or [Ability.PICKS]),
            created_at=container.core.clock().now(),
        )
        if not await container.api_keys().add(made):
            return failed("key", f"there is a key called {name}; revoke it, or choose another name")
        print(secret)
        return 0

    return operate("key", work)


@app.command("list")
def list_keys(as_json: Json = False) -> int:
    """Say which there are, what they may do and when they were used last."""

    async def work(container: OperatorContainer) -> int:
        keys = await container.api_keys().all()
        rows = [
            (key.name, ", ".join(sorted(key.abilities)), moment(key.created_at), moment(key.last_used_at))
            for key in keys
        ]
        heads = ("name", "may", "made", "used")
        if as_json:
            show_json([dict(zip(heads, row, strict=True)) for row in rows])
        else:
            show(heads, rows)
        return 0

    return operate("key", work)


@app.command()
def revoke(name: Name) -> int:
    """Let it open no more, within seconds."""

    async def work(container: OperatorContainer) -> int:
        if not await container.api_keys().revoke(name):
            return failed("key", f"there is no key called {name}")
        print(f"{name} opens no more.")
        return 0

    return operate("key", work)
