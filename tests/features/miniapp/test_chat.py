"""Mini App: presses on the page are handled by the handlers of the chat, and results appear in the chat."""

from __future__ import annotations

import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import chain
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
from playwright.async_api import Page, ViewportSize
from pydantic import SecretStr

from bot import callbacks
from features.miniapp.chat.presses import COMMAND_WORDS
from features.miniapp.ports import PRESSES_KEY
from features.miniapp.settings import mini_app_key
from subscriptions.application.dto.rooms import modules_of_features
from subscriptions.bootstrap.features import installed
from subscriptions.domain.entities.console_visit import LINK_LIVES
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.repositories.withdrawals import WITHDRAWALS_KEY
from tests.integration.bot.conftest import Phone, Stage, buttons, until
from tests.integration.bot.owning import bought
from tests.integration.bot.test_choosing import with_a_second, with_its_own_price
from tests.support.chromium import open_page, running_chromium
from tests.support.features import runs
from tests.support.mini_app import init_data, page_buttons, page_links, pressed
from tests.support.pages_seen import DESK, PHONE, complaints_everywhere
from tests.support.website import running_website


@dataclass
class App:
    """Mini App page as loaded by one person's client."""

    http: httpx.AsyncClient
    proof: str
    html: str = ""
    platform: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": self.proof, **({"Platform": self.platform} if self.platform else {})}

    async def home(self) -> str:
        answer = await self.http.get("/app/screen", headers=self.headers)
        assert answer.status_code == 200, answer.text
        self.html = answer.text
        return self.html

    async def send(self, **press: object) -> httpx.Response:
        return await self.http.post("/app/presses", json=press, headers=self.headers, timeout=60)

    async def press(self, words: str, key: str | None = None) -> str:
        """Press the button with these words as the page's script does, and return the answer."""
        sent = pressed(self.html, words)
        answer = await self.send(key=key or uuid4().hex, **sent)
        while answer.status_code == 202:
            answer = await self.send(key=key or uuid4().hex, **sent)
        assert answer.status_code == 200, answer.text
        self.html = answer.text
        return self.html


@asynccontextmanager
async def served(stage: Stage, database_url: str, **settings: str) -> AsyncIterator[httpx.AsyncClient]:
    """Run the web process and the bot, each with its own database user. settings: additional settings of both
    processes.
    """
    key = SecretStr(mini_app_key(stage.bot.token))
    stage.settings = stage.settings.model_copy(update={"mini_app_key": key, **settings})
    stage.core.settings.override(stage.settings)
    stage.core.policy.reset()
    async with (
        stage.running(),
        running_website(
            database_url,
            MINI_APP_KEY=mini_app_key(stage.bot.token),
            CLOCK_URL=f"{stage.sandbox.url}/control/clock",
            WEB_ADDRESS_REQUESTS="1000",
            **{name.upper(): value for name, value in settings.items()},
        ) as site,
        httpx.AsyncClient(base_url=site.url, timeout=60) as http,
    ):
        yield http


def opened(stage: Stage, http: httpx.AsyncClient, phone: Phone, language: str = "es", platform: str = "") -> App:
    data = init_data(phone.id, stage.core.clock().now(), token=stage.bot.token, language=language)
    return App(http, f"tma {data}", platform=platform)


async def test_purchase_started_on_the_mini_app_page_is_reported_in_the_chat(stage: Stage, database_url: str) -> None:
    async with served(stage, database_url) as http:
        ana = await stage.person()
        await ana.start()
        await ana.said("Bienvenido")
        app = opened(stage, http, ana)
        assert "Retabet" in await app.home()
        card = await app.press("Retabet")
        assert "mayor de 18 años" in card
        assert "No tienes ninguna suscripción que cancelar" in await app.press("/cancelar"), "as a word in Telegram"
        await app.home()
        await app.press("Retabet")
        assert stage.gateway.requests == [], "nothing is asked of a provider before the terms are accepted"
        before = len(await ana.messages())

        payment = await app.press("Suscribirse")
        assert "Pulsa aquí para completar el pago" in payment
        assert page_links(app.html) == ["https://pay.example/memory/1"]
        assert (stage.gateway.requests[0].telegram_id, stage.gateway.requests[0].plan) == (ana.id, "retabet")
        assert len(await ana.messages()) == before, "the page's messages stand in the page alone"
        async with stage.core.units()() as uow:
            customer = await uow.customers.by_telegram_id(TelegramId(ana.id))
            assert customer is not None
            assert customer.has_accepted("1")
            (order,) = await uow.orders.open_of(customer.id)
            (attempt,) = await uow.orders.attempts(order.id)
        assert attempt.message_id is None, "no message of the chat leads to it"
        assert "https://pay.example/memory/1" in await app.home()


async def test_menu_button_is_labelled_in_the_customers_language(stage: Stage, database_url: str) -> None:
    async with served(stage, database_url):
        ana, kim = await stage.person(), await stage.person("Kim", language_code="en")
        await ana.start()
        await ana.said("Bienvenido")
        await kim.start()
        await kim.said("Welcome")
        await until(lambda: _is_named(stage, kim, "My access"), "the button speaks English")
        assert await _is_named(stage, ana, "Mi acceso")

        await kim.send("/idioma")
        await kim.press(await kim.said("Which language"), button="🇪🇸 Español")
        await until(lambda: _is_named(stage, kim, "Mi acceso"), "the button speaks Spanish")


async def _is_named(stage: Stage, phone: Phone, name: str) -> bool:
    """Return True if the menu button on the person's phone has this name."""
    state = (await stage.http.get("/state")).json()
    of_all = next(bot["menu"] for bot in state["bots"] if bot["id"] == stage.bot.id)
    return name == next(chat.get("menu", of_all) for chat in state["chats"] if chat["person"] == phone.id)


async def test_phone_offers_and_accepts_telegram_stars_only(stage: Stage, database_url: str) -> None:
    with_a_second(stage)
    await with_its_own_price(stage)
    async with served(stage, database_url, telegram_currency_alone_on_phones="on") as http:
        ana = await stage.person()
        desk, phone = (opened(stage, http, ana, platform=each) for each in ("tdesktop", "ios"))
        for app in (desk, phone):
            await app.home()
            await app.press("Retabet")
        # The only remaining provider has no alternative.
        assert "Pago " not in phone.html
        assert "Pulsa aquí" in await phone.press("Suscribirse")
        assert page_links(phone.html) == ["https://pay.example/second_way/1"]
        assert "pay_memory_retabet" not in phone.html

        assert "Pago second_way · 1500\xa0⭐" in desk.html
        await desk.press("Suscribirse")
        await desk.press("Pagar de otra forma")
        assert [each["text"] for each in page_buttons(desk.html)][:2] == [
            "Pago memory · 29,99\xa0€ · al instante",
            "Pago second_way · 1500\xa0⭐ · al instante",
        ]
        # A button that was rendered elsewhere buys nothing here, and the answer says what to do.
        phone.html = desk.html
        refusal = await phone.press("Pago memory")
        assert "esta página solo admite ⭐, la moneda de Telegram" in refusal
        assert "en el chat con el bot, o abriendo esta página en un ordenador" in refusal
        assert page_buttons(refusal)[0]["text"] == "Pago second_way · 1500\xa0⭐ · al instante"
        assert len(stage.gateway.requests) == 1, "that of the desk"

        await desk.press("Pago memory")
        elsewhere = page_links(desk.html)
        assert elsewhere == ["https://pay.example/memory/1"]
        assert elsewhere[0] in await desk.home()
        assert elsewhere[0] not in await phone.home()
        assert page_links(phone.html) == ["https://pay.example/second_way/1"]
        # The page shows this button to customers who left a chat.
        phone.html = '<button data-press="status">Volver a entrar</button>'
        assert elsewhere[0] not in await phone.press("Volver a entrar")
        assert page_links(phone.html)[0] == "https://pay.example/second_way/1"

        if runs("gifts"):
            for app in (desk, phone):
                await app.home()
                await app.press("Retabet")
                await app.press("Regalar")
            assert "Pago memory" not in phone.html
            phone.html = desk.html
            assert "esta página solo admite ⭐, la moneda de Telegram" in await phone.press("Pago memory")
            assert page_buttons(phone.html)[0]["text"].startswith("Pago second_way")

        await phone.home()
        assert "Sportium" in await phone.press("Sportium")
        assert "este plan no se vende así" in await phone.press("Suscribirse"), "it has no price in Stars"


async def test_repeated_press_on_the_page_is_processed_once(stage: Stage, database_url: str) -> None:
    async with served(stage, database_url) as http:
        ana = await stage.person()
        app = opened(stage, http, ana)
        await app.home()
        card, key = await app.press("Retabet"), uuid4().hex
        first = await app.press("Suscribirse", key)
        app.html = card
        assert await app.press("Suscribirse", key) == first
        assert len(stage.gateway.requests) == 1


async def test_only_buttons_shown_on_the_visitors_own_page_can_be_pressed(stage: Stage, database_url: str) -> None:
    async with served(stage, database_url) as http:
        ana, bea = await stage.person("Ana"), await stage.person("Bea")
        anas, beas = opened(stage, http, ana), opened(stage, http, bea)
        await anas.home()
        await anas.press("Retabet")
        shown = next(each for each in page_buttons(anas.html) if "Suscribirse" in each["text"])
        for app, press in (
            (beas, {"data": shown["press"], "before": shown["before"], "place": 0}),
            (anas, {"data": "panel", "before": shown["before"], "place": 0}),
            (anas, {"data": "erase_data_now"}),
            (anas, {"data": "/start vip"}),
        ):
            answer = await app.send(key=uuid4().hex, **press)
            assert answer.status_code == 200
            assert "Ese botón ya no funciona" in answer.text, press
        for wrong in ({}, {"key": "short", "data": "status"}, {"key": "k" * 32, "data": "x" * 65}):
            assert (await anas.send(**wrong)).status_code == 422
        assert stage.gateway.requests == []


async def test_subscription_is_canceled_and_the_cancellation_undone_on_the_page(
    stage: Stage, database_url: str
) -> None:
    async with served(stage, database_url) as http:
        ana = await stage.person()
        await bought(stage, ana)
        app = opened(stage, http, ana)
        await app.home()
        assert "Activa" in await app.press("Gestionar")
        assert "Mantendrás el acceso hasta el" in await app.press("Cancelar la suscripción")
        assert "Cancelada, sin más cobros" in await app.press("Sí, cancelar")
        await ana.said("está cancelada.")
        assert "Activa" in await app.press("Deshacer")
        await ana.said("sigue activa")
        async with stage.core.units()() as uow:
            customer = await uow.customers.by_telegram_id(TelegramId(ana.id))
            assert customer is not None
            assert (await uow.subscriptions.of_customer(customer.id))[0].renews
        for feature, button, words in (("receipts", "Recibos", "Aún no tienes"), ("withdrawals", "Desistir", "29,99")):
            await app.home()
            assert not runs(feature) or words in await app.press(button)


async def test_declaration_before_paying_is_a_checkbox_of_the_page(stage: Stage, database_url: str) -> None:
    async with served(stage, database_url, withdrawal_declarations="content") as http:
        ana = await stage.person()
        app = opened(stage, http, ana)
        await app.home()
        await app.press("Retabet")
        methods = await app.press("Suscribirse")
        assert methods.count('role="checkbox" aria-checked="false"') == 2, "nothing is ticked before somebody does"
        ticked = await app.press("Pido empezar ya")
        assert (ticked.count('aria-checked="true"'), ticked.count('aria-checked="false"')) == (1, 1)
        await app.press("29,99")
        assert page_links(app.html) == ["https://pay.example/memory/1"]
        async with stage.core.units()() as uow:
            customer = await uow.customers.by_telegram_id(TelegramId(ana.id))
            assert customer is not None
            (order,) = await uow.orders.open_of(customer.id)
            (declared,) = await uow.of(WITHDRAWALS_KEY).declarations_of(order.id)
        assert (declared.begins, declared.acknowledges) == (True, False)
        assert "Pierdo el derecho de desistimiento" in declared.words


async def test_language_chosen_on_the_page_is_stored_and_requested_documents_are_sent_to_the_chat(
    stage: Stage, database_url: str
) -> None:
    async with served(stage, database_url) as http:
        ana = await stage.person()
        await ana.start()
        await ana.said("Bienvenido")
        app = opened(stage, http, ana)
        await app.home()
        await app.press("Idioma")
        assert "English" in await app.press("English")
        assert "Language and time" in await app.home()
        await app.press("My data")
        assert "The document is in the chat" in await app.press("Get my data")
        assert [call["params"]["chat_id"] for call in await stage.calls("sendDocument")] == [str(ana.id)]


async def test_link_from_the_chat_opens_the_page_in_a_browser_once(stage: Stage, database_url: str) -> None:
    async with served(stage, database_url) as http:
        ana = await stage.person()
        await ana.start()
        await ana.said("Bienvenido")

        async def link() -> str:
            await ana.send("/pagina")
            seen = max(each["seq"] for each in await ana.messages())
            shown = await ana.said("Tu página", after=seen - 1)
            return str(buttons(shown)["🌐 Abrir en el navegador"]["url"]).partition("#link=")[2]

        secret = await link()
        app = App(http, "visit")
        assert (await app.http.get("/app/screen", headers={"Authorization": "visit"})).status_code == 401
        foreign = await http.post("/app/enter", json={"link": secret}, headers={"Origin": "null"})
        assert foreign.status_code == 401, "another site's page sends the link"
        assert (await http.post("/app/enter", json={"link": secret})).status_code == 204
        assert "Retabet" in await app.home()
        assert "Tus datos" in await app.press("Mis datos")

        cookie = dict(http.cookies)
        refused = await http.get("/app/screen", headers={"Authorization": "visit", "Sec-Fetch-Site": "cross-site"})
        assert refused.status_code == 401, "another site's page asks"
        assert (await http.get("/app/screen")).status_code == 401, "the cookie alone proves nothing"
        assert (await http.post("/app/enter", json={"link": secret})).status_code == 401, "a link opens once"
        late = await link()
        await stage.http.post("/clock/advance", json={"seconds": int(LINK_LIVES.total_seconds()) + 1})
        await until(lambda: _refused(http, late), "the link runs out")
        assert dict(http.cookies) == cookie


async def visiting(stage: Stage, http: httpx.AsyncClient, phone: Phone) -> App:
    """Return the page in a browser outside Telegram, opened by a link from the chat."""
    await phone.send("/pagina")
    shown = await phone.said("Tu página")
    secret = str(buttons(shown)["🌐 Abrir en el navegador"]["url"]).partition("#link=")[2]
    assert (await http.post("/app/enter", json={"link": secret})).status_code == 204
    return App(http, "visit")


def chat_presses() -> list[str]:
    """Return the callback data of a button of every kind in the chat, and every command."""
    samples = {"soft_id": "retabet", "provider": "memory", "order": "0" * 32, "receipt": "0" * 32, "record": "0" * 32}
    samples |= {"access": "0" * 32, "sweep": "0" * 32, "subscription": "0123ABCD", "as_of": "1", "code": "A" * 16}
    samples |= {"promotion": "VERANO", "language_code": "en", "zone_name": "Europe/Madrid", "country": "ES"}
    samples |= {
        "stage": "1",
        "resource": "vip",
        "reason": "price",
        "step": "pause",
        "way": "pay",
        "answer": "go",
        "gift": "",
    }
    found = [
        value
        for name, value in vars(callbacks).items()
        if name.isupper() and name[0] != "_" and isinstance(value, str) and not name.endswith("_PATTERN")
    ]
    of_features = [vars(module).items() for word in ("screens", "callbacks") for module in modules_of_features(word)]
    for name, pattern in chain(vars(callbacks).items(), *of_features):
        if name.endswith("_PATTERN"):
            data = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)\??", lambda field: samples[field[1]], pattern)
            data = re.sub(r"\(\?:([^()|]*)[^()]*\)\??", r"\1", data)
            assert re.fullmatch(pattern, data), (name, data)
            found.append(data)
    return [*found, *sorted(COMMAND_WORDS)]


WORDS = "status manage ways_in why receipts my_data export_data help /historial /ayuda"
OF_FEATURES = {"receipts": "receipts", f"invoice_{'0' * 32}": "receipts", f"issued_{'0' * 32}": "invoices"}
READING = {*WORDS.split(), *(f"{kind}_{'0' * 32}" for kind in ("invoice", "issued"))}


def presses_of_removed() -> set[str]:
    """Return the callback data of buttons of features whose folders do not exist."""
    return {press for press, feature in OF_FEATURES.items() if feature not in installed().features}


async def test_customer_in_a_plain_browser_cannot_buy_change_or_cancel(stage: Stage, database_url: str) -> None:
    """Every press that changes something is refused; with a forged cookie, every press is refused."""
    presses = chat_presses()
    assert len(presses) > 80
    assert READING - {"/historial"} - presses_of_removed() < set(presses)
    async with served(stage, database_url) as http:
        ana = await stage.person()
        await bought(stage, ana)
        page = await visiting(stage, http, ana)
        await page.home()
        refused = set[str]()
        for data in presses:
            if data in READING:
                continue
            answer = await page.send(key=uuid4().hex, data=data)
            assert answer.status_code == 403, (data, answer.text)
            refused.add(data)
        assert refused == set(presses) - READING
        assert {"subscribe_retabet", "plan_select_retabet", "cancel_retabet", "confirm_cancel", "withdraw"} < refused
        async with stage.core.units()() as uow:
            customer = await uow.customers.by_telegram_id(TelegramId(ana.id))
            assert customer is not None
            assert (
                await uow.of(PRESSES_KEY).count_waiting(TelegramId(ana.id), stage.core.clock().now() - LINK_LIVES) == 0
            )
            assert not await uow.orders.open_of(customer.id)
            (subscription,) = await uow.subscriptions.of_customer(customer.id)
        assert subscription.status is SubscriptionStatus.ACTIVE

        (name, value), *_ = http.cookies.items()
        for forged in (value[:-1] + ("0" if value[-1] != "0" else "1"), f"{'A' * 43}.{'0' * 64}", "x", ""):
            async with httpx.AsyncClient(base_url=http.base_url, cookies={name: forged}) as foreign:
                for data in ("status", "subscribe_retabet", "confirm_cancel_retabet"):
                    press = {"key": uuid4().hex, "data": data}
                    answer = await foreign.post("/app/presses", json=press, headers={"Authorization": "visit"})
                    assert answer.status_code == 401, (forged, data)


async def test_plain_browser_shows_data_and_links_to_the_chat(stage: Stage, database_url: str) -> None:
    async with served(stage, database_url) as http:
        ana = await stage.person()
        await bought(stage, ana)
        page = await visiting(stage, http, ana)
        home = await page.home()
        bot = f"https://t.me/{stage.bot.username}?start="
        links = set(re.findall(r'href="([^"]+)"', home))
        assert {f"{bot}plan_sportium", f"{bot}status"} <= links
        assert (f"{bot}withdraw" in links) is runs("withdrawals")
        pressable = set(re.findall(r'data-press="([^"]+)"', home))
        assert pressable <= READING
        card = await page.press("Gestionar")
        assert "Próximo cobro" in card or "Activa" in card
        assert set(re.findall(r'data-press="([^"]+)"', card)) <= READING
        assert f"{bot}status" in page_links(card)
        assert "Seguir en el chat" in card
        assert "Cancelar la suscripción" not in card


async def test_plan_can_be_bought_in_a_browser_if_the_operator_enables_browser_sales(
    stage: Stage, database_url: str
) -> None:
    async with served(stage, database_url, browser_sales="on") as http:
        ana = await stage.person()
        await ana.start()
        await ana.said("Bienvenido")
        page = await visiting(stage, http, ana)
        await page.home()
        assert "mayor de 18 años" in await page.press("Retabet")
        assert "Pulsa aquí para completar el pago" in await page.press("Suscribirse")


async def _refused(http: httpx.AsyncClient, secret: str) -> bool:
    return (await http.post("/app/enter", json={"link": secret})).status_code == 401


@pytest.mark.browser
async def test_purchase_works_in_the_browser_opened_by_telegram(
    stage: Stage, database_url: str, browser_path: str
) -> None:
    """Covers a phone and a desktop, both themes and three languages. The page's script complies with the content
    policy.
    """
    logged = list[str]()
    async with served(stage, database_url) as http, running_chromium(browser_path) as browser:
        for size, dark, language, subscribe in (
            (PHONE, False, "es", "Suscribirse"),
            (PHONE, True, "en", "Subscribe"),
            (DESK, True, "pt", "Subscrever"),
            (DESK, False, "es", "Suscribirse"),
        ):
            ana = await stage.person(language_code=language)
            app = opened(stage, http, ana, language)
            theme = json.dumps({"bg_color": "#17212b" if dark else "#ffffff"})
            page = await open_page(browser, viewport=size)
            page.on("console", lambda line: logged.append(line.text))
            await page.add_init_script(
                "window.told = [];"
                " window.TelegramWebviewProxy = {postEvent: (name, data) => window.told.push([name, JSON.parse(data)])}"
            )
            data = quote(app.proof.removeprefix("tma "))
            await page.goto(f"{http.base_url}/app#tgWebAppData={data}&tgWebAppThemeParams={quote(theme)}")
            await page.get_by_role("button", name="🎰 Retabet").click()
            await page.get_by_role("button", name=subscribe).wait_for()
            assert await page.evaluate("document.activeElement.tagName") == "H1"
            assert ["web_app_setup_back_button", {"is_visible": True}] in await page.evaluate("told")
            await _judged(page, size)
            await page.get_by_role("button", name=subscribe).click()
            pay = page.locator("a.button[href^='https://pay.example/']")
            await pay.wait_for()
            await _judged(page, size)
            await pay.click()
            assert (await page.evaluate("told"))[-1] == ["web_app_open_link", {"url": await pay.get_attribute("href")}]
            # Telegram itself opens an invoice over the page; the page reloads once the invoice is closed.
            await pay.evaluate("(link) => { link.href = 'https://t.me/$slug'; link.click(); }")
            assert (await page.evaluate("told"))[-1] == ["web_app_open_invoice", {"slug": "slug"}]
            # Telegram's own back button works as the page's does.
            await page.evaluate("Telegram.WebView.receiveEvent('back_button_pressed', {})")
            await page.get_by_role("button", name="🎰 Sportium").wait_for()
            assert ["web_app_setup_back_button", {"is_visible": False}] in await page.evaluate("told")
            await _judged(page, size)
            await page.close()
    assert logged == []


@pytest.mark.browser
async def test_mini_app_page_detects_a_phone(stage: Stage, database_url: str, browser_path: str) -> None:
    """The page is opened as the sandbox's phone opens it: with data signed as by Telegram, and with the name of the
    app.
    """
    with_a_second(stage)
    await with_its_own_price(stage)
    async with (
        served(stage, database_url, telegram_currency_alone_on_phones="on") as http,
        running_chromium(browser_path) as browser,
    ):
        for platform, buttons in (("ios", 1), ("android", 1), ("tdesktop", 2)):
            page, ana = await open_page(browser, viewport=PHONE), await stage.person()
            address = await ana.do("open_app", bot=ana.bot, url=f"{http.base_url}/app", platform=platform)
            await page.goto(address["url"])
            await page.get_by_role("button", name="🎰 Retabet").click()
            await page.get_by_role("button", name="Suscribirse").wait_for()
            assert await page.get_by_role("button", name="Pago second_way").count() == buttons - 1
            await page.get_by_role("button", name="Suscribirse").click()
            first = "memory" if buttons > 1 else "second_way"
            await page.locator(f"a.button[href^='https://pay.example/{first}/']").wait_for()
            assert await page.get_by_text("Pago memory").count() == 0
            await _judged(page, PHONE)
            await page.close()


@pytest.mark.browser
async def test_subscriptions_and_checkboxes_work_in_a_browser(
    stage: Stage, database_url: str, browser_path: str
) -> None:
    async with (
        served(stage, database_url, withdrawal_declarations="content") as http,
        running_chromium(browser_path) as browser,
    ):
        ana = await stage.person()
        await bought(stage, ana)
        for size in (PHONE, DESK):
            page = await open_page(browser, viewport=size)
            data = quote(opened(stage, http, ana).proof.removeprefix("tma "))
            await page.goto(f"{http.base_url}/app#tgWebAppData={data}")
            await page.get_by_role("button", name="Gestionar").click()
            await page.get_by_role("button", name="Cancelar la suscripción").wait_for()
            await _judged(page, size)
            await page.get_by_role("button", name="Volver a tu acceso").click()
            await page.get_by_role("button", name="🎰 Sportium").click()
            await page.get_by_role("button", name="Suscribirse").click()
            await page.get_by_role("checkbox", name="Pido empezar ya", checked=False).press("Space")
            ticked = page.get_by_role("checkbox", name="Pido empezar ya", checked=True)
            await ticked.wait_for()
            assert await ticked.evaluate("(box) => box === document.activeElement"), "the place is kept"
            await _judged(page, size)
            await page.close()


async def _judged(page: Page, size: ViewportSize) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert await complaints_everywhere(page) == []
    await page.set_viewport_size(size)
    if os.environ.get("PICTURES"):
        name = f"{size['width']}-{await page.evaluate('document.documentElement.dataset.theme')}-{uuid4().hex[:4]}"
        await page.screenshot(path=f"{os.environ['PICTURES']}/{name}.png", full_page=True)
