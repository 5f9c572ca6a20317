"""Pages of the site that are made from the code: settings, commands, routes of the API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, cast

from typer.core import TyperGroup
from typer.main import get_command

from scripts.site_markdown import page, table
from scripts.site_settings import ENGLISH, SPANISH, settings
from umbral.cli.commands import COMMANDS, loaded
from web.routes.api import ApiUseCases, api_routers
from web.routes.description import description


def reference() -> Mapping[str, str]:
    """Name of the page, as in docs/ → its Markdown."""
    return {
        "reference/settings.md": settings(ENGLISH),
        "es/reference/settings.md": settings(SPANISH),
        "reference/commands.md": commands(),
        "reference/api.md": api(described()),
    }


def commands() -> str:
    """Every command with its arguments and options, as `--help` tells them."""
    parts = [
        "# Commands",
        "`umbral COMMAND --help` says the same. Every command ends with 0 when it is done, 1 when it failed or found"
        " something wrong, 2 when it was misused, 130 when it was interrupted.",
        table(("command", "does"), [(f"[`umbral {name}`](#umbral-{name})", what) for name, what in COMMANDS.items()]),
    ]
    for name, what in COMMANDS.items():
        parts += [f"## umbral {name}", f"{what[0].upper()}{what[1:]}.", *_command(f"umbral {name}", _known(name))]
    return page(parts)


def _known(name: str) -> Any:
    return get_command(loaded(f"umbral.cli.{name}").app)


def _command(words: str, command: Any) -> Iterator[str]:
    if isinstance(command, TyperGroup):
        for name, each in command.commands.items():
            yield f"### {words} {name}"
            yield (each.help or each.short_help or "").strip()
            yield from _command(f"{words} {name}", each)
        return
    with command.make_context(words, [], resilient_parsing=True) as context:
        usage = " ".join(piece for piece in command.collect_usage_pieces(context) if piece)
        rows = [record for each in command.get_params(context) if (record := each.get_help_record(context))]
    yield f"```text\n{words} {usage}\n```"
    if rows:
        yield table(("option", "means"), [(f"`{name}`", " ".join(what.split())) for name, what in rows])


def described() -> Mapping[str, Any]:
    """The API's own description, as `/api/v1/openapi.json` answers it."""
    nobody = cast(Any, None)  # only the description of what it would answer is wanted
    return description(*api_routers(ApiUseCases(*[nobody] * len(fields(ApiUseCases))), nobody, nobody))


def api(document: Mapping[str, Any]) -> str:
    """Every route: what it takes, what it answers."""
    parts = [
        "# API",
        "For your own programs. A key is made by `umbral keys add NAME --abilities …` and sent as"
        " `Authorization: Bearer KEY`. `/api/v1/openapi.json` is the machine-readable form of this page.",
    ]
    for path, methods in document["paths"].items():
        for method, route in methods.items():
            parts += [f"## {method.upper()} {path}", f"{route['summary']}."]
            asked = [
                (f"`{each['name']}`", each["in"], str(each.get("description", "")), "yes" if each["required"] else "")
                for each in route.get("parameters", [])
            ]
            if asked:
                parts.append(table(("parameter", "in", "meaning", "required"), asked))
            answers = [(f"{status}", each["description"]) for status, each in route["responses"].items()]
            parts.append(table(("status", "when"), answers))
    return page(parts)
