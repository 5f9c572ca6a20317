"""Check that the migrations of a feature form a separate line of revisions and run whether the feature is on, off or
removed.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.integration.features.conftest import Shop
from tests.support.features import write_feature

FIRST = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "001_raffles", None


def upgrade():
    plan = sa.Column("plan", sa.Uuid, sa.ForeignKey("service_plans.id"))
    op.create_table("raffles", sa.Column("id", sa.Integer, primary_key=True), plan)


def downgrade():
    op.drop_table("raffles")
"""
SECOND = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "002_prizes", "001_raffles"


def upgrade():
    op.add_column("raffles", sa.Column("prize", sa.Text))


def downgrade():
    op.drop_column("raffles", "prize")
"""
TICKETS = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "001_tickets", None


def upgrade():
    op.create_table("draws", sa.Column("raffle", sa.Integer, sa.ForeignKey("raffles.id")))


def downgrade():
    op.drop_table("draws")
"""


async def revisions(shop: Shop, name: str) -> list[str]:
    """Return the feature's revisions in the database."""
    return [row["version_num"] for row in await shop.fetch(f"SELECT version_num FROM alembic_version_{name}")]


async def test_migrations_of_features_run_after_the_core_in_order_of_their_dependencies(site: Path, shop: Shop) -> None:
    before = await shop.fetch("SELECT version_num FROM alembic_version")
    write_feature(site, "aaa_tickets", "needs=('raffle',)", {"migrations/001_tickets": TICKETS})
    write_feature(site, "raffle", modules={"migrations/001_raffles": FIRST})
    shop.migrate()
    shop.migrate()

    assert await revisions(shop, "raffle") == ["001_raffles"]
    assert await revisions(shop, "aaa_tickets") == ["001_tickets"]
    assert await shop.fetch("SELECT version_num FROM alembic_version") == before


async def test_upgraded_feature_migrates_its_existing_rows(site: Path, shop: Shop) -> None:
    package = write_feature(site, "raffle", modules={"migrations/001_raffles": FIRST})
    shop.migrate()
    await shop.execute("INSERT INTO raffles (id) VALUES (1)")
    (site / package / "migrations/002_prizes.py").write_text(SECOND)
    shop.migrate()

    assert await revisions(shop, "raffle") == ["002_prizes"]
    assert await shop.fetch("SELECT id, prize FROM raffles") == [{"id": 1, "prize": None}]


async def test_removed_feature_keeps_its_tables_and_the_core_migrates(site: Path, shop: Shop) -> None:
    package = write_feature(site, "raffle", modules={"migrations/001_raffles": FIRST})
    shop.migrate()
    await shop.execute("INSERT INTO raffles (id) VALUES (1)")
    shutil.rmtree(site / package)
    shutil.rmtree(site / f"{package}-1.2.3.dist-info")
    shop.migrate()

    assert await shop.fetch("SELECT id FROM raffles") == [{"id": 1}]
