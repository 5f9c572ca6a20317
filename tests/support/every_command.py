"""All commands of the command line that end without being stopped, taken from the command tree, with a value for each
parameter.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from typer.main import get_command

from tests.support.lived import NUMBER
from umbral.cli.commands import COMMANDS, app_of

SERVES: Final = frozenset({"web", "worker", "bot", "userbot", "demo", "sandbox", "practice"})
"""Commands that run until they are stopped. The tests in tests/e2e run these commands."""
PLAN: Final = "retabet"
VALUES: Final[Mapping[str, str]] = {
    "abilities": "customers:read",
    "account": "7000000001",
    "address": "Calle Mayor 1, Madrid",
    "amount": "1",
    "answer": "Hola",
    "message": "¿Te ayudo a entrar?",
    "buyer": "Ana",
    "cap": "100",
    "channels": "100",
    "chat": "-1001234567890",
    "code": "VERANO",
    "commission": "10",
    "content": "Hola",
    "content_": "Hola",
    "days": "3",
    "endpoint_name": "erp",
    "ends": "now",
    "entry": "request",
    "event": "Betis – Sevilla",
    "file": "{folder}/plans.yaml",
    "first_day": "2026-01-01",
    "folder": "{folder}/texts",
    "gives": "50%",
    "ids": "1",
    "key_name": "contable",
    "leak": "Hoy, más de 2,5 goles",
    "csv_lines": "telegram_id,plan,until\n7000000003,retabet,2030-01-01",
    "last_day": "2030-01-01",
    "market": "1X2",
    "members": "7000000002",
    "method": "stars",
    "name": "erp",
    "note": "llamó por teléfono",
    "number": "1",
    "odds": "1.90",
    "opener": PLAN,
    "payout": "1 EUR",
    "permissions": "customer.see",
    "plan": PLAN,
    "price": "9.99 EUR",
    "provider": "stripe",
    "reason": "lo pidió",
    "record": "{}",
    "reference": "transferencia 1",
    "result": "won",
    "role": "support",
    "role_name": "ayuda",
    "rule": "all",
    "segment": "all",
    "selection": "1",
    "since_days": "1",
    "stake": "1",
    "starts_at": "2030-01-01 20:00",
    "tag": "vip",
    "tags": "vip",
    "tax_id": "12345678Z",
    "telegram_id": str(NUMBER),
    "text": "Hola",
    "title": "Curso",
    "url": "https://erp.example.com/hook",
    "value": "7",
    "when": "first",
    "which": "2026-Q1",
}
"""Parameter values by parameter name, for every command with that parameter."""
BY_COMMAND: Final[Mapping[str, Mapping[str, str]]] = {
    "accounts label": {"text": "Principal"},
    "features off": {"name": "mcp"},
    "features on": {"name": "mcp"},
    "gateway new": {"name": "moneda"},
    "new-feature": {"name": "bingo"},
    "import csv": {"file": "{folder}/people.csv"},
    "mcp": {"url": "http://127.0.0.1:9"},
    "receipts oss": {"which": "2026-Q1"},
    "record publish": {"file": "{folder}/tips.csv"},
    "record settle": {"file": "{folder}/results.csv"},
    "resources add": {"chat": "-1001234567890"},
    "resources replace": {"name": "vip", "chat": "-1001234567890"},
    "staff publish-tips": {"file": "tips"},
    "staff settle-tips": {"file": "results"},
}
OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "bench sweep": ("--sizes", "10", "--due", "1", "--rounds", "1"),
    "doctor": ("--live",),
    "gateway new": ("--in", "{folder}"),
    "new-feature": ("--in", "{folder}"),
    "init": ("--answers", "{folder}/answers.json", "--output", "{folder}/new.env"),
    "person erase": ("--yes",),
    "receipts export": ("--quarter", "2026-Q1"),
    "sweep": ("--dry-run",),
    "units": ("{folder}/units", "--command=/bin/true", "--settings={folder}/shop.env"),
}
"""Additional options by command, so that the command ends and writes only to a permitted folder."""
NOBODY: Final = "00000000-0000-4000-8000-000000000001"


def leaves() -> Iterator[tuple[str, Any]]:
    """Yield each command with its full name, expanding groups and leaving out the commands in `SERVES`."""
    for name in COMMANDS:
        if name not in SERVES:
            yield from _leaves(name, get_command(app_of(name)))


def _leaves(words: str, command: Any) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield words, command
    for name, each in (inner or {}).items():
        yield from _leaves(f"{words} {name}", each)


def call(words: str, command: Any, subjects: Mapping[str, str], folder: Path) -> list[str]:
    """Return the command line with a value for each subject and required parameter, with `--json` if the command has
    it, and with the command's `OPTIONS`.
    """
    line, own = words.split(), BY_COMMAND.get(words, {})
    for parameter in command.params:
        if parameter.name == "subject":
            line.append(subjects.get(parameter.metavar, NOBODY))
        elif parameter.required:
            value = own.get(parameter.name) or VALUES[parameter.name]
            line += [value] if parameter.param_type_name == "argument" else [parameter.opts[0], value]
        elif parameter.name == "as_json":
            line.append("--json")
    return [each.format(folder=folder) if "{folder}" in each else each for each in (*line, *OPTIONS.get(words, ()))]


def write_files(folder: Path) -> None:
    """Write the files that some commands read into a folder."""
    (folder / "people.csv").write_text("telegram_id,plan,until\n7000000002,retabet,2030-01-01\n")
    (folder / "tips.csv").write_text("key,plan,event,starts_at,market,selection,odds,stake\n")
    (folder / "results.csv").write_text("key,result\n")
    (folder / "plans.yaml").write_text("plans: []\n")
    (folder / "answers.json").write_text(json.dumps({"BRAND_NAME": "Otra"}))
    (folder / "texts").mkdir()
