"""List of the checks: their requirements, their actions, and the facts that are compared with the simulator's facts.

A fact is a short text that is the same in every run against the same service. It contains no id, date or address.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import httpx
import stripe
from aiogram import exceptions
from aiogram.types import LabeledPrice, MenuButtonWebApp, WebAppInfo

from scripts.live import keys
from scripts.live.hands import CUSTOMER, DISPUTE, FAIL, PLAN, RENEW, SUBSCRIBE, price_request, until
from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    CheckoutRequest,
    GatewayError,
    PaymentEventKind,
    ProviderStatus,
    UnreadableAnswer,
    WebhookRequest,
)

Facts = Mapping[str, str]
AMOUNT: Final = Money(1000, "EUR")
A_MONTH: Final = range(28, 32)
ASKS_LATER: Final = timedelta(days=400)
PICTURE: Final = "https://telegram.org/img/t_logo.png"


@dataclass
class Context:
    """One side of a comparison: the service or its simulator.

    wire: the gateway's HTTP client, for calls that the gateway does not make.
    bot: bot for the checks of Telegram.
    """

    code: str
    clock: Clock
    environ: Mapping[str, str]
    gateway: Any = None
    wire: Any = None
    hand: Any = None
    bot: Any = None
    receiver: Any = None
    began: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.clock.now() - timedelta(minutes=5)


@dataclass(frozen=True)
class Check:
    """Check of one flow at a service.

    needs: settings required to run the check
    shows: names of the facts that the check returns
    """

    service: str
    name: str
    does: str
    needs: tuple[str, ...]
    shows: tuple[str, ...]
    play: Callable[[Context], Awaitable[Facts]]
    acts: tuple[str, ...] = ()


def request(context: Context, **changes: Any) -> CheckoutRequest:
    """Return a checkout request for a monthly plan, for a customer who does not exist."""
    order = str(uuid4())
    wanted: dict[str, Any] = {
        "order_id": order,
        "telegram_id": 1,
        "plan": PLAN,
        "plan_id": str(uuid4()),
        "description": "Umbral live check",
        "price_ref": None,
        "amount": AMOUNT,
        "interval": Interval.MONTH,
        "interval_count": 1,
        "trial_days": 0,
        "success_url": "https://example.com/thanks",
        "cancel_url": "https://example.com/back",
        "customer_ref": None,
        "locale": "en",
        "expires_at": context.clock.now() + timedelta(minutes=35),
        "idempotency_key": f"checkout:{order}:1",
    }
    return CheckoutRequest(**wanted | changes)


async def priced(context: Context, **changes: Any) -> CheckoutRequest:
    return request(context, price_ref=await context.gateway.ensure_price(price_request(AMOUNT)), **changes)


def yes(holds: object) -> str:
    return "yes" if holds else "no"


def money(amount: Money | None) -> str:
    return "not told" if amount is None else "the price" if amount == AMOUNT else f"{amount.minor} {amount.currency}"


async def subscribed(context: Context, *, disputed: bool = False) -> str:
    return str(await context.hand.subscribe(await priced(context), disputed=disputed))


async def payments(context: Context, ref: str, count: int) -> Sequence[Any]:

    async def look() -> Sequence[Any]:
        found: Sequence[Any] = await context.gateway.fetch_payments(ref, context.began)
        return found if len(found) >= count else ()

    return list(await until(look, context.hand.patience_s, f"{count} payments of a subscription"))


async def listed(context: Context, kind: PaymentEventKind, is_meant: Callable[[Any], bool]) -> Any:
    """Return the first matching event in the provider's own list of events."""

    async def look() -> Any:
        events = await context.gateway.list_events(context.began, context.clock.now() + ASKS_LATER)
        return next((each for each in events if each.kind is kind and is_meant(each)), None)

    return await until(look, context.hand.patience_s, f"{kind} in the list of events")


async def status(context: Context, ref: str, wanted: ProviderStatus) -> Any:

    async def look() -> Any:
        snapshot = await context.gateway.fetch_subscription(ref)
        return snapshot if snapshot is not None and snapshot.status is wanted else None

    return await until(look, context.hand.patience_s, f"a subscription that is {wanted}")


async def opens_checkout(context: Context) -> Facts:
    wanted = await priced(context) if context.code == "paypal" else request(context)
    if context.code == "cryptomus":
        wanted = request(context, interval=None)
    first = await context.gateway.create_checkout_session(wanted)
    second = await context.gateway.create_checkout_session(wanted)
    state = await context.gateway.fetch_checkout(first.id)
    async with httpx.AsyncClient(follow_redirects=True, timeout=30) as http:
        page = await http.get(first.url)
    facts = {
        "the same key gives the same checkout": yes(first.id == second.id),
        "it is unpaid": yes(state is not None and not state.paid and not state.expired),
        # A service may refuse its pages to programs with 403. A missing page is an error.
        "its page is there": yes(page.status_code != httpx.codes.NOT_FOUND and page.status_code < 500),
    }
    if hasattr(context.gateway, "expire_checkout") and context.code == "stripe":
        facts["it can be closed"] = yes(await context.gateway.expire_checkout(first.id))
        state = await context.gateway.fetch_checkout(first.id)
        facts["it is expired then"] = yes(state is not None and state.expired)
    return facts


async def makes_price_once(context: Context) -> Facts:
    first, second = [await context.gateway.ensure_price(price_request(AMOUNT)) for _ in range(2)]
    return {"the same plan gives the same price": yes(first == second)}


async def refuses_unknown_price(context: Context) -> Facts:
    try:
        await context.gateway.create_checkout_session(request(context, price_ref="price_nothing"))
    except GatewayError as error:
        return {"an unknown price is refused as": type(error).__name__}
    return {"an unknown price is refused as": "not at all"}


async def begins(context: Context) -> Facts:
    ref = await subscribed(context)
    snapshot = await status(context, ref, ProviderStatus.ACTIVE)
    (first,) = (await payments(context, ref, 1))[:1]
    start, end = snapshot.current_period_start, snapshot.current_period_end
    return {
        "it is active": yes(snapshot.status is ProviderStatus.ACTIVE),
        "it costs": money(snapshot.price),
        "it renews": yes(not snapshot.cancel_at_period_end),
        "its order is named": yes(snapshot.order_id),
        "its person is named": yes(snapshot.telegram_id == 1),
        "its period is a month": yes(start and end and (end - start).days in A_MONTH),
        "the next charge is": money(snapshot.upcoming.amount if snapshot.upcoming else None),
        "the first payment is": money(first.amount),
        "the first payment is no renewal": yes(not first.is_renewal),
        "it pays the period": yes(
            first.period_end is not None and end is not None and abs(first.period_end - end) < timedelta(days=1)
        ),
        "it is of the test mode": yes(not first.livemode),
    }


async def renews(context: Context) -> Facts:
    ref = await subscribed(context)
    before = await status(context, ref, ProviderStatus.ACTIVE)
    await context.hand.renew(ref)
    paid = sorted(await payments(context, ref, 2), key=lambda each: each.occurred_at)
    after = await status(context, ref, ProviderStatus.ACTIVE)
    last = paid[-1]
    gap = after.current_period_start - before.current_period_end
    return {
        "there are two payments": yes(len(paid) == len(("first", "renewal"))),
        "the second is a renewal": yes(last.is_renewal),
        "the second is": money(last.amount),
        "its period follows the first": yes(abs(gap) < timedelta(days=1)),
        "both have names of their own": yes(len({each.payment_key for each in paid}) == len(paid)),
    }


async def fails(context: Context) -> Facts:
    ref = await subscribed(context)
    await status(context, ref, ProviderStatus.ACTIVE)
    await context.hand.fail(ref)
    snapshot = await status(context, ref, ProviderStatus.PAST_DUE)
    failed = await listed(context, PaymentEventKind.PAYMENT_FAILED, lambda each: each.subscription_ref == ref)
    return {
        "it is past due": yes(snapshot.status is ProviderStatus.PAST_DUE),
        "the failure is listed with": money(failed.amount),
        "it is tried again": yes(not failed.final),
    }


async def refunds(context: Context) -> Facts:
    ref = await subscribed(context)
    (paid,) = (await payments(context, ref, 1))[:1]
    done = [
        await context.gateway.refund_payment(paid.payment_key, None, idempotency_key=f"refund:{ref}") for _ in range(2)
    ]
    facts = {"it is taken": yes(done[0]), "it is taken twice and done once": yes(done[1])}
    if context.code == "stripe":
        # PayPal's list is delayed by up to three hours, so it is not checked.
        told = await listed_about(context, PaymentEventKind.REFUND, paid)
        facts["it is listed with"] = money(told.amount_refunded or told.amount)
    return facts


async def listed_about(context: Context, kind: PaymentEventKind, paid: Any) -> Any:
    """Return the first matching event about a payment, after completing the event as the product does."""

    async def look() -> Any:
        events = await context.gateway.list_events(context.began, context.clock.now() + ASKS_LATER)
        for event in (each for each in events if each.kind is kind):
            if (await context.gateway.complete_event(event)).about_payment == paid.payment_key:
                return event
        return None

    return await until(look, context.hand.patience_s, f"{kind} in the list of events")


async def disputes(context: Context) -> Facts:
    ref = await subscribed(context, disputed=True)
    (paid,) = (await payments(context, ref, 1))[:1]
    opened = await listed_about(context, PaymentEventKind.DISPUTE_OPENED, paid)
    deadline = await context.gateway.dispute_deadline(opened.payment_key)
    return {
        "it is listed with": money(opened.amount),
        "money has moved": yes(opened.reason != "inquiry"),
        "it takes an answer": yes(deadline is not None and deadline.open),
        "it says until when": yes(deadline is not None and deadline.until),
    }


async def cancels(context: Context) -> Facts:
    ref = await subscribed(context)
    await status(context, ref, ProviderStatus.ACTIVE)
    facts = {}
    if context.code == "stripe":
        facts["an end with the period is taken"] = yes(await context.gateway.cancel_subscription(ref))
        snapshot = await context.gateway.fetch_subscription(ref)
        facts["it is active until then"] = yes(snapshot.status is ProviderStatus.ACTIVE)
        facts["it says so"] = yes(snapshot.cancel_at_period_end)
        facts["it can be kept"] = yes(await context.gateway.resume_subscription(ref))
    facts["an end at once is taken"] = yes(await context.gateway.cancel_subscription(ref, at_period_end=False))
    snapshot = await status(context, ref, ProviderStatus.ENDED)
    facts["it has ended then"] = yes(snapshot.status is ProviderStatus.ENDED)
    facts["an end of what has ended is"] = yes(await context.gateway.cancel_subscription(ref, at_period_end=False))
    return facts


async def grows_balance(context: Context) -> Facts:
    async def total() -> int:
        balance = await context.wire.client.v1.balance.retrieve_async()
        return sum(each.amount for part in (balance.available, balance.pending) for each in part)

    before = await total()
    ref = await subscribed(context)
    await payments(context, ref, 1)
    gained = await total() - before
    return {"the balance grows by": "the price" if gained == AMOUNT.minor else "less" if gained > 0 else "nothing"}


async def finds_customers(context: Context) -> Facts:
    email = f"{uuid4().hex}@example.com"
    await context.hand.customer(email)
    found = await context.wire.client.v1.customers.search_async({"query": f"email:'{email}'"})
    return {"a search finds a customer at once": yes(found.data)}


async def refuses_unknown_parameters(context: Context) -> Facts:
    try:
        await context.wire.client.v1.customers.create_async({"nonsense": "1"})
    except stripe.InvalidRequestError as error:
        return {"an unknown parameter is refused as": str(error.code)}
    return {"an unknown parameter is refused as": "not at all"}


async def sends_test_webhook(context: Context) -> Facts:
    receiver, seen = context.receiver, len(context.receiver.posts)
    wanted = request(context, interval=None)
    await context.gateway.create_checkout_session(wanted)
    # This call returns an empty list, unlike every other call that the product makes.
    with suppress(UnreadableAnswer):
        await context.wire.call(
            "/v1/test-webhook/payment",
            {
                "url_callback": context.environ["CRYPTOMUS_CALLBACK_URL"],
                "currency": "USDT",
                "network": "tron",
                "order_id": wanted.order_id,
                "status": "paid",
            },
        )

    async def came() -> Any:
        return receiver.posts[seen:]

    post = (await until(came, 60, "a test webhook"))[0]
    event = await context.gateway.parse_webhook(
        WebhookRequest(headers=post.headers, body=post.body, received_at=context.clock.now())
    )
    return {
        "its signature is genuine": "yes",
        "it is read as": str(event.kind),
        "it names the order": yes(event.order_id == wanted.order_id),
    }


async def knows_its_bot(context: Context) -> Facts:
    me = await context.bot.get_me()
    return {"it is a bot": yes(me.is_bot), "it has a username": yes(me.username)}


async def refuses_insecure_app(context: Context) -> Facts:
    before = await context.bot.get_chat_menu_button()
    button = MenuButtonWebApp(text="Umbral", web_app=WebAppInfo(url="http://127.0.0.1:8000/app"))
    try:
        await context.bot.set_chat_menu_button(menu_button=button)
    except exceptions.TelegramBadRequest:
        return {"a Mini App by http is": "refused"}
    await context.bot.set_chat_menu_button(menu_button=before)
    return {"a Mini App by http is": "taken"}


async def sells_stars(context: Context) -> Facts:
    link = await context.bot.create_invoice_link(
        title="Umbral",
        description="Live check",
        payload=uuid4().hex,
        currency="XTR",
        prices=[LabeledPrice(label="Umbral", amount=1)],
        subscription_period=30 * 86_400,
    )
    try:
        await context.bot.refund_star_payment(user_id=1, telegram_payment_charge_id="nothing")
        refusal = "not at all"
    except exceptions.TelegramBadRequest as error:
        refusal = error.message.removeprefix("Bad Request: ")
    return {"an invoice link leads to Telegram": yes("t.me/" in link), "an unknown refund is refused as": refusal}


async def runs_channel(context: Context) -> Facts:
    bot, channel = context.bot, int(context.environ[keys.CHANNEL])
    chat, me = await bot.get_chat(channel), await bot.get_me()
    member = await bot.get_chat_member(channel, me.id)
    link = await bot.create_chat_invite_link(channel, name="umbral live", creates_join_request=True)
    revoked = await bot.revoke_chat_invite_link(channel, link.invite_link)
    try:
        both = await bot.create_chat_invite_link(channel, creates_join_request=True, member_limit=1)
        await bot.revoke_chat_invite_link(channel, both.invite_link)
        limited = "taken"
    except exceptions.TelegramBadRequest:
        limited = "refused"
    return {
        "it is a private channel": yes(chat.type == "channel" and not chat.username),
        "the bot is": member.status,
        "a link asks for approval": yes(link.creates_join_request),
        "a link is revoked": yes(revoked.is_revoked),
        "approval with a limit is": limited,
    }


async def posts_and_deletes(context: Context) -> Facts:
    bot, channel = context.bot, int(context.environ[keys.CHANNEL])
    post = await bot.send_message(channel, "Umbral live check")
    try:
        edited = await bot.edit_message_text("Umbral live check, edited", chat_id=channel, message_id=post.message_id)
        try:
            await bot.edit_message_text("Umbral live check, edited", chat_id=channel, message_id=post.message_id)
            same = "taken"
        except exceptions.TelegramBadRequest as error:
            same = "not modified" if "message is not modified" in error.message else error.message
        pinned = await bot.pin_chat_message(channel, post.message_id, disable_notification=True)
    finally:
        deleted = await bot.delete_message(channel, post.message_id)
    try:
        await bot.delete_message(channel, post.message_id)
        again = "taken"
    except exceptions.TelegramBadRequest as error:
        again = error.message.removeprefix("Bad Request: ")
    return {
        "an edit is shown": yes(not isinstance(edited, bool) and edited.text == "Umbral live check, edited"),
        "the same text again is": same,
        "it is pinned": yes(pinned),
        "it is deleted": yes(deleted),
        "deleting it again is": again,
    }


async def fetches_picture(context: Context) -> Facts:
    channel = int(context.environ[keys.CHANNEL])
    post = await context.bot.send_photo(channel, PICTURE)
    try:
        largest = (post.photo or [])[-1]
        return {"a picture by its address is": f"{largest.width} × {largest.height}"}
    finally:
        await context.bot.delete_message(channel, post.message_id)


_STRIPE: Final = ("STRIPE_SECRET_KEY",)
_PAYPAL: Final = ("PAYPAL_CLIENT_ID", "PAYPAL_CLIENT_SECRET", "PAYPAL_WEBHOOK_ID")
_CRYPTOMUS: Final = ("CRYPTOMUS_MERCHANT_ID", "CRYPTOMUS_API_KEY")
_BEGUN: Final = (
    "it is active",
    "it costs",
    "it renews",
    "its order is named",
    "its person is named",
    "its period is a month",
    "the next charge is",
    "the first payment is",
    "the first payment is no renewal",
    "it pays the period",
    "it is of the test mode",
)
_REFUNDED: Final = ("it is taken", "it is taken twice and done once", "it is listed with")
_OPENED: Final = ("the same key gives the same checkout", "it is unpaid", "its page is there")
_ENDED: Final = ("an end at once is taken", "it has ended then", "an end of what has ended is")

CHECKS: Final[tuple[Check, ...]] = (
    Check("stripe", "price", "makes a price twice", _STRIPE, ("the same plan gives the same price",), makes_price_once),
    Check(
        "stripe",
        "checkout",
        "opens a checkout twice, looks at it, closes it",
        _STRIPE,
        (*_OPENED, "it can be closed", "it is expired then"),
        opens_checkout,
    ),
    Check(
        "stripe",
        "unknown price",
        "opens a checkout with a price that is not there",
        _STRIPE,
        ("an unknown price is refused as",),
        refuses_unknown_price,
    ),
    Check(
        "stripe",
        "unknown parameter",
        "sends a parameter that is not there",
        _STRIPE,
        ("an unknown parameter is refused as",),
        refuses_unknown_parameters,
    ),
    Check("stripe", "first payment", "has somebody subscribe", _STRIPE, _BEGUN, begins, (SUBSCRIBE,)),
    Check(
        "stripe",
        "renewal",
        "moves the test clock past the period",
        _STRIPE,
        (
            "there are two payments",
            "the second is a renewal",
            "the second is",
            "its period follows the first",
            "both have names of their own",
        ),
        renews,
        (SUBSCRIBE, RENEW),
    ),
    Check(
        "stripe",
        "failed charge",
        "the same, with a card that is refused",
        _STRIPE,
        ("it is past due", "the failure is listed with", "it is tried again"),
        fails,
        (SUBSCRIBE, FAIL),
    ),
    Check("stripe", "refund", "gives a payment back, twice by one key", _STRIPE, _REFUNDED, refunds, (SUBSCRIBE,)),
    Check(
        "stripe",
        "dispute",
        "has a bank take a payment back",
        _STRIPE,
        ("it is listed with", "money has moved", "it takes an answer", "it says until when"),
        disputes,
        (SUBSCRIBE, DISPUTE),
    ),
    Check(
        "stripe",
        "end",
        "ends with the period, keeps it, ends at once",
        _STRIPE,
        (
            "an end with the period is taken",
            "it is active until then",
            "it says so",
            "it can be kept",
            *_ENDED,
        ),
        cancels,
        (SUBSCRIBE,),
    ),
    Check(
        "stripe",
        "balance",
        "looks at the balance around a payment",
        _STRIPE,
        ("the balance grows by",),
        grows_balance,
        (SUBSCRIBE,),
    ),
    Check(
        "stripe",
        "search",
        "looks for a customer who has just been made",
        _STRIPE,
        ("a search finds a customer at once",),
        finds_customers,
        (CUSTOMER,),
    ),
    Check("paypal", "price", "makes a plan twice", _PAYPAL, ("the same plan gives the same price",), makes_price_once),
    Check("paypal", "checkout", "opens an approval twice and looks at it", _PAYPAL, _OPENED, opens_checkout),
    Check("paypal", "first payment", "has somebody subscribe", _PAYPAL, _BEGUN, begins, (SUBSCRIBE,)),
    Check("paypal", "refund", "gives a payment back, twice by one key", _PAYPAL, _REFUNDED[:2], refunds, (SUBSCRIBE,)),
    Check("paypal", "end", "ends a subscription at once", _PAYPAL, _ENDED, cancels, (SUBSCRIBE,)),
    Check("cryptomus", "invoice", "opens an invoice twice and looks at it", _CRYPTOMUS, _OPENED, opens_checkout),
    Check(
        "cryptomus",
        "test payment",
        "asks for a test webhook of a payment",
        (*_CRYPTOMUS, keys.PUBLIC_URL),
        ("its signature is genuine", "it is read as", "it names the order"),
        sends_test_webhook,
    ),
    Check(
        "telegram test servers",
        "bot",
        "asks who the bot is",
        (keys.TEST_BOT,),
        ("it is a bot", "it has a username"),
        knows_its_bot,
    ),
    Check(
        "telegram test servers",
        "Mini App",
        "offers a Mini App by http",
        (keys.TEST_BOT,),
        ("a Mini App by http is",),
        refuses_insecure_app,
    ),
    Check(
        "telegram test servers",
        "Stars",
        "makes an invoice for a subscription, and asks for a refund of nothing",
        (keys.TEST_BOT,),
        ("an invoice link leads to Telegram", "an unknown refund is refused as"),
        sells_stars,
    ),
    Check(
        "telegram",
        "private channel",
        "makes links into the channel and revokes them",
        (keys.BOT, keys.CHANNEL),
        (
            "it is a private channel",
            "the bot is",
            "a link asks for approval",
            "a link is revoked",
            "approval with a limit is",
        ),
        runs_channel,
    ),
    Check(
        "telegram",
        "posts",
        "posts, edits, pins and deletes",
        (keys.BOT, keys.CHANNEL),
        ("an edit is shown", "the same text again is", "it is pinned", "it is deleted", "deleting it again is"),
        posts_and_deletes,
    ),
    Check(
        "telegram",
        "picture",
        "posts a picture by its address",
        (keys.BOT, keys.CHANNEL),
        ("a picture by its address is",),
        fetches_picture,
    ),
)
