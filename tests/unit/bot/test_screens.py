"""Check that messages have the wording of the design, show names as typed, and have buttons within
Telegram's limits.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from aiogram.types import InlineKeyboardMarkup

from bot import callbacks, consent
from bot.commands import COMMANDS, NOT_IN_HELP, name_of
from bot.formats import moment
from bot.paying import lapsed_screen
from bot.screens import Screen, cancel, checkout, notices, plans, status, verify
from bot.texts import LANGUAGES, Texts, texts_for
from scripts import contact_samples
from subscriptions.application.catalog.browse_plans import PlanView
from subscriptions.application.checkout.pay_messages import LapsedPurchase
from subscriptions.application.checkout.start_checkout import CheckoutView
from subscriptions.application.dto.policy import Policy
from subscriptions.application.messages.announcement import AlarmMessage
from subscriptions.application.views.plan_texts import plan_price
from subscriptions.application.views.show_status import OpenOrderView, PaymentView, StatusView, SubscriptionView
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ids import OrderId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.services.time_origin import TimeOrigin
from tests.fakes import samples
from tests.fakes.announcements import announcement
from tests.fakes.clock import ManualClock
from tests.fakes.gateway import MemoryGateway, MemoryGateways

NOW = datetime(2026, 3, 12, 20, 0, tzinfo=UTC)
LONG = "a" * 40
NAMES = ["Retabet", "<b>&_*😀</b>", "x" * 60, "👨‍👩‍👧‍👦 {0} {plan}"]

PLAN = PlanView(
    soft_id="retabet",
    name="Retabet",
    emoji="🎰",
    description="Recibe alertas de valor en tiempo real",
    price=Money(2999, "EUR"),
    recurring=True,
    interval=Interval.MONTH,
    interval_count=1,
    duration_days=None,
    methods=("memory",),
)
SUBSCRIPTION = SubscriptionView(
    soft_id="retabet",
    plan="🎰 Retabet",
    plan_name="Retabet",
    price=Money(2999, "EUR"),
    interval=Interval.MONTH,
    interval_count=1,
    status=SubscriptionStatus.ACTIVE,
    access=AccessStatus.ACTIVE,
    access_until=NOW,
    period_end=NOW,
    grace_until=None,
    renews=True,
    can_undo=False,
    invite_url=None,
    provider="memory",
)
ORDER = OpenOrderView(
    reference="A1B2C3D4",
    soft_id="retabet",
    plan="🎰 Retabet",
    plan_name="Retabet",
    price=Money(2999, "EUR"),
    url="https://pay.example/1",
    expires_at=NOW,
    provider="card",
)


@pytest.fixture
def t() -> Texts:
    return texts_for("es")


def rows(screen: Screen) -> list[list[str]]:
    return [[item.text for item in row] for row in screen.markup.inline_keyboard] if screen.markup else []


def everything(t: Texts, name: str = "Retabet", soft_id: str = "retabet") -> list[Screen]:
    plan = replace(PLAN, name=name, soft_id=soft_id, description=name)
    item = replace(SUBSCRIPTION, plan=name, plan_name=name, soft_id=soft_id)
    order = replace(ORDER, plan=name, plan_name=name, soft_id=soft_id)
    gateways = MemoryGateways({code: MemoryGateway(ManualClock(), name=code) for code in ("one", "two_ways")})
    canceled = replace(item, status=SubscriptionStatus.CANCELED, can_undo=True)
    views = [
        StatusView(
            subscriptions=tuple(replace(item, status=state, access=access) for _ in range(times)),
            open_orders=(order,) * times,
            payments=(PaymentView(at=NOW, amount=plan.price, reference="A1B2"),),
        )
        for state in SubscriptionStatus
        for access in (None, *AccessStatus)
        for times in (1, 2)
    ]
    return [
        plans.welcome(t, name, [plan, plan]),
        plans.plan_list(t, [plan, plan]),
        plans.plan_card(t, plan),
        checkout.methods(t, replace(plan, methods=("one", "two_ways")), gateways.descriptors()),
        checkout.pay(
            t,
            CheckoutView(
                order_id=OrderId(new_uuid()),
                attempt=1,
                reference="A1",
                plan=plan,
                provider="one",
                amount=plan.price,
                url="https://pay.example",
                expires_at=NOW,
                is_reused=False,
            ),
        ),
        checkout.no_method(t),
        checkout.unavailable(t, soft_id, "A1"),
        checkout.rejection(t, None),
        cancel.card(t, item, several=True),
        cancel.choose(t, [item, item]),
        cancel.nothing(t, [canceled], 2),
        cancel.failure(t, callbacks.undo_cancel(soft_id), undo=True),
        *(status.status(t, view) for view in views),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_screens_with_any_plan_name_stay_within_telegrams_limits_and_escape_the_name(language: str, name: str) -> None:
    for screen in everything(texts_for(language), name, LONG):
        assert len(screen.text) < 4096
        assert "<b>&_*" not in screen.text
        for row in (screen.markup or InlineKeyboardMarkup(inline_keyboard=[])).inline_keyboard:
            assert len(row) <= 2
            for item in row:
                assert 1 <= len(item.text.encode()) < 400
                assert 1 <= len((item.callback_data or "x").encode()) <= callbacks.LIMIT


def test_plan_list_shows_name_and_price_on_each_button(t: Texts) -> None:
    screen = plans.plan_list(t, [PLAN])

    assert screen.text == "Elige una casa de apuestas:"
    assert rows(screen) == [["🎰 Retabet · 29,99\xa0€/mes"]]


def test_plan_list_of_a_vip_plan_mentions_no_bookmaker(t: Texts) -> None:
    vip = replace(PLAN, opens=("vip",), vip=True)
    assert plans.plan_list(t, [PLAN, vip]).text == "Elige una casa de apuestas o el canal VIP:"
    assert plans.plan_list(t, [vip]).text == "Elige tu plan del canal VIP:"
    group = replace(PLAN, opens=("charla",))
    assert plans.plan_list(t, [group]).text == "Elige tu plan:"
    assert plans.plan_list(t, [PLAN, group]).text == "Elige una casa de apuestas:"
    assert "solo para ti" in plans.welcome(t, "Retador", [PLAN]).text
    assert "solo para ti" not in plans.welcome(t, "Retador", [PLAN, vip]).text


@pytest.mark.parametrize(
    ("language", "changes", "said"),
    [
        ("es", {}, "29,99\xa0€/mes"),
        ("es", {"interval": Interval.WEEK}, "29,99\xa0€/semana"),
        ("es", {"interval": Interval.YEAR}, "29,99\xa0€/año"),
        ("es", {"interval_count": 3}, "29,99\xa0€ cada 3 meses"),
        ("en", {"interval_count": 3}, "€29.99 every 3 months"),
        ("es", {"recurring": False, "interval": None, "duration_days": 30}, "29,99\xa0€ · 30 días"),
        ("es", {"recurring": False, "interval": None, "duration_days": 1}, "29,99\xa0€ · 1 día"),
        ("es", {"price": Money(1000, "JPY")}, "1.000\xa0JPY/mes"),
    ],
)
def test_shown_price_includes_its_period(language: str, changes: dict[str, object], said: str) -> None:
    assert plan_price(texts_for(language), replace(PLAN, **changes)) == said


def test_timestamps_are_shown_in_madrid_time(t: Texts) -> None:
    assert moment(t, NOW) == "12 mar 2026, 21:00 (hora de Madrid)"
    assert moment(texts_for("en"), NOW + timedelta(days=120)) == "10 Jul 2026, 22:00 (Madrid time)"


def test_checkout_screen_has_the_payment_link_first_and_back_last(t: Texts) -> None:
    checkout_view = CheckoutView(
        order_id=OrderId(new_uuid()),
        attempt=1,
        reference="A1B2C3D4",
        plan=PLAN,
        provider="m",
        amount=PLAN.price,
        url="https://pay.example",
        expires_at=NOW,
        is_reused=True,
    )
    screen = checkout.pay(t, checkout_view)

    assert rows(screen) == [["Ir a pago seguro"], ["Ya pagué, verificar"], ["⬅️ Volver"]]
    assert "Pulsa aquí para completar el pago:" in screen.text
    assert "A1B2C3D4" in screen.text


def test_payment_method_screen_requires_consent(t: Texts) -> None:
    gateways = MemoryGateways({code: MemoryGateway(ManualClock(), name=code) for code in ("one", "two")})
    policy = Policy(brand="Retador", base_url="https://retador.example", terms_version="2026-11")
    words = consent.consent_text(t, policy, "checkout.consent.methods")
    screen = checkout.methods(t, replace(PLAN, methods=("one", "two")), gateways.descriptors(), consent=words)

    assert 'href="https://retador.example/terms?v=2026-11"' in screen.text
    assert "mayor de 18 años" in screen.text
    assert [row[0].split(" · ")[0] for row in rows(screen)] == ["Pago one", "Pago two", "⬅️ Volver"]


def test_status_of_a_past_due_subscription_shows_the_grace_period(t: Texts) -> None:
    late = replace(SUBSCRIPTION, status=SubscriptionStatus.PAST_DUE, grace_until=NOW + timedelta(days=5))
    screen = status.status(t, StatusView(subscriptions=(late,), open_orders=(), payments=()))

    assert "Pago fallido, acceso hasta el 17 mar 2026, 21:00" in screen.text
    assert "Próximo cobro" not in screen.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_lists_every_command_in_each_language(language: str) -> None:
    said = plans.help_screen(texts_for(language), "@help").text

    assert [f"/{name_of(name, language)} – " in said for name in COMMANDS] == [
        name not in NOT_IN_HELP for name in COMMANDS
    ]


def test_previewed_order_is_not_in_the_status_and_returns_to_the_plan_card_on_expiry(t: Texts) -> None:
    looked = StatusView(subscriptions=(), open_orders=(replace(ORDER, is_asked=False),), payments=())
    nothing = StatusView(subscriptions=(), open_orders=(), payments=())
    assert status.status(t, looked) == status.status(t, nothing)

    lapsed = LapsedPurchase(
        order_id=OrderId(new_uuid()),
        customer=samples.customer(),
        soft_id=PLAN.soft_id,
        plan_name=PLAN.name,
        provider="card",
        price=PLAN.price,
        reference="A1B2C3D4",
        expires_at=NOW,
        is_asked=False,
    )
    methods = contact_samples.descriptors()
    assert lapsed_screen(t, lapsed, [PLAN, PLAN], methods) == plans.plan_card(t, PLAN, descriptors=methods)
    assert lapsed_screen(t, replace(lapsed, is_asked=True), [PLAN], methods) == verify.lapsed_purchase(
        t, replace(lapsed, is_asked=True)
    )


def test_status_of_a_canceled_subscription_offers_undo(t: Texts) -> None:
    canceled = replace(SUBSCRIPTION, status=SubscriptionStatus.CANCELED, renews=False, can_undo=True)
    one = status.status(t, StatusView(subscriptions=(canceled,), open_orders=(), payments=()))
    two = status.status(t, StatusView(subscriptions=(canceled, SUBSCRIPTION), open_orders=(), payments=()))

    always = [["⚙️ Gestionar ▸", "🆘 Ayuda"]]
    assert rows(one) == [["Ver Planes"], ["Deshacer"], *always]
    assert rows(two) == [["Ver Planes"], ["Deshacer: Retabet"], *always]


def test_status_of_an_expired_subscription_offers_to_subscribe_again(t: Texts) -> None:
    ended = replace(SUBSCRIPTION, status=SubscriptionStatus.EXPIRED, renews=False)
    screen = status.status(t, StatusView(subscriptions=(ended,), open_orders=(), payments=()))

    assert "Terminada" in screen.text
    assert rows(screen) == [["🔓 Volver a Retabet"], ["Ver Planes"], ["⚙️ Gestionar ▸", "🆘 Ayuda"]]


def test_invite_message_has_the_wording_and_button_of_the_design(t: Texts) -> None:
    screen = notices.render(announcement(MessageKind.INVITE_READY), "es")

    assert screen.text.startswith("✅ ¡Pago recibido! Tu canal exclusivo está listo:")
    assert rows(screen) == [["🔗 Unirte al canal Retabet"]]
    assert screen.markup is not None
    assert screen.markup.inline_keyboard[0][0].url == "https://t.me/+abc"


@pytest.mark.parametrize("reason", [*FlagReason, "a_reason_of_tomorrow"])
def test_every_review_reason_has_a_message(reason: str) -> None:
    screen = notices.render(announcement(MessageKind.PAYMENT_FLAGGED, reason=reason), "es")

    assert "A1B2C3D4" in screen.text


def test_alarm_of_an_unknown_kind_is_shown_with_its_kind_and_details() -> None:
    screen = notices.render(AlarmMessage(alarm="brand_new", facts={"order": "A1", "strange": "<x>"}), "es")

    assert screen.text.splitlines() == [
        "🚨 <b>Algo necesita tu atención: brand_new</b>",
        "• Pedido: A1",
        "• strange: &lt;x&gt;",
    ]


@pytest.mark.parametrize(
    ("language", "origin", "said"),
    [
        ("es", TimeOrigin.FROM_ANOTHER, "• 🎁 Regalo · no se renueva · hasta el 27 de diciembre"),
        ("en", TimeOrigin.FROM_ANOTHER, "• 🎁 Gift · doesn't renew · until 27 December"),
        ("pt", TimeOrigin.FROM_ANOTHER, "• 🎁 Oferta · não se renova · até 27 de dezembro"),
        ("pt-br", TimeOrigin.FROM_ANOTHER, "• 🎁 Presente · não renova · até 27 de dezembro"),
        ("es", TimeOrigin.CODE, "• 🎟 Código · no se renueva · hasta el 27 de diciembre"),
        ("en", TimeOrigin.CODE, "• 🎟 Code · doesn't renew · until 27 December"),
        ("pt", TimeOrigin.CODE, "• 🎟 Código · não se renova · até 27 de dezembro"),
        ("pt-br", TimeOrigin.CODE, "• 🎟 Código · não renova · até 27 de dezembro"),
        ("es", TimeOrigin.STAFF, "• 🎁 De parte del equipo · no se renueva · hasta el 27 de diciembre"),
        ("es", TimeOrigin.BROUGHT, "• 👥 Por invitar a alguien · no se renueva · hasta el 27 de diciembre"),
        ("es", TimeOrigin.FREE, "• 🎁 Gratis · no se renueva · hasta el 27 de diciembre"),
        ("es", TimeOrigin.IMPORTED, "• ✅ Ya lo tenías · no se renueva · hasta el 27 de diciembre"),
        ("es", TimeOrigin.PAID, "• ✅ Pagado · no se renueva"),
    ],
)
def test_subscription_without_an_upcoming_charge_shows_no_price(language: str, origin: TimeOrigin, said: str) -> None:
    t = texts_for(language)
    end = datetime(2026, 12, 27, 12, tzinfo=UTC)
    for interval in (Interval.MONTH, None):
        item = replace(contact_samples.GIVEN, origin=origin, access_until=end, interval=interval)
        text = status.subscription(t, item, None)
        assert said in text
        assert str(t.money(item.price)) not in text
        assert (t.plain("status.word.active") in text) is (origin is TimeOrigin.PAID)
        far = status.subscription(t, replace(item, is_far=True), None)
        assert ("2026" in far) is True


def test_canceled_subscription_shows_no_price(t: Texts) -> None:
    text = status.subscription(t, replace(contact_samples.CANCELED, origin=TimeOrigin.PAID), None)

    assert "Cancelada, sin más cobros; acceso hasta el" in text
    assert "Precio" not in text
    assert "Precio" in status.subscription(t, contact_samples.LIVE, None)
