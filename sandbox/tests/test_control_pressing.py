"""Button presses and payments in Stars through the control interface."""

import asyncio
import hmac
import json
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.support.control import Control, running_control
from umbral_sandbox.world.telegram.star_records import Invoice


@pytest.fixture
async def control() -> AsyncIterator[Control]:
    async with running_control() as running:
        yield running


async def press(control: Control, person: int, message: int, **how: str) -> Any:
    """Press a button as a person, while the bot answers every callback query."""
    body = {"peer": "umbral_bot", "message_id": message, **how}
    pressing = asyncio.create_task(control.post(f"/users/{person}/press", body))
    async with asyncio.timeout(90):
        while not pressing.done():
            for callback in list(control.telegram.state.callbacks.values()):
                control.telegram.callbacks.answer(control.bot.id, callback.id, text=callback.data, alert=True)
            control.world.commit()
            await asyncio.wait([pressing], timeout=0.01)
    return pressing.result()


@pytest.fixture
async def keyboard(control: Control) -> tuple[int, int]:
    ana = await control.person()
    control.telegram.chats.start(ana, control.bot.id)
    rows = [
        [
            {"text": "🎰 Retabet – 29.99€", "callback_data": "retabet"},
            {"text": "⚽️ Retador", "callback_data": "retador"},
        ],
        [{"text": "Plan", "callback_data": "plan"}, {"text": "Plan VIP", "callback_data": "vip"}],
        [{"text": "₿ Cripto · $9.99", "callback_data": "coins"}],
        [{"text": "Ir a pago seguro", "url": "https://pay.example/1"}, {"text": "🔗", "callback_data": "sign"}],
        [{"text": "🔗 Copiar Link", "copy_text": {"text": "https://t.me/x?start=A"}}, {"text": "Pagar", "pay": True}],
    ]
    return ana, control.say(ana, {"text": "Elige"}, *rows)


@pytest.mark.parametrize(
    ("how", "data"),
    [
        ({"button": "retabet"}, "retabet"),
        ({"button": "RETABET – 29.99€"}, "retabet"),
        ({"button": "⚽️ retador"}, "retador"),
        ({"button": "plan"}, "plan"),
        ({"button": "Plan V"}, "vip"),
        ({"button": "🔗"}, "sign"),
        ({"button": "cripto"}, "coins"),
        ({"button": "₿ Cripto · $9"}, "coins"),
        ({"data": "vip"}, "vip"),
        ({"data": "an_older_keyboard"}, "an_older_keyboard"),
    ],
)
async def test_button_is_found_by_text_or_data(
    control: Control, keyboard: tuple[int, int], how: dict[str, str], data: str
) -> None:
    assert await press(control, *keyboard, **how) == {"answer": {"text": data, "alert": True}}


async def test_press_of_a_link_or_copy_button_returns_its_address_or_text(
    control: Control, keyboard: tuple[int, int]
) -> None:
    link = await press(control, *keyboard, button="ir a pago")
    assert link == {"answer": None, "value": "https://pay.example/1"}
    copied = await press(control, *keyboard, button="Copiar link")
    assert copied == {"answer": None, "value": "https://t.me/x?start=A"}


@pytest.mark.parametrize("how", [{"button": "reta"}, {"button": "nada"}, {"data": "n" * 65}, {"button": "pagar"}, {}])
async def test_unknown_ambiguous_or_unspecified_button_responds_with_400(
    control: Control, keyboard: tuple[int, int], how: dict[str, str]
) -> None:
    person, message = keyboard
    body = {"peer": "umbral_bot", "message_id": message, **how}
    assert "error" in await control.post(f"/users/{person}/press", body, status=400)


async def test_two_buttons_with_equal_text_respond_with_400(control: Control) -> None:
    ana = await control.person()
    control.telegram.chats.start(ana, control.bot.id)
    message = control.say(
        ana, {"text": "¿?"}, [{"text": "Sí", "callback_data": "a"}, {"text": "✅ sí", "callback_data": "b"}]
    )
    body = {"peer": "umbral_bot", "message_id": message, "button": "sí"}
    assert "2 buttons" in (await control.post(f"/users/{ana}/press", body, status=400))["error"]


async def test_button_press_that_the_bot_does_not_answer_in_time_returns_no_answer(
    control: Control, keyboard: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("umbral_sandbox.control.pressing.ANSWER_WITHIN_S", 0.05)
    person, message = keyboard
    body = {"peer": "umbral_bot", "message_id": message, "data": "plan"}
    assert await control.post(f"/users/{person}/press", body) == {"answer": None}


async def test_button_of_a_channel_post_reaches_its_bot(control: Control) -> None:
    ana, channel_id = await control.person(), control.channel()
    channel = control.telegram.channels.by_chat_id(channel_id)
    assert channel is not None
    rows: list[Any] = [[{"text": "Ver", "callback_data": "see"}]]
    post = control.telegram.posts.post(control.bot.id, channel, {"text": "pick"}, markup={"inline_keyboard": rows})
    body = {"peer": channel_id, "message_id": post.id, "button": "ver"}
    refused = await control.post(f"/users/{ana}/press", body)
    assert refused == {"answer": None, "refused": "CHANNEL_PRIVATE"}
    await control.post(f"/users/{ana}/open", {"url": control.link(channel_id)})
    pressing = asyncio.create_task(control.post(f"/users/{ana}/press", body))
    async with asyncio.timeout(90):
        while not control.telegram.state.callbacks.values():
            await control.world.feed.wait(1)
    [callback] = control.telegram.state.callbacks.values()
    control.telegram.callbacks.answer(control.bot.id, callback.id)
    control.world.commit()
    assert await pressing == {"answer": {"text": None, "alert": False}}


def invoice_message(control: Control, person: int, *, by_link: bool) -> int:
    """Let the bot send an invoice in Stars, as a message or behind a link."""
    control.telegram.chats.start(person, control.bot.id)
    invoice = Invoice(bot=control.bot.id, title="VIP", description="30 días", payload="o1", currency="XTR", total=500)
    if by_link:
        url = control.telegram.stars.create_link(invoice)
        return control.say(person, {"text": "Paga"}, [{"text": "Pagar", "url": url}])
    shown: Any = {"title": "VIP", "description": "30 días", "currency": "XTR", "total_amount": 500}
    message = control.telegram.chats.bot_send(
        control.bot.id, person, {"invoice": shown}, hidden={"invoice": invoice.model_dump(mode="json")}
    )
    control.world.commit()
    return message.id


@pytest.mark.parametrize("how", ["message", "button", "link"])
@pytest.mark.parametrize("agreed", [True, False])
async def test_payment_in_stars_needs_the_approval_of_the_bot(control: Control, how: str, agreed: bool) -> None:
    ana = await control.person()
    order = {"peer": "umbral_bot", "message_id": invoice_message(control, ana, by_link=how != "message")}
    if how == "link":
        order = {"url": f"https://t.me/${next(iter(control.telegram.state.invoices.values())).slug}"}
    assert await control.post(f"/users/{ana}/decline_stars", order) == {"result": "declined"}
    paying = asyncio.create_task(control.post(f"/users/{ana}/pay_stars", order))
    async with asyncio.timeout(90):
        while not control.telegram.state.checkouts.values():
            await control.world.feed.wait(1)
    [asked] = control.telegram.state.checkouts.values()
    control.telegram.stars.answer(control.bot.id, asked.id, ok=agreed, error=None if agreed else "agotado")
    control.world.commit()
    answer = await paying
    assert answer["result"] == ("paid" if agreed else "refused")
    assert agreed or answer["refused"] == "agotado"


async def test_message_without_an_invoice_cannot_be_paid(control: Control) -> None:
    ana = await control.person()
    control.telegram.chats.start(ana, control.bot.id)
    order = {"peer": "umbral_bot", "message_id": control.say(ana, {"text": "Hola"})}
    for what in ("pay_stars", "decline_stars"):
        assert "no invoice" in (await control.post(f"/users/{ana}/{what}", order, status=400))["error"]


async def test_menu_button_opens_a_mini_app_address_with_the_signed_identity_of_the_person(control: Control) -> None:
    ana = await control.person(language_code="pt-br")
    refused = await control.post(f"/users/{ana}/open_app", {"bot": "umbral_bot"}, status=400)
    assert "does not open a Mini App" in refused["error"]

    menu = {"type": "web_app", "text": "Mi acceso", "web_app": {"url": "https://shop.example/app"}}
    control.bot.settings = {"menu_buttons": {"": menu}}
    control.telegram.people.save(control.bot)
    control.world.commit()
    opened = await control.post(f"/users/{ana}/open_app", {"bot": "umbral_bot"})
    pressed = await control.post(f"/users/{ana}/open_app", {"bot": "umbral_bot", "url": "https://shop.example/x"})
    assert pressed["url"].startswith("https://shop.example/x#tgWebAppData=")

    address = urlsplit(opened["url"])
    assert (address.netloc, address.path) == ("shop.example", "/app")
    launch = dict(parse_qsl(address.fragment))
    assert launch["tgWebAppPlatform"] == "ios"
    desk = await control.post(f"/users/{ana}/open_app", {"bot": "umbral_bot", "platform": "tdesktop"})
    assert desk["url"].endswith("tgWebAppPlatform=tdesktop")
    fields = dict(parse_qsl(launch["tgWebAppData"]))
    assert json.loads(fields["user"]) == {"id": ana, "first_name": "Ana", "language_code": "pt-br"}
    assert int(fields["auth_date"]) == int(control.world.clock.now().timestamp())
    signature = fields.pop("hash")
    text = "\n".join(f"{name}={value}" for name, value in sorted(fields.items()))
    key = hmac.new(b"WebAppData", control.bot.token.encode(), sha256).digest()
    assert signature == hmac.new(key, text.encode(), sha256).hexdigest()
    (bot,) = (await control.get("/state"))["bots"]
    assert bot["menu"] == "Mi acceso"
