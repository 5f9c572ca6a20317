"""Plan changes and duplicate payments, through the control interface and the provider's own API."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.demo import ANSWER_SECONDS, START_SECONDS, Demo, eventually
from tests.support.member import alarmed

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]

# The clock is shared, so many subscriptions may end at once; a high limit keeps the bulk expiry from asking the owner.
SETTINGS = {"SWEEP_GUARD": "100"}

HALF_MONTH = timedelta(days=14)


@pytest.fixture(scope="module", autouse=True)
def prices(demo: Demo) -> None:
    """Make Sportium more expensive and Bet365 cheaper than Retabet, and sync the prices to the provider."""
    demo.sql("UPDATE service_plans SET price_minor = 4999 WHERE soft_id = 'sportium'")
    demo.sql("UPDATE service_plans SET price_minor = 1999 WHERE soft_id = 'bet365'")
    command = [sys.executable, "-m", "umbral", "--env-file", demo.facts["env_file"], "plans", "sync"]
    for method in ("stripe", "paypal"):
        subprocess.run([*command, method], check=True, timeout=START_SECONDS)


class Member:
    """Customer in their channel, with the provider's reference of the subscription."""

    def __init__(self, demo: Demo, name: str, method: str = "Tarjeta") -> None:
        before = {item["id"] for item in demo.get("/subscriptions")["subscriptions"]}
        self.demo, self.person = demo, demo.person(name)
        self.channel_id = int(self.person.buy("Retabet", method)["id"])
        (self.ref,) = {str(item["id"]) for item in demo.get("/subscriptions")["subscriptions"]} - before

    def channel(self) -> dict[str, Any]:
        return dict(self.demo.get(f"/channels/{self.channel_id}"))

    def is_called(self, plan: str) -> None:
        eventually(lambda: plan in self.channel()["title"] or None, f"the channel is called {plan}")
        inside = [member["id"] for member in self.channel()["members"]]
        assert self.person.id in inside
        mine = [c for c in self.demo.channels() if any(m["id"] == self.person.id for m in c["members"])]
        assert [int(channel["id"]) for channel in mine] == [self.channel_id]

    def seq(self) -> int:
        return int(self.person.messages()[-1]["seq"])

    def quoted(self, plan: str) -> Mapping[str, Any]:
        """Open the quote of the change from the plan's card, and return the message."""
        seq = self.seq()
        self.person.send("/planes")
        self.person.press(self.person.received("Elige una casa de apuestas", button=plan, after=seq), plan)
        card = self.person.received(f"Plan {plan}", button=f"Cambiar a {plan}", after=seq)
        self.person.press(card, f"🔁 Cambiar a {plan}")
        return self.person.received(f"Cambiar de Retabet a {plan}", after=card["seq"])

    def status(self) -> str:
        seq = self.seq()
        self.person.send("/estado")
        return str(self.person.received("Tu suscripción", after=seq)["text"])

    def period_end(self) -> datetime:
        found = next(item for item in self.demo.get("/subscriptions")["subscriptions"] if item["id"] == self.ref)
        return datetime.fromisoformat(found["period_end"])

    def sees(self, key: str, plan: str) -> None:
        """Publish a post to the plan and wait until the post is in this member's channel."""
        assert self.demo.pick(key, {"plan": plan, "text": key}).status_code == 202
        eventually(lambda: self._has(key) or None, f"{key} stands in the channel")

    def _has(self, text: str) -> bool:
        return any(text in message["text"] for message in self.person.messages(self.channel_id))


def provider(demo: Demo, path: str, **form: Any) -> dict[str, Any]:
    """Call the provider's API as the operator does in the dashboard."""
    lines = Path(demo.facts["env_file"]).read_text().splitlines()
    settings = dict(line.split("=", 1) for line in lines if "=" in line)
    key, base = settings["STRIPE_SECRET_KEY"].strip("\"'"), settings["STRIPE_API_BASE"].strip("\"'")
    headers = {"Authorization": f"Bearer {key}"}
    method = "POST" if form else "GET"
    how: dict[str, Any] = {"headers": headers, "data": form or None, "timeout": ANSWER_SECONDS, "trust_env": False}
    answer = httpx.request(method, f"{base}{path}", **how)
    assert answer.is_success, answer.text
    return dict(answer.json())


def advance_to(demo: Demo, moment: datetime) -> None:
    now = datetime.fromisoformat(demo.get("/clock")["now"])
    demo.post("/clock/advance", {"seconds": int((moment - now).total_seconds()) + 1})


def test_upgrade_takes_effect_at_once(demo: Demo) -> None:
    ana = Member(demo, "Ana")
    advance_to(demo, ana.period_end() - HALF_MONTH)
    seq = ana.seq()
    quote = ana.quoted("Sportium")
    assert "Hoy pagas" in quote["text"]
    assert "49,99\xa0€/mes" in quote["text"]
    ana.person.press(quote, "Sí, cambiar ahora")
    switched = ana.person.received("Tu plan es ahora Sportium", after=seq)
    assert "Retabet" in switched["text"]
    receipt = ana.person.received("Cobro del cambio", after=seq)
    due = quote["text"].split("Hoy pagas ")[1].split(":")[0]
    assert due in receipt["text"]
    ana.is_called("Sportium")
    card = ana.status()
    assert "Sportium" in card
    assert "49,99\xa0€/mes" in card
    assert "✅ estás dentro" in card
    ana.sees("pick for the new plan", "sportium")
    assert demo.pick("pick for the old plan", {"plan": "retabet", "text": "pick for the old plan"}).status_code == 202
    ana.sees("another for the new plan", "sportium")
    assert not ana._has("pick for the old plan")
    seq = ana.seq()
    advance_to(demo, ana.period_end() + timedelta(hours=1))
    assert "49,99\xa0€" in ana.person.received("Renovado", after=seq)["text"]


def test_downgrade_takes_effect_at_the_renewal(demo: Demo) -> None:
    beto = Member(demo, "Beto")
    seq = beto.seq()
    beto.person.send("/estado")
    beto.person.press(beto.person.received("Tu suscripción", button="Gestionar", after=seq), "Gestionar")
    card = beto.person.received("Gestionar", button="Cambiar de plan", after=seq)
    beto.person.press(card, "🔁 Cambiar de plan")
    offers = beto.person.received("Elige uno", button="Bet365", after=card["seq"])
    beto.person.press(offers, next(b["text"] for row in offers["buttons"] for b in row if "Bet365" in b["text"]))
    quote = beto.person.received("hoy no pagas nada", after=offers["seq"])
    sure = next(b["text"] for row in quote["buttons"] for b in row if b["text"].startswith("Sí"))
    beto.person.press(quote, sure)
    planned = beto.person.received("Cambio programado", button="Seguir con mi plan", after=seq)
    assert "Cambia a: Bet365 · 19,99\xa0€" in beto.status()
    beto.person.press(planned, "↩️ Seguir con mi plan")
    beto.person.received("Sigues con Retabet", after=planned["seq"])
    assert "Cambia a" not in beto.status()
    quote = beto.quoted("Bet365")
    beto.person.press(quote, next(b["text"] for row in quote["buttons"] for b in row if b["text"].startswith("Sí")))
    seq = beto.seq()
    # The first message keeps its text and loses its button.
    beto.person.received("Cambio programado", button="Seguir con mi plan", after=planned["seq"])
    beto.is_called("Retabet")
    advance_to(demo, beto.period_end() + timedelta(hours=1))
    assert "19,99\xa0€" in beto.person.received("Renovado", after=seq)["text"]
    beto.person.received("Tu plan es ahora Bet365", after=seq)
    beto.is_called("Bet365")
    beto.sees("pick for who came down", "bet365")


def test_change_confirmed_at_paypal_takes_effect_at_the_next_charge(demo: Demo) -> None:
    """For an upgrade or a downgrade, PayPal requires the customer's confirmation and charges nothing at first; nothing
    changes before the next charge.
    """
    nora = Member(demo, "Nora", "PayPal")
    seq = nora.seq()
    quote = nora.quoted("Sportium")
    assert "Hoy no pagas nada" in quote["text"]
    assert "desde el próximo cobro" in quote["text"]
    assert "Cambia a" not in nora.status()
    agree(demo, str(nora.person.press(quote, "Confirmar el cambio")["value"]))
    planned = nora.person.received("Cambio programado", button="Seguir con mi plan", after=seq)
    assert "Cambia a: Sportium · 49,99\xa0€" in nora.status()
    nora.is_called("Retabet")
    nora.person.press(planned, "↩️ Seguir con mi plan")
    keep = nora.person.received("confírmalo también", button="Confirmar que sigo con mi plan", after=planned["seq"])
    agree(demo, str(nora.person.press(keep, "Confirmar que sigo con mi plan")["value"]))
    nora.person.received("Sigues con Retabet", after=keep["seq"])
    assert "Cambia a" not in nora.status()
    quote = nora.quoted("Sportium")
    agree(demo, str(nora.person.press(quote, "Confirmar el cambio")["value"]))
    nora.person.received("Cambio programado", after=quote["seq"])
    seq = nora.seq()
    advance_to(demo, nora.period_end() + timedelta(hours=1))
    assert "49,99\xa0€" in nora.person.received("Renovado", after=seq)["text"]
    nora.person.received("Tu plan es ahora Sportium", after=seq)
    nora.is_called("Sportium")


def agree(demo: Demo, page: str) -> None:
    """Confirm on the provider's page as the customer."""
    assert httpx.post(f"{page}/pay", trust_env=False, timeout=ANSWER_SECONDS).status_code in {200, 303}


def test_plan_change_made_at_the_provider_is_synced(demo: Demo) -> None:
    celia = Member(demo, "Celia")
    seq = celia.seq()
    subscription = provider(demo, f"/v1/subscriptions/{celia.ref}")
    price = demo.sql(
        "SELECT external_price_id FROM plan_payment_prices JOIN service_plans ON id = plan_id"
        " WHERE soft_id = 'sportium' AND provider = 'stripe'"
    )
    item = subscription["items"]["data"][0]["id"]
    provider(demo, f"/v1/subscriptions/{celia.ref}", **{"items[0][id]": item, "items[0][price]": price})
    celia.person.received("Tu plan es ahora Sportium", after=seq)
    celia.is_called("Sportium")
    seq = celia.seq()
    advance_to(demo, celia.period_end() + timedelta(hours=1))
    celia.person.received("Renovado", after=seq)
    assert "Activa" in celia.status()


def test_declined_charge_does_not_change_the_plan(demo: Demo) -> None:
    dora = Member(demo, "Dora")
    demo.post(f"/subscriptions/stripe/{dora.ref}/fail_payment")
    quote = dora.quoted("Sportium")
    dora.person.press(quote, "Sí, cambiar ahora")
    dora.person.received("Tu banco ha rechazado el cobro", after=quote["seq"])
    assert "Retabet" in dora.status()
    demo.post(f"/subscriptions/stripe/{dora.ref}/recover")
    # The provider repeats its refusal for an identical request: the same change as of the same second.
    demo.post("/clock/advance", {"minutes": 1})
    quote = dora.quoted("Sportium")
    dora.person.press(quote, "Sí, cambiar ahora")
    dora.person.received("Tu plan es ahora Sportium", after=quote["seq"])


def test_owned_plan_is_not_offered_for_purchase_on_its_plan_card(demo: Demo) -> None:
    eli = Member(demo, "Eli")
    seq = eli.seq()
    eli.person.send("/planes")
    eli.person.press(eli.person.received("Elige una casa de apuestas", button="Retabet", after=seq), "Retabet")
    card = eli.person.received("Este plan ya es tuyo", after=seq)
    assert not any("Suscribirse" in b["text"] for row in card["buttons"] for b in row)


def test_second_payment_is_refunded_automatically(demo: Demo) -> None:
    """The customer opens a second page for the same order, in a second window or with a second payment method."""
    fede = Member(demo, "Fede")
    seq = fede.seq()
    order = demo.sql(
        "SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id"
        f" WHERE c.telegram_id = {fede.person.id} AND o.status = 'paid'"
    )
    price = provider(demo, f"/v1/subscriptions/{fede.ref}")["items"]["data"][0]["price"]["id"]
    references = {"order_id": str(order), "telegram_id": str(fede.person.id), "plan": "retabet"}
    form = {"mode": "subscription", "success_url": "https://example.com/", "client_reference_id": str(order)}
    form |= {"line_items[0][price]": price, "line_items[0][quantity]": "1"}
    form |= {f"metadata[{name}]": value for name, value in references.items()}
    form |= {f"subscription_data[metadata][{name}]": value for name, value in references.items()}
    session = provider(demo, "/v1/checkout/sessions", **form)
    before = {item["id"] for item in demo.get("/subscriptions")["subscriptions"]}
    demo.post(f"/checkouts/{session['id']}/pay")
    fede.person.received("Te lo devolvemos entero", after=seq)
    received = fede.person.received("Te hemos devuelto 29,99\xa0€", after=seq)
    assert "nada cambia" in received["text"]
    (second,) = [item for item in demo.get("/subscriptions")["subscriptions"] if item["id"] not in before]
    eventually(lambda: _state(demo, second["id"]) == "canceled" or None, "the second subscription is ended")
    assert _state(demo, fede.ref) == "active"
    alarmed(demo, "pagó dos veces", received["text"].split("#")[1][:8])
    assert "Activa" in fede.status()


def _state(demo: Demo, ref: str) -> str:
    return str(next(item["state"] for item in demo.get("/subscriptions")["subscriptions"] if item["id"] == ref))
