"""Purchases and changes in the Mini App, with each payment method."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import httpx
import pytest

from tests.support.demo import ANSWER_SECONDS, Demo, Person, eventually
from tests.support.features import runs
from tests.support.mini_app import page_links, pressed

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]


class OnThePage:
    """Customer who uses the Mini App instead of the chat."""

    def __init__(self, demo: Demo, person: Person) -> None:
        address = demo.post(f"/users/{person.id}/open_app", {"bot": person.bot})["url"]
        fields = dict(parse_qsl(urlsplit(address).fragment))
        self._web = httpx.Client(
            base_url=demo.facts["web"],
            headers={"Authorization": f"tma {fields['tgWebAppData']}"},
            trust_env=False,
            timeout=ANSWER_SECONDS,
        )
        self.html = ""

    def home(self) -> str:
        self.html = self._web.get("/app/screen").raise_for_status().text
        return self.html

    def press(self, words: str) -> str:
        press = {"key": uuid4().hex, **pressed(self.html, words)}
        answer = self._web.post("/app/presses", json=press)
        while answer.status_code == 202:
            answer = self._web.post("/app/presses", json=press)
        self.html = answer.raise_for_status().text
        return self.html


@pytest.mark.parametrize("method", ["Stars", "Tarjeta", "PayPal", "Cripto"])
def test_purchase_in_the_mini_app_leads_into_the_channel(demo: Demo, method: str) -> None:
    ana = demo.person("Ana")
    ana.send("/start")
    ana.received("", button="Ver Planes")
    page = OnThePage(demo, ana)
    assert "Todavía no tienes ninguna suscripción" in page.home()
    page.press("Retabet")
    page.press("Suscribirse" if method == "Tarjeta" else method)
    (url,) = page_links(page.html)
    seq = ana.messages()[-1]["seq"]
    if method == "Stars":
        assert demo.post(f"/users/{ana.id}/pay_stars", {"url": url})["result"] == "paid"
    else:
        demo.pay(url)
    ana.received("Tu canal exclusivo está listo", after=seq)
    ana.join(ana.invited())
    ana.received("Ya estás dentro", after=seq)
    eventually(lambda: "Abrir el canal" in page.home(), "the page shows the way in")
    assert "Cancelar la suscripción" in page.press("Gestionar") or method == "Cripto"


def test_subscription_is_managed_in_the_mini_app(demo: Demo) -> None:
    ana = demo.person("Ana")
    ana.buy("Retabet", "Tarjeta")
    page = OnThePage(demo, ana)
    page.home()
    page.press("Gestionar")
    page.press("Pausar un mes")
    assert "Retabet queda en pausa" in page.press("Sí, pausar")
    page.press("Reanudar")
    assert "Pausa quitada" in page.press("Sí, seguir ya")
    page.home()
    page.press("Gestionar")
    page.press("Cambiar de plan")
    assert "el cambio es inmediato" in page.press("Sportium")
    assert "Sportium" in page.press("Sí, cambiar ahora")
    eventually(lambda: "Sportium</h2>" in page.home(), "the page shows the plan that is theirs now")
    if runs("receipts"):
        page.press("Recibos")
        assert "29,99" in page.html
        page.home()
    if not runs("withdrawals"):
        return
    assert "Te devolvemos" in page.press("Desistir")
    seq = ana.messages()[-1]["seq"]
    page.press("Confirmar desistimiento")
    ana.received("desist", after=seq)
    eventually(lambda: demo.channel_of(ana) is None or None, "who withdrew is out")
    page.home()
    page.press("Retabet")
    page.press("Regalar")
    page.press("Tarjeta")
    (gift,) = page_links(page.html)
    demo.pay(gift)
    ana.received("Tu regalo está listo")
    page.home()
    page.press("Gestionar")
    assert "t.me/" in page.press("🎁")
