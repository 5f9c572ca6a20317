"""Wrong and failing declarations of a feature, one at a time: the declarations of the core remain, and the feature is
named.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from subscriptions.bootstrap import migrate
from subscriptions.bootstrap.doctor import report_of_database
from tests.integration.features.conftest import Shop
from tests.support.features import run_with, write_feature

READ = """
import json
from types import SimpleNamespace
from bot.entry_step import entry_step
from bot.texts import texts_for
from subscriptions.application.alarms.alarm_causes import _successors
from subscriptions.application.dto.rooms import declared_by, load_rooms, modules_by_feature
from subscriptions.application.feature_failures import FAILURES
from subscriptions.application.staff.known_permissions import permissions
from subscriptions.application.staff.today_tasks import today_buttons, today_tasks
from subscriptions.bootstrap.feature_states import _permission_owners
from subscriptions.bootstrap.features import installed
from subscriptions.bootstrap.lists import LISTS
from subscriptions.bootstrap.repositories import REPOSITORIES
from subscriptions.bootstrap.sealed_settings import sealable
from subscriptions.bootstrap.token_settings import settings_from_token
from subscriptions.bootstrap.processes import PROCESSES
from subscriptions.bootstrap.settings_in_force import SettingsInForce
from subscriptions.bootstrap.staff_commands import COMMANDS, SUBJECT_TYPES
from subscriptions.infrastructure.database.grants import rules, tables
from subscriptions.infrastructure.text_files import alarm_texts, built_in_texts, page_texts

load_rooms()
environ = {
    "DATABASE_URL": "postgresql://a:b@c/d", "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": "123456:" + "a" * 35,
    "ADMIN_TELEGRAM_IDS": "1",
}
settings = PROCESSES["worker"].read_environ(environ)
SettingsInForce(settings).missing()
found = [
    permissions(), _permission_owners(), LISTS, LISTS["audit"].filters, REPOSITORIES, sealable(), COMMANDS,
    SUBJECT_TYPES, rules(), tables(), alarm_texts(), built_in_texts("es"), page_texts("en"),
    settings_from_token("123456:a"), _successors("dispute_open"),
]
today_tasks(), today_buttons()
for module, constant in (
    ("events", "EVENTS"), ("cards", "CARDS"), ("checks", "SETTINGS_CHECKS"), ("moves", "MOVES"), ("accounts", "OWNERS"),
    ("offers", "WIN_BACK"),
):
    found.append(declared_by(module, constant))
found.append(modules_by_feature("tip_record"))
if "raffle_0" in installed().features:
    assert entry_step(texts_for("es"), SimpleNamespace(stage=1)) is None
named = {}
for feature, where in sorted(FAILURES.take()):
    named.setdefault(feature, []).append(where)
print("found:", json.dumps([[len(each) for each in found], named]))
"""
"""Program that collects the declarations of all features and prints their number and the failed parts."""

PLANTED = {
    "permissions": {"permissions": "PERMISSIONS = 7\n"},
    "permissions without the constant": {"permissions": "NOTHING = ()\n"},
    "lists": {"lists": "AUDIT_STATES = (7,)\n"},
    "alarms": {"alarms": "SUCCESSORS = (7,)\n"},
    "today": {"today": "TODAY = 7\n"},
    "settings": {"settings": "def derive(token):\n    return 1 / 0\nFROM_TOKEN = (('RAFFLE', derive),)\n"},
    "settings of another shape": {"settings": "FROM_TOKEN = (7,)\n"},
    "settings that another requires": {
        "settings": "from subscriptions.infrastructure.environment import Prerequisites\n"
        "def missing(settings):\n    return 1 / 0\n"
        "PREREQUISITES = (Prerequisites(setting='RAFFLE', value='on', missing=missing),)\n"
    },
    "settings without a default": {
        "settings": "from subscriptions.infrastructure.environment import EnvironmentSettings, setting\n"
        "class Raffle(EnvironmentSettings):\n    raffle_key: str = setting('RAFFLE_KEY', 'a key')\n"
        "SETTINGS = (('worker', Raffle),)\n"
    },
    "settings whose class fails": {"settings": "class Raffle:\n    raffle = 1 / 0\n"},
    "events": {"events": "EVENTS = None\n"},
    "cards": {"cards": "CARDS = 7\n"},
    "checks": {"checks": "SETTINGS_CHECKS = 7\n"},
    "moves": {"moves": "MOVES = 7\n"},
    "accounts": {"accounts": "OWNERS = 7\n"},
    "offers": {"offers": "WIN_BACK = 7\n"},
    "entry_screens": {
        "entry_screens": "from bot.entry_step import EntryScreensPart\n"
        "ENTRY_SCREENS = EntryScreensPart(lambda t, vip: 1 / 0)\n"
    },
    "text_rules": {"text_rules": "TEXT_RULES = (7,)\n"},
    "tip_record": {"tip_record": "raise ZeroDivisionError\n"},
    "jobs": {"jobs": "QUEUED_BY = 7\n"},
    "tables": {"tables": "GRANTS = 7\n"},
    "tables of another process": {"tables": "MAY_WRITE = (7,)\n"},
    "tables of the core": {"tables": "MAY_WRITE = (('owners', 'web', 'owner'),)\n"},
    "tables with anything": {"tables": "MAY_WRITE = (('anything', 'web', '*'),)\n"},
    "tables with others' variables": {"tables": "MAY_WRITE = (('variables', 'web', 'raffle_0:* clock_*'),)\n"},
    "tables with a forged value": {"tables": "MAY_WRITE = (('raffles', 'web', \"a' OR TRUE OR name = 'b\"),)\n"},
    "jobs of the core": {"jobs": "QUEUED_BY = (('web', 'core.refund_payment'),)\n"},
    "repository": {"repository": "raise SystemExit(3)\n"},
    "subjects": {"subjects": "import nowhere_to_be_found\n"},
    "commands": {"commands": "def (:\n"},
    "texts/es/chat.toml": {},
    "texts/alarms.toml": {},
}
"""Modules by planted error. The text of a module begins with the name of the reported part."""
NOT_NAMED = {"permissions without the constant"}
NAMED_OTHERWISE = {"entry_screens": "step before a link"}


def read(site: Path) -> tuple[list[int], dict[str, list[str]]]:
    """Return the number of declarations, and the failed parts by feature."""
    (line,) = [each for each in run_with(site, READ).splitlines() if each.startswith("found:")]
    numbers, named = json.loads(line.partition(":")[2])
    return numbers, named


def test_invalid_declarations_do_not_affect_the_declarations_of_the_core(tmp_path: Path) -> None:
    expected = dict[str, list[str]]()
    for index, (planted, modules) in enumerate(PLANTED.items()):
        package = write_feature(tmp_path, f"raffle_{index}", modules=modules)
        part = NAMED_OTHERWISE.get(planted, planted.partition(" ")[0])
        if part.endswith(".toml"):
            file = tmp_path / package / part
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("[raffle\nquestion = \n")
        expected |= {} if planted in NOT_NAMED else {f"raffle_{index}": [part]}

    (usual, nothing), (numbers, named) = read(tmp_path / "nowhere"), read(tmp_path)

    assert nothing == {}
    assert all(now >= before for now, before in zip(numbers, usual, strict=True))
    assert named == expected


DATABASE_CHECKS = """
import asyncio
from sqlalchemy import text

async def fails(uow, now):
    await uow._connection.execute(text("SELECT nothing FROM nowhere"))

async def hangs(uow, now):
    await asyncio.sleep(3600)

DATABASE_CHECKS = (fails, hangs)
"""


async def test_doctor_continues_after_a_failing_or_hanging_database_check(
    site: Path, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("subscriptions.bootstrap.doctor.PATIENCE_S", 0.5)
    write_feature(site, "raffle", modules={"checks": DATABASE_CHECKS})
    shop.migrate()

    environ = {"DATABASE_URL": shop.url, "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": "123456:" + "a" * 35}
    lines = await report_of_database(environ)

    failed = [each for each in lines if each.startswith("feature raffle: its check failed: ")]
    assert len(failed) == 2
    assert "TimeoutError" in failed[1]
    assert len(lines) > len(failed), "the doctor's own lines are there"


FAILING_MIGRATION = '''"""Fail."""

revision, down_revision = "001_raffle", None


def upgrade() -> None:
    """Fail."""
    raise ZeroDivisionError("a name")


def downgrade() -> None:
    """Do nothing."""
'''


async def test_failing_migration_names_its_feature_and_leaves_the_core_migrated(site: Path, shop: Shop) -> None:
    write_feature(site, "raffle", modules={"migrations/001_raffle": FAILING_MIGRATION})

    with pytest.raises(migrate.FailedMigration, match="of the feature raffle failed") as failed:
        shop.migrate()

    assert "ZeroDivisionError, migrations/001_raffle.py" in str(failed.value).replace("umbral_raffle/", "")
    assert "a name" not in str(failed.value)
    assert await shop.fetch("SELECT version_num FROM alembic_version")
