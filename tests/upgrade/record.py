"""Record the data of the previous release: `python -m tests.upgrade.record`, after `previous` names a new commit.

payloads.json: the shape of every job's payload. names.json: the stored values of the members of each enumeration.

schema.sql: the statements that create the tables. rows.json: the rows of a sample run of the demo, table by table,
without secrets and without rows of other programs.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import asyncpg

from tests.support.demo import Demo
from tests.upgrade.earlier import SCHEMA, schema
from tests.upgrade.previous_release import COMMIT, unpack

HERE: Final = Path(__file__).parent
PAYLOADS: Final = HERE / "payloads.json"
NAMES: Final = HERE / "names.json"
ROWS: Final = HERE / "rows.json"

SHAPES: Final = """
import json
from importlib import import_module
from pkgutil import iter_modules
from subscriptions.application import dto
for module in iter_modules(dto.__path__):
    import_module(f"{dto.__name__}.{module.name}")
from subscriptions.application.dto.jobs import JobPayload
print(json.dumps({kind.name: kind.model_json_schema() for kind in JobPayload.__subclasses__()}))
"""
WORDS: Final = """
import json
from enum import StrEnum
from importlib import import_module
from pkgutil import walk_packages
from subscriptions import application, domain
for floor in (domain, application):
    for module in walk_packages(floor.__path__, f"{floor.__name__}."):
        import_module(module.name)
ours = [kind for kind in StrEnum.__subclasses__() if kind.__module__.startswith("subscriptions.")]
print(json.dumps({kind.__name__: {each.name: each.value for each in kind} for kind in ours}, sort_keys=True))
"""
TABLES: Final = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY oid"
)
NOT_OURS: Final = (
    "pgqueuer",
    "alembic_version",
    "leases",
    "bot_updates",
    "webhook_inbox",
    "userbot_accounts",
    "account_bots",
)
"""Tables of libraries, temporary tables, and tables that contain sessions or whole bodies."""


def main() -> None:
    """Run the previous release and write the files."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PYTHONPATH"] = str(unpack(Path(folder)))
        _write(PAYLOADS, {"commit": COMMIT, "payloads": _said(SHAPES)})
        _write(NAMES, {"commit": COMMIT, "names": _said(WORDS)})
        (home := Path(folder) / "demo").mkdir()
        demo = Demo(home)
        try:
            demo.start()
            _live(demo)
            SCHEMA.write_text(schema(demo.facts["database_url"], "--no-privileges"))
            _write(ROWS, {"commit": COMMIT, **asyncio.run(_rows(demo.facts["database_url"]))})
        finally:
            demo.stop()


def _said(script: str) -> Any:
    return json.loads(subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout)


def _live(demo: Demo) -> None:
    """Create a renewed customer, a canceled customer, a paid customer outside the channel, and an open order."""
    ana, beto, celia, dora = (demo.person(name) for name in ("Ana", "Beto", "Celia", "Dora"))
    ana.buy()
    (renewing,) = demo.get("/subscriptions")["subscriptions"]
    demo.post(f"/subscriptions/stripe/{renewing['id']}/renew", {})
    ana.received("Renovado")
    beto.buy("Sportium")
    beto.send("/cancelar")
    beto.press(beto.received("Cancelar", button="Sí, cancelar"), "Sí, cancelar")
    beto.received("está cancelada")
    demo.pay(celia.checkout())
    celia.invited()
    dora.checkout()


async def _rows(url: str) -> dict[str, Any]:
    connection = await asyncpg.connect(url)
    try:
        revision = await connection.fetchval("SELECT version_num FROM alembic_version")
        names = [row["relname"] for row in await connection.fetch(TABLES)]
        ours = [name for name in names if not name.startswith(NOT_OURS)]
        found = {name: await connection.fetch(f'SELECT to_jsonb(t) AS row FROM "{name}" t') for name in ours}
        rows = {name: [json.loads(each["row"]) for each in those] for name, those in found.items() if those}
        return {"revision": revision, "tables": rows}
    finally:
        await connection.close()


def _write(file: Path, content: object) -> None:
    file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
