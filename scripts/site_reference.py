"""Pages of the site that are made from the code: settings, commands, routes of the API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from pydantic.fields import FieldInfo
from typer.core import TyperGroup
from typer.main import get_command

from subscriptions.application.views.list_for_programs import ListForPrograms
from subscriptions.bootstrap.new_settings import SECTIONS
from subscriptions.domain.ports.repositories.views import CodeEntry, CustomerEntry, Place
from subscriptions.infrastructure.clock import SystemClock
from subscriptions.infrastructure.payments.gateway_factory import GatewayFactory
from umbral.cli.commands import COMMANDS, loaded
from web.body import Bodies
from web.bulkheads import Lane
from web.routes.broadcasts import BroadcastDesk, broadcasts_router
from web.routes.description import description
from web.routes.listing import listing_router


def reference() -> Mapping[str, str]:
    """Name of the file → its Markdown."""
    return {"settings.md": settings(), "commands.md": commands(), "api.md": api(described())}


def settings() -> str:
    """Every setting, by who reads it."""
    parts = [
        "# Settings",
        "Read from the environment, or from a file given by `umbral --env-file FILE`. Blank counts as absent."
        " Each may stand in a file of its own, as orchestrators hand secrets over: `NAME_FILE` is its path."
        " `umbral doctor` says what is missing or wrong.",
    ]
    seen = set[str]()
    for title, kind in SECTIONS:
        rows = [_setting(name, field) for name, field in kind.names().items() if name not in seen]
        seen |= set(kind.names())
        parts += [f"## {title}", _table(("setting", "what to put there", "if left out"), rows)]
    gateways = GatewayFactory({}, SystemClock())
    for code in gateways.descriptors():
        own = [item.name for item in gateways.settings(code) if item.name not in seen]
        if own:
            parts += [
                f"## Payment method `{code}`",
                "Off while all of these are empty.",
                _list(f"`{it}`" for it in own),
            ]
    return _page(parts)


def commands() -> str:
    """Every command with its arguments and options, as `--help` tells them."""
    parts = [
        "# Commands",
        "`umbral COMMAND --help` says the same. Every command ends with 0 when it is done, 1 when it failed or found"
        " something wrong, 2 when it was misused, 130 when it was interrupted.",
        _table(("command", "does"), [(f"[`umbral {name}`](#umbral-{name})", what) for name, what in COMMANDS.items()]),
    ]
    for name, what in COMMANDS.items():
        parts += [f"## umbral {name}", f"{what[0].upper()}{what[1:]}.", *_command(f"umbral {name}", _known(name))]
    return _page(parts)


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
        yield _table(("option", "means"), [(f"`{name}`", " ".join(what.split())) for name, what in rows])


def described() -> Mapping[str, Any]:
    """The API's own description, as `/api/v1/openapi.json` answers it."""
    lists = listing_router(ListForPrograms(_Nothing()), SystemClock(), Lane(1))
    nobody = cast(BroadcastDesk, None)  # only what it would answer is wanted
    return description(lists, broadcasts_router(nobody, Bodies(), Lane(1)))


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
                parts.append(_table(("parameter", "in", "meaning", "required"), asked))
            answers = [(f"{status}", each["description"]) for status, each in route["responses"].items()]
            parts.append(_table(("status", "when"), answers))
    return _page(parts)


class _Nothing:
    """Listings nobody asks: only the routes' description is wanted."""

    async def customers(self, after: Place, limit: int) -> list[CustomerEntry]:
        """None."""
        return []

    async def codes(self, after: Place, limit: int) -> list[CodeEntry]:
        """None."""
        return []


def _setting(name: str, field: FieldInfo) -> tuple[str, str, str]:
    absent = field.default is None or field.default in {"", (), frozenset()}
    left_out = "**required**" if field.is_required() else "" if absent else f"`{field.default}`"
    return f"`{name}`", field.description or "", left_out


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |" for line in lines
    )


def _list(items: Iterator[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _page(parts: list[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"
