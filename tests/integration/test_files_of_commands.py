"""Files that a person hands to a command, in every form that editors and spreadsheets save: read, or refused with the
file, the line and the remedy, and never with a traceback.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from subscriptions.infrastructure.clock import SystemClock
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.shop import database_shop
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal

READ: Mapping[str, Callable[[str], bytes]] = {
    "UTF-8": str.encode,
    "byte order mark": lambda text: text.encode("utf-8-sig"),
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-16, big-endian": lambda text: text.encode("utf-16-be"),
    "UTF-32": lambda text: text.encode("utf-32"),
    "line ends of Windows": lambda text: text.replace("\n", "\r\n").encode(),
    "line ends of old Macs": lambda text: text.replace("\n", "\r").encode(),
    "NUL": lambda text: text.replace("\n", "\0\n").encode(),
    "empty lines first": lambda text: f"\n\n{text}".encode(),
}
"""Forms of a file that are read."""
REFUSED: Mapping[str, Callable[[str], bytes]] = {
    "Windows-1252": lambda text: text.encode("cp1252"),
    "binary": lambda text: b"PK\x03\x04\xff\xfe" + text.encode(),
    "half of UTF-16": lambda text: text.encode("utf-16") + b"\n",
}
"""Forms of a file that are refused."""
TABLES: Mapping[str, Callable[[str], bytes]] = {
    "sep=;": lambda text: ("sep=;\r\n" + text.replace(",", ";")).encode(),
    "SEP= in quotes": lambda text: ('"SEP=\t"\n' + text.replace(",", "\t")).encode("utf-16"),
    "tabs": lambda text: text.replace(",", "\t").encode("utf-8-sig"),
    "semicolons": lambda text: text.replace(",", ";").encode(),
    "vertical bars": lambda text: text.replace(",", "|").encode(),
}
"""Forms of a table that are read."""


@dataclass(frozen=True)
class Handed:
    """File of a command. words: command line, in which `FILE` stands for the file's path."""

    words: tuple[str, ...]
    name: str
    text: str
    is_table: bool = False


def handed() -> Mapping[str, Handed]:
    soon = f"{SystemClock().now() + timedelta(hours=30):%Y-%m-%d %H:%M}"
    plan = "soft_id: eñe\n  name: Eñe\n  price: '9'\n  currency: EUR\n  days: 30\n  note: Año"
    tip = f"retabet,Betis - Almería,1X2,1,1.85,2,{soon},ñ"
    mapping = "columns: {name: Año}\nforever: [Señal]\n"
    return {
        "people": Handed(
            ("import", "csv", "FILE", "--dry-run"),
            "p.csv",
            "telegram_id,name,plan,until\n7000000001,Íñigo,retabet,2030-12-31\n",
            True,
        ),
        "mapping": Handed(("import", "csv", "PEOPLE", "--mapping", "FILE", "--dry-run"), "m.yaml", mapping),
        "tips": Handed(
            ("record", "publish", "FILE", "--dry-run"),
            "t.csv",
            f"plan,event,market,selection,odds,stake,starts_at,key\n{tip}\n",
            True,
        ),
        "plans": Handed(
            ("plans", "import", "FILE", "--dry-run"), "plans.yaml", f"plans:\n- {plan.replace('eñe', 'e')}\n"
        ),
        "plans as JSON": Handed(
            ("plans", "import", "FILE", "--dry-run"),
            "plans.json",
            json.dumps(
                {"plans": [{"name": "Eñe 🔥", "price": 9.5, "currency": "EUR", "days": 30, "active": True}]},
                indent="\t",
            ).replace("\\u00f1", "ñ"),
        ),
        "texts": Handed(("texts", "import", "FOLDER"), "es.toml", '[plans]\nnone = "Mañana habrá más"\n'),
        "answers": Handed(("init", "--answers", "FILE", "--output", "OUTPUT"), "a.json", '{\n"BRAND": "Año"}\n'),
        "settings": Handed(
            ("--env-file", "FILE", "plans", "list"), "s.env", "BRAND_NAME='Año'\nTIMEZONE=Europe/Madrid\n"
        ),
    }


@pytest.fixture
async def terminal(database_url: str, fork_client: ForkClient) -> AsyncIterator[Terminal]:
    engine = create_engine(database_url)
    await database_shop(engine).plan(soft_id="retabet")
    yield Terminal({"DATABASE_URL": database_url, "TIMEZONE": "Europe/Madrid"}, fork_client)
    await engine.dispose()


@pytest.mark.exhaustive
@pytest.mark.parametrize("kind", sorted(handed()))
async def test_file_of_a_command_is_read_in_every_form(kind: str, terminal: Terminal, tmp_path: Path) -> None:
    file = handed()[kind]
    path = tmp_path / file.name
    people = tmp_path / "people"
    people.write_text("telegram_id,Año,plan,until\n7000000001,Íñigo,retabet,2030-12-31\n")
    places = {"FILE": path, "FOLDER": tmp_path, "OUTPUT": tmp_path / "no" / ".env", "PEOPLE": people}
    words = [str(places.get(word, word)) for word in file.words]

    async def run(content: bytes) -> tuple[int, str]:
        path.write_bytes(content)
        ran = await terminal.run(*words)
        assert "Traceback" not in ran.out + ran.err
        return ran.status, ran.out + ran.err

    usual = await run(READ["UTF-8"](file.text))
    # The wizard asks for nothing; what matters is that it names the unknown answer, and its line.
    assert usual[0] == 0 or (kind == "answers" and "a.json: BRAND (line 2): no such setting" in usual[1])
    for name, form in {**READ, **(TABLES if file.is_table else {})}.items():
        status, said = await run(form(file.text))
        if name == "empty lines first":
            said = said.replace("line 4", "line 2")
        if kind == "people":
            said = said.replace("3     700", "2     700").replace("4     700", "2     700")
        assert (name, status) == (name, usual[0])
        if kind != "texts":
            assert (name, said) == (name, usual[1])
    for name, form in REFUSED.items():
        status, said = await run(form(file.text))
        assert (name, status != 0) == (name, True)
        assert file.name in said, name
        assert "line " in said, name
        assert "save the file as UTF-8" in said, name
    path.unlink()
    if kind != "texts":
        missing = await terminal.run(*words)
        assert missing.status != 0
        assert file.name in missing.err
        path.mkdir()
        folder = await terminal.run(*words)
        assert folder.status != 0
        assert "Traceback" not in folder.err
