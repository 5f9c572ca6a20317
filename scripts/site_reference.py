"""Generated reference pages of the site: alarms, settings, commands, pages of the console, and routes of the API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from functools import partial
from typing import Any, cast

from fastapi import APIRouter
from typer.core import TyperGroup
from typer.main import get_command

from scripts import site_alarms, site_console, site_metrics, site_privacy
from scripts.site_console import faces
from scripts.site_markdown import page, table
from scripts.site_settings import ENGLISH, SPANISH, settings
from subscriptions.application.features import all_on
from umbral.cli.commands import COMMANDS, app_of
from web.feature import ApiTools, MakeRouter, web_parts, webhooks_of
from web.reference import reference as reference_of
from web.routes.api import ApiUseCases, api_routers
from web.routes.description import description


def reference() -> Mapping[str, str]:
    """Return the Markdown of each reference page, keyed by its path in docs/."""
    return {
        "reference/alarms.md": site_alarms.english(),
        "es/reference/alarms.md": site_alarms.spanish(),
        "reference/settings.md": settings(ENGLISH),
        "es/reference/settings.md": settings(SPANISH),
        "reference/metrics.md": site_metrics.metrics(site_metrics.ENGLISH),
        "es/reference/metrics.md": site_metrics.metrics(site_metrics.SPANISH),
        "reference/privacy.md": site_privacy.privacy(site_privacy.ENGLISH),
        "es/reference/privacy.md": site_privacy.privacy(site_privacy.SPANISH),
        "reference/faces.md": faces(site_console.ENGLISH),
        "es/reference/faces.md": faces(site_console.SPANISH),
        "reference/commands.md": commands(),
        "reference/api.md": api(described()),
    }


def commands() -> str:
    """Return the page with every command, its arguments and its options, as in `--help`."""
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
    return get_command(app_of(name))


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
    """Return the API's OpenAPI document, as in `/api/v1/openapi.json`."""
    nobody = cast(Any, None)  # The use cases are never called, because only the description of the routes is needed.
    use_cases = ApiUseCases(*[nobody] * len(fields(ApiUseCases)))
    tools = ApiTools(nobody, nobody, nobody, nobody, nobody)
    of_features = [partial(_router, part.api, tools) for part in web_parts().values() if part.api is not None]
    in_use = replace(use_cases, state_of=all_on, off_sentence=lambda _: "", of_features=of_features)
    routers = api_routers(in_use, nobody, nobody)
    return description(routers, "https://shop.invalid", "Umbral", lambda: webhooks_of(web_parts().values()))


def _router(make: MakeRouter, tools: ApiTools, *_: object) -> APIRouter:
    return make(tools)


def api(document: Mapping[str, Any]) -> str:
    """Return the page with every operation and every webhook event, including their inputs and responses."""
    shown = reference_of(document)
    parts = ["# API", document["info"]["description"], "`/api/v1/reference` of the web is the same page for its shop."]
    for tag, operations in shown["groups"]:
        parts += [f"## {tag['name']}", tag["description"]]
        for each in operations:
            parts += [f"### {each.summary}", f"`{each.method} {each.path}`", *each.paragraphs]
            if each.parameters:
                rows = [
                    (f"`{m.name}`", m.place, m.type, m.description, "yes" if m.is_required else "")
                    for m in each.parameters
                ]
                parts.append(table(("parameter", "in", "type", "meaning", "required"), rows))
            for heading, members in (("body", each.body), ("answer", each.answer)):
                if members:
                    rows = [(f"`{m.place}{m.name}`", m.type, m.description) for m in members]
                    parts.append(table((heading, "type", "meaning"), rows))
            if each.example:
                parts.append(f"```json\n{each.example}\n```")
            parts.append(table(("status", "when"), each.answers))
    return page(parts)
