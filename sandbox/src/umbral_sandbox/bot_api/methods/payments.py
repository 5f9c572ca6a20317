"""Bot API methods of payments in the chat: invoices, pre-checkout answers, refunds, subscriptions and transactions in
Stars.
"""

from typing import Final

from pydantic import JsonValue

from umbral_sandbox.bot_api.chats import target
from umbral_sandbox.bot_api.context import Context, Method, method
from umbral_sandbox.bot_api.errors import bad_request
from umbral_sandbox.bot_api.parameters import payments
from umbral_sandbox.bot_api.parameters.payments import (
    STARS,
    AnswerPreCheckoutQuery,
    CreateInvoiceLink,
    EditUserStarSubscription,
    GetStarTransactions,
    RefundStarPayment,
    SendInvoice,
)
from umbral_sandbox.bot_api.sending import draft_of, send
from umbral_sandbox.world.telegram.records import Content
from umbral_sandbox.world.telegram.star_records import Invoice


def _send_invoice(on: Context, wanted: SendInvoice) -> JsonValue:
    where = target(on, wanted.chat_id)
    shown: Content = {
        "title": wanted.title,
        "description": wanted.description,
        "start_parameter": wanted.start_parameter or "",
        "currency": wanted.currency,
        "total_amount": wanted.total,
    }
    draft = draft_of(wanted, {"invoice": shown})
    draft.invoice = True
    draft.hidden["invoice"] = _record(on, wanted).model_dump(mode="json")
    if wanted.reply_markup is None:
        draft.inline = {"inline_keyboard": [[{"text": _pay_text(wanted), "pay": True}]]}
    else:
        _check_pay_button(wanted)
    return send(on, where, draft)


def _pay_text(wanted: payments.Invoice) -> str:
    amount = f"⭐️{wanted.total}" if wanted.currency == STARS else f"{wanted.currency} {wanted.total}"
    return f"Pay {amount}"


def _check_pay_button(wanted: SendInvoice) -> None:
    rows = wanted.reply_markup.inline_keyboard if wanted.reply_markup else []
    first = rows[0][0] if rows and rows[0] else None
    if first is None or not first.pay:
        raise bad_request("the first button must be a Pay button")


def _record(on: Context, wanted: payments.Invoice) -> Invoice:
    return Invoice(
        bot=on.bot.id,
        title=wanted.title,
        description=wanted.description,
        payload=wanted.payload,
        currency=wanted.currency,
        total=wanted.total,
    )


def _create_link(on: Context, wanted: CreateInvoiceLink) -> JsonValue:
    if wanted.business_connection_id is not None:
        raise bad_request("business connection not found")
    invoice = _record(on, wanted)
    invoice.subscription_period = wanted.subscription_period
    return on.world.telegram.stars.create_link(invoice)


def _answer_pre_checkout(on: Context, wanted: AnswerPreCheckoutQuery) -> JsonValue:
    on.world.telegram.stars.answer(on.bot.id, wanted.pre_checkout_query_id, ok=wanted.ok, error=wanted.error_message)
    return True


def _refund(on: Context, wanted: RefundStarPayment) -> JsonValue:
    on.world.telegram.stars.refund(on.bot.id, wanted.user_id, wanted.telegram_payment_charge_id)
    return True


def _edit_subscription(on: Context, wanted: EditUserStarSubscription) -> JsonValue:
    subscriptions = on.world.telegram.stars.subscriptions
    subscriptions.edit(on.bot.id, wanted.user_id, wanted.telegram_payment_charge_id, canceled=wanted.is_canceled)
    return True


def _transactions(on: Context, wanted: GetStarTransactions) -> JsonValue:
    found = on.world.telegram.stars.transactions(on.bot.id, wanted.offset, wanted.limit)
    return {"transactions": [*found]}


METHODS: Final[tuple[Method, ...]] = (
    method("sendInvoice", SendInvoice, _send_invoice),
    method("createInvoiceLink", CreateInvoiceLink, _create_link),
    method("answerPreCheckoutQuery", AnswerPreCheckoutQuery, _answer_pre_checkout),
    method("refundStarPayment", RefundStarPayment, _refund),
    method("editUserStarSubscription", EditUserStarSubscription, _edit_subscription),
    method("getStarTransactions", GetStarTransactions, _transactions),
)
