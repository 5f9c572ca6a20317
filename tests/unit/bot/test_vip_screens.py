"""Check that VIP screens have the operator's wording, show names as typed, and give times in the
customer's time zone.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot import callbacks
from bot.screens import Screen, codes
from bot.screens.entry import entry
from bot.texts import LANGUAGES, texts_for
from subscriptions.application.vip.code_answers import Activation, TokenRefusal
from subscriptions.application.vip.vip_view import VipView
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.service_plan import AccessKind, ServicePlan
from subscriptions.domain.ids import PlanId, new_uuid
from subscriptions.domain.money import Money
from tests.support.each_case import each_case
from tests.support.written import written

NOW = datetime(2026, 3, 12, 20, 0, tzinfo=UTC)
ES = texts_for("es")
PLAN = ServicePlan(
    id=PlanId(new_uuid()),
    soft_id="premium",
    name="Plan Mensual Premium",
    price=Money(999, "USD"),
    recurring=False,
    interval=None,
    duration_days=30,
    access=AccessKind.VIP_CHANNEL,
    created_at=NOW,
)
GAIN = Activation(
    plan=PLAN, price=PLAN.price, days=30, days_left=30, access_end=NOW + timedelta(days=30), is_extension=False, stage=1
)
VIEW = VipView(plan_name=PLAN.name, stage=1, access=AccessStatus.PENDING, access_until=GAIN.access_end)
INSIDE = replace(VIEW, stage=None, access=AccessStatus.ACTIVE)
READY = replace(VIEW, invite_url="https://t.me/+abc", invite_until=NOW + timedelta(days=1))


def labels(screen: Screen) -> list[str]:
    return [item.text for row in screen.markup.inline_keyboard for item in row] if screen.markup else []


def test_activation_card_has_the_wording_given_by_the_operator() -> None:
    assert codes.card(ES, GAIN) == (
        "🎉 ¡Suscripción VIP Activada!\n\n"
        "Plan: Plan Mensual Premium\nPrecio: $9.99\nDuración: 30 días\nDías Restantes: 30\n\n"
        "⭐ Tu rol ha sido actualizado a: Usuario VIP"
    )


def test_button_with_an_invite_link_names_the_plan() -> None:
    assert labels(entry(ES, replace(READY, stage=None))) == ["🔗 Unirte al canal Plan Mensual Premium"]


@each_case("language", LANGUAGES)
@each_case("why", TokenRefusal)
def test_every_refusal_of_a_code_has_its_own_text_and_a_plans_button(language: str, why: TokenRefusal) -> None:
    t = texts_for(language)
    texts = {each: codes.refusal(t, each, "@ayuda", length=15, expired="12 mar 2026").text for each in TokenRefusal}
    screen = codes.refusal(t, why, "@ayuda", length=15, expired="12 mar 2026")

    assert list(texts.values()).count(screen.text) == 1
    assert "@ayuda" in screen.text
    assert labels(screen) == [t.plain("buttons.plans")]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["<b>&_*", "x" * 60, "{0} {plan} 👨‍👩‍👧"])
def test_plan_names_are_shown_as_typed_and_escaped(language: str, name: str) -> None:
    t, gain = texts_for(language), replace(GAIN, plan=replace(PLAN, name=name))
    shown = codes.activation(t, gain, replace(READY, stage=None, plan_name=name), direct=timedelta(hours=5))

    assert name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") in shown.text
    assert name in labels(shown)[0]


@pytest.mark.parametrize(
    ("until", "shown"),
    [
        (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), "31 dic 2026, 23:59"),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), "1 ene 2027, 00:00"),
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "29 mar 2026, 01:59"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "29 mar 2026, 03:00"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "25 oct 2026, 02:30"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "25 oct 2026, 02:30"),
    ],
)
def test_end_of_access_is_shown_in_local_time(until: datetime, shown: str) -> None:
    assert f"hasta el {shown} (hora de Madrid)." in written(entry(ES, replace(INSIDE, access_until=until)).text)


@pytest.mark.parametrize("stage", [1, 2, 3])
def test_entry_step_button_data_contains_the_step_and_is_within_telegrams_limit(stage: int) -> None:
    data = callbacks.vip_stage(stage)

    assert len(data.encode()) <= callbacks.LIMIT
    assert data == f"vip_stage_{stage}"


@pytest.mark.parametrize(
    ("view", "done"), [(VIEW, False), (replace(VIEW, stage=2), False), (READY, False), (None, True), (INSIDE, True)]
)
def test_extension_message_says_that_no_action_is_needed_only_to_customers_inside(
    view: VipView | None, done: bool
) -> None:
    gain = replace(GAIN, is_extension=True)
    said = codes.activation(ES, gain, view, direct=None).text
    assert ("No tienes que hacer nada más." in said) is done
    assert "Tu acceso llega ahora hasta" in said
