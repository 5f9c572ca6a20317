"""A purchase in a real browser, through the sandbox's page."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.support.demo import Demo, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.exhaustive]

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE_MS = 180_000
SIZES = {"desk": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
OVERLAPS = """() => {
  const boxes = [...document.querySelectorAll(".time > *, .time .steps *, .index > *, .tour > *")]
    .filter((one) => one.checkVisibility()).map((one) => [one, one.getBoundingClientRect()]);
  return boxes.flatMap(([a, x], i) => boxes.slice(i + 1).filter(([b, y]) => !a.contains(b)
    && x.left < y.right - 1 && y.left < x.right - 1 && x.top < y.bottom - 1 && y.top < x.bottom - 1)
    .map(([b]) => `${a.textContent} | ${b.textContent}`))
    .concat(boxes.filter(([a]) => a.scrollWidth > a.clientWidth + 1 && a.clientWidth).map(([a]) => a.textContent));
}"""
PICTURES = Path("artifacts/screenshots")


@pytest.fixture(scope="module")
def browser(browser_path: str) -> Iterator[Browser]:
    """Run Chrome or Chromium headless."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser_path, args=ARGUMENTS, timeout=PATIENCE_MS)
        yield running
        running.close()


def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")


def shown(page: Page, side: str) -> Locator:
    """Return the phone or the control room of the page. On small screens, switch to its tab first."""
    tab = page.locator(f"#tab-{side}")
    if tab.is_visible():
        tab.click()
    return page.locator(f"#{side}")


@pytest.mark.parametrize(
    ("size", "tour"),
    [
        ("phone", False),
        pytest.param("phone", True, marks=pytest.mark.long),
        pytest.param("desk", True, marks=pytest.mark.long),
    ],
)
def test_customer_buys_and_receives_a_post(demo: Demo, browser: Browser, size: str, tour: bool) -> None:
    context = browser.new_context(viewport=SIZES[size], locale="es-ES")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    before = {channel["id"] for channel in demo.channels()}
    page.goto(demo.facts["sandbox"])
    phone = page.locator("#phone")

    phone.get_by_role("button", name="Retador").first.click()
    phone.get_by_role("button", name="Iniciar").click()
    phone.get_by_role("button", name="Ver Planes").last.click()
    expect(phone.get_by_text("Elige una casa de apuestas")).to_be_visible()
    picture(page, f"{size}-1-plans")
    phone.get_by_role("button", name="Retabet").click()
    phone.get_by_role("button", name="Suscribirse").click()
    phone.get_by_role("button", name="Ir a pago seguro").click()
    checkout = page.frame_locator("iframe[title='Pago']")
    expect(checkout.locator("#pay")).to_be_visible()
    picture(page, f"{size}-2-checkout")
    checkout.locator("#pay").click()
    sheet = phone.get_by_role("dialog", name="Pago")
    expect(sheet.get_by_text("pagado")).to_be_visible()
    picture(page, f"{size}-3-paid")
    sheet.get_by_role("button", name="Volver al chat").click()
    expect(phone.get_by_text("Tu canal exclusivo está listo").last).to_be_visible()
    picture(page, f"{size}-4-ready")
    phone.get_by_role("button", name="Unirte al canal Retabet").click()
    phone.get_by_role("dialog", name="Invitación").get_by_role("button", name="Solicitar unirse").click()
    phone.get_by_role("dialog", name="Invitación").get_by_role("button", name="Abrir canal").click()
    (channel,) = {item["id"] for item in demo.channels()} - before
    eventually(lambda: len(demo.get(f"/channels/{channel}")["members"]) == 5 or None, "the payer is inside")
    text = f"Pick del día ({size}, {tour}): Betis – Sevilla, más de 2,5 goles"
    assert demo.pick(f"browser-{size}-{tour}", {"plan": "retabet", "text": text}).status_code == 202
    expect(phone.get_by_text(text)).to_be_visible()
    picture(page, f"{size}-5-pick")
    if size == "desk":
        check_control_room(page, demo)
    elif tour:
        turn(shown(page, "room"), "Compra un plan")
        goes_on(page)
    if tour:
        the_tour_goes_on_to_its_end(page, size)
    context.close()


@pytest.mark.parametrize("size", SIZES)
def test_phone_opens_the_mini_app(demo: Demo, browser: Browser, size: str) -> None:
    context = browser.new_context(viewport=SIZES[size], locale="es-ES")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    page.goto(demo.facts["sandbox"])
    phone = page.locator("#phone")
    phone.get_by_role("button", name="Retador").first.click()
    start = phone.get_by_role("button", name="Iniciar")
    if start.count():
        start.click()
    phone.get_by_role("button", name="Mi acceso").click()
    frame = page.frame_locator("iframe[title='Mi acceso']")
    expect(frame.get_by_role("heading", name="Tu acceso")).to_be_visible()
    picture(page, f"{size}-7-mini-app")
    frame.get_by_role("button", name="⚽ Sportium").click()
    expect(frame.get_by_role("heading", name="Plan Sportium")).to_be_visible()
    picture(page, f"{size}-8-mini-app-plan")
    sheet = phone.get_by_role("dialog")
    sheet.get_by_role("button", name="Atrás").click()
    expect(frame.get_by_role("heading", name="Tu acceso")).to_be_visible()
    context.close()


def check_control_room(page: Page, demo: Demo) -> None:
    """Assert that the control room names the payer, that the tour ticks the finished steps, that no row shows an error,
    and that a skipped tour can be reopened by its link.
    """
    room = page.locator("#room")
    name = page.locator(".person-tab[data-current=true]").inner_text().strip()
    for part in ("checkout", "subscription", "payment"):
        expect(room.locator(f"[id^='row-{part}/']").filter(has_text=name).first).to_be_visible()
    expect(room.locator(".tour")).to_contain_text("hecho")
    room.get_by_role("button", name="Siguiente").click()
    expect(room.get_by_role("heading", name="Entra en el canal ✓ hecho")).to_be_visible()
    # No visible row may be red. The lists are long.
    shown = room.locator(".bad").all_inner_texts()
    assert shown == [], [call for call in demo.get("/calls")["calls"] if call["state"] == "failed"]
    page.set_viewport_size({"width": 1024, "height": 768})
    eventually(lambda: page.evaluate(OVERLAPS) == [], lambda: f"nothing overlaps, but {page.evaluate(OVERLAPS)}")
    picture(page, "tablet-6-room")
    page.set_viewport_size({"width": 1280, "height": 800})
    room.get_by_role("button", name="Saltar la visita").click()
    expect(room.locator(".tour")).to_have_count(0)
    room.get_by_role("button", name="Visita guiada").click()


def the_tour_goes_on_to_its_end(page: Page, size: str) -> None:
    """Follow the tour from the open invite link to its end: a post, a tip and its result, a failed payment, its
    recovery, a refund, a leak, and a month ahead.
    """
    name = page.locator(".person-tab[data-current=true]").inner_text().strip()
    room = shown(page, "room")
    subscription = room.locator("[id^='row-subscription/']").filter(has_text=name)
    turn(room, "Entra en el canal")
    goes_on(page)
    turn(room, "Recibe un pick")
    goes_on(page)
    publish_and_settle(page, size, name)
    turn(shown(page, "room"), "Un pronóstico, su resultado y su historial")
    phone = shown(page, "phone")
    page.locator(".person-tab").filter(has_text=name).click()
    phone.get_by_role("button", name="Retador -").first.click()
    expect(phone.get_by_text("🏁 Acertado · +2,55 u")).to_be_visible()
    goes_on(page)
    subscription.locator(".row-head").click()
    subscription.get_by_role("button", name="Hacer fallar el próximo cobro").click()
    expect(subscription.get_by_text("hecho")).to_be_visible()
    room.get_by_role("button", name="+31 d").click()
    turn(room, "Haz que falle un cobro")
    open_bot(shown(page, "phone"))
    expect(phone.get_by_text("No hemos podido cobrar").last).to_be_visible()
    goes_on(page)
    subscription.get_by_role("button", name="Recuperar cobro").click()
    turn(room, "Recupéralo")
    expect(shown(page, "phone").get_by_text("Cobro hecho").last).to_be_visible()
    goes_on(page)
    payments = room.locator("[id^='row-payment/']").filter(has_text=name)
    # The newest payment is first, so the first row changes once the recovered charge arrives.
    expect(payments).to_have_count(2)
    payment = payments.first
    payment.locator(".row-head").click()
    payment.get_by_role("button", name="Reembolsar").click()
    turn(room, "Devuelve el dinero")
    expect(shown(page, "phone").get_by_text("Te hemos devuelto").last).to_be_visible()
    goes_on(page)
    leak_an_invitation(page)
    turn(shown(page, "room"), "Filtra la invitación")
    goes_on(page)
    expect(room.get_by_role("heading", name="Un mes después", exact=True)).to_be_visible()
    room.get_by_role("button", name="+31 d").click()
    turn(room, "Un mes después")
    picture(page, f"{size}-7-tour")
    room.get_by_role("button", name="Terminar la visita").click()
    expect(room.locator(".tour")).to_have_count(0)


def goes_on(page: Page) -> None:
    """Go to the tour's next step."""
    shown(page, "room").get_by_role("button", name="Siguiente").click()


def publish_and_settle(page: Page, size: str, name: str) -> None:
    """Publish a typed tip as Olga. Once the tip is in the customer's channel, advance a day, settle the tip by one
    button, and open the track record.
    """
    olga = shown(page, "room").locator("[id^='row-person/']").filter(has_text="Olga")
    olga.locator(".row-head").click()
    olga.get_by_role("button", name="Abrir en el teléfono").click()
    phone = shown(page, "phone")
    phone.get_by_role("button", name="Retador").filter(has_not_text="Retador -").first.click()
    write(phone, "Betis – Sevilla | más de 2,5 goles | 1,85 | 3u | mañana 00:30")
    expect(phone.get_by_text("¿Para qué plan?").last).to_be_visible()
    phone.get_by_role("button", name="Retabet").last.click()
    phone.get_by_role("button", name="Sí, publicar").last.click()
    expect(phone.get_by_text("Publicado en 🎰 Retabet").last).to_be_visible()
    page.locator(".person-tab").filter(has_text=name).click()
    phone.get_by_role("button", name="Retador -").first.click()
    expect(phone.get_by_text("📈 Cuota 1,85")).to_be_visible()
    page.locator(".person-tab").filter(has_text="Olga").click()
    shown(page, "room").get_by_role("button", name="+1 d").click()
    shown(page, "phone").get_by_role("button", name="Retador").filter(has_not_text="Retador -").first.click()
    write(phone, "/admin")
    phone.get_by_role("button", name="📣 Mensajes").last.click()
    phone.get_by_role("button", name="Pronósticos").last.click()
    phone.get_by_role("button", name="1 ✅").last.click()
    expect(phone.get_by_text("Betis – Sevilla, 2,55 unidades").last).to_be_visible()
    write(phone, "/historial")
    expect(phone.get_by_text(re.compile(r"\d con resultado")).last).to_be_visible()
    picture(page, f"{size}-6-record")


def write(phone: Locator, text: str) -> None:
    """Send a message in the open chat."""
    phone.get_by_role("textbox", name="Mensaje").fill(text)
    phone.get_by_role("button", name="Enviar").click()


def turn(room: Locator, step: str) -> None:
    """Wait until the tour's current step is marked as done."""
    expect(room.get_by_role("heading", name=f"{step} ✓ hecho")).to_be_visible()


def open_bot(phone: Locator) -> None:
    """Open the chat with the bot."""
    phone.get_by_role("button", name="Volver a los chats").click()
    # Channels are named after the brand as well.
    phone.get_by_role("button", name="Retador").filter(has_not_text="Retador -").first.click()


def leak_an_invitation(page: Page) -> None:
    """Buy once more without joining the channel, and open the invite link as another person."""
    phone = shown(page, "phone")
    write(phone, "/planes")
    phone.get_by_role("button", name="Sportium").last.click()
    phone.get_by_role("button", name="Ir a pago seguro").last.click()
    page.frame_locator("iframe[title='Pago']").locator("#pay").click()
    phone.get_by_role("dialog", name="Pago").get_by_role("button", name="Volver al chat").click()
    expect(phone.get_by_role("button", name="Unirte al canal Sportium").last).to_be_visible()
    page.get_by_role("button", name="Nueva persona").click()
    page.get_by_label("Nombre").fill("Curioso")
    page.get_by_role("button", name="Crear").click()
    expect(page.locator(".person-tab[data-current=true]")).to_contain_text("Curioso")
    # The dialog closes once all data of the new person has been loaded.
    expect(phone.get_by_role("dialog")).to_have_count(0)
    channel = shown(page, "room").locator("[id^='row-channel/']").filter(has_text="Sportium").first
    channel.locator(".row-head").click()
    channel.locator("li", has_text="con solicitud").filter(has_text="activo").get_by_role("button").click()
    phone.get_by_role("dialog", name="Invitación").get_by_role("button", name="Solicitar unirse").click()
