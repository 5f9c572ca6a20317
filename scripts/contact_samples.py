"""Sample people, plans and timestamps for the contact sheet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from bot.screens import Screen
from subscriptions.application.access.waiting_days import WaitingDays
from subscriptions.application.catalog.browse_plans import PlanView
from subscriptions.application.checkout.pay_messages import LapsedPurchase
from subscriptions.application.checkout.start_checkout import CheckoutView
from subscriptions.application.dto.policy import Policy
from subscriptions.application.views.explain_access import Explanation, Reason
from subscriptions.application.views.show_status import (
    OpenedChat,
    OpenOrderView,
    PaymentView,
    StatusView,
    SubscriptionView,
)
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.receipt import Receipt, ReceiptKind
from subscriptions.domain.entities.service_plan import LIFETIME, Interval
from subscriptions.domain.entities.spoken import Spoken
from subscriptions.domain.entities.subscription import DISPUTE, SubscriptionStatus
from subscriptions.domain.ids import CustomerId, OrderId, PaymentId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import GatewayDescriptor
from subscriptions.domain.services.time_origin import TimeOrigin
from subscriptions.domain.services.zones import HOME
from tests.fakes.clock import ManualClock
from tests.fakes.gateway import MemoryGateway, NoSettings
from tests.fakes.samples import customer as somebody

NOW: Final = datetime(2026, 3, 12, 20, 0, tzinfo=UTC)
MONTH: Final = timedelta(days=31)
SUPPORT: Final = "@retador_ayuda"
BRAND: Final = "Retador"
ACCESS: Final = UUID("00000000-0000-4000-8000-000000000001")
PAGES: Final = frozenset({"card"})
"""Providers with a billing page on which a failed charge can be paid."""
S, A = SubscriptionStatus, AccessStatus


@dataclass(frozen=True)
class Shot:
    """One message of the contact sheet.

    caption: description of the situation. said: the customer's message before this one, or the pressed button. picture:
    name of the message's own picture, taken at a phone's width; empty if the message has no picture of its own.
    """

    caption: str
    screen: Screen
    said: str = ""
    picture: str = ""


RETABET: Final = PlanView(
    soft_id="retabet",
    name="Retabet",
    emoji="🎰",
    description=Spoken(
        "Recibe alertas de valor en tiempo real",
        {"en": "Value alerts in real time", "pt": "Recebe alertas de valor em tempo real"},
    ),
    price=Money(2999, "EUR"),
    recurring=True,
    interval=Interval.MONTH,
    interval_count=1,
    duration_days=None,
    methods=("card", "crypto"),
    renewing_methods=frozenset({"card"}),
)
SPORTIUM: Final = replace(RETABET, soft_id="sportium", name="Sportium", emoji="⚽", price=Money(2499, "EUR"))
BET365: Final = replace(
    RETABET,
    soft_id="bet365",
    name="Bet365",
    emoji="🏀",
    recurring=False,
    interval=None,
    duration_days=30,
    renewing_methods=frozenset(),
)
TRIAL: Final = replace(RETABET, trial_days=7, first_charge=date(2026, 12, 7))
FREE: Final = replace(BET365, price=Money(0, "EUR"), methods=(), renewing_methods=frozenset())
ADD_ON: Final = replace(BET365, soft_id="bet365-plus", name="Bet365 Plus", holders_of=frozenset({"retabet"}))
SHARED: Final = replace(RETABET, soft_id="completo", name="Completo", emoji="⭐", opens=("canal", "grupo"))
PLANS: Final = (RETABET, SPORTIUM, BET365)

POLICY: Final = Policy(brand=BRAND, base_url="https://retador.example", terms_version="2026-11")

CHECKOUT: Final = CheckoutView(
    order_id=OrderId(ACCESS),
    attempt=1,
    reference="A1B2C3D4",
    plan=RETABET,
    provider="card",
    amount=RETABET.price,
    url="https://pay.example/1",
    expires_at=NOW + timedelta(minutes=35),
    is_reused=False,
)
ORDER: Final = OpenOrderView(
    reference="A1B2C3D4",
    soft_id="retabet",
    plan=RETABET.label,
    plan_name=RETABET.name,
    price=RETABET.price,
    url="https://pay.example/1",
    expires_at=NOW + timedelta(minutes=35),
    provider="card",
)
LAPSED: Final = LapsedPurchase(
    order_id=OrderId(ACCESS),
    customer=somebody(),
    soft_id="retabet",
    plan_name=RETABET.name,
    provider="card",
    price=RETABET.price,
    reference="A1B2C3D4",
    expires_at=NOW,
)
PART_PAID: Final = replace(ORDER, price=Money(320, "EUR"), received_amount=Money(2679, "EUR"))
REST: Final = replace(CHECKOUT, amount=PART_PAID.price, price=RETABET.price)
LIVE: Final = SubscriptionView(
    soft_id="retabet",
    plan=RETABET.label,
    plan_name=RETABET.name,
    price=RETABET.price,
    interval=Interval.MONTH,
    interval_count=1,
    status=S.ACTIVE,
    access=A.ACTIVE,
    access_until=NOW + MONTH,
    period_end=NOW + MONTH,
    grace_until=None,
    renews=True,
    can_undo=False,
    invite_url=None,
    channel_url="https://t.me/c/1234/1",
    provider="card",
    next_charge=NOW + MONTH,
    next_amount=RETABET.price,
)
OPENS: Final = replace(
    LIVE,
    chats=(
        OpenedChat(title="Tertulia", access=A.ACTIVE, invite_url=None, url="https://t.me/c/1234/1"),
        OpenedChat(title="Guía", access=None, invite_url=None, url=None, handed_over="guia"),
    ),
)
CANCELED: Final = replace(LIVE, status=S.CANCELED, renews=False, can_undo=True, next_charge=None, next_amount=None)
FOR_LIFE: Final = replace(
    LIVE,
    interval=None,
    access_until=NOW + timedelta(days=LIFETIME),
    period_end=None,
    renews=False,
    for_life=True,
    origin=TimeOrigin.PAID,
    next_charge=None,
    next_amount=None,
)
GIVEN: Final = replace(
    LIVE,
    renews=False,
    next_charge=None,
    next_amount=None,
    period_end=None,
    provider=None,
    origin=TimeOrigin.FROM_ANOTHER,
)
OTHER: Final = replace(LIVE, soft_id="sportium", plan=SPORTIUM.label, plan_name=SPORTIUM.name, price=SPORTIUM.price)
WAITING: Final = WaitingDays(soft_id="sportium", plan=SPORTIUM.name, length=timedelta(days=40), begins=None)
BEGINNING: Final = replace(WAITING, begins=NOW + MONTH)
_STATES: Final = {
    "paid, the channel is being made": replace(LIVE, access=A.PENDING),
    "the link waits": replace(LIVE, access=A.INVITED, invite_url="https://t.me/+abc"),
    "inside": LIVE,
    "the next period is free": replace(LIVE, next_amount=Money(0, "EUR")),
    "collection is paused at the provider": replace(LIVE, next_charge=None, next_amount=None),
    "it ends later at the provider": replace(LIVE, renews_until=NOW + 3 * MONTH, can_undo=True),
    "on trial": replace(LIVE, status=S.TRIALING),
    "a charge failed": replace(LIVE, status=S.PAST_DUE, grace_until=NOW + timedelta(days=5)),
    "canceled": CANCELED,
    "paused": replace(LIVE, status=S.PAUSED, access=A.SUSPENDED, renews=False, next_charge=None),
    "canceled, paused": replace(CANCELED, access=A.SUSPENDED, is_paused=True),
    "days of another plan wait": replace(LIVE, waiting=(WAITING,)),
    "days of another plan wait, canceled": replace(CANCELED, waiting=(BEGINNING,)),
    "Telegram keeps the customer out": replace(LIVE, access=A.ACTION_REQUIRED),
    "the channel cannot be made": replace(LIVE, access=A.FAILED),
    **{f"nothing follows: {each}": replace(GIVEN, origin=each) for each in TimeOrigin},
    "a gift that lasts for more than a year": replace(GIVEN, access_until=NOW + 14 * MONTH, is_far=True),
    "a gift for life": replace(FOR_LIFE, origin=TimeOrigin.FROM_ANOTHER),
    "a gift, paused": replace(GIVEN, status=S.PAUSED, access=A.SUSPENDED),
    "over": replace(LIVE, status=S.EXPIRED, access=A.REVOKED, renews=False),
}
STATES: Final[Mapping[str, SubscriptionView]] = {
    name: view if view.access is A.ACTIVE else replace(view, channel_url=None) for name, view in _STATES.items()
}


def card(*items: SubscriptionView, paid: bool = True, orders: tuple[OpenOrderView, ...] = ()) -> StatusView:
    """Return a status card with these subscriptions. paid: True to include a payment."""
    payment = PaymentView(at=NOW, amount=RETABET.price, reference="A1B2C3D4")
    return StatusView(subscriptions=items, open_orders=orders, payments=(payment,) if paid else ())


def descriptors() -> Mapping[str, GatewayDescriptor]:
    """Return the descriptors of two sample payment methods."""
    words = {
        "card": (
            {"es": "💳 Tarjeta", "en": "💳 Card", "pt": "💳 Cartão"},
            {"es": "al instante", "en": "instantly", "pt": "na hora"},
        ),
        "crypto": (
            {"es": "🪙 Cripto", "en": "🪙 Crypto", "pt": "🪙 Cripto"},
            dict.fromkeys(("es", "en", "pt"), "5–20 min"),
        ),
    }
    return {
        code: GatewayDescriptor(
            code=code,
            label=label,
            speed=speed,
            capabilities=frozenset(),
            currencies=None,
            settings=NoSettings,
            load=lambda settings, clock: MemoryGateway(ManualClock()),
        )
        for code, (label, speed) in words.items()
    }


def _reason(kind: LedgerKind, days: int, length: timedelta, reference: str = "A1B2C3D4") -> Reason:
    return Reason(
        kind=kind, reference=reference, starts_at=NOW + timedelta(days=days), length=length, access_end=NOW + MONTH
    )


def explanations() -> Mapping[str, Explanation]:
    """Return the possible explanations of the /porque command, keyed by description."""
    first, second = (
        _reason(LedgerKind.PAYMENT, 0, MONTH),
        _reason(LedgerKind.PAYMENT, 31, timedelta(days=30), "77D5F01B"),
    )
    lost = _reason(LedgerKind.COMPENSATION, 40, timedelta(days=9), "")
    cut = _reason(LedgerKind.REFUND, 3, timedelta())
    plain = Explanation(
        plan="Retabet", status=S.ACTIVE, access=A.ACTIVE, access_end=NOW + MONTH, reasons=(first,), by_month=True
    )
    return {
        "after a change of plan": replace(
            plain, reasons=(first, _reason(LedgerKind.PAYMENT, 9, timedelta(), "A1B2C3D4"))
        ),
        "with days that wait for their plan": replace(
            plain,
            reasons=(
                first,
                replace(_reason(LedgerKind.CHANGE, 9, timedelta()), plan="Sportium", waits=timedelta(days=40)),
            ),
        ),
        "after a change of a plan paid once": replace(
            plain,
            by_month=False,
            access_end=NOW + timedelta(days=25),
            reasons=(
                _reason(LedgerKind.PAYMENT, 0, timedelta(days=30)),
                _reason(LedgerKind.CHANGE, 18, timedelta(days=7)),
            ),
        ),
        "after a move to another billing period": replace(
            plain, reasons=(first, _reason(LedgerKind.CHANGE, 10, timedelta()), second)
        ),
        "active, with days given back": replace(
            plain, access_end=NOW + timedelta(days=70), reasons=(first, second, lost)
        ),
        "paused by a dispute": replace(plain, status=S.PAUSED, access=A.SUSPENDED, paused_for=frozenset({DISPUTE})),
        "canceled": replace(plain, status=S.CANCELED),
        "a charge failed": replace(plain, status=S.PAST_DUE),
        "over, refunded": replace(
            plain,
            status=S.EXPIRED,
            access=A.REVOKED,
            access_end=NOW + timedelta(days=3),
            end_reason="refunded",
            reasons=(first, cut),
        ),
    }


ISSUER: Final = "Retador S.L. · B12345678 · Calle Mayor 1, Madrid"


def receipt_of(kind: ReceiptKind, number: int, minor: int, tax: int | None) -> Receipt:
    """Return a sample receipt of the given kind."""
    made = Receipt.draft(
        kind,
        ACCESS,
        payment_id=PaymentId(ACCESS),
        order_id=OrderId(ACCESS),
        customer_id=CustomerId(ACCESS),
        customer_ref="6000000011 · @ana",
        plan_name=RETABET.name,
        provider="card",
        amount=Money(minor, "EUR"),
        tax_minor=tax,
        issuer=ISSUER,
        zone=HOME,
        now=NOW,
    )
    made.number = number
    return made
