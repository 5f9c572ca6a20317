"""Use of a third-party feature while the core is upgraded, and while the feature alone is upgraded."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.conformance.installing import installed_into
from tests.features.test_new_feature import EXAMPLE
from tests.support.features import run_with
from tests.upgrade import earlier
from tests.upgrade.test_rows import RECORDED, TABLES, as_sets, write, written

CUSTOMER = TABLES["customers"][0]["id"]
ANSWERED = f"INSERT INTO survey_answers (customer_id, reason, answered_at) VALUES ('{CUSTOMER}', 'price', now())"
PREVIOUS = """
import sys
from alembic import command
from subscriptions.bootstrap import migrate

url = sys.argv[1]
command.upgrade(migrate._config_of_feature(url, "survey", lambda line: None), "head")
"""
"""Program that creates the tables of the example feature, a survey, in a database of an earlier version of the core."""
MIGRATE = "import sys\nfrom subscriptions.bootstrap import migrate\nmigrate.upgrade(sys.argv[1])\n"
READ = """
import asyncio, json, sys
from dataclasses import asdict
from subscriptions.application.features import FeatureState
from subscriptions.bootstrap.features import installed
from subscriptions.domain.ids import CustomerId
from umbral.testing.feature_kit.database import core_on
from umbral_survey.ports import SURVEY_KEY

async def read(url, customer):
    async with core_on(url, FeatureState.ON) as core, core.units()() as uow:
        found = await uow.of(SURVEY_KEY).of_customer(CustomerId(customer))
        print(json.dumps({**asdict(found), "version": installed().versions()["survey"]}, default=str))

asyncio.run(read(*sys.argv[1:]))
"""
COMMENTS = '''"""Add the customer's own words."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "002_comments", "001_answers"


def upgrade() -> None:
    """Add the column."""
    op.add_column("survey_answers", sa.Column("comment", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """Remove the column."""
    op.drop_column("survey_answers", "comment")
'''


def newer_version(folder: Path) -> Path:
    """Write the next minor version of the example feature, a survey, in which answers have a comment, and return its
    folder.
    """
    shutil.copytree(EXAMPLE, folder)
    package = folder / "src" / "umbral_survey"
    (package / "migrations" / "002_comments.py").write_text(COMMENTS)
    for file, old, new in (
        (folder / "pyproject.toml", 'version = "0.1.0"', 'version = "0.2.0"'),
        (package / "domain.py", "    answered_at: datetime\n", '    answered_at: datetime\n    comment: str = ""\n'),
        (package / "tables.py", "import metadata, moment, state", "import metadata, moment, state, words"),
        (
            package / "tables.py",
            '    moment("answered_at"),',
            '    moment("answered_at"),\n    words("comment", CONTENT),',
        ),
    ):
        source = file.read_text()
        assert old in source
        file.write_text(source.replace(old, new))
    return folder


async def execute(url: str, statement: str) -> list[dict[str, Any]]:
    """Execute a statement as the owner of the tables, and return its rows."""
    connection = await asyncpg.connect(url)
    try:
        return [dict(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


def revision(url: str, table: str) -> str:
    """Return the revision that a database has reached, according to the version table of the core or of a feature."""
    (row,) = asyncio.run(execute(url, f"SELECT version_num FROM {table}"))
    return str(row["version_num"])


NEEDS_NEWER = """
import asyncio, json, sys
from subscriptions.application.features import FeatureState
from subscriptions.bootstrap import migrate
from subscriptions.bootstrap.features import installed
from subscriptions.application.feature_failures import FAILURES
from umbral.testing.feature_kit.database import core_on

async def read(url):
    async with core_on(url, FeatureState.ON) as core:
        return sorted(core.features().now.names_on)

migrate.upgrade(sys.argv[1])
on = asyncio.run(read(sys.argv[1]))
reason, is_imported = FAILURES.lasting["survey", "feature"], "umbral_survey" in sys.modules
print(json.dumps([on, sorted(installed().broken), reason, is_imported]))
"""


def test_feature_that_requires_a_newer_core_is_not_loaded_and_other_features_run(
    tmp_path: Path, empty_database_url: str
) -> None:
    source, site = tmp_path / "source", tmp_path / "site"
    shutil.copytree(EXAMPLE, source)
    declaration = source / "pyproject.toml"
    declaration.write_text(declaration.read_text().replace("umbral-access>=1.0,<1.1", "umbral-access>=9.1"))
    installed_into(site, source)

    on, broken, reason, is_imported = json.loads(run_with(site, NEEDS_NEWER, empty_database_url).splitlines()[-1])

    assert (broken, is_imported) == (["survey"], False)
    assert "gifts" in on
    assert "survey" not in on
    assert reason.startswith("the feature survey needs umbral-access >=9.1, and ")


@pytest.mark.exhaustive
def test_stored_rows_survive_an_upgrade_of_the_core_followed_by_an_upgrade_of_a_feature(
    tmp_path: Path, empty_database_url: str
) -> None:
    url, old, new = empty_database_url, tmp_path / "old", tmp_path / "new"
    installed_into(old, EXAMPLE)
    asyncio.run(earlier.create(url))
    run_with(old, PREVIOUS, url)
    asyncio.run(write(url))
    asyncio.run(execute(url, ANSWERED))
    (answer,) = asyncio.run(execute(url, "SELECT * FROM survey_answers"))

    run_with(old, MIGRATE, url)

    core = revision(url, "alembic_version")
    assert core != RECORDED["revision"]
    assert as_sets(asyncio.run(written(url))) == as_sets(TABLES)
    read = json.loads(run_with(old, READ, url, CUSTOMER))
    assert (read["reason"], read["version"]) == ("price", "0.1.0")
    assert asyncio.run(execute(url, "SELECT * FROM survey_answers")) == [answer]

    installed_into(new, newer_version(tmp_path / "source"))
    run_with(new, MIGRATE, url)

    assert revision(url, "alembic_version") == core
    assert revision(url, "alembic_version_survey") == "002_comments"
    read = json.loads(run_with(new, READ, url, CUSTOMER))
    assert (read["reason"], read["comment"], read["version"]) == ("price", "", "0.2.0")
    assert asyncio.run(execute(url, "SELECT * FROM survey_answers")) == [answer | {"comment": ""}]
