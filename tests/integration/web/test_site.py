"""Public pages and probes over HTTP, with a real database."""

from __future__ import annotations

import json
import re
import struct
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

from subscriptions.application.catalog.manage_plans import ManagePlans, NewPlan
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.ids import ChatId
from subscriptions.domain.money import Money
from tests.fakes.resources import vip as shared_vip
from tests.support.plain_http import plain_http
from tests.support.postgres import as_process
from tests.support.website import BOT, Website, running_website

PAGES = ["/", "/faq", "/terms", "/privacy", "/gracias", "/en", "/en/faq", "/en/terms", "/en/privacy", "/en/thanks"]
PAGES += ["/pt", "/pt/faq", "/pt/terms", "/pt/privacy", "/pt/thanks"]
NOWHERE = "postgresql://nobody:nothing@127.0.0.1:9/none"
LINK = re.compile(r'(?:href|src)="([^"]+)"')


async def test_pages_show_the_contents_of_the_database(client: httpx.AsyncClient) -> None:
    for path in PAGES:
        await check_page_shows_the_database(client, path)


async def check_page_shows_the_database(client: httpx.AsyncClient, path: str) -> None:
    """Assert that a page links to the bot named in the database, contains no form, sets no cookie and has the security
    headers.
    """
    answer = await client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert f'href="https://t.me/{BOT}"' in answer.text
    assert "<form" not in answer.text
    assert (await client.head(path)).status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in answer.headers


async def test_prices_on_the_site_come_from_the_database(client: httpx.AsyncClient) -> None:
    spanish, english, portuguese = [(await client.get(path)).text for path in ("/", "/en", "/pt")]
    # The first screen, its sample chat, and the cards.
    assert spanish.count("29,99\xa0€/mes") == english.count("€29.99/month") == 1 + 3 + 3
    assert portuguese.count("29,99\xa0€/mês") == 1 + 3 + 3
    for name in ("🎰 Retabet", "⚽ Sportium", "🎲 Bet365"):
        assert name in spanish


async def test_plan_with_the_vip_channel_is_on_the_page(site: Website, client: httpx.AsyncClient) -> None:
    core = site.container.core
    plan = NewPlan(
        name="VIP Mensual",
        emoji="💎",
        description="Todo.",
        price=Money(999, "USD"),
        opens=("vip",),
        duration_days=30,
    )
    assert await ManagePlans(core.units(), core.clock()).add_if_new(plan)
    async with core.units()() as uow:
        await uow.channels.add_if_new(Channel.for_resource(shared_vip(), ChatId(-1001), "VIP", core.clock().now()))
        await uow.commit()
    page = await client.get("/")
    assert page.status_code == 200
    assert "Canal compartido con los demás clientes del plan" in page.text
    assert "Desde <strong>9,99\xa0US$ · 30 días</strong>" in page.text


async def test_every_internal_link_resolves(client: httpx.AsyncClient) -> None:
    found = {link for path in PAGES for link in LINK.findall((await client.get(path)).text)}
    outside = {link for link in found if urlsplit(link).netloc and not link.startswith("http://127.0.0.1:8000")}
    starts = {f"https://t.me/{BOT}?start=plan_{plan}" for plan in ("retabet", "sportium", "bet365")}
    assert outside == {f"https://t.me/{BOT}", *starts}
    for link in sorted(found - outside):
        if not link.startswith("#"):
            parts = urlsplit(link)
            answer = await client.get(f"{parts.path or '/'}?{parts.query}")
            assert answer.status_code == 200, link


async def test_page_after_a_checkout_uses_the_visitors_language(client: httpx.AsyncClient) -> None:
    english = await client.get("/gracias", headers={"Accept-Language": "en-US,en;q=0.9,es;q=0.8"})
    assert "Go back to Telegram" in english.text
    assert english.headers["vary"] == "Accept-Language"
    for spoken, back in (("pt-PT,pt;q=0.9,en;q=0.8", "Volta ao Telegram"), ("pt-BR", "Volte ao Telegram")):
        assert back in (await client.get("/gracias", headers={"Accept-Language": spoken})).text
    for spoken in ("es-ES,es;q=0.9,en;q=0.8", "de", ""):
        assert "Vuelve a Telegram" in (await client.get("/gracias", headers={"Accept-Language": spoken})).text
    assert "Elige" in (await client.get("/", headers={"Accept-Language": "en"})).text


async def test_root_page_redirects_to_the_browsers_language(client: httpx.AsyncClient) -> None:
    entering = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "none"}
    for spoken, path in (("en-US,en;q=0.9", "/en"), ("pt-PT", "/pt"), ("pt-BR,pt;q=0.9", "/pt-br")):
        answer = await client.get("/", headers={**entering, "Accept-Language": spoken}, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (302, path)
        assert "Accept-Language" in answer.headers["vary"]
    chosen = {**entering, "Sec-Fetch-Site": "same-origin", "Accept-Language": "en"}
    for headers in ({**entering, "Accept-Language": "es-ES"}, {**entering, "Accept-Language": "de"}, chosen, {}):
        answer = await client.get("/", headers=headers, follow_redirects=False)
        assert (answer.status_code, "Elige" in answer.text) == (200, True)
    english = await client.get("/en", headers={**entering, "Accept-Language": "es"}, follow_redirects=False)
    assert english.status_code == 200, "another address names its language itself"


async def test_landing_page_links_to_no_bot_before_the_bot_username_is_known(database_url: str) -> None:
    async with (
        running_website(database_url, BRAND_NAME="<b>&_* \"Reta' 💎", BRAND_ACCENT="#ffee00") as site,
        plain_http(base_url=site.url) as client,
    ):
        page = (await client.get("/")).text
        assert "Estamos preparando el bot" in page
        assert "t.me/" not in page
        assert "&lt;b&gt;&amp;_* &#34;Reta&#39; 💎" in page
        shown = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
        assert [json.loads(each).get("name") for each in shown].count("<b>&_* \"Reta' 💎") >= 1
        assert "<b>" not in page
        assert "--accent: light-dark(#" in (await client.get("/brand.css")).text
        await site.set_bot("OtroBot")
        assert 'href="https://t.me/OtroBot"' in (await client.get("/")).text


FOR_MACHINES = [
    ("/brand.css", "text/css", "--on-accent"),
    ("/brand.svg", "image/svg+xml", "<svg"),
    ("/favicon.ico", "image/svg+xml", "<svg"),
    ("/robots.txt", "text/plain", "Sitemap: http://127.0.0.1:8000/sitemap.xml"),
    ("/sitemap.xml", "application/xml", "<loc>http://127.0.0.1:8000/en/faq</loc>"),
    ("/sitemap.xml", "application/xml", "<loc>http://127.0.0.1:8000/pt/faq</loc>"),
    ("/static/css/base.css", "text/css", "--text"),
    ("/healthz", "application/json", "ok"),
]


async def test_files_for_search_engines_and_programs_are_served_with_their_content_types(
    client: httpx.AsyncClient,
) -> None:
    for path, kind, words in FOR_MACHINES:
        answer = await client.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["content-type"].startswith(kind)
        assert words in answer.text


async def test_each_text_response_states_its_charset(client: httpx.AsyncClient) -> None:
    pages = ("/", "/en", "/brand.svg", "/en/nothing-here")
    for path in (*(path for path, kind, _ in FOR_MACHINES if "json" not in kind), *pages):
        kind = (await client.get(path)).headers["content-type"]
        assert kind.lower().endswith("charset=utf-8"), (path, kind)


async def test_png_pictures_are_served(client: httpx.AsyncClient) -> None:
    for path, size in (("/apple-touch-icon.png", (180, 180)), ("/icon-512.png", (512, 512))):
        answer = await client.get(path)
        assert answer.headers["content-type"] == "image/png"
        assert struct.unpack(">II", answer.content[16:24]) == size
    (url,) = re.findall(r'og:image" content="http://127.0.0.1:8000([^"]*)"', (await client.get("/en")).text)
    picture = await client.get(url)
    assert struct.unpack(">II", picture.content[16:24]) == (1200, 630)
    assert picture.content == (await client.get(url)).content
    assert picture.content != (await client.get("/preview-es.png")).content


async def test_metrics_and_readiness_are_served_at_the_operators_address_only(
    site: Website, client: httpx.AsyncClient
) -> None:
    for path in ("/metrics", "/readyz"):
        assert (await client.get(path)).status_code == 404
    async with plain_http(base_url=site.ops, timeout=90) as operator:
        assert (await operator.get("/readyz")).json() == {"status": "ready"}
        figures = (await operator.get("/metrics")).text
        assert "# TYPE umbral_webhooks_pending gauge" in figures
        assert "# TYPE umbral_webhooks_refused_total counter" in figures
        assert "\numbral_web_connections " in figures
        assert (await operator.get("/")).status_code == 404


async def test_missing_page_returns_404_as_html_for_browsers_and_as_json_under_api(client: httpx.AsyncClient) -> None:
    for path, words in (("/nada", "Esta página no existe"), ("/en/nothing", "This page doesn&#39;t exist")):
        answer = await client.get(path)
        assert answer.status_code == 404
        assert words in answer.text
    for path in ("/api/nothing", "/webhooks/a/b", "/static/../app.py", "/static/nothing.css"):
        assert (await client.get(path)).status_code == 404
    assert (await client.get("/api/nothing")).json()["detail"] == "Not Found"
    assert (await client.get("/docs")).status_code == (await client.get("/openapi.json")).status_code == 404


async def test_redirect_ignores_the_host_header(client: httpx.AsyncClient) -> None:
    for path, target in (("/faq/", "/faq"), ("/en/faq/", "/en/faq"), ("/en/", "/en")):
        answer = await client.get(path, headers={"Host": "evil.example"})
        assert (answer.status_code, answer.headers["location"]) == (308, target)
    for path in ("/nada/", "/static", "/webhooks/stripe/", "/api/picks/"):
        answer = await client.get(path, headers={"Host": "evil.example"})
        assert answer.status_code in {401, 404, 405}, path
        assert "evil.example" not in str(answer.headers), path


async def test_missing_database_is_reported_without_leaking_details() -> None:
    async with running_website(NOWHERE) as site, plain_http(base_url=site.url) as client:
        assert (await client.get("/healthz")).status_code == 200
        for path in ("/", "/en/faq", f"{site.ops}/readyz", f"{site.ops}/metrics"):
            answer = await client.get(path)
            assert answer.status_code == 503, path
            for inside in ("Traceback", "asyncpg", "nobody", "postgresql"):
                assert inside not in answer.text
        assert "Ahora mismo no podemos" in (await client.get("/")).text
        assert int((await client.get("/")).headers["retry-after"]) > 0


@pytest.mark.parametrize("table", ["customers", "service_plans", "webhook_inbox"])
async def test_locked_table_is_reported(database_url: str, table: str) -> None:
    async with running_website(database_url) as site, plain_http(base_url=site.url, timeout=60) as client:
        connection = await asyncpg.connect(as_process(database_url, "worker"))
        async with connection.transaction():
            await connection.execute(f"LOCK TABLE {table}")
            assert (await client.get(f"{site.ops}/readyz")).status_code == 503
            for address in (f"{site.ops}/healthz", "/healthz"):
                answer = await client.get(address)
                assert (answer.status_code, answer.json()["status"]) == (200, "the database does not answer")
        await connection.close()


async def test_style_sheets_are_compressed_for_clients_that_accept_compression(client: httpx.AsyncClient) -> None:
    path = "/static/css/base.css"
    plain = await client.get(path, headers={"Accept-Encoding": "identity"})
    packed = await client.get(path, headers={"Accept-Encoding": "gzip"})

    assert "content-encoding" not in plain.headers
    assert (packed.headers["content-encoding"], packed.text) == ("gzip", plain.text)
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert "Accept-Encoding" in packed.headers["vary"]
