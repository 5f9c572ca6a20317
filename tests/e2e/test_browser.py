"""The same purchase as a person makes it: in a real browser, through the sandbox's page."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.demo import Demo, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE_MS = 45_000
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
    """Chrome or Chromium, without a window."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser_path, args=ARGUMENTS)
        yield running
        running.close()


def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")


@pytest.mark.parametrize("size", SIZES)
def test_a_person_buys_and_receives_a_pick(demo: Demo, browser: Browser, size: str) -> None:
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
    phone.get_by_role("button", name="Tarjeta").click()
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
    text = f"Pick del día ({size}): Betis – Sevilla, más de 2,5 goles"
    assert demo.pick(f"browser-{size}", {"plan": "retabet", "text": text}).status_code == 202
    expect(phone.get_by_text(text)).to_be_visible()
    picture(page, f"{size}-5-pick")
    if size == "desk":
        the_room_tells_it_calmly(page, demo)
    context.close()


def the_room_tells_it_calmly(page: Page, demo: Demo) -> None:
    """Who paid is named, the tour ticked what was done, nothing is red, and nothing overlaps beside the phone."""
    room = page.locator("#room")
    name = page.locator(".person-tab[data-current=true]").inner_text().strip()
    for part in ("checkout", "subscription", "payment"):
        expect(room.locator(f"[id^='row-{part}/']").filter(has_text=name).first).to_be_visible()
    expect(room.locator(".tour")).to_contain_text("hecho")
    room.get_by_role("button", name="Siguiente").click()
    expect(room.get_by_role("heading", name="Entra en el canal ✓ hecho")).to_be_visible()
    # What is red may stand in no row that is shown: the lists are long.
    told = room.locator(".bad").all_inner_texts()
    assert told == [], [call for call in demo.get("/calls")["calls"] if call["state"] == "failed"]
    page.set_viewport_size({"width": 1024, "height": 768})
    assert page.evaluate(OVERLAPS) == []
    picture(page, "tablet-6-room")
    room.get_by_role("button", name="Saltar la visita").click()
    expect(room.locator(".tour")).to_have_count(0)
