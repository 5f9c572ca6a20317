"""Answers to the buttons "Ya pagué, verificar" and "¿Por qué?"."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot import callbacks
from bot.formats import duration, moment
from bot.screens import Screen, verify
from bot.screens.why import explanations_card
from bot.texts import LANGUAGES, texts_for
from subscriptions.application.views.explain_access import Explanation, Reason
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.subscription import DISPUTE, SubscriptionStatus
from tests.support.written import written
from tests.unit.bot.test_screens import NOW, ORDER, rows

START = datetime(2026, 2, 12, 20, 0, tzinfo=UTC)


def reason(kind: LedgerKind = LedgerKind.PAYMENT, **more: object) -> Reason:
    facts: dict[str, object] = {
        "reference": "A1B2",
        "starts_at": START,
        "length": timedelta(days=28),
        "access_end": NOW,
        **more,
    }
    return Reason(kind=kind, **facts)


def explanation(*reasons: Reason, **more: object) -> Explanation:
    facts: dict[str, object] = {
        "plan": "Retabet",
        "status": SubscriptionStatus.ACTIVE,
        "access": AccessStatus.ACTIVE,
        "access_end": NOW,
        "by_month": True,
        **more,
    }
    return Explanation(reasons=reasons, **facts)


def es(*explanations: Explanation) -> str:
    return explanations_card(texts_for("es"), explanations).text


def test_explanation_of_access_lists_each_payment_and_its_time() -> None:
    text = es(explanation(reason()))

    assert "Acceso hasta el 12 mar 2026, 21:00 (hora de Madrid):\n• 12 feb 2026: pago #A1B2, +1 mes" in written(text)


def test_explanation_shows_a_refund_as_the_end_of_the_paid_time() -> None:
    cut = reason(LedgerKind.REFUND, starts_at=START + timedelta(days=3), length=timedelta())
    text = es(explanation(reason(), cut, status=SubscriptionStatus.EXPIRED, end_reason="refunded"))

    assert "se devolvió el pago" in text
    assert "El acceso llegó hasta" in text
    assert "15 feb 2026: devolución del pago #A1B2; lo pagado solo cuenta hasta ese día" in text


def test_explanation_shows_a_credit_after_a_plan_change_as_days_of_the_new_plan() -> None:
    moved = reason(LedgerKind.CHANGE, starts_at=START + timedelta(days=18), length=timedelta(days=7, hours=3))
    text = es(explanation(reason(length=timedelta(days=30)), moved))

    assert "• 12 feb 2026: pago #A1B2, +30 días" in text
    assert "• 2 mar 2026: cambio de plan; el tiempo que quedaba del pago #A1B2 pasa a ser 7 días" in text


def test_time_deducted_from_the_price_of_another_plan_is_explained() -> None:
    moved = reason(LedgerKind.CHANGE, starts_at=START + timedelta(days=18), length=timedelta())
    text = es(explanation(reason(), moved))

    assert "• 2 mar 2026: cambio de plan; el tiempo que quedaba del pago #A1B2 se descontó del nuevo precio" in text


def test_gift_recipient_sees_the_refund_without_the_payment_reference() -> None:
    back = reason(LedgerKind.DISPUTE, length=timedelta(), for_another=True)
    text = es(explanation(reason(LedgerKind.TOKEN, for_another=True), back, status=SubscriptionStatus.EXPIRED))

    assert "se devolvió el pago de un regalo; lo pagado solo cuenta hasta ese día" in text
    assert "A1B2" not in text


def test_pause_is_explained_with_its_reason() -> None:
    paused = {"status": SubscriptionStatus.PAUSED, "access": AccessStatus.SUSPENDED}

    assert "mientras el banco resuelve una disputa" in es(
        explanation(reason(), paused_for=frozenset({DISPUTE}), **paused)
    )
    assert "hasta que se reanude" in es(explanation(reason(), paused_for=frozenset({"provider"}), **paused))


def test_customer_without_a_subscription_gets_a_button_to_the_plans() -> None:
    screen = explanations_card(texts_for("es"), [])

    assert screen.text == texts_for("es")("why.nothing")
    assert "suscripci" in screen.text
    assert rows(screen) == [["Ver Planes"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_long_explanation_of_access_fits_one_message(language: str) -> None:
    kinds = [*LedgerKind] * 8
    long = [
        explanation(
            *(reason(kind, reference="x" * 20) for kind in kinds),
            plan="<b>&_*" + "x" * 60,
            status=status,
            end_reason=why_,
        )
        for status in SubscriptionStatus
        for why_ in (None, "period_over")
    ]
    screen = explanations_card(texts_for(language), long)

    assert len(screen.text) < 4096
    assert "<b>&_*" not in screen.text


@pytest.mark.parametrize(
    ("start", "length", "by_month", "said"),
    [
        (START, timedelta(days=28), True, "1 mes"),
        (START, timedelta(days=28), False, "28 días"),
        (datetime(2026, 1, 31, 12, tzinfo=UTC), timedelta(days=28), True, "1 mes"),
        (START, timedelta(days=365), True, "1 año"),
        (START, timedelta(days=27), True, "27 días"),
        (START, timedelta(days=1), True, "1 día"),
        (START, timedelta(hours=5), True, "5 horas"),
        (datetime(2026, 3, 12, 12, tzinfo=UTC), timedelta(days=31), True, "1 mes"),
    ],
)
def test_duration_is_written_in_years_months_days_or_hours(
    start: datetime, length: timedelta, by_month: bool, said: str
) -> None:
    assert duration(texts_for("es"), start, length, by_month=by_month) == said


def callbacks_of(screen: Screen) -> list[str | None]:
    markup = screen.markup
    return [item.callback_data or item.url for row in markup.inline_keyboard for item in row] if markup else []


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_result_of_a_payment_check_has_its_buttons(language: str) -> None:
    t, again = texts_for(language), callbacks.verify("retabet")

    assert callbacks_of(verify.payment_found(t, ORDER, NOW)) == [again]
    assert callbacks_of(verify.payment_pending(t, ORDER, NOW)) == [again]
    assert callbacks_of(verify.unreachable(t, ORDER, NOW)) == [again, "plan_select_retabet"]
    fresh = callbacks.pay("card", "retabet")
    assert callbacks_of(verify.nothing(t, ORDER, NOW)) == ["https://pay.example/1", fresh, again, "plan_select_retabet"]
    over = verify.nothing(t, replace(ORDER, url=None), NOW)
    assert callbacks_of(over) == [fresh, again, "plan_select_retabet"]
    assert moment(t, ORDER.expires_at) not in f"{verify.nothing(t, ORDER, NOW).text}{over.text}", "a time may be old"
    assert callbacks_of(verify.paid_purchase(t, "A1")) == []


def test_answer_to_a_repeated_payment_check_differs_from_the_first() -> None:
    t = texts_for("es")

    assert verify.nothing(t, ORDER, NOW).text != verify.nothing(t, ORDER, NOW + timedelta(seconds=1)).text
