"""Generated reference pages of the site: alarms, settings, commands, pages of the console, and routes of the API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from typer.core import TyperGroup
from typer.main import get_command

from scripts import site_alarms, site_console, site_metrics, site_privacy
from scripts.site_console import console_pages
from scripts.site_markdown import page, table
from scripts.site_settings import ENGLISH, SPANISH, settings
from subscriptions.bootstrap.features import installed
from umbral.cli.commands import COMMANDS, app_of


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
        "reference/console-pages.md": console_pages(site_console.ENGLISH),
        "es/reference/console-pages.md": console_pages(site_console.SPANISH),
        "reference/commands.md": commands(),
        **_api(),
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


def _api() -> Mapping[str, str]:
    """Return the page of the API; empty if the feature's folder was removed."""
    if "api" not in installed().features:
        return {}
    site_api = import_module("scripts.site_api")
    return {"reference/api.md": site_api.api(site_api.described())}
