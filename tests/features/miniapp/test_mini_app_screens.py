"""The Mini App's page, before any button is pressed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from features.miniapp.domain import OF_FEATURES, OPENINGS, AppPress, AppPressId
from features.miniapp.use_cases.show_member import MemberView
from features.miniapp.web.document import member_document
from features.miniapp.web.screens import MiniAppScreens
from scripts import contact_samples, contact_vip
from subscriptions.application.catalog.site import SiteView
from subscriptions.application.people.customers import Person
from subscriptions.application.views.show_status import PaymentView, StatusView
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ids import TelegramId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.services.zones import Zones
from tests.unit.web.test_pages import IDENTITY, plan
from web.render import environment
from web.texts import LANGUAGES, raw_texts

OPENS = {"es": "Incluye", "en": "Includes", "pt": "Inclui", "pt-br": "Inclui"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_plan_on_the_page_lists_its_chats_and_has_a_button_to_its_plan_card(language: str) -> None:
    bundle = replace(plan(), opens=("vip", "sala"))
    site = SiteView(plans=[bundle], bot_username="shop_bot", chats={"vip": "Canal <VIP>", "sala": "Sala"})
    screens = MiniAppScreens(IDENTITY, Zones(), environment())
    page = screens.screen(language, site, None)
    assert f"{OPENS[language]}: Canal &lt;VIP&gt;, Sala" in page
    assert 'data-press="plan_select_retabet"' in page
    assert 'data-press="/historial"' not in page, "nothing is led to that is not there"


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_menu_has_a_button_for_each_screen_except_the_status_in_order(language: str) -> None:
    screens = MiniAppScreens(IDENTITY, Zones(), environment(), {*OF_FEATURES.values()})
    page = screens.screen(language, SiteView(plans=[], bot_username="shop_bot", chats={}), None)
    menu = re.findall(r'<button type="button" data-press="([^"]+)">([^<]+)</button>', page)
    words = raw_texts(language)["app"]["menu"]
    assert menu == [(data, words[name]) for name, data in OPENINGS.items() if name != "status"]
    assert words.keys() == OPENINGS.keys() - {"status"}


@pytest.mark.parametrize(("name", "feature"), OF_FEATURES.items())
def test_button_of_a_feature_that_is_not_loaded_is_hidden(name: str, feature: str) -> None:
    screens = MiniAppScreens(IDENTITY, Zones(), environment(), {*OF_FEATURES.values()} - {feature})
    page = screens.screen("es", SiteView(plans=[], bot_username="shop_bot", chats={}), None)
    shown = re.findall(r'<button type="button" data-press="([^"]+)">', page)
    assert shown == [data for each, data in OPENINGS.items() if each not in {"status", name}]


@pytest.mark.parametrize(
    ("language", "zone", "written", "city"),
    [
        ("es", None, "12 mar 2026, 21:00", "Horas de Madrid."),
        ("es", "America/Bogota", "12 mar 2026, 15:00", "Horas de Bogotá."),
        ("pt-br", None, "12 mar. 2026, 17:00", "Horário de Brasília."),
    ],
)
def test_times_are_in_the_customers_time_zone_which_is_named_once(
    language: str, zone: str | None, written: str, city: str
) -> None:
    at = datetime(2026, 3, 12, 20, 0, tzinfo=UTC)
    payments = [PaymentView(at=at, amount=Money(2999, "EUR"), reference=f"A1B2C3D{n}") for n in range(2)]
    status = StatusView(subscriptions=(), open_orders=(), payments=tuple(payments))
    member = MemberView(language=language, status=status, zone=zone)
    site = SiteView(plans=[], bot_username="shop_bot", chats={})
    page = MiniAppScreens(IDENTITY, Zones.parse("Europe/Madrid"), environment()).screen(language, site, member)
    assert page.count(f">{written}</time>") == 2
    assert page.count(city) == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("is_owed", "renewable"), [(True, True), (True, False), (False, True)])
@pytest.mark.parametrize("reads_only", [True, False])
def test_failed_charge_is_shown_with_a_way_to_pay_by_another_method(
    language: str, *, is_owed: bool, renewable: bool, reads_only: bool
) -> None:
    item = replace(contact_samples.LIVE, status=SubscriptionStatus.PAST_DUE, is_owed=is_owed, renewable=renewable)
    status = StatusView(subscriptions=(item,), open_orders=(), payments=())
    member = MemberView(language=language, status=status, zone=None)
    site = SiteView(plans=[], bot_username="shop_bot", chats={})
    screens = MiniAppScreens(IDENTITY, Zones.parse("Europe/Madrid"), environment())
    page = screens.screen(language, site, member, reads_only=reads_only)
    words = raw_texts(language)["app"]
    data = f"plan_{item.soft_id}" if reads_only else f'data-press="plan_select_{item.soft_id}"'
    shown = [words["pay_otherwise"] in page, words["charge_failed"].replace("'", "&#39;") in page, data in page]
    assert shown == [is_owed and renewable] * 3


def message(rows: Sequence[Sequence[Mapping[str, str]]]) -> str:
    """Render an answer with one message that has the given rows of buttons."""
    views = [{"text": "<b>Gestionar</b>", "rows": rows}]
    press = AppPress(
        id=AppPressId(new_uuid()),
        person=TelegramId(1),
        key="k" * 16,
        data="manage",
        before=None,
        place=0,
        names={},
        asked_at=datetime(2026, 3, 12, tzinfo=UTC),
        messages=views,
    )
    return MiniAppScreens(IDENTITY, Zones(), environment()).answer("es", press, "shop_bot")


def pressed(text: str) -> dict[str, str]:
    return {"text": text, "data": text.lower(), "url": "", "copy": ""}


def test_message_with_many_buttons_shows_them_as_a_list_in_order() -> None:
    page = message(
        [[pressed("Pausar")], [pressed("Plan"), pressed("Tarjeta")], [pressed("Cancelar")], [pressed("Volver")]]
    )
    listed = page[page.index('<ul class="menu">') : page.index("</ul>")]
    assert re.findall(r">([^<]+)</button>", listed) == ["Pausar", "Plan", "Tarjeta", "Cancelar", "Volver"]
    assert page.count("data-press") == 5


def test_message_with_three_rows_of_buttons_is_not_changed_to_a_list() -> None:
    page = message([[pressed("Suscribirse")], [pressed("Otra")], [pressed("Volver")]])
    assert 'class="menu"' not in page
    assert page.count('class="button') == 3


def test_links_and_checkboxes_are_not_shown_as_list_entries() -> None:
    link = pressed("Pagar") | {"data": "", "url": "https://pay.example/"}
    page = message([[link], [pressed("Uno")], [pressed("Dos")], [pressed("Tres")]])
    assert '<a class="button" href="https://pay.example/">Pagar</a>' in page
    box = pressed("☐ Pido empezar ya")
    page = message([[box], [pressed("Uno")], [pressed("Dos")], [pressed("Tres")]])
    assert 'class="menu"' not in page


@pytest.mark.parametrize(
    ("own", "url"),
    [(None, "https://t.me/+vip"), ("https://t.me/+own", "https://t.me/+own")],
    ids=["the VIP channel alone", "a channel of their own as well"],
)
def test_link_to_the_vip_channel_is_in_the_customers_data(own: str | None, url: str) -> None:
    held = replace(contact_samples.LIVE, vip=True, invite_url=own, channel_url=None)
    vip = replace(contact_vip.BEGUN, stage=None, invite_url="https://t.me/+vip", invite_until=contact_samples.NOW)
    status = replace(contact_samples.card(held), vip=vip)
    person = Person(telegram_id=TelegramId(7), first_name="Ana", username=None, language_code="es")
    document = member_document(person, MemberView(language="es", status=status))
    subscriptions = document["subscriptions"]
    assert isinstance(subscriptions, list)
    (subscription,) = subscriptions
    assert isinstance(subscription, dict)
    assert subscription["url"] == url
