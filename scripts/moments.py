"""Take pictures of what customers and visitors see, at a phone's width, into artifacts/moments: `make moments`.

The pictures are taken in a new demo: the chat on the sandbox's phone, and the pages of the web process. Look at each
picture after a change of texts, buttons or style sheets; tests check the order and number of buttons, not the pixels.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.browser import OPTIONS, find_browser
from tests.support.demo import Demo, Person, eventually, running_demo

FOLDER: Final = Path(__file__).parents[1] / "artifacts" / "moments"
SIZE: Final = {"width": 390, "height": 844}
PATIENCE_MS: Final = 120_000
BOT: Final = "Retador"
TIPS: Final = (("1.85", "won"), ("2.10", "lost"), ("1.72", "won"), ("1.95", "push"), ("2.40", "won"), ("1.60", "won"))
"""Odds and results of the tips in the record, oldest first."""


@dataclass
class Camera:
    """Camera for the pictures of one demo, numbered in order."""

    demo: Demo
    browser: Browser
    taken: int = 0

    def chat(self, person: Person, name: str) -> None:
        """Take a picture of a person's chat with the bot."""
        page = self.phone(person)
        self.shoot(page, name)
        page.context.close()

    def phone(self, person: Person) -> Page:
        """Open the sandbox's phone with a person's chat with the bot."""
        page = self._page("light")
        kept = json.dumps({"person": person.id, "played": [person.id], "tour": {"hidden": True, "done": [], "step": 0}})
        page.add_init_script(f"localStorage.setItem('umbral.sandbox', {json.dumps(kept)})")
        page.goto(self.demo.facts["sandbox"])
        page.locator("#phone").get_by_role("button", name=BOT).first.click()
        expect(page.locator("#phone .composer")).to_be_visible()
        return page

    def web(self, path: str, name: str, scheme: str = "light") -> None:
        """Take a picture of a whole page of the web process."""
        page = self._page(scheme)
        page.goto(self.demo.facts["web"] + path, wait_until="networkidle")
        self.shoot(page, name, whole=True)
        page.context.close()

    def app(self, person: Person, name: str, scheme: str) -> None:
        """Take a picture of the Mini App as Telegram opens it."""
        page = self._page(scheme)
        theme = json.dumps({"bg_color": "#17212b" if scheme == "dark" else "#ffffff"})
        opened = self.demo.post(f"/users/{person.id}/open_app", {"bot": person.bot})["url"]
        page.goto(f"{opened}&tgWebAppThemeParams={theme}")
        expect(page.locator("main[aria-busy=false]")).to_be_visible()
        self.shoot(page, name, whole=True)
        page.context.close()

    def shoot(self, page: Page, name: str, *, whole: bool = False) -> None:
        """Take the next picture. whole: True for the page's full height."""
        self.taken += 1
        # A pointer that rests on a button would change its colour.
        page.mouse.move(0, 0)
        page.screenshot(path=FOLDER / f"{self.taken:02}-{name}.png", full_page=whole)
        print(f"{self.taken:02}-{name}", flush=True)

    def _page(self, scheme: Any) -> Page:
        context = self.browser.new_context(
            viewport=SIZE,
            locale="es-ES",
            timezone_id="Europe/Madrid",
            color_scheme=scheme,
            reduced_motion="reduce",
            device_scale_factor=1,
        )
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        return page


def bought(camera: Camera, ana: Person) -> None:
    """Take the pictures of a purchase by card, from the welcome to the channel."""
    ana.send("/start")
    welcome = ana.received("", button="Ver Planes")
    camera.chat(ana, "welcome")
    ana.press(welcome, "Ver Planes")
    plans = ana.received("Elige una casa de apuestas", button="Retabet")
    camera.chat(ana, "plans")
    ana.press(plans, "Retabet")
    card = ana.received("Plan Retabet", button="Suscribirse")
    camera.chat(ana, "plan-card")
    url = ana.chosen(card)
    camera.chat(ana, "payment")
    page = camera.phone(ana)
    page.locator("#phone").get_by_role("button", name="Ir a pago seguro").last.click()
    expect(page.frame_locator("iframe[title='Pago']").locator("#pay")).to_be_visible()
    camera.shoot(page, "checkout")
    page.context.close()
    camera.demo.pay(url)
    link = ana.invited()
    camera.chat(ana, "paid")
    page = camera.phone(ana)
    page.locator("#phone").get_by_role("button", name="Unirte al canal Retabet").last.click()
    expect(page.locator("#phone").get_by_role("dialog", name="Invitación")).to_be_visible()
    camera.shoot(page, "invitation")
    page.context.close()
    ana.join(link)
    ana.received("Ya estás dentro")
    camera.chat(ana, "inside")


def managed(camera: Camera, ana: Person) -> None:
    """Take the pictures of the status card, of the management buttons, and of a cancellation."""
    status = _asked(ana, "/estado", "Gestionar")
    camera.chat(ana, "status")
    ana.press(status, "Gestionar")
    ana.received("", button="Volver", after=status["seq"])
    camera.chat(ana, "manage")
    question = _asked(ana, "/cancelar", "Sí")
    camera.chat(ana, "cancel-question")
    ana.press(question, "Sí")
    ana.received("", button="", after=question["seq"])
    eventually(lambda: _asked(ana, "/estado", "Deshacer") or None, "the cancellation can be undone")
    camera.chat(ana, "canceled")


def helped(camera: Camera, ana: Person) -> None:
    """Take the pictures of the withdrawal, the help, and the answers to texts that the bot does not understand."""
    status = _asked(ana, "/estado", "Desistir")
    ana.press(status, "Desistir")
    ana.received("", button="Confirmar", after=status["seq"])
    camera.chat(ana, "withdrawal")
    for words, name in (("/ayuda", "help"), ("VERANO21", "unknown-code"), ("¿A qué hora salen los picks?", "question")):
        seq = ana.messages()[-1]["seq"]
        ana.send(words)
        ana.received("", after=seq)
        camera.chat(ana, name)


def administered(camera: Camera, operator: Person, name: str) -> None:
    """Take the pictures of the panel: its first screen, a section, and a customer."""
    first = _asked(operator, "/admin", "Clientes")
    camera.chat(operator, "panel")
    operator.press(first, "Oferta")
    operator.received("", button="Planes", after=first["seq"])
    camera.chat(operator, "panel-section")
    first = _asked(operator, "/admin", "Clientes")
    operator.press(first, "Clientes")
    listed = operator.received("", button=name, after=first["seq"])
    operator.press(listed, name)
    operator.received("", button="Más", after=listed["seq"])
    camera.chat(operator, "panel-customer")


def _asked(person: Person, command: str, button: str) -> dict[str, Any]:
    seq = person.messages()[-1]["seq"] if person.messages() else 0
    person.send(command)
    return person.received("", button=button, after=seq)


def tipped(demo: Demo) -> None:
    """Publish tips and settle them after their matches, so that the public record has entries."""
    command = [sys.executable, "-m", "umbral", "--env-file", demo.facts["env_file"]]
    made = subprocess.run([*command, "keys", "add", "moments", "--abilities", "picks"], capture_output=True, check=True)
    key = made.stdout.decode().split()[-1]
    with httpx.Client(base_url=demo.facts["web"], headers={"Authorization": f"Bearer {key}"}, trust_env=False) as web:
        for number, (odds, result) in enumerate(TIPS):
            now = datetime.fromisoformat(demo.get("/clock")["now"])
            tip = {"event": "Betis – Sevilla", "starts_at": (now + timedelta(hours=1)).isoformat(), "stake": "2"}
            body = {"plan": "retabet", "tip": tip | {"market": "Goles", "selection": "Más de 2,5", "odds": odds}}
            eventually(partial(_sent, web, "/api/v1/picks", body, f"moment-{number}"), f"tip {number} is published")
            demo.post("/clock/advance", {"days": 12})
            path, outcome = f"/api/v1/picks/moment-{number}/result", {"result": result}
            # The processes notice the new time a moment later.
            eventually(partial(_sent, web, path, outcome, f"result-{number}"), f"result {number} is taken")


def _sent(web: httpx.Client, path: str, body: Mapping[str, Any], key: str) -> bool:
    """Send a request of the operator's program. Return True if it was accepted."""
    answer = web.post(path, json=body, headers={"Idempotency-Key": key}, timeout=60)
    if not answer.is_success:
        print(path, answer.status_code, answer.text, file=sys.stderr)
    return answer.is_success


def seen(camera: Camera, ana: Person) -> None:
    """Take the pictures of the public pages (landing page, questions, legal texts, record) and of the Mini App, in both
    themes.
    """
    camera.app(ana, "app-light", "light")
    camera.app(ana, "app-dark", "dark")
    camera.web("/", "landing-light")
    camera.web("/", "landing-dark", "dark")
    camera.web("/terms", "terms")
    tipped(camera.demo)
    camera.web("/historial/retabet", "record-light")
    camera.web("/historial/retabet", "record-dark", "dark")


def main() -> int:
    """Take all pictures."""
    path = find_browser()
    if path is None:
        print("No Chrome or Chromium was found.", file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder, running_demo(Path(folder)) as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        camera = Camera(demo, browser)
        ana = demo.person("Ana", last_name="García", username="ana_garcia")
        bought(camera, ana)
        managed(camera, ana)
        helped(camera, ana)
        administered(camera, Person(demo, int(demo.facts["admin_id"])), "Ana")
        seen(camera, ana)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
