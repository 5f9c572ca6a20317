"""The simulated phone on the sandbox's page, as a person uses it."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.sandbox.conftest import Scene, chat_id
from tests.sandbox.page.conftest import NARROW, ShopBot, Visit, greeted, phone_of, room_of
from tests.support.plain_http import plain_http

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module"), pytest.mark.exhaustive(each=True)]


async def test_first_visit_creates_one_person_who_remains_on_later_visits(visit: Visit, scene: Scene) -> None:
    before = len(scene.telegram.people.all_people())
    page = await visit()
    await expect(phone_of(page).get_by_role("tab")).to_have_count(1)

    await page.reload()

    await expect(phone_of(page).get_by_role("tab")).to_have_text(["Luis"])
    assert len(scene.telegram.people.all_people()) == before + 1


async def test_chat_shows_typed_text_and_formatted_answers(visit: Visit, shop: ShopBot) -> None:
    phone = phone_of(await visit())
    await phone.get_by_role("button", name="Nueva persona").click()
    sheet = phone.get_by_role("dialog", name="Nueva persona")
    await sheet.get_by_label("Nombre").fill("<b>&_*")
    await sheet.get_by_role("button", name="Crear").click()
    await phone.get_by_role("tab", name="<b>&_*").wait_for()
    await phone.get_by_role("button", name="Shop").click()
    await phone.get_by_role("button", name="Iniciar").click()

    await expect(phone.get_by_text("Hola <b>&_*: «/start»")).to_be_visible()
    await expect(phone.locator(".line:not(.mine) strong")).to_have_text("Hola")
    await phone.get_by_label("Mensaje").fill("<i>nada</i> & todo")
    await phone.get_by_label("Mensaje").press("Enter")
    await expect(phone.locator(".line.mine").last).to_contain_text("<i>nada</i> & todo")
    await expect(phone.get_by_label("Mensaje")).to_be_focused()
    await expect(phone.get_by_label("Mensaje")).to_have_value("")


async def test_pressed_button_is_shown_as_busy_until_the_bot_answers(visit: Visit, shop: ShopBot) -> None:
    phone = await greeted(await visit())
    shop.answer.clear()
    await phone.get_by_role("button", name="Ver Planes").click()
    await expect(phone.locator(".key[aria-busy=true]")).to_have_text("Ver Planes")

    shop.answer.set()

    await expect(phone.get_by_text("Elige un plan:")).to_be_visible()
    await expect(phone.locator(".key[aria-busy=true]")).to_have_count(0)
    await expect(phone.locator(".line:not(.mine) .foot")).to_contain_text("editado")


async def test_callback_answer_is_shown_as_toast_or_alert(visit: Visit, shop: ShopBot) -> None:
    phone = await greeted(await visit())
    await phone.get_by_role("button", name="Saludo").click()
    await expect(phone.get_by_role("status")).to_have_text("Hola de nuevo")

    await phone.get_by_role("button", name="Aviso").click()
    alert = phone.get_by_role("alertdialog")
    await expect(alert).to_contain_text("Solo hoy")
    await expect(alert.get_by_role("button", name="Entendido")).to_be_focused()
    await alert.get_by_role("button", name="Entendido").click()
    await expect(alert).to_have_count(0)


async def test_bot_commands_can_be_chosen_from_the_menu(visit: Visit, shop: ShopBot) -> None:
    phone = await greeted(await visit())
    await phone.get_by_role("button", name="Comandos").click()
    await phone.get_by_role("button", name="/estado").click()
    await expect(phone.get_by_text("«/estado»")).to_be_visible()


async def test_customer_can_request_to_join_by_link_and_open_the_channel_once_approved(
    visit: Visit, shop: ShopBot, scene: Scene
) -> None:
    channel = scene.channel()
    link = scene.telegram.invites.export(scene.owner.id, channel, request=True)
    await scene.call("sendMessage", chat_id=chat_id(channel), text="Primer pronóstico")
    shop.plans = [[{"text": "Unirte al canal", "url": link.url}], [{"text": "Copiar", "copy_text": {"text": link.url}}]]
    page = await visit(permissions=["clipboard-read", "clipboard-write"])
    phone = await greeted(page)
    await phone.get_by_role("button", name="Ver Planes").click()
    await phone.get_by_role("button", name="Copiar").click()
    await expect(phone.get_by_role("status").first).to_have_text("Copiado")
    assert await page.evaluate("navigator.clipboard.readText()") == link.url

    await phone.get_by_role("button", name="Unirte al canal").click()
    sheet = phone.get_by_role("dialog", name="Invitación")
    await expect(sheet.get_by_role("heading", name="Picks")).to_be_visible()
    await sheet.get_by_role("button", name="Solicitar unirse").click()
    await expect(sheet.get_by_role("status")).to_contain_text("Solicitud enviada")
    (asked,) = channel.requests
    scene.telegram.joins.answer(scene.owner.id, channel, asked, approved=True)
    scene.world.commit()
    await expect(sheet.get_by_role("status")).to_have_text("Ya estás dentro")
    await sheet.get_by_role("button", name="Abrir canal").click()

    await expect(phone.get_by_text("Primer pronóstico")).to_be_visible()
    await expect(phone.get_by_text("Solo los administradores publican aquí")).to_be_visible()
    await expect(phone.get_by_label("Mensaje")).to_have_count(0)


async def test_revoked_invite_link_shows_the_reason(visit: Visit, shop: ShopBot, scene: Scene) -> None:
    channel = scene.channel()
    link = scene.telegram.invites.export(scene.owner.id, channel, request=True)
    scene.telegram.invites.revoke(scene.owner.id, channel, link.hash)
    shop.plans = [[{"text": "Unirte al canal", "url": link.url}]]
    phone = await greeted(await visit())
    await phone.get_by_role("button", name="Ver Planes").click()
    await phone.get_by_role("button", name="Unirte al canal").click()
    sheet = phone.get_by_role("dialog", name="Invitación")
    await expect(sheet.get_by_role("status")).to_have_text("El enlace fue revocado.")
    await sheet.get_by_role("button", name="Solicitar unirse").click()
    await expect(sheet.get_by_role("status")).to_contain_text("Telegram lo ha rechazado")


async def test_unread_messages_are_counted(visit: Visit, shop: ShopBot, scene: Scene) -> None:
    page = await visit()
    phone = await greeted(page)
    await phone.get_by_role("button", name="Volver a los chats").click()
    me = max(person.id for person in scene.telegram.people.all_people())
    for text in ("uno", "dos"):
        await scene.call("sendMessage", chat_id=me, text=text)
    await expect(phone.get_by_label("2 sin leer")).to_be_visible()

    await phone.get_by_role("button", name="Nueva persona").click()
    await phone.get_by_role("button", name="Crear").click()
    await expect(phone.get_by_role("tab", selected=False).get_by_label("2 sin leer")).to_be_visible()
    await phone.get_by_role("tab", selected=False).click()
    await phone.get_by_role("button", name="Shop").click()
    await expect(phone.get_by_text("dos", exact=True)).to_be_visible()
    await expect(phone.get_by_label("2 sin leer")).to_have_count(0)


async def test_blocked_bot_cannot_be_messaged(visit: Visit, shop: ShopBot) -> None:
    phone = await greeted(await visit())
    await phone.get_by_role("button", name="Más acciones").click()
    await phone.get_by_role("button", name="Bloquear bot").click()
    await phone.get_by_label("Mensaje").fill("hola")
    await phone.get_by_label("Mensaje").press("Enter")
    await expect(phone.get_by_role("status")).to_contain_text("Telegram lo ha rechazado")
    await expect(phone.get_by_label("Mensaje")).to_have_value("hola")


async def test_narrow_screen_has_two_tabs(visit: Visit, shop: ShopBot) -> None:
    page = await visit(NARROW)
    # The first person exists once the page's script runs; earlier key presses have no effect.
    await expect(phone_of(page).get_by_role("tab")).to_have_count(1)
    await expect(room_of(page)).to_be_hidden()
    await page.get_by_role("tab", name="Teléfono").press("ArrowRight")
    await expect(room_of(page).get_by_role("heading", name="Dinero")).to_be_visible()
    await expect(page.get_by_role("tab", name="Sala de control")).to_be_focused()
    assert await page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]


WORDS = {
    "en-GB": ("Start", "Message", "Money"),
    "pt-PT": ("Iniciar", "Mensagem", "Dinheiro"),
    "de": ("Start", "Message", "Money"),
}


@pytest.mark.parametrize("locale", WORDS)
async def test_page_uses_the_language_of_the_browser_or_english(visit: Visit, shop: ShopBot, locale: str) -> None:
    start, message, money = WORDS[locale]
    page = await visit(locale=locale)
    await phone_of(page).get_by_role("button", name="Shop").click()
    await phone_of(page).get_by_role("button", name=start).click()
    await expect(phone_of(page).get_by_label(message, exact=True)).to_be_visible()
    await expect(room_of(page).get_by_role("heading", name=money)).to_be_visible()


@pytest.mark.parametrize(("locale", "code"), [("pt-BR", "pt-br"), ("pt-PT", "pt"), ("es-MX", "es"), ("de", "en")])
async def test_visitor_has_the_language_code_of_the_browser(
    visit: Visit, scene: Scene, shop: ShopBot, locale: str, code: str
) -> None:
    page = await visit(locale=locale)
    await expect(phone_of(page).get_by_role("button", name="Shop")).to_be_visible()
    newcomer = max(scene.telegram.people.all_people(), key=lambda person: person.id)
    assert newcomer.language_code == code


async def test_escape_closes_a_sheet_and_returns_focus(visit: Visit) -> None:
    page = await visit()
    button = phone_of(page).get_by_role("button", name="Nueva persona")
    await button.focus()
    await page.keyboard.press("Enter")
    await expect(phone_of(page).get_by_role("dialog")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(phone_of(page).get_by_role("dialog")).to_have_count(0)
    await expect(button).to_be_focused()


async def test_deep_links_carry_their_payload(visit: Visit, shop: ShopBot) -> None:
    shop.plans = [
        [{"text": "Regalo", "url": "https://t.me/shop_bot?start=gift_1"}],
        [{"text": "Otro", "url": "tg://resolve?domain=shop_bot&start=gift_2"}],
    ]
    phone = await greeted(await visit())
    await phone.get_by_role("button", name="Ver Planes").click()
    await phone.get_by_role("button", name="Regalo").click()
    await expect(phone.get_by_text("«/start gift_1»")).to_be_visible()
    await phone.get_by_role("button", name="Otro").click()
    await expect(phone.get_by_text("«/start gift_2»")).to_be_visible()


async def test_page_can_be_used_with_the_keyboard(visit: Visit, shop: ShopBot) -> None:
    page = await visit()
    phone = phone_of(page)
    await phone.get_by_role("button", name="Shop").focus()
    await page.keyboard.press("Enter")
    await phone.get_by_role("button", name="Iniciar").focus()
    await page.keyboard.press("Enter")
    await phone.get_by_role("button", name="Ver Planes").focus()
    await page.keyboard.press("Tab")
    focused = page.locator(":focus-visible")
    await expect(focused).to_have_text("Aviso")
    assert await focused.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"
    await page.keyboard.press("Space")
    await expect(phone.get_by_role("button", name="Entendido")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(phone.get_by_role("alertdialog")).to_have_count(0)
    await expect(phone.get_by_role("button", name="Aviso")).to_be_focused()


async def test_visitor_becomes_a_new_person_after_a_sandbox_reset(visit: Visit, shop: ShopBot, scene: Scene) -> None:
    page = await visit()
    phone = await greeted(page)
    async with plain_http() as client:
        assert (await client.post(f"{scene.sandbox.url}/control/reset")).status_code == 200

    await expect(phone.get_by_role("tab")).to_have_text(["Ana"])
    await expect(phone.get_by_role("heading", name="Chats")).to_be_visible()
    await expect(phone.get_by_role("listitem")).to_have_count(0)


async def test_deleted_messages_disappear(visit: Visit, shop: ShopBot, scene: Scene) -> None:
    phone = await greeted(await visit())
    me = max(person.id for person in scene.telegram.people.all_people())
    sent = (await scene.call("sendMessage", chat_id=me, text="error mío")).json()["result"]["message_id"]
    await expect(phone.get_by_text("error mío")).to_be_visible()
    await scene.call("deleteMessage", chat_id=me, message_id=sent)
    await expect(phone.get_by_text("error mío")).to_have_count(0)


APP = """<script>
onclick = () => parent.postMessage(JSON.stringify(
  {eventType: "web_app_open_tg_link", eventData: {path_full: "/shop_bot?start=plan_x"}}), "*")
</script><button>Elegir</button>"""


async def test_menu_button_opens_a_mini_app_whose_links_return_to_the_chat(
    visit: Visit, scene: Scene, shop: ShopBot
) -> None:
    web_app = {"url": "http://127.0.0.1:9/app"}
    answer = await scene.call(
        "setChatMenuButton", menu_button={"type": "web_app", "text": "Mi acceso", "web_app": web_app}
    )
    assert answer.json()["ok"]
    page = await visit()
    await page.route("http://127.0.0.1:9/app", lambda route: route.fulfill(body=APP, content_type="text/html"))
    phone = await greeted(page)
    await phone.get_by_role("button", name="Mi acceso").click()
    frame = phone.frame_locator("iframe[title='Mi acceso']")
    await frame.get_by_role("button", name="Elegir").click()
    await expect(phone.get_by_role("dialog")).to_have_count(0)
    await expect(phone.get_by_text("«/start plan_x»")).to_be_visible()


INVOICED = """<script>
const tell = (eventType, eventData) => parent.postMessage(JSON.stringify({eventType, eventData}), "*");
onmessage = (event) => { document.title = event.data; document.querySelector("p").textContent = event.data; };
onclick = () => tell("web_app_open_invoice", {slug: "SLUG"});
tell("web_app_setup_back_button", {is_visible: true});
</script><p></p><button>Pagar</button>"""


async def test_message_button_opens_mini_app_with_back_button_and_invoices(
    visit: Visit, scene: Scene, shop: ShopBot
) -> None:
    page = await visit()
    phone = await greeted(page)
    link = await scene.call(
        "createInvoiceLink",
        title="Plan",
        description="Un mes",
        payload="x",
        currency="XTR",
        prices=[{"label": "Plan", "amount": 50}],
    )
    slug = link.json()["result"].rpartition("$")[2]
    await page.route(
        "http://127.0.0.1:9/app",
        lambda route: route.fulfill(body=INVOICED.replace("SLUG", slug), content_type="text/html"),
    )
    me = max(person.id for person in scene.telegram.people.all_people())
    button = {"text": "Mi página", "web_app": {"url": "http://127.0.0.1:9/app"}}
    await scene.call("sendMessage", chat_id=me, text="Ábrela", reply_markup={"inline_keyboard": [[button]]})
    await phone.get_by_role("button", name="Mi página").click()
    frame = phone.frame_locator("iframe[title='Mi página']")
    await phone.get_by_role("dialog").get_by_role("button", name="Atrás").click()
    await expect(frame.get_by_text("back_button_pressed")).to_be_visible()
    await frame.get_by_role("button", name="Pagar").click()
    await expect(phone.get_by_role("dialog").get_by_role("button", name="50")).to_be_enabled()
    await page.keyboard.press("Escape")
    await expect(frame.get_by_role("button", name="Pagar")).to_be_visible()
