"""Partners in the console and the API, in each state of the feature (on, draining, off)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from subscriptions.domain.entities.customer import StaffRole
from tests.fakes.samples import NOON
from tests.fakes.selling import Sale, selling
from tests.integration.web.conftest import olga, sale, site
from tests.support.api_client import NEEDS_API
from tests.support.console_visitor import Visitor, hire, visiting
from tests.support.features import all_but
from tests.support.plain_http import plain_http
from tests.support.website import Website, running_website

__all__ = ["olga", "sale", "site"]

OFF = all_but("partners")
LISTS = ("/partners", "/owed", "/statement")
TERMS = {"code": "SOCIA", "commission": "20 %", "when": "each"}


@asynccontextmanager
async def console(database_url: str, **settings: str) -> AsyncIterator[tuple[Visitor, Website]]:
    """Yield a console visitor who is signed in as an owner, and the website, in an installation with these settings."""
    async with running_website(database_url, **settings) as website:
        await hire(website, StaffRole.OWNER)
        async with visiting(website) as visitor:
            await visitor.enter()
            yield visitor, website


async def sold(website: Website) -> Sale:
    """Create a customer who bought a plan."""
    async with website.container.core.units()() as uow:
        made = await selling(uow)
        await uow.commit()
    return made


async def test_partners_are_hidden_while_the_feature_is_off(database_url: str) -> None:
    async with console(database_url, **OFF) as (owner, website):
        made = await sold(website)
        menu = await owner.menu()
        card = await owner.page(f"/customers/{made.customer.id}")
        for path in LISTS:
            assert path not in menu
            await owner.page(path, 404)
        assert "add_partner" not in card
        await owner.page(f"/do/add_partner/{made.customer.id}", 404)


async def test_partner_lists_and_command_are_shown_while_the_feature_is_on(database_url: str) -> None:
    async with console(database_url) as (owner, website):
        made = await sold(website)
        menu = await owner.menu()
        for path in LISTS:
            assert path in menu
            await owner.page(path)
        assert "add_partner" in await owner.page(f"/customers/{made.customer.id}")


async def test_draining_feature_shows_partners_and_adds_no_new_partner(database_url: str) -> None:
    async with console(database_url) as (owner, website):
        made = await sold(website)
        await owner.do("add_partner", made.customer.id, **TERMS)
    async with console(database_url, **OFF) as (owner, website):
        assert website.container.core.features().now.left["partners"] == {"partner accounts": 1}
        for path in LISTS:
            await owner.page(path)
        listed = await owner.page("/partners")
        card = await owner.page(f"/customers/{made.customer.id}")
        audit = await owner.page("/audit")
        assert "SOCIA" in listed
        assert "end_partner" in listed
        assert "add_partner" not in card
        assert "añadió o cambió un afiliado" in audit
        await owner.do("end_partner", "SOCIA")
    async with console(database_url, **OFF) as (owner, website):
        assert "partners" not in website.container.core.features().now.left
        assert "añadió o cambió un afiliado" in await owner.page("/audit")
        await owner.page("/partners", 404)


async def test_refused_self_referrals_are_listed_in_the_audit_log_with_partner_and_reason(
    olga: Visitor, site: Website, sale: Sale
) -> None:
    async with site.container.core.units()() as uow:
        for why in ("own", "circle", "same_card", "same_person"):
            await uow.audit.record(
                actor="system",
                action="partner.refuse",
                subject=str(sale.customer.id),
                reason=why,
                at=NOON,
                facts={"code": "SOCIA"},
            )
        await uow.commit()
    await olga.do("note", sale.customer.id, text="otra cosa")
    listed = await olga.page("/audit?state=self_dealing")
    for said in (
        "autorreferencias de afiliados",
        "SOCIA",
        "abrió su propio enlace",
        "es el enlace de alguien a quien recomendó",
        "pagó la tarjeta o cuenta del afiliado",
        "la misma tarjeta o cuenta ya pagó por otra persona que trajo",
    ):
        assert said in listed, said
    assert "otra cosa" not in listed


async def paths_described(database_url: str, **settings: str) -> list[str]:
    """Return the paths about partners in the API's description."""
    async with running_website(database_url, **settings) as website, plain_http(base_url=website.url) as client:
        document = (await client.get("/api/v1/openapi.json")).json()
    return [path for path in document["paths"] if "partner" in path]


@NEEDS_API
async def test_api_describes_commands_only_while_the_feature_is_loaded(database_url: str) -> None:
    assert "/api/v1/partners/{partner}/end" in await paths_described(database_url)
    assert await paths_described(database_url, **OFF) == []
