"""Payments in Stars inside the chat."""

import asyncio

import httpx
from aiogram import Bot
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, LabeledPrice

from tests.sandbox.conftest import Scene
from tests.support.plain_http import plain_http

PRICE = [LabeledPrice(label="VIP", amount=250)]


async def _pay(scene: Scene, message_id: int) -> httpx.Response:
    async with plain_http(timeout=90) as client:
        url = f"{scene.sandbox.url}/control/users/{scene.customer.id}/pay_stars"
        return await client.post(url, json={"peer": "shop_bot", "message_id": message_id})


async def test_invoice_is_paid_after_the_approval_of_the_bot(scene: Scene, bot: Bot) -> None:
    sent = await bot.send_invoice(
        scene.customer.id, title="VIP", description="30 days", payload="order 1", currency="XTR", prices=PRICE
    )
    assert sent.invoice is not None
    assert (sent.invoice.total_amount, sent.invoice.currency) == (250, "XTR")
    assert sent.reply_markup is not None
    assert sent.reply_markup.inline_keyboard[0][0].pay is True
    paying = asyncio.create_task(_pay(scene, sent.message_id))
    (asked,) = await bot.get_updates(timeout=50)
    assert asked.pre_checkout_query is not None
    assert (asked.pre_checkout_query.invoice_payload, asked.pre_checkout_query.total_amount) == ("order 1", 250)
    assert await bot.answer_pre_checkout_query(asked.pre_checkout_query.id, ok=True)
    assert (await paying).json()["result"] == "paid"
    (told,) = await bot.get_updates(offset=asked.update_id + 1, timeout=50)
    assert told.message is not None
    assert told.message.successful_payment is not None
    charge = told.message.successful_payment.telegram_payment_charge_id
    assert await bot.refund_star_payment(scene.customer.id, charge)
    refund = {"user_id": scene.customer.id, "telegram_payment_charge_id": charge}
    assert await scene.refused("refundStarPayment", **refund) == (400, "Bad Request: CHARGE_ALREADY_REFUNDED")


async def test_invoice_link_declined_by_the_bot_is_not_paid(scene: Scene, bot: Bot) -> None:
    link = await bot.create_invoice_link(
        title="VIP",
        description="monthly",
        payload="order 2",
        currency="XTR",
        prices=PRICE,
        subscription_period=2_592_000,
    )
    assert link.startswith("https://t.me/$")
    keyboard = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Pagar", url=link)]])
    sent = await bot.send_message(scene.customer.id, "x", reply_markup=keyboard)
    paying = asyncio.create_task(_pay(scene, sent.message_id))
    (asked,) = await bot.get_updates(timeout=50)
    assert asked.pre_checkout_query is not None
    query = asked.pre_checkout_query.id
    assert await scene.refused("answerPreCheckoutQuery", pre_checkout_query_id=query, ok=False) == (
        400,
        "Bad Request: error_message must be specified if ok is False",
    )
    assert await bot.answer_pre_checkout_query(query, ok=False, error_message="agotado")
    assert (await paying).json() == {"result": "refused", "refused": "agotado"}


async def test_first_button_of_an_invoice_must_be_pay(scene: Scene) -> None:
    invoice = {"title": "t", "description": "d", "payload": "p", "currency": "XTR"}
    prices = [{"label": "l", "amount": 1}]
    other_first = {"inline_keyboard": [[{"text": "x", "callback_data": "x"}]]}
    assert await scene.refused(
        "sendInvoice", chat_id=scene.customer.id, prices=prices, reply_markup=other_first, **invoice
    ) == (400, "Bad Request: the first button must be a Pay button")
