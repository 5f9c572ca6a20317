"""A plan and its code, created in the chat of the demo with buttons and text only, and used by a customer."""

from __future__ import annotations

import pytest

from tests.e2e.test_admin import Operator, operator
from tests.support.demo import Demo
from tests.support.vip_chat import agree

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]

__all__ = ["operator"]


def test_plan_and_code_are_created_in_chat_and_used_by_a_customer(demo: Demo, operator: Operator) -> None:
    operator.write("/admin", "Tu rol: propietario")
    operator.press("🏷 Oferta", "Oferta")
    operator.press("📦 Planes", "Abre uno para cambiarlo")
    operator.press("➕ Plan nuevo", "¿Cómo se llama?")
    operator.write("Plan Oro Premium", "¿Cuántos días dura")
    operator.write("treinta", "no es un número entero")
    operator.write("30", "¿Cuánto cuesta?")
    operator.write("9,9999", "más decimales")
    operator.write("9,99", "Precio: 9,99\xa0US$")
    operator.press("✅ Crear el plan", "Plan creado")
    operator.write("/admin", "Panel de")
    operator.press("Generar Token con Plan", "¿Para qué plan?")
    operator.press("Plan Oro Premium", "Código listo")
    link = str(operator.person.press(operator.screen, "🔗 Copiar Link")["value"])
    assert link.startswith(f"https://t.me/{demo.facts['bot_username']}?start=")
    assert len(link.partition("start=")[2]) == 16

    ana = demo.person("Ana")
    assert ana.open(link)["result"] == "started"
    agree(ana, 0)
    activated = ana.received("Suscripción VIP Activada")
    assert "Plan Oro Premium" in activated["text"]
    eva = demo.person("Eva")
    eva.open(link)
    eva.received("ya lo usó otra cuenta")
    assert not eva.sees("Suscripción VIP Activada")
    operator.card_of(ana)
    assert "Plan Oro Premium" in operator.screen["text"]
