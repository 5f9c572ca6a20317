"""Features with declarations that are wrong, fail, or use a name of the core: the declaration is ignored, and the error
message names the feature.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.failing_feature import FailingFeature
from tests.support.features import run_with, write_feature

pytestmark = pytest.mark.exhaustive

MODULES = {
    "commands": """
from subscriptions.application.staff.command import StaffCommand
from subscriptions.domain.services.staff_policy import StaffAction

class DrawRaffle(StaffCommand):
    name, subject, outcomes = "draw_raffle", "shop", ("done",)
    permission = "raffle.draw"

    async def run(self, execution):
        raise NotImplementedError

class OpenRaffle(DrawRaffle):
    name, subject, permission = "open_raffle", "raffle", StaffAction.OPEN_PANEL

class CloseRaffle(DrawRaffle):
    name, permission = "close_raffle", StaffAction.OPEN_PANEL
""",
    "subjects": """
from subscriptions.application.staff.subject_type import SubjectType

SUBJECTS = (7, SubjectType(kind="customer", path="mine"))
""",
    "lists": """
from dataclasses import replace
from subscriptions.infrastructure.database.lists.people import CUSTOMERS

LISTS = (7, replace(CUSTOMERS, tables="mine"))
""",
    "repository": """
class Mine:
    class key:
        name = "tokens"

REPOSITORIES = (7, Mine)
""",
    "settings": 'SETTINGS = (("core", 7),)\n',
    "jobs": 'QUEUED_BY = (("worker", "raffle.draw"),)\n',
    "events": "PUBLISHED_BY = (7,)\nEVENTS = ()\n",
    "tables": """
from subscriptions.infrastructure.database.rights import Rights

GRANTS = (("payments", Rights("rawd", "rawd", "rawd", "rawd", "rawd")),)
""",
    "chat": """
from bot.feature import ChatPart, PanelPart
from bot.panel.visit import Page
from bot.screens import Screen
from subscriptions.domain.services.staff_policy import StaffAction

async def mine(visit):
    return Screen("mine")

CHAT = ChatPart(panel=PanelPart(pages={"home": Page(StaffAction.OPEN_PANEL, mine), "p.raf": 7}, forms=(7,)))
""",
    "web": """
from web.feature import WebPart

WEB = WebPart(pages=(7,))
""",
}
PROGRAM = """
import json
from bot.panel.index import FORMS, PAGES
from subscriptions.application.feature_failures import FAILURES
from subscriptions.bootstrap.lists import LISTS
from subscriptions.bootstrap.repositories import REPOSITORIES
from subscriptions.bootstrap.settings.web import WebSettings
from subscriptions.bootstrap.staff_commands import COMMANDS, SUBJECT_TYPES
from subscriptions.infrastructure.database.grants import rules, tables
from web.console.index import pages

assert WebSettings and pages() and FORMS
print("found:", json.dumps({
    "commands": sorted({"draw_raffle", "open_raffle", "close_raffle"} & COMMANDS.keys()),
    "core": [
        PAGES["home"].show.__module__.partition(".")[0],
        LISTS["customers"].tables != "mine",
        SUBJECT_TYPES["customer"].path != "mine",
        REPOSITORIES["tokens"].__module__.partition(".")[0],
        tables()["payments"].userbot != "rawd",
        rules()["queue"].keys() >= {"web", "bot", "console"},
    ],
    "named": sorted({where for feature, where in FAILURES.lasting if feature == "raffle"}),
}))
"""


def test_error_in_the_command_line_of_a_feature_names_the_feature(tmp_path: Path) -> None:
    FailingFeature(tmp_path).fail_at("cli")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_URL")}
    umbral = [sys.executable, "-m", "umbral"]

    failed = subprocess.run(
        [*umbral, "raffles"], env=environ | {"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    helped = subprocess.run(
        [*umbral, "--help"], env=environ | {"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )

    assert failed.returncode == 1
    assert "the feature raffle failed: cli, " in failed.stderr
    assert "Traceback" not in failed.stderr
    assert (helped.returncode, "raffles" in helped.stdout) == (0, True)


def test_invalid_declarations_of_a_feature_are_ignored_and_named(tmp_path: Path) -> None:
    write_feature(tmp_path, "raffle", modules=MODULES)

    (line,) = [each for each in run_with(tmp_path, PROGRAM).splitlines() if each.startswith("found:")]

    assert json.loads(line.partition(":")[2]) == {
        "commands": ["close_raffle"],
        "core": ["bot", True, True, "subscriptions", True, True],
        "named": [
            "chat.panel.forms",
            "chat.panel.pages",
            "command: draw_raffle",
            "command: open_raffle",
            "events",
            "jobs",
            "lists",
            "panel: home",
            "repository",
            "settings",
            "subjects",
            "tables",
            "web.pages",
        ],
    }


CRASHING = {
    "settings": """
from pydantic import field_validator
from subscriptions.infrastructure.environment import EnvironmentSettings, setting

class Raffle(EnvironmentSettings):
    raffle_prize: int = setting("RAFFLE_PRIZE", "a number", default=3)

    @field_validator("raffle_prize")
    @classmethod
    def check(cls, value):
        return 1 // (value - 7)

SETTINGS = (("worker", Raffle),)
""",
}
LOADS = """
from subscriptions.application.feature_failures import FAILURES
from subscriptions.bootstrap.processes import PROCESSES
from subscriptions.bootstrap.settings.core import load

environ = {
    "DATABASE_URL": "postgresql://a:b@c/d", "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": "123456:" + "a" * 35,
    "ADMIN_TELEGRAM_IDS": "1", "BRAND_NAME": "Kept", "RAFFLE_PRIZE": "7",
}
settings = load(PROCESSES["worker"], environ)
print("found:", settings.raffle_prize, settings.value_of("BRAND_NAME"), dict(FAILURES.lasting))
"""


def test_failing_check_of_a_setting_keeps_the_default_and_is_reported(tmp_path: Path) -> None:
    write_feature(tmp_path, "raffle", modules=CRASHING)

    (line,) = [each for each in run_with(tmp_path, LOADS).splitlines() if each.startswith("found:")]

    assert line.startswith("found: 3 Kept {('raffle', 'settings'): 'ZeroDivisionError, ")
