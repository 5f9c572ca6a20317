"""Check that rows of a feature are shown, exported and erased after the feature's folder was deleted."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from subscriptions.domain.entities.customer import StaffRole
from tests.fakes.samples import NOON
from tests.fakes.selling import Sale, selling
from tests.support.console_visitor import Visitor, hire, visiting
from tests.support.operator_cli import Terminal
from tests.support.website import Website, running_website


async def leave_rows(database_url: str, sale: Sale) -> None:
    """Store a row of each kind that the removed feature `raffle` can leave in tables of the core."""
    person, customer = sale.customer.telegram_id, sale.customer.id
    facts = json.dumps({"customer": str(customer), "person": str(person), "raffle": "Navidad"})
    statements = (
        (
            "INSERT INTO audit_log (actor, action, subject, why, at, facts)"
            " VALUES ($1, 'raffle.drawn', $2, '', $3, $4)",
            (str(person), str(customer), NOON, facts),
        ),
        (
            "INSERT INTO notifications (id, key, kind, recipient, language, params, subject, sent_at, message_id,"
            " repeated, created_at, text)"
            " VALUES ($1, 'raffle:1', 'raffle_won', $2, 'es', $3, $4, $5, 7, 0, $5, 'Has ganado')",
            (uuid4(), person, facts, customer, NOON),
        ),
        (
            "INSERT INTO alarms (id, key, kind, facts, raised_at) VALUES ($1, 'raffle:1', 'raffle_stuck', $2, $3)",
            (uuid4(), facts, NOON),
        ),
        ("INSERT INTO own_roles (name, permissions) VALUES ('sorteos', 'customer.see raffle.draw')", ()),
        (
            "INSERT INTO api_keys (name, digest, abilities, created_at)"
            " VALUES ('tombola', repeat('d', 64), 'customers raffles', $1)",
            (NOON,),
        ),
        (
            "INSERT INTO dialogues (person, id, kind, step, answers, expires_at)"
            " VALUES ($1, $2, 'draw_raffle', 'prize', '{}', $3)",
            (person, uuid4(), NOON),
        ),
        ("INSERT INTO variables (name, value) VALUES ('RAFFLE_PRIZE', 'jamón')", ()),
        (
            "INSERT INTO staff_operations (id, command, digest, at, outcome, facts)"
            " VALUES ($1, 'draw_raffle', 'd', $2, 'done', '{}')",
            (uuid4(), NOON),
        ),
    )
    connection = await asyncpg.connect(database_url)
    try:
        for statement, values in statements:
            await connection.execute(statement, *values)
    finally:
        await connection.close()


@pytest.fixture
async def left(database_url: str) -> AsyncIterator[tuple[Website, Visitor, Sale]]:
    """Open a shop with the rows that a removed feature left, and yield the website, a console visitor who is signed in
    as an owner, and a sale.
    """
    async with running_website(database_url) as website:
        await hire(website, StaffRole.OWNER)
        async with website.container.core.units()() as uow:
            sale = await selling(uow)
            await uow.commit()
        await leave_rows(database_url, sale)
        async with visiting(website) as visitor:
            await visitor.enter()
            yield website, visitor, sale


async def test_every_console_page_shows_rows_of_a_removed_feature(left: tuple[Website, Visitor, Sale]) -> None:
    _, owner, sale = left

    paths = {*await owner.menu(), f"/customers/{sale.customer.id}"}
    shown = {path: await owner.page(path) for path in sorted(paths)}

    assert len(paths) > 20
    assert "raffle_stuck" in shown["/alarms"]
    assert "raffle.<wbr>drawn" in shown["/audit"]
    assert not [path for path, page in shown.items() if "no se puede leer" in page]


async def test_rows_of_a_removed_feature_are_exported_and_erased(
    left: tuple[Website, Visitor, Sale], database_url: str
) -> None:
    _, _, sale = left
    terminal, person = Terminal({"DATABASE_URL": database_url}), str(sale.customer.telegram_id)

    exported = await terminal.run("person", "export", person)
    listed = await terminal.run("jobs")

    assert (exported.status, exported.err) == (0, "")
    assert "Has ganado" in exported.out
    assert listed.status == 0
