"""The control room on the sandbox's page, and its interaction with the simulated phone."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from playwright.async_api import Locator, Page, expect

from tests.sandbox.conftest import Scene, chat_id
from tests.sandbox.page.conftest import NARROW, ShopBot, Visit, greeted, phone_of, room_of
from tests.support.pages_seen import complaints, complaints_everywhere
from tests.support.paypal_sandbox import CLIENT, SECRET, PayPalReceiver, PayPalShop
from tests.support.plain_http import plain_http
from umbral_sandbox.payments.registry import payments_of

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module"), pytest.mark.exhaustive(each=True)]

KEY = "sk_test_page"
TOUR_STEPS = 9


async def checkout_url(scene: Scene) -> str:
    """Create a hosted checkout for a subscription, as a shop would."""

    async def post(path: str, **values: Any) -> dict[str, Any]:
        answer = await client.post(path, data=values)
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()
        return made

    base = scene.sandbox.url
    async with httpx.AsyncClient(
        base_url=f"{base}/stripe", trust_env=False, timeout=90, headers={"Authorization": f"Bearer {KEY}"}
    ) as client:
        product = await post("/v1/products", name="Retabet")
        price = await post(
            "/v1/prices",
            **{"product": product["id"], "currency": "eur", "unit_amount": 2999, "recurring[interval]": "month"},
        )
        session = await post(
            "/v1/checkout/sessions",
            **{
                "mode": "subscription",
                "line_items[0][price]": price["id"],
                "line_items[0][quantity]": 1,
                "client_reference_id": "order-7",
                "success_url": f"{base}/control/clock",
            },
        )
        return str(session["url"])


@contextlib.asynccontextmanager
async def paypal_at(scene: Scene) -> AsyncIterator[PayPalShop]:
    """Provide a seller with an account at PayPal's simulator, without webhooks."""
    async with plain_http(timeout=90) as http:
        payments = payments_of(scene.world)
        shop = PayPalShop(scene.sandbox.url, "", scene.world, payments, http, receiver=PayPalReceiver())
        known = {"client_id": CLIENT, "client_secret": SECRET}
        await shop.control("POST", "providers/paypal", known)
        yield shop


async def bought(page: Page, scene: Scene, shop: ShopBot) -> Locator:
    """Buy a subscription through the phone, and return the control room."""
    shop.plans = [[{"text": "Ir a pago seguro", "url": await checkout_url(scene)}]]
    phone = await greeted(page)
    await phone.get_by_role("button", name="Ver Planes").click()
    await phone.get_by_role("button", name="Ir a pago seguro").click()
    await phone.get_by_role("dialog", name="Pago").wait_for()
    checkout = phone.frame_locator("iframe[title=Pago]")
    await checkout.get_by_role("button", name="Suscribirse").click()
    await phone.get_by_role("button", name="Volver al chat").click()
    # The checkout and the payment.
    await expect(
        room_of(page).get_by_role("region", name="Dinero").get_by_role("button", name="29,99 €")
    ).to_have_count(2)
    return room_of(page)


async def test_purchase_is_shown_with_its_subscription_in_the_money_section(
    visit: Visit, shop: ShopBot, scene: Scene
) -> None:
    page = await visit()
    room = await bought(page, scene, shop)
    money = room.get_by_role("region", name="Dinero")
    await money.get_by_role("button", name="29,99 €").last.click()
    await money.get_by_role("link", name="sub_").click()
    subscription = money.locator("[data-selected]")
    await expect(subscription).to_contain_text("activa")
    await expect(page).to_have_url(re.compile("#subscription/stripe:sub_"))


async def test_checkout_not_yet_listed_by_the_page_shows_its_result(visit: Visit, shop: ShopBot, scene: Scene) -> None:
    page = await visit()
    shop.plans = [[{"text": "Ir a pago seguro", "url": await checkout_url(scene)}]]
    phone = await greeted(page)
    # The page had fetched the checkouts before this one existed.
    await page.route("**/control/checkouts", lambda route: route.fulfill(json={"checkouts": []}))
    await phone.get_by_role("button", name="Ver Planes").click()
    await phone.get_by_role("button", name="Ir a pago seguro").click()
    await phone.get_by_role("dialog", name="Pago").wait_for()
    await page.unroute("**/control/checkouts")

    await phone.frame_locator("iframe[title=Pago]").get_by_role("button", name="Suscribirse").click()

    await expect(phone.get_by_role("dialog", name="Pago").get_by_text("Estado: pagado")).to_be_visible()


async def test_paypal_subscription_statuses_and_actions_have_the_same_labels_as_those_of_stripe(
    visit: Visit, scene: Scene
) -> None:
    page = await visit()
    async with paypal_at(scene) as paypal:
        subscription = await paypal.subscribed()
    room = room_of(page)
    await expect(room.get_by_role("region", name="Ahora")).to_contain_text(f"{subscription['id'][:4]}")
    money = room.get_by_role("region", name="Dinero")
    row = money.get_by_role("listitem").filter(
        has=page.get_by_role("button", name=re.compile(f"^{subscription['id']} .*PayPal"))
    )
    await expect(row).to_contain_text("activa")
    await row.get_by_role("button").first.click()
    await expect(row).to_contain_text("ACTIVE")
    await row.get_by_role("button", name="Pausar").click()
    await expect(row).to_contain_text("pausada")
    await row.get_by_role("button", name="Reanudar").click()
    await expect(row).to_contain_text("Reanudar: pausada → activa")
    # A later change made elsewhere is not a result of this action.
    async with plain_http(base_url=scene.sandbox.url, timeout=90) as elsewhere:
        await elsewhere.post(f"/control/subscriptions/paypal/{subscription['id']}/cancel", json={})
    await expect(row).to_contain_text("CANCELLED")
    await expect(row).to_contain_text("Reanudar: pausada → activa")


async def test_changes_of_a_disputed_payment_are_shown_in_the_payment_list(
    visit: Visit, shop: ShopBot, scene: Scene
) -> None:
    room = await bought(await visit(), scene, shop)
    money = room.get_by_role("region", name="Dinero")
    await money.get_by_role("button", name="29,99 €").last.click()
    await money.get_by_role("button", name="Disputar").click()
    await expect(money.get_by_text("Disputar: pagado → en disputa")).to_be_visible()
    await money.get_by_role("button", name="Ganar disputa").click()
    await expect(money.get_by_text("Ganar disputa: en disputa → pagado")).to_be_visible()


async def test_refund_above_the_payment_is_refused(visit: Visit, shop: ShopBot, scene: Scene) -> None:
    room = await bought(await visit(), scene, shop)
    money = room.get_by_role("region", name="Dinero")
    await money.get_by_role("button", name="29,99 €").last.click()
    await money.get_by_label("Importe").fill("500,00")
    await money.get_by_role("button", name="Reembolsar").click()
    await expect(money.get_by_text("No se ha podido")).to_be_visible()


async def test_open_checkout_can_be_declined_in_the_control_room(visit: Visit, scene: Scene) -> None:
    room = room_of(await visit())
    await checkout_url(scene)
    scene.world.commit()
    money = room.get_by_role("region", name="Dinero")
    await money.get_by_role("button", name="29,99 €").click()
    await money.get_by_role("button", name="Rechazar").click()
    await expect(money.get_by_text("Rechazar: abierto → rechazado")).to_be_visible()


async def test_clock_is_advanced_in_the_control_room(visit: Visit, scene: Scene) -> None:
    room = room_of(await visit())
    await expect(room.get_by_text("igual que la hora real")).to_be_visible()
    await room.get_by_role("button", name="+31 d").click()
    await expect(room.get_by_text("adelantado 31 d respecto a la hora real")).to_be_visible()
    assert scene.world.clock.offset.days == 31


async def test_faults_can_be_enabled_and_all_disabled_together(visit: Visit, scene: Scene) -> None:
    room = room_of(await visit())
    faults = room.get_by_role("region", name="Fallos")
    await faults.get_by_role("button", name="Bot API").click()
    await faults.get_by_role("button", name="Parámetros: Límite de frecuencia").click()
    await faults.get_by_label("Segundos").first.fill("7")
    await faults.get_by_label("Método").first.fill("sendMessage")
    await faults.get_by_role("switch", name="Límite de frecuencia").click()
    await expect(faults.get_by_role("switch", name="Límite de frecuencia")).to_be_checked()
    await expect(faults.get_by_role("list", name="En vigor")).to_contain_text("sendMessage · 7 s")
    (fault,) = scene.world.wire.faults
    assert (fault.on, fault.do, fault.method, fault.seconds) == ("bot_api", "flood", "sendMessage", 7)

    await scene.refused("sendMessage", chat_id=scene.customer.id, text="x")
    calls = room.get_by_role("region", name="Llamadas")
    await expect(calls.locator(".row.bad")).to_contain_text("sendMessage")

    await faults.get_by_role("button", name="Terminar todos").click()
    await expect(faults.get_by_text("Todo funciona con normalidad.")).to_be_visible()
    assert scene.world.wire.faults == []


async def test_expected_refusal_of_a_join_request_is_not_marked_as_error(visit: Visit, scene: Scene) -> None:
    channel = scene.channel()
    scene.join(channel, scene.customer)
    await scene.refused("approveChatJoinRequest", chat_id=chat_id(channel), user_id=scene.customer.id)
    calls = room_of(await visit()).get_by_role("region", name="Llamadas")
    await expect(calls.locator(".row")).to_contain_text("approveChatJoinRequest")
    await expect(calls.locator(".bad")).to_have_count(0)


async def test_refusal_of_a_fault_for_an_unknown_method_is_shown(visit: Visit) -> None:
    faults = room_of(await visit()).get_by_role("region", name="Fallos")
    await faults.get_by_role("button", name="Bot API").click()
    await faults.get_by_role("button", name="Parámetros: Lentitud").click()
    await faults.get_by_label("Método").locator("visible=true").fill("sendNothing")
    await faults.get_by_role("switch", name="Lentitud").click()
    await expect(faults.get_by_text("No se ha podido")).to_be_visible()
    await expect(faults.get_by_role("switch", name="Lentitud")).not_to_be_checked()


async def test_channel_links_to_its_members_and_their_phones(visit: Visit, scene: Scene) -> None:
    channel = scene.channel(protected=True)
    scene.join(channel, scene.customer)
    page = await visit()
    room = room_of(page)
    channels = room.get_by_role("region", name="Canales")
    await channels.get_by_role("button", name="Picks").click()
    await expect(channels).to_contain_text("protegido")
    await channels.get_by_role("link", name="Ana", exact=True).click()
    person = room.get_by_role("region", name="Personas").locator("[data-selected]")
    await expect(person).to_contain_text("@ana_k")
    await person.get_by_role("button", name="Abrir en el teléfono").click()
    await expect(phone_of(page).get_by_role("tab", selected=True)).to_have_text("Ana")
    await expect(phone_of(page).get_by_role("button", name="Picks")).to_be_visible()


async def test_deleted_channel_is_labelled_as_deleted(visit: Visit, scene: Scene) -> None:
    channel = scene.channel()
    scene.join(channel, scene.customer)
    page = await visit()
    phone, people = phone_of(page), room_of(page).get_by_role("region", name="Personas")
    await people.get_by_role("button", name="Ana").click()
    await people.get_by_role("button", name="Abrir en el teléfono").click()
    await phone.get_by_role("button", name="Picks").click()
    scene.telegram.channels.delete(scene.owner.id, channel)
    scene.world.commit()
    await expect(phone.get_by_role("heading", name="Canal eliminado")).to_be_visible()
    await expect(phone.get_by_text("Este canal ya no existe.")).to_be_visible()


async def test_channel_is_shown_in_english_to_english_visitors(visit: Visit, scene: Scene) -> None:
    channel = scene.channel()
    scene.telegram.channels.set_title(scene.owner.id, channel, "Picks 2")
    scene.join(channel, scene.customer)
    page = await visit(locale="en-GB")
    phone, people = phone_of(page), room_of(page).get_by_role("region", name="People")
    await people.get_by_role("button", name="Ana").click()
    await expect(people).to_contain_text("Spanish")
    await people.get_by_role("button", name="Open on the phone").click()
    await phone.get_by_role("button", name="Picks").click()
    await expect(phone.get_by_text("Channel created")).to_be_visible()
    await expect(phone.get_by_text("The chat is now called “Picks 2”")).to_be_visible()


async def test_page_has_no_accessibility_violations(visit: Visit, shop: ShopBot, scene: Scene) -> None:
    page = await visit()
    room = await bought(page, scene, shop)
    for name in ("Dinero", "Llamadas"):
        await room.get_by_role("region", name=name).locator(".row-head").first.click()
    assert await complaints_everywhere(page) == []
    await page.set_viewport_size({"width": NARROW["width"], "height": NARROW["height"]})
    await page.locator("#tab-room").click()
    assert await complaints_everywhere(page) == []


@pytest.mark.parametrize(
    ("locale", "tab", "onward", "back", "end"),
    [
        ("es-ES", "Sala de control", "Siguiente", "Atrás", "Terminar la visita"),
        ("en-GB", "Control room", "Next", "Back", "End the tour"),
        ("pt-PT", "Sala de controlo", "Seguinte", "Anterior", "Terminar a visita"),
    ],
)
async def test_tour_can_be_followed_on_a_phone(
    visit: Visit, locale: str, tab: str, onward: str, back: str, end: str
) -> None:
    """Check that each step is reached by its button, with the keyboard alone, and fits on the screen."""
    page = await visit(NARROW, locale)
    await page.get_by_role("tab", name=tab).press("Enter")
    tour, title = page.locator("#room .tour"), page.locator("#tour-title")

    async def read(step: int) -> str:
        await expect(tour.locator(".quiet")).to_have_text(re.compile(rf"\b{step}\b.*\b{TOUR_STEPS}$"))
        assert await page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]
        assert await complaints(page) == []
        return await title.inner_text()

    steps = [await read(1)]
    for step in range(2, TOUR_STEPS + 1):
        await tour.get_by_role("button", name=onward).press("Enter")
        steps.append(await read(step))
    assert len(set(steps)) == TOUR_STEPS
    await tour.get_by_role("button", name=back).press("Enter")
    await expect(title).to_have_text(steps[-2])
    await tour.get_by_role("button", name=onward).press("Enter")
    await tour.get_by_role("button", name=end).press("Enter")
    await expect(tour).to_have_count(0)
    await room_of(page).get_by_role("button", name=re.compile("guiada|Guided tour")).press("Enter")
    await expect(title).to_have_text(steps[0])


async def test_empty_lists_describe_their_future_content(visit: Visit) -> None:
    room = room_of(await visit())
    for words in ("Se crean al pagar", "No hay canales", "ningún webhook", "no hay llamadas", "Nada vence"):
        await expect(room.get_by_text(words)).to_be_visible()
