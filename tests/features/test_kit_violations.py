"""The kit that checks every feature finds a planted violation of each of its rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.features import kit_finds, write_feature
from tests.support.postgres import Server
from umbral.testing.features import RULES

DECLARED = [name for name, rule in RULES.items() if not rule.needs_database]
STORED = [name for name, rule in RULES.items() if rule.needs_database]
COMMAND = """
from subscriptions.application.staff.command import StaffCommand
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.entities.customer import StaffRole

class DrawRaffle(StaffCommand):
    name = "draw_{name}"
    permission = Permission("nobody.declares.this", StaffRole.OWNER)
    subject = "shop"
    outcomes = ("done",)

    async def run(self, execution):
        raise NotImplementedError
"""
JOBS = """
from subscriptions.application.dto.job_payload import JobPayload

class Draw(JobPayload):
    name = "{name}.draw"
"""
TABLES = """
from sqlalchemy import Column, ForeignKey, Table
from subscriptions.infrastructure.database.tables.base import metadata
from subscriptions.infrastructure.database.tables.people import customers

tickets = Table("tickets_{name}", metadata, Column("customer_id", ForeignKey(customers.c.id), primary_key=True))
"""
PLANTED = {
    "declaration": ("jobs", JOBS, "`jobs` lacks {name}.draw"),
    "modules": ("schedule", "SCHEDULE = 7\n", "schedule.SCHEDULE has to be a SchedulePart"),
    "imports": ("domain", "import sqlalchemy\n", "domain.py imports sqlalchemy; `domain` imports no framework"),
    "texts": ("commands", COMMAND, "has no texts under"),
    "permissions": ("commands", COMMAND, "needs a permission that nobody declares"),
    "tables": ("tables", TABLES, "has no entry in GRANTS"),
}


def test_every_declaration_check_has_a_planted_violation() -> None:
    assert sorted(PLANTED) == sorted(DECLARED)


WRONG_COLLECTIONS = {
    "tuple": ("jobs=('raffle.draw',)", "`jobs` has to be a frozenset, and is a tuple; write jobs=frozenset({…})"),
    "word": ("needs='gifts'", "`needs` has to be a tuple, and is a str; write needs=(…,)"),
}
PLURALS = {
    "one": ('one = "{n} rifa"\nother = "{n} rifas"', 'one = "One raffle"\nother = "{n} raffles"', ""),
    "many": ('one = "1"\nmany = "{n} de rifas"\nother = "{n} rifas"', 'one = "1"\nother = "{n}"', ""),
    "lacking": ('one = "1"\nother = "{n} rifas"', 'other = "{n} raffles"', "lacks the form one in en"),
    "unknown": ('one = "1"\nfew = "2"\nother = "{n}"', 'one = "1"\nother = "{n}"', "few is no plural form of es"),
    "names": ('one = "1"\nother = "{x} rifas"', 'one = "1"\nother = "{n}"', "names x in es; only {n} is filled in"),
}
"""Plural forms in Spanish and English, and the kit's report about them."""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Return the report of the kit about each feature, by name. One process checks all features, because a process
    takes seconds to load the product.
    """
    site = tmp_path_factory.mktemp("site")
    asked = {}
    for rule, (module, source, _) in PLANTED.items():
        write_feature(site, f"planted_{rule}", modules={module: source.replace("{name}", f"planted_{rule}")})
        asked[f"planted_{rule}"] = rule
    for case, (declaration, _) in WRONG_COLLECTIONS.items():
        write_feature(site, f"wrong_{case}", declaration)
        asked[f"wrong_{case}"] = "declaration"
    for case, forms in PLURALS.items():
        texts = site / write_feature(site, f"plural_{case}") / "texts"
        for language, written in zip(("es", "en"), forms, strict=False):
            (texts / language).mkdir(parents=True)
            (texts / language / "chat.toml").write_text(f"[plural_{case}.count]\n{written}\n")
        asked[f"plural_{case}"] = "texts"
    found = kit_finds(site, "", [(name, rule, (), "") for name, rule in asked.items()])
    return dict(zip(asked, found, strict=True))


@pytest.mark.parametrize("rule", PLANTED)
def test_planted_violation_in_a_declaration_is_found(rule: str, said: Mapping[str, str]) -> None:
    assert PLANTED[rule][2].replace("{name}", f"planted_{rule}") in said[f"planted_{rule}"]


@pytest.mark.parametrize("case", WRONG_COLLECTIONS)
def test_error_about_a_declared_collection_of_the_wrong_type_names_the_collection(
    case: str, said: Mapping[str, str]
) -> None:
    assert WRONG_COLLECTIONS[case][1] in said[f"wrong_{case}"]


@pytest.mark.parametrize("case", PLURALS)
def test_plural_forms_that_do_not_match_the_language_are_reported(case: str, said: Mapping[str, str]) -> None:
    found, sentence = said[f"plural_{case}"], PLURALS[case][2]

    assert sentence in found
    assert bool(found) is bool(sentence)


STORING = """
from sqlalchemy import Boolean, Column, ForeignKey, Integer, Table
from subscriptions.infrastructure.database.rights import Rights
from subscriptions.infrastructure.database.tables.base import metadata
from subscriptions.infrastructure.database.tables.people import customers
from subscriptions.infrastructure.database.tables.personal import OWN, Fate, person

table = Table(
    "{name}", metadata,
    Column("id", Integer, primary_key=True),
    Column("customer_id", ForeignKey(customers.c.id), nullable=False),
    Column("is_drawn", Boolean, nullable=False, server_default="false"),
    info=person(OWN, Fate.DELETE),
)
GRANTS = (("{name}", Rights("", "rawd", "rawd", "", "rd")),)
"""
MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "001", None

def upgrade():
    op.create_table(
        "{name}",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("customer_id", sa.Uuid, sa.ForeignKey("customers.id"), nullable=False),
        sa.Column("is_drawn", sa.Boolean, nullable=False, server_default="false"),
    )

def downgrade():
    op.drop_table("{name}")
"""
LIST = """
from subscriptions.application.lists.columns import Count, Sort
from subscriptions.application.lists.list_model import ListModel
from subscriptions.application.menu import MenuSection
from subscriptions.domain.services.staff_policy import CORE_PERMISSIONS

BY_ID = Sort("id", "{name}.nothing")
LISTS = (
    ListModel(
        name="{name}", permission=sorted(CORE_PERMISSIONS)[0], section=MenuSection.OFFER, tables="{name}",
        key=("{name}.id", "text"), columns=(Count("id", "{name}.nothing", sort=BY_ID),), filters=(), sort=BY_ID,
    ),
)
"""
CHAT = """
from bot.feature import ChatPart
from bot.status_section import StatusSection

async def read(customer, t):
    return [StatusSection(order=1, text="<b>Rifas")]

CHAT = ChatPart(sections=lambda container: read)
"""
DRAW = """
from subscriptions.application.dto.job_payload import JobPayload

class Draw(JobPayload):
    name = "core.{name}"
"""
HANDLER = """
from sqlalchemy import text
from subscriptions.bootstrap.job_handlers import HandlersPart, handler_of
from {package}.jobs import Draw

def handlers(core):
    async def draw(job):
        for statement in {statements}:
            async with core.engine().begin() as connection:
                await connection.execute(text(statement))
    return dict([handler_of(Draw, draw)])

HANDLERS = HandlersPart({"worker": handlers})
"""
ROW = "INSERT INTO {name} (customer_id) VALUES (:customer)"
TWICE = "INSERT INTO {name} (customer_id) SELECT id FROM customers"
ONCE = f"{TWICE} WHERE NOT EXISTS (SELECT FROM {{name}} WHERE is_drawn)"


BORROWED = "from raffle_tools import DrawRaffle\n"
TOOLS = """
from subscriptions.application.staff.command import StaffCommand
from subscriptions.domain.services.staff_policy import StaffAction

class DrawRaffle(StaffCommand):
    name, subject, outcomes, permission = "draw_never_off", "shop", ("done",), StaffAction.OPEN_PANEL

    async def run(self, execution):
        raise NotImplementedError
"""
"""Module next to the feature's package. A command in this module does not belong to the feature, so the command stays
available while the feature is off.
"""


@dataclass(frozen=True)
class Plant:
    """Feature with a violation.

    modules: modules in addition to tables and migrations. changes: text replaced in the modules. found: part of the
    sentence reported by the kit.
    """

    rule: str
    found: str
    modules: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[str, str] = ("", "")
    rows: Sequence[str] = (ROW,)
    statements: Sequence[str] = ()

    def write(self, site: Path, name: str) -> tuple[str, str, Sequence[str], str]:
        """Install the feature and return the input of the kit."""
        modules = {"tables": STORING, "migrations/001": MIGRATION, **self.modules}
        if self.statements:
            modules |= {"jobs": DRAW, "handlers": HANDLER}
        old, new = self.changes
        filled = {"{statements}": repr([*self.statements]), "{package}": f"umbral_{name}", "{name}": name}
        sources = {
            module: _filled(source.replace(old, new) if old else source, filled) for module, source in modules.items()
        }
        write_feature(site, name, f"jobs=frozenset({{'core.{name}'}})" if "jobs" in modules else "", sources)
        rows = [_filled(each, filled) for each in self.rows]
        return name, self.rule, rows, "Draw" if self.statements else ""


def _filled(source: str, words: Mapping[str, str]) -> str:
    for word, value in words.items():
        source = source.replace(word, value)
    return source


STORED_PLANTS = {
    "way_down": Plant("migrations", "after the way down the table", changes=("op.drop_table", "str")),
    "no_way_down": Plant("migrations", "cannot be reverted", changes=('op.drop_table("{name}")', "1 / 0")),
    "no_column": Plant(
        "migrations",
        "is declared, and no migration makes it",
        changes=("info=person(OWN, Fate.DELETE)", 'Column("prize", Integer)'),
    ),
    "no_row": Plant("rows", "store nothing in", rows=()),
    "unread_list": Plant("rows", "the list", {"lists": LIST}),
    "unread_section": Plant("rows", "section of the status card in es", {"chat": CHAT}),
    "unexported": Plant("rows", "the export lacks the row", changes=("person(OWN", 'person("false"')),
    "unerased": Plant("rows", "the erasure leaves the row", changes=("Fate.DELETE)", 'Fate.DELETE, scope="false")')),
    "unhandled": Plant("states", "nobody handles", {"jobs": DRAW}),
    "never_off": Plant("states", "the command draw_never_off runs as one of the core", {"commands": BORROWED}),
    "half_done": Plant("kills", "killed at step", statements=(ONCE, "UPDATE {name} SET is_drawn = true")),
    "done_twice": Plant("kills", "finished, not acknowledged,", rows=(), statements=(TWICE,)),
    "no_payload": Plant("kills", "holds no payload of", {"jobs": DRAW, "handlers": HANDLER}),
    "left_behind": Plant("removed", "the page", rows=("ALTER TABLE orders RENAME TO raffled",)),
}
"""Violations of the rules that need a database, by the names of their features."""


def test_every_stored_row_check_has_a_planted_violation() -> None:
    assert {plant.rule for plant in STORED_PLANTS.values()} == {*STORED}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return an additional folder in which packages are found."""
    folder = tmp_path / "site"
    folder.mkdir()
    return folder


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", STORED_PLANTS)
def test_planted_violation_in_stored_rows_is_found(
    name: str, site: Path, postgres_server: Server, migrated_database: str
) -> None:
    plant, url = STORED_PLANTS[name], postgres_server.create(migrated_database)
    (site / "raffle_tools.py").write_text(TOOLS)
    try:
        (found,) = kit_finds(site, url, [plant.write(site, name)])
    finally:
        postgres_server.drop(url)

    assert plant.found in found
