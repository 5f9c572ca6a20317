"""Customer search by the data available to staff: part of a name, an id, an order, a receipt, a plan."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.application.lists.columns import Interface
from subscriptions.application.lists.list_model import Query
from subscriptions.bootstrap import migrate
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.payment_account import PaymentAccount
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import TelegramId
from subscriptions.infrastructure.clock import SystemClock
from subscriptions.infrastructure.database.console_lists import SqlLists
from subscriptions.infrastructure.database.lists import LISTS
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.fakes.shop import POLICY
from tests.fakes.units import Units

PEOPLE: dict[str, dict[str, Any]] = {
    "mendez": {
        "first_name": "Lucía",
        "last_name": "Méndez Ortega",
        "username": None,
        "telegram_id": TelegramId(7123456),
    },
    "maria_jose": {"first_name": "María José", "last_name": "Núñez", "username": "mj_nunez"},
    "jose_maria": {"first_name": "José", "last_name": "Garrido", "username": "pepe"},
    "gonzalez": {"first_name": "Álvaro", "last_name": "González", "username": "alvarog"},
    "fancy": {"first_name": "𝓛𝓪𝓾𝓻𝓪", "last_name": "Øster ß", "username": None},
    "exact": {"first_name": "L", "username": "Lucia", "created_at": NOON - timedelta(days=9)},
    "inside": {"first_name": "Eva", "username": "ana_lucia", "created_at": NOON + timedelta(days=1)},
    "wild": {"first_name": "Pepe", "username": "a%b_c", "created_at": NOON - timedelta(minutes=1)},
}
"""Customers, keyed by a short name for the tests. Accents, letter forms and wildcards in their data must neither hide
nor add search results.
"""


@pytest.fixture
async def people(units: Units) -> dict[str, Customer]:
    """Store the customers of `PEOPLE` and return them by their short names."""
    known = {name: samples.customer(**values) for name, values in PEOPLE.items()}
    async with units() as uow:
        for each in known.values():
            await uow.customers.save(each)
        await uow.commit()
    return known


async def names_found(engine: AsyncEngine, people: dict[str, Customer], words: str) -> Sequence[str]:
    """Return the customers found by the search, best first. Asserts that the list of customers finds the same
    customers.
    """
    lists, model = SqlLists(engine, SystemClock(), POLICY), LISTS["customers"]
    ids = [row["id"] for row in await lists.search(words, 30)]
    query = Query(interface=Interface.STAFF, filters={"q": words}, sort=model.sort, is_descending=True)
    assert sorted(row["id"] for row in await lists.rows(model, query, 30)) == sorted(ids)
    assert await lists.count(model, query, 30) == len(ids)
    for_programs = replace(query, interface=Interface.PROGRAMS)
    assert sorted(str(row["id"]) for row in await lists.rows(model, for_programs, 30)) == sorted(ids)
    return [name for each in ids for name, person in people.items() if str(person.id) == each]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("mendez", ["mendez"]),
        ("MÉNDEZ", ["mendez"]),
        ("mend", ["mendez"]),
        ("endez", ["mendez"]),
        ("ortega lucia", ["mendez"]),
        ("maria jose", ["maria_jose"]),
        ("José María", ["maria_jose"]),
        ("jose garrido", ["jose_maria"]),
        ("nunez", ["maria_jose"]),
        ("laura", ["fancy"]),
        ("oster", ["fancy"]),
        ("mendes", ["mendez"]),
        ("nendez", ["mendez"]),
        ("medez", ["mendez"]),
        ("menddez", ["mendez"]),
        ("lucia mendes", ["mendez"]),
        ("gonzales", ["gonzalez"]),
        ("gonzlaez", ["gonzalez"]),
        ("alvaro gonsalez", ["gonzalez"]),
        ("garido", ["jose_maria"]),
        ("23456", ["mendez"]),
        ("7123456", ["mendez"]),
        ("LUCIA", ["exact", "mendez", "inside"]),
        ("@lucia", ["exact", "mendez", "inside"]),
        ("%b_", ["wild"]),
        ("nobody", []),
        ("_", ["inside", "maria_jose", "wild"]),
        ("@", []),
    ],
)
async def test_customer_is_found_by_part_of_a_name(
    words: str, found: Sequence[str], engine: AsyncEngine, people: dict[str, Customer]
) -> None:
    assert await names_found(engine, people, words) == found


async def test_customer_is_found_by_order_plan_and_account(
    engine: AsyncEngine, units: Units, people: dict[str, Customer]
) -> None:
    plan = samples.plan(name="Señales Élite", soft_id="elite")
    bought = samples.order(people["gonzalez"], plan)
    async with units() as uow:
        await uow.plans.save(plan)
        await uow.orders.save(bought)
        await uow.subscriptions.save(samples.subscription(bought))
        account = PaymentAccount(
            customer_id=people["fancy"].id, provider="acme", external_customer_id="cus_9", created_at=NOON
        )
        await uow.customers.save_account(account)
        await uow.commit()
    reference = bought.id.hex[:8]
    for words in (
        reference,
        f"#{reference.upper()}",
        str(bought.id),
        f"#{reference[:5]}",
        "senales",
        "elite",
        "gonz elite",
    ):
        assert await names_found(engine, people, words) == ["gonzalez"], words
    assert await names_found(engine, people, "mendez elite") == []
    assert await names_found(engine, people, "cus_9") == ["fancy"]


async def test_erased_customer_is_not_found_by_name(
    engine: AsyncEngine, units: Units, people: dict[str, Customer]
) -> None:
    who = people["mendez"]
    async with units() as uow:
        await uow.personal_data.erase(who.telegram_id, who, who.stand_in, NOON)
        await uow.commit()
    assert await names_found(engine, people, "ortega") == []
    async with units() as uow:
        forgotten = await uow.customers.get(who.id)
    assert forgotten is not None
    assert forgotten.last_name is None


PLAIN = "umbral_without_rights"


async def test_error_about_the_right_to_create_the_extension_names_the_command(empty_database_url: str) -> None:
    """The database user may create tables, but not extensions."""
    connection = await asyncpg.connect(empty_database_url)
    await connection.execute(f"CREATE ROLE {PLAIN} LOGIN PASSWORD 'word'; GRANT ALL ON SCHEMA public TO {PLAIN}")
    parts = urlsplit(empty_database_url)
    url = urlunsplit(parts._replace(netloc=f"{PLAIN}:word@{parts.netloc.rpartition('@')[2]}"))
    try:
        with pytest.raises(InvalidInput, match=rf'pg_trgm.*GRANT CREATE ON DATABASE ".+" TO "{PLAIN}"'):
            await asyncio.to_thread(migrate.upgrade, url, migrate.newest_revision())
        await connection.execute("CREATE EXTENSION pg_trgm SCHEMA public")
        await asyncio.to_thread(migrate.upgrade, url, migrate.newest_revision())
    finally:
        await connection.execute(f"DROP OWNED BY {PLAIN} CASCADE; DROP ROLE {PLAIN}")
        await connection.close()


async def test_migration_names_an_extension_in_another_schema(empty_database_url: str) -> None:
    connection = await asyncpg.connect(empty_database_url)
    await connection.execute("CREATE SCHEMA extensions; CREATE EXTENSION pg_trgm SCHEMA extensions")
    with pytest.raises(InvalidInput, match="ALTER EXTENSION pg_trgm SET SCHEMA public"):
        await asyncio.to_thread(migrate.upgrade, empty_database_url)
    await connection.execute("ALTER EXTENSION pg_trgm SET SCHEMA public")
    await asyncio.to_thread(migrate.upgrade, empty_database_url)
    await connection.close()
