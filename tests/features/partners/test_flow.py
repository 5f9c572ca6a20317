"""A partner's link, a purchase through the link, the hold, the payout, and a refund after the payout."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.support.demo import Demo, Person, eventually
from tests.support.member import advance_to, command

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]

COMMISSION = "5,99"
"""Commission of a fifth of the price of Retabet, in euros."""


def ledger(demo: Demo) -> str:
    """Return the ledger entries, oldest first."""
    entries = "string_agg(kind || ' ' || amount_minor, ', ' ORDER BY at, number)"
    return str(demo.sql(f"SELECT coalesce({entries}, '') FROM partner_entries"))


def statement(person: Person) -> str:
    """Return the bot's answer to /socio."""
    last = person.messages()[-1]["seq"]
    person.send("/socio")
    return str(person.received("Tu cuenta de afiliado", after=last)["text"])


def test_partner_earns_by_link_is_paid_out_and_loses_the_commission_of_a_refund(demo: Demo) -> None:
    socia, ana = demo.person("Socia"), demo.person("Ana")
    socia.send("/start")
    socia.received("", button="Ver Planes")
    terms = ("--code", "SOCIA", "--commission", "20 %", "--when", "each", "--hold", "14")
    assert "p_SOCIA" in command(demo, "staff", "add-partner", str(socia.id), *terms)

    link = f"https://t.me/{ana.bot}?start=p_"
    ana.open(f"{link}NADIE")
    ana.received("Ese enlace de afiliado no existe", button="Ver Planes")
    socia.open(f"{link}SOCIA")
    socia.received("Este enlace es el tuyo")
    ana.open(f"{link}SOCIA")
    ana.buy("Retabet")
    eventually(lambda: ledger(demo) == "earned 599", lambda: f"one commission, not {ledger(demo)}")
    shown = statement(socia)
    assert "Personas que han llegado por tu enlace: 1. De ellas, han pagado 1." in shown
    assert "Se puede cobrar ya: 0,00" in shown.replace("\u00a0", " ")
    assert "Ana" not in shown

    # The hold is fourteen days, or longer if the right of withdrawal ends on a weekend and lasts until Monday.
    held_until: datetime = demo.sql("SELECT held_until FROM partner_entries")
    paid_at: datetime = demo.sql("SELECT p.occurred_at FROM payments p JOIN partner_entries ON payment_id = p.id")
    assert timedelta(days=14) <= held_until - paid_at < timedelta(days=18)
    advance_to(demo, held_until)
    assert f"Se puede cobrar ya: {COMMISSION}" in statement(socia)
    for _ in range(2):
        operation = ("--operation", "0195d2a4-7c1e-4b43-9f30-2f6f0c9a1e11")
        command(demo, "staff", "record-payout", "SOCIA", "--payout", "5.99 EUR", "--reference", "T-1", *operation)
    assert ledger(demo) == "earned 599, paid 599"

    ref = demo.sql(
        "SELECT provider_ref FROM subscriptions JOIN customers ON customers.id = customer_id"
        f" WHERE telegram_id = {ana.id}"
    )
    demo.post(f"/subscriptions/stripe/{ref}/refund")
    eventually(lambda: ledger(demo) == "earned 599, paid 599, reversed 599", lambda: f"it goes back: {ledger(demo)}")
    shown = statement(socia)
    assert f"−{COMMISSION}" in shown
    assert "se descontará de tus próximas comisiones" in shown
