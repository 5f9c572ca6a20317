"""An operator's day in the web console, from the installation to the first broadcast, in a browser and without a shell.

The shop has just been installed. The owner's actions are verified by their effects elsewhere: in the chats of a staff
member and a customer, in a program with an API key, and at a webhook endpoint.
"""

from __future__ import annotations

import re
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, Literal

import httpx
import pytest
from playwright.async_api import Browser, ViewportSize, expect

from tests.support.chromium import open_page, running_chromium
from tests.support.demo import Demo, Person, eventually
from tests.support.hands import Hands, Keyboard, Pointer
from tests.support.pages_seen import DESK, PHONE, complaints
from web.console.index import pages
from web.console.said import command_text
from web.console.words import Words, words_for

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.exhaustive]

LANGUAGES: Final = {"es": "Español", "en": "English"}
Theme = Literal["light", "dark"]
SIZES: Final = {"phone": PHONE, "desk": DESK}
NOT_IN_A_HURRY: Final = [
    pytest.param(size, theme, language, Pointer, id=f"{size}-{theme}-{language}", marks=pytest.mark.long)
    for size in SIZES
    for theme in ("light", "dark")
    for language in LANGUAGES
    if (size, theme, language) != ("phone", "dark", "es")
]


@pytest.fixture
async def browser(browser_path: str) -> AsyncIterator[Browser]:
    """Run a Chromium for one test."""
    async with running_chromium(browser_path) as browser:
        yield browser


@contextmanager
def program() -> Iterator[tuple[str, list[str]]]:
    """Run a webhook endpoint that accepts events at `/hook` only. Yields its URL and the accepted events."""
    taken: list[str] = []

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            if self.path == "/hook":
                taken.append(body)
            self.send_response(204 if self.path == "/hook" else 404)
            self.end_headers()

        def log_message(self, *words: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", taken
        finally:
            server.shutdown()
            serving.join()


class Day:
    """An operator's day in the console.

    hands: helper that operates the browser; t: texts of the console; name: part of the name of everything created on
        this day.
    """

    def __init__(self, demo: Demo, hands: Hands, t: Words, name: str) -> None:
        self.demo, self.hands, self.page, self.t, self.name = demo, hands, hands.page, t, name
        self.owner = Person(demo, int(demo.facts["admin_id"]))
        self.seen: set[str] = set()

    def does(self, command: str) -> str:
        """Return the button label of a staff command."""
        return command_text(self.t, command, "do")

    def field(self, name: str) -> str:
        """Return the label of a form field."""
        return self.t(f"chat.commands.field.{name}")

    async def look(self) -> None:
        """Assert that the page has no accessibility violations and fits the screen. Checks each page and form once."""
        page = re.sub(r"[0-9a-f-]{32,}", "{id}", self.page.url.partition("?")[0])
        if page in self.seen:
            return
        self.seen.add(page)
        assert await complaints(self.page) == [], page
        width = await self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert width <= 0, page

    async def go_to(self, name: str) -> None:
        section = next(page.section for page in pages() if page.name == name)
        await self.hands.go_to(self.t(f"section.{section}"), self.t(f"page.{name}"), self.t("frame.menu"))
        await expect(self.page.get_by_role("heading", level=1)).to_have_text(self.t(f"page.{name}"))
        await self.look()

    async def open(self, command: str, *, beside: str = "") -> None:
        """Open the form of a staff command, or its preview."""
        await self.hands.press(self.does(command), beside=beside)
        await expect(self.page.get_by_role("heading", level=1)).to_have_text(self.does(command))
        await self.look()

    async def save(self) -> None:
        await self.hands.press(self.t("frame.save"))

    async def confirm(self, command: str, *, shown: str = "") -> None:
        """Run the staff command, after a preview if the form was not previewed yet. shown: text that the preview
        contains.
        """
        if not await self.page.locator(".sure").is_visible():
            await self.hands.press(self.t("frame.look"))
            await expect(self.page.locator(".sure")).to_be_visible()
            await self.look()
        if shown:
            await expect(self.page.locator("main")).to_contain_text(shown)
        await self.hands.press(self.t("frame.confirm", what=self.does(command)))
        await expect(self.page.get_by_role("status")).to_be_visible()

    async def secret(self) -> str:
        """Return the secret that the page shows once."""
        await self.look()
        return await self.page.locator("#made").input_value()

    async def come_in(self) -> None:
        self.owner.send("/language")
        mine = LANGUAGES[self.t.language]
        self.owner.press(self.owner.received("", button=mine), mine)
        after = self.owner.messages()[-1]["seq"]
        self.owner.send("/panel")
        link = re.search(r"http://\S+/admin/enter\?key=\S+", self.owner.received("/admin/enter", after=after)["text"])
        assert link is not None
        await self.page.goto(link[0])
        await self.look()
        await self.hands.press(self.t("closed.enter.do"))
        await expect(self.page.get_by_role("heading", level=1)).to_have_text(self.t("page.today"))
        await self.look()

    async def invite_a_colleague(self) -> None:
        lena = self.demo.person(f"Lena {self.name}")
        await self.go_to("invitations")
        await self.open("invite")
        await self.hands.choose(self.field("role"), self.t("chat.panel.role.support"))
        await self.save()
        lena.open(await self.secret())
        lena.received("Invitación abierta")
        await self.go_to("invitations")
        await self.open("confirm_invitation", beside=f"Lena {self.name}")
        await self.confirm("confirm_invitation")
        lena.send("/admin")
        lena.received("Tu rol: soporte")
        await self.go_to("team")
        await expect(self.page.locator("tr").filter(has_text=f"Lena {self.name}")).to_be_visible()

    async def make_and_revoke_a_key(self) -> None:
        await self.go_to("keys")
        await self.open("make_key")
        await self.hands.write(self.field("key_name"), f"books-{self.name}")
        await self.hands.tick(self.t("chat.commands.choice.payments"))
        await self.save()
        key = await self.secret()
        assert self.payments_by(key) == 200
        await self.go_to("keys")
        await self.open("revoke_key", beside=f"books-{self.name}")
        await self.confirm("revoke_key")
        eventually(lambda: self.payments_by(key) == 401 or None, "the key no longer works")

    def payments_by(self, key: str) -> int:
        address, headers = f"{self.demo.facts['web']}/api/v1/payments", {"Authorization": f"Bearer {key}"}
        return httpx.get(address, headers=headers, timeout=90, trust_env=False).status_code

    async def find_a_failing_endpoint_and_mend_it(self) -> None:
        with program() as (address, taken):
            await self.go_to("endpoints")
            await self.open("add_endpoint")
            await self.hands.write(self.field("url"), f"{address}/hok")
            await self.hands.write(self.field("endpoint_name"), f"n8n-{self.name}")
            await self.save()
            assert (await self.secret()).startswith("whsec_")
            await self.go_to("endpoints")
            await self.open("test_endpoint", beside=f"n8n-{self.name}")
            await self.confirm("test_endpoint")
            row = self.page.locator("tr").filter(has_text=f"n8n-{self.name}").first
            await self.until_shown("404", "deliveries")
            await self.go_to("endpoints")
            await expect(row).to_contain_text(self.t("endpoint_state.failing"))
            await self.open("change_endpoint", beside=f"n8n-{self.name}")
            await self.hands.write(self.field("url"), f"{address}/hook")
            await self.confirm("change_endpoint")
            await self.go_to("deliveries")
            await self.open("repeat_delivery", beside=f"n8n-{self.name}")
            await self.confirm("repeat_delivery")
            eventually(lambda: taken or None, "the program took it")
            await self.until_shown(self.t("delivery_state.told"), "deliveries")
            await self.go_to("endpoints")
            await expect(row).not_to_contain_text(self.t("endpoint_state.failing"))
            await self.open("remove_endpoint", beside=f"n8n-{self.name}")
            await self.confirm("remove_endpoint")

    async def until_shown(self, words: str, section: str) -> None:
        """Reload a list until the row of this day contains the words."""
        line = self.page.locator("tr").filter(has_text=f"n8n-{self.name}").filter(has_text=words)
        for _ in range(60):
            await self.go_to(section)
            if await line.count():
                return
            await self.page.wait_for_timeout(500)
        raise AssertionError(await self.page.locator("main").inner_text())

    async def send_a_receipt(self, ana: Person) -> None:
        label = re.search(r"R\d{4}-\d{5}", ana.received("/recibos")["text"])
        assert label is not None
        after = ana.messages()[-1]["seq"]
        await self.hands.write(self.t("frame.find"), label[0])
        await self.hands.press(self.t("frame.go"))
        await self.look()
        await self.open("send_receipt")
        await self.confirm("send_receipt")
        message = ana.received(label[0], button=label[0], after=after)
        ana.press(message, label[0])
        chat = ana.messages
        eventually(lambda: any(each["kind"] == "document" for each in chat(after=after)), "the receipt as a document")

    async def answer_a_question(self, ana: Person) -> None:
        ana.send(f"¿A qué hora salen los picks de {self.name}?")
        ana.received("a nuestro equipo")
        await self.go_to("questions")
        await self.hands.press(f"¿A qué hora salen los picks de {self.name}?")
        await self.look()
        await self.hands.write(self.field("answer"), "A las 20:00, todos los días.")
        await self.confirm("answer_question")
        ana.received("A las 20:00, todos los días.")
        await self.look()
        await self.open("settle_question")
        await self.confirm("settle_question")
        await expect(self.page.locator("main")).to_contain_text(self.t("question_state.settled"))

    async def change_a_text(self) -> None:
        said = f"Hola desde {self.name}: aquí mandan los <b>datos</b>."
        await self.go_to("texts")
        await self.hands.choose(self.t("filter.language"), "Español")
        await self.hands.write(self.t("filter.q"), "recibes los picks en un canal")
        await self.hands.press(self.t("frame.filter"))
        await self.look()
        found = self.page.locator("tr").filter(has_text="plans.welcome_vip").get_by_role("link")
        await self.hands.press(await found.inner_text())
        await self.look()
        await self.open("edit_text")
        await self.hands.write(self.field("text"), "Hola, {nombre}")
        await self.hands.press(self.t("frame.look"))
        await expect(self.page.locator(".wrong")).to_contain_text("nombre")
        await self.look()
        await self.hands.write(self.field("text"), said)
        await self.confirm("edit_text", shown="aquí mandan los datos")

        bea = self.demo.person("Bea")

        def read() -> bool:
            after = max((each["seq"] for each in bea.messages()), default=0)
            bea.send("/start")
            return f"Hola desde {self.name}" in bea.received("", button="Ver Planes", after=after)["text"]

        eventually(read, "the bot says it")
        await self.open("restore_text")
        await self.confirm("restore_text")

    async def broadcast(self, ana: Person) -> None:
        said = f"Hoy dos picks a las 20:00 ({self.name})"
        await self.go_to("broadcasts")
        await self.open("compose_broadcast")
        await self.hands.write(self.field("text"), said)
        await self.hands.choose(self.field("segment"), self.t("chat.commands.choice_of.segment.active"))
        address = f"https://t.me/{self.demo.facts['bot_username']}?start=plan_retabet"
        await self.hands.write(self.field("links"), f"Ver el plan - {address}")
        await self.save()
        await expect(self.page.get_by_role("status")).to_be_visible()
        await self.look()
        after = self.owner.messages()[-1]["seq"]
        await self.hands.press(self.does("test_broadcast"))
        self.owner.received(said, after=after)
        await self.open("start_broadcast")
        await self.confirm("start_broadcast", shown=said)
        for _ in range(2):
            ana.open(str(ana.press(ana.received(said), "Ver el plan")["value"]))
        ana.received("Plan Retabet")
        await self.go_to("broadcasts")
        await self.hands.press(said)
        await expect(self.page.get_by_text(self.t.plain("chat.casts.figure.sent", n=1, of=1)).first).to_be_visible()
        await expect(self.page.get_by_text(self.t.plain("chat.casts.opened", n=1))).to_be_visible()
        await self.look()


@pytest.mark.parametrize(
    ("size", "theme", "language", "hands"),
    [
        pytest.param("phone", "dark", "es", Pointer, id="phone-dark-es"),
        *NOT_IN_A_HURRY,
        pytest.param("desk", "light", "es", Keyboard, id="desk-light-es-keyboard", marks=pytest.mark.long),
    ],
)
async def test_operator_sets_up_the_shop_sells_and_sends_a_broadcast(
    own_demo: Demo, browser: Browser, size: str, theme: Theme, language: str, hands: type[Pointer | Keyboard]
) -> None:
    view: ViewportSize = SIZES[size]
    page = await open_page(
        browser,
        viewport=view,
        locale=f"{language}-ES",
        color_scheme=theme,
        reduced_motion="reduce",
        java_script_enabled=True,
    )
    day = Day(own_demo, hands(page), words_for(language), f"{size}-{theme}-{language}")
    await day.come_in()
    await day.invite_a_colleague()
    await day.make_and_revoke_a_key()
    ana = own_demo.person(f"Ana {day.name}")
    ana.buy()
    await day.find_a_failing_endpoint_and_mend_it()
    await day.send_a_receipt(ana)
    await day.answer_a_question(ana)
    await day.change_a_text()
    await day.broadcast(ana)
    await page.close()
