"""The lifecycle of a subscription through the control interface: one test for each event of the design's lifecycle
table.

After each event four sources must agree: the chat, the members and links at Telegram, the provider, and `umbral why`.
"""

from datetime import datetime, time, timedelta

import httpx
import pytest

from tests.support.demo import ANSWER_SECONDS, Demo, eventually
from tests.support.member import (
    LATE,
    MADRID,
    Member,
    advance,
    advance_to,
    advance_to_hour,
    known_member,
    member,
    names,
    now,
    receipts,
)

pytestmark = pytest.mark.e2e

# The clock is shared, so many subscriptions may end at once; a high limit keeps the bulk expiry from asking the owner.
SETTINGS = {"SWEEP_GUARD": "100"}

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GRACE = 5 * DAY


def test_first_payment_gives_access(demo: Demo) -> None:
    ana = demo.person("Ana")
    demo.pay(ana.checkout())
    channel = ana.join(ana.invited())
    ana.received("Ya estás dentro")
    one = known_member(demo, ana, int(channel["id"]), "Retabet")
    explained = one.stands("active", "active")
    assert [entry.split()[2] for entry in explained.entries] == ["payment"]
    texts = ("Pago recibido: 29,99\xa0€", "Tu canal exclusivo está listo", "Ya estás dentro")
    eventually(lambda: all(one.said(text) for text in texts), "all was told")
    assert [len(one.said(text)) for text in texts] == [1, 1, 1]


def test_renewal_is_announced_and_extends_access(demo: Demo) -> None:
    one = member(demo, "Berta")
    seq, end = one.seq(), one.period_end()
    advance_to(demo, end - 2 * DAY)
    assert names(one.received("se renueva", after=seq)["text"], end)
    advance_to(demo, end + HOUR)
    one.received("Renovado", after=seq)
    assert one.period_end() > end + 27 * DAY
    explained = one.stands("active", "active")
    assert len(explained.entries) == 2
    assert (len(one.said("se renueva", seq)), len(one.said("Renovado", seq))) == (1, 1)


def test_failed_payment_ends_access_after_the_grace_period(demo: Demo) -> None:
    one = member(demo, "Beto")
    end = one.period_end()
    one.at_provider("fail_payment")
    advance_to(demo, end + HOUR)
    assert names(one.received("No hemos podido cobrar")["text"], end + GRACE)
    one.stands("past_due", "active", end)
    advance_to(demo, end + 2 * DAY)
    second = one.received("Seguimos sin poder cobrar")
    advance_to(demo, end + GRACE - 12 * HOUR)
    one.received("Seguimos sin poder cobrar", after=second["seq"])
    one.stands("past_due", "active", end)
    advance_to(demo, end + GRACE)
    one.received("ha terminado", button="Volver")
    one.stands("expired", "revoked", end)
    one.billing_ends()
    # At the first failure, two days later, and twelve hours before the end, by day and by night, and no more.
    first, *later = one.said("No hemos podido cobrar") + one.said("Seguimos sin poder cobrar")
    assert timedelta(0) <= first - end < 2 * HOUR
    assert all(at - end < wait + LATE for at, wait in zip(later, (2 * DAY, GRACE - 12 * HOUR), strict=True))
    assert all(at - end >= wait for at, wait in zip(later, (2 * DAY, GRACE - 12 * HOUR), strict=True))


def test_failed_charge_is_paid_by_another_method_and_not_collected_any_more(demo: Demo) -> None:
    one = member(demo, "Gala")
    end = one.period_end()
    one.at_provider("fail_payment")
    advance_to(demo, end + HOUR)
    failed = one.received("No hemos podido cobrar", button="Pagar de otra forma")
    one.stands("past_due", "active", end)
    one.person.press(failed, "Pagar de otra forma")
    choice = one.received("anulamos el cobro que falló", button="PayPal", after=failed["seq"])
    one.person.press(choice, "PayPal")
    demo.pay(one.person.checkout_url("PayPal", after=choice["seq"]))
    paid = one.received("Gracias por seguir", after=failed["seq"])
    assert "El cobro que falló queda anulado" in paid["text"]
    one.billing_ends()
    again = known_member(demo, one.person, one.channel_id, "Retabet")
    assert (again.provider_code, again.ref == one.ref) == ("paypal", False)
    explained = again.stands("active", "active")
    assert len(explained.entries) == 2
    advance_to(demo, end + GRACE + DAY)
    again.stands("active", "active")
    assert len(receipts(demo, one.person)) == 2
    assert one.said("Seguimos sin poder cobrar") == one.said("ha terminado") == []


@pytest.mark.exhaustive
def test_renewal_that_needs_a_bank_confirmation_is_paid_on_the_provider_page(demo: Demo) -> None:
    one = member(demo, "Celia")
    end = one.period_end()
    one.at_provider("ask_confirmation")
    advance_to(demo, end + HOUR)
    asked = one.received("Tu banco quiere que confirmes", button="Pagar ahora")
    assert names(asked["text"], end + GRACE)
    seq = one.seq()
    one.person.send("/estado")
    for button, wanted in (("Actualizar tarjeta", "Cambia aquí"), ("Pagar ahora", "Paga aquí")):
        card = one.received("Pago fallido", button=button, after=seq)
        one.person.press(card, button)
        pages = one.received(wanted, button=button, after=seq)
        page = one.person.press(pages, button)["value"]
        assert httpx.get(page, timeout=ANSWER_SECONDS, trust_env=False).status_code == 200
        one.person.press(pages, "Mi suscripción")
    httpx.post(f"{page.partition('?')[0]}/pay", timeout=ANSWER_SECONDS, trust_env=False)
    assert "¡Gracias!" in one.received("hemos recibido 29,99\xa0€", after=seq)["text"]
    explained = one.stands("active", "active")
    assert len(explained.entries) == 2
    one.person.send("/estado")
    one.received("Activa", after=seq)


def test_cancellation_in_the_chat_keeps_access_until_the_period_end(demo: Demo) -> None:
    one = member(demo, "Dora")
    end = one.period_end()
    assert names(one.cancels()["text"], end)
    advance_to(demo, end - DAY)
    one.stands("canceled", "active", end)
    advance_to(demo, end + HOUR)
    one.received("ha terminado", button="Volver")
    one.stands("expired", "revoked", end)


@pytest.mark.exhaustive
def test_cancellation_at_the_provider_is_announced(demo: Demo) -> None:
    one = member(demo, "Dino")
    one.at_provider("cancel")
    received = one.received("está cancelada")
    assert names(received["text"], one.period_end())
    # Stripe resumes no subscription that was canceled at Stripe, so no button offers it.
    assert not received["buttons"]
    one.stands("canceled", "active")


def test_cancellation_in_the_chat_is_undone_by_a_button(demo: Demo) -> None:
    one = member(demo, "Dafne")
    reported = one.cancels()
    one.stands("canceled", "active")
    one.person.press(reported, "Deshacer")
    assert names(one.received("sigue activa")["text"], one.period_end())
    one.stands("active", "active")
    assert one.provider()["cancel_at_period_end"] is False


def test_full_refund_ends_access(demo: Demo) -> None:
    one = member(demo, "Eli")
    at = now(demo)
    one.at_provider("refund")
    assert "29,99\xa0€" in one.received("Te hemos devuelto")["text"]
    explained = one.stands("expired", "revoked", at, LATE)
    assert any("refund" in entry for entry in explained.entries)
    one.billing_ends()


@pytest.mark.exhaustive
def test_partial_refund_keeps_access(demo: Demo) -> None:
    one = member(demo, "Fede")
    one.at_provider("refund", amount="5.00")
    assert "5,00\xa0€" in one.received("Te hemos devuelto")["text"]
    one.stands("active", "active")


@pytest.mark.exhaustive
def test_won_dispute_restores_access(demo: Demo) -> None:
    one = member(demo, "Gina")
    end = one.period_end()
    one.at_provider("dispute")
    one.received("ha abierto una disputa")
    one.stands("paused", "suspended", end)
    seq = one.seq()
    advance(demo, days=3)
    one.at_provider("win_dispute")
    one.received("La disputa por tu pago", after=seq)
    one.comes_in(seq)
    # The days lost to the dispute are added.
    one.stands("active", "active", end + 3 * DAY, LATE)


def test_lost_dispute_ends_access(demo: Demo) -> None:
    one = member(demo, "Hugo")
    one.at_provider("dispute")
    one.received("ha abierto una disputa")
    seq, at = one.seq(), now(demo)
    one.at_provider("lose_dispute")
    one.received("La disputa por tu pago", after=seq)
    one.stands("expired", "revoked", at, LATE)
    one.billing_ends()


@pytest.mark.exhaustive
def test_pause_by_the_provider_suspends_access_until_resumed(demo: Demo) -> None:
    one = member(demo, "Iris")
    one.at_provider("pause")
    one.received("está en pausa")
    one.stands("paused", "suspended")
    seq = one.seq()
    one.at_provider("resume")
    one.received("se reanuda", after=seq)
    one.comes_in(seq)
    one.stands("active", "active")


@pytest.mark.exhaustive
def test_trial_turns_into_a_paid_subscription(demo: Demo) -> None:
    demo.sql("UPDATE service_plans SET trial_days = 7 WHERE soft_id = 'bet365'")
    try:
        juan = demo.person("Juan")
        demo.pay(juan.checkout("Bet365"))
        ready = juan.received("", button="Unirte al canal Bet365")
        channel = juan.join(juan.press(ready, "Unirte al canal Bet365")["value"])
        juan.send("/estado")
        juan.received("De prueba")
    finally:
        demo.sql("UPDATE service_plans SET trial_days = 0 WHERE soft_id = 'bet365'")
    one = known_member(demo, juan, int(channel["id"]), "Bet365")
    one.stands("trialing", "active")
    seq, end = one.seq(), one.period_end()
    advance(demo, days=5)
    assert names(one.received("Tu prueba", after=seq)["text"], end)
    advance_to(demo, end + HOUR)
    one.received("Renovado", after=seq)
    one.stands("active", "active")
    assert len(one.said("Tu prueba", seq)) == 1


@pytest.mark.exhaustive
def test_each_reminder_is_sent_once(demo: Demo) -> None:
    advance_to_hour(demo, 15)
    one = member(demo, "Lola")
    end = one.period_end()
    one.cancels()
    steps = [(-3 * DAY, "termina el"), (-DAY, "termina el"), (-3 * HOUR, "termina el")]
    steps += [(timedelta(), "ha terminado"), (DAY, "te espera"), (7 * DAY, "te espera")]
    for number, (wait, text) in enumerate(steps):
        wanted = sum(text == other for _, other in steps[: number + 1])
        advance_to(demo, end + wait)
        eventually(lambda text=text, wanted=wanted: len(one.said(text)) == wanted or None, f"{text} × {wanted}")
    advance(demo, days=3)
    eventually(lambda: _nothing_to_remind_of(one) or None, "all was said")
    assert [len(one.said(text)) for text in ("termina el", "ha terminado", "te espera")] == [3, 1, 2]


def _nothing_to_remind_of(one: Member) -> bool:
    planned = f"SELECT next_reminder_at > '9000-01-01' FROM subscriptions WHERE provider_ref = '{one.ref}'"
    return bool(one.demo.sql(planned))


def morning_after(night: datetime) -> datetime:
    """Return nine o'clock in Madrid on the morning after the given night. The night is a time that may be before or
    after midnight in Madrid.
    """
    local = night.astimezone(MADRID)
    day = local.date() if local.hour < 9 else local.date() + DAY
    return datetime.combine(day, time(9), MADRID)


@pytest.mark.exhaustive
def test_reminders_wait_for_daytime_and_payment_messages_are_sent_at_night(demo: Demo) -> None:
    advance_to_hour(demo, 23)
    one = member(demo, "Nora")
    seq, end = one.seq(), one.period_end()
    planned = f"SELECT next_reminder_at FROM subscriptions WHERE provider_ref = '{one.ref}'"
    # Fifteen days before the charge is at night: the notice is sent on the evening before, never later.
    night = (end - 15 * DAY).astimezone(MADRID)  # One hour later if summer time has begun meanwhile.
    evening = datetime.combine(night.date() - (DAY if night.hour < 9 else timedelta()), time(21), MADRID)
    eventually(lambda: demo.sql(planned) == evening or None, "comes in the evening")
    advance_to(demo, evening)
    one.received("se renueva", after=seq)
    (reminded,) = one.said("se renueva", seq)
    assert evening <= reminded <= end - 15 * DAY
    # A fact is sent at once.
    advance_to(demo, end + HOUR)
    one.received("Renovado", after=seq)
    (renewed,) = one.said("Renovado", seq)
    assert renewed < morning_after(end)


@pytest.mark.exhaustive
def test_payment_without_webhook_is_found(demo: Demo) -> None:
    kai = demo.person("Kai")
    demo.pay(kai.checkout("Sportium"), webhooks="never")
    advance(demo, minutes=4)
    kai.join(kai.invited("Sportium"))


@pytest.mark.exhaustive
def test_claimed_payment_is_verified_at_the_provider(demo: Demo) -> None:
    lara = demo.person("Lara")
    url = lara.checkout("Sportium")
    pay = lara.received("", button="verificar")
    lara.press(pay, "Ya pagué, verificar")
    demo.pay(url, webhooks="never")
    lara.press(pay, "Ya pagué, verificar")
    lara.join(lara.invited("Sportium"))
