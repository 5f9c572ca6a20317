"""The operator's work in the staff panel, done through the control interface with buttons and text only."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.demo import Demo, Person, eventually, find
from tests.support.member import known_member, why

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]


class Operator:
    """Owner of the demo in the panel. Each step waits for the screen that follows."""

    def __init__(self, demo: Demo) -> None:
        self.person = Person(demo, int(demo.facts["admin_id"]))
        self.screen: dict[str, Any] = {}

    def write(self, text: str, shows: str) -> dict[str, Any]:
        """Send a message and return the screen that contains the given text."""
        after = self._seq()
        self.person.send(text)
        self.screen = self.person.received(shows, after=after)
        return self.screen

    def press(self, button: str, shows: str) -> dict[str, Any]:
        """Press a button of the current screen and return the screen that contains the given text."""
        after = self._seq()
        found = find(self.screen, button)
        assert found is not None, (button, self.person.tail())
        self.person.press(self.screen, found["text"])
        self.screen = self.person.received(shows, after=after)
        return self.screen

    def card_of(self, customer: Person) -> None:
        """Open a customer's card by their Telegram id."""
        self.write("/admin", "Panel de")
        self.press("👥 Clientes", "¿A quién buscas?")
        self.write(str(customer.id), f"Id: {customer.id}")

    def _seq(self) -> int:
        return max((message["seq"] for message in self.person.messages()), default=0)


@pytest.fixture
def operator(demo: Demo) -> Operator:
    """Return the Operator object of the demo's owner."""
    return Operator(demo)


def test_staff_commands_on_a_customer_card_change_access(demo: Demo, operator: Operator) -> None:
    luis = demo.person("Luis")
    channel = luis.buy()
    operator.card_of(luis)
    assert "Canal: dentro" in operator.screen["text"]

    operator.press("🔑 Acceso", "Retabet")
    operator.press("± días", "¿Cuántos días?")
    operator.press("+3 días", "¿Por qué?")
    operator.write("se cayó el servicio", "+3 días")
    operator.press("✅ Confirmar", "Su acceso dura ahora hasta el")
    luis.received("Tu acceso a Retabet ha cambiado")

    operator.card_of(luis)
    operator.press("🔑 Acceso", "Retabet")
    operator.press("⏸ Suspender", "¿Por qué?")
    operator.write("revisión de la cuenta", "saldrá del canal")
    operator.press("⏸ Sí, suspender", "Suspendida por el equipo")
    luis.received("Hemos suspendido tu acceso a Retabet")
    # The provider's state after the removal is recorded before the customer returns.
    one = known_member(demo, luis, int(channel["id"]), "Retabet")
    one.stands("paused", "suspended", why(demo, luis).until)

    after = luis.messages()[-1]["seq"]
    operator.card_of(luis)
    operator.press("🔑 Acceso", "Retabet")
    operator.press("▶️ Restaurar", "¿Por qué?")
    operator.write("todo aclarado", "con un enlace nuevo")
    operator.press("✅ Confirmar", "Restaurado")
    ready = luis.received("", button="Unirte al canal Retabet", after=after)
    assert luis.join(str(luis.press(ready, "Unirte al canal Retabet")["value"]))["id"] == channel["id"]

    after = luis.messages()[-1]["seq"]
    operator.card_of(luis)
    operator.press("💶 Pagos", "Elige qué hacer con este pago")
    operator.press("💸 Reembolsar", "todo lo que queda")
    operator.write("10", "¿Por qué?")
    operator.write("por las molestias", "Se devuelven 10,00\xa0€. Su tiempo no cambia.")
    operator.press("💸 Sí, devolver", "Hemos pedido la devolución de 10,00\xa0€")
    assert "10,00\xa0€" in luis.received("10,00\xa0€", after=after)["text"]

    operator.card_of(luis)
    operator.press("🔑 Acceso", "Retabet")
    operator.press("🚪 Retirar", "¿Por qué?")
    operator.write("lo ha pedido por teléfono", "termina ahora")
    operator.press("🚪 Sí, retirar", "Retirado")
    luis.received("Tu acceso a Retabet ha terminado")
    eventually(lambda: demo.channel_of(luis) is None or None, "out of the channel")


def test_statistics_are_sent_with_a_picture(operator: Operator) -> None:
    operator.write("/admin", "Panel de")
    operator.press("📊 Cifras", "Cifras")
    chat = operator.person.messages
    eventually(lambda: any(message["kind"] == "photo" for message in chat()), "a picture")


def test_dialogue_survives_a_restart_of_the_bot(demo: Demo, operator: Operator) -> None:
    operator.write("/admin", "Panel de")
    operator.press("🏷 Oferta", "Oferta")
    operator.press("📦 Planes", "Abre uno para cambiarlo")
    operator.press("➕ Plan nuevo", "¿Cómo se llama?")
    operator.write("Plan Plata", "¿Cuántos días dura")
    demo.kill("bot")
    after = operator.screen["seq"]
    operator.person.send("60")
    # The bot's process has to restart first.
    operator.person.received("¿Cuánto cuesta?", after=after)
    operator.write("4.99", "Precio: 4,99\xa0US$")
    operator.press("✅ Crear el plan", "Plan creado")


def test_stranger_cannot_open_the_panel(demo: Demo) -> None:
    eva = demo.person("Eva")
    eva.send("/admin")
    answer = eva.received("No he entendido eso")
    assert not find(answer, "Planes y precios")


def test_broadcast_is_composed_previewed_sent_and_paused(demo: Demo, operator: Operator) -> None:
    ana = demo.person("Ana")
    ana.send("/start")
    ana.received("Retador")
    operator.write("/admin", "Panel de")
    operator.press("📣 Mensajes", "Mensajes")
    operator.press("📣 Publicar", "Todavía no has publicado")
    operator.press("✍️ Nueva publicación", "Escríbeme o reenvíame")
    operator.write("Hoy salen dos picks a las 20:00", "Borrador")
    operator.press("👥 A personas", "¿A qué personas?")
    operator.press("Todos", "Para: Todos")
    operator.press("⬅️ Volver", "Borrador")
    operator.press("✅ Enviar ahora…", "¿Lo envío?")
    # The flood limit slows the broadcast down, so that it can be paused while it runs.
    demo.faults({"on": "bot_api", "do": "flood", "seconds": 1, "method": "sendMessage"})
    operator.press("✅ Enviar a ", "Enviando")
    operator.press("📊 Cómo va", "Enviando")
    operator.press("⏹ Parar", "Parado")
    demo.faults()
    operator.press("▶️ Reanudar", "Enviado: ")
    said = "Hoy salen dos picks a las 20:00"
    ana.received(said)
    operator.person.received("Terminado")
    assert len([each for each in ana.messages() if each["text"] == said]) == 1
