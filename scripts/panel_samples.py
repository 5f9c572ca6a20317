"""Sample people, plans, codes and figures for the panel's sheet."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from subscriptions.application.access.waiting_days import WaitingDays
from subscriptions.application.accounts.pool_forecast import PoolForecast
from subscriptions.application.expiry.preview_bulk_expiry import Fate, Preview, PreviewLine
from subscriptions.application.subscriptions.change_renewals import (
    CancelRenewals,
    KeepRenewals,
    PauseRenewals,
    ResumeRenewals,
)
from subscriptions.application.views.see_customers import CustomerView, HeldPlan, PaidMoney
from subscriptions.domain.entities import resource
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.bulk_expiry import BulkExpiry
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.payment import PaymentStatus
from subscriptions.domain.entities.reversal import Dispute, DisputeStatus
from subscriptions.domain.entities.service_plan import AccessKind, Interval, ServicePlan
from subscriptions.domain.entities.subscription import STAFF, SubscriptionStatus
from subscriptions.domain.entities.userbot_account import AccountStatus, UserbotAccount
from subscriptions.domain.ids import (
    AccountId,
    ChatId,
    CustomerId,
    PaymentId,
    PlanId,
    SubscriptionId,
    TelegramId,
)
from subscriptions.domain.money import Money
from subscriptions.domain.ports.invite_maker import ChannelLook
from subscriptions.domain.ports.repositories.people import AuditLine
from subscriptions.domain.services.zones import HOME

BOT: Final = "retador_bot"
NOW: Final = datetime(2026, 3, 12, 21, 0, tzinfo=HOME)
DAY: Final = timedelta(days=1)
ID: Final = UUID("00000000-0000-4000-8000-000000000001")
OTHER: Final = UUID("00000000-0000-4000-8000-000000000002")
OLGA_ID: Final = TelegramId(6000000001)


def person(name: str, username: str | None, role: StaffRole | None = None, number: int = 11) -> Customer:
    """Return a sample customer."""
    return Customer(
        id=CustomerId(UUID(int=number)),
        telegram_id=TelegramId(6000000000 + number),
        first_name=name,
        username=username,
        staff_role=role,
        source="verano",
        created_at=NOW - 90 * DAY,
    )


OLGA: Final = person("Olga", "olga", StaffRole.OWNER, 1)
MARTA: Final = person("Marta", "marta_r", StaffRole.MANAGER, 2)
PEDRO: Final = person("Pedro", None, StaffRole.SUPPORT, 3)
ANA: Final = person("Ana <b>&_*", "ana_lopez")
TEAM: Final = (OLGA, MARTA, PEDRO)

VIP: Final = ServicePlan(
    id=PlanId(ID),
    soft_id="vip-mensual",
    name="Plan Mensual Premium",
    emoji="⭐",
    price=Money(999, "USD"),
    recurring=False,
    interval=None,
    duration_days=30,
    access=AccessKind.VIP_CHANNEL,
    created_at=NOW - 40 * DAY,
    created_by=OLGA_ID,
)
RETABET: Final = ServicePlan(
    id=PlanId(OTHER),
    soft_id="retabet",
    name="Retabet",
    emoji="🎰",
    price=Money(2999, "EUR"),
    interval=Interval.MONTH,
    created_at=NOW - 80 * DAY,
)
OFF: Final = replace(
    VIP, active=False, honours_tokens=False, updated_at=NOW, updated_by=TelegramId(6000000002), version=3
)


WAITING: Final = WaitingDays(soft_id="vip", plan=VIP.name, length=40 * DAY, begins=None)


def held(**more: Any) -> HeldPlan:
    """Return a sample live subscription with the given fields replaced."""
    values: dict[str, Any] = {
        "id": SubscriptionId(ID),
        "plan_id": RETABET.id,
        "plan": RETABET.label,
        "soft_id": "retabet",
        "status": SubscriptionStatus.ACTIVE,
        "paused_for": frozenset(),
        "access": AccessStatus.ACTIVE,
        "access_end": NOW + 18 * DAY,
        "renews": True,
        "live": True,
        "provider": "card",
        "renewals": (CancelRenewals, PauseRenewals),
        "next_charge": NOW + 18 * DAY,
        "next_amount": RETABET.price,
        "is_charge_reported": True,
    }
    return HeldPlan(**(values | more))


RECORDED: Final = held(is_charge_reported=False, renews_until=NOW + 90 * DAY)
OWING: Final = held(status=SubscriptionStatus.PAST_DUE, renewals=(CancelRenewals,))
CANCELED: Final = held(
    status=SubscriptionStatus.CANCELED, renews=False, renewals=(KeepRenewals,), next_charge=None, next_amount=None
)


def paid(**more: Any) -> PaidMoney:
    """Return a sample refundable payment with the given fields replaced."""
    values: dict[str, Any] = {
        "id": PaymentId(ID),
        "reference": "A1B2C3D4",
        "at": NOW - 12 * DAY,
        "amount": Money(2999, "EUR"),
        "status": PaymentStatus.CAPTURED,
        "flag": None,
        "returned_amount": Money(0, "EUR"),
        "refundable": Money(2999, "EUR"),
        "refunds": True,
        "provider": "card",
    }
    return PaidMoney(**(values | more))


NAMES: Final = {str(OLGA_ID): "@olga", "6000000002": "@marta_r", "5550100": "@marta_r"}
"""Names of staff members, keyed by their Telegram ids as text."""
PLANS: Final = {"retabet": RETABET.label}


def line(action: str, why: str, **facts: str) -> AuditLine:
    """Return an audit entry of a staff command on a customer."""
    return AuditLine(actor=str(OLGA_ID), action=action, subject="-", reason=why, at=NOW - DAY, facts=facts)


HISTORY: Final = (
    line("customer.note", "Llamó: no encontraba el enlace"),
    line("customer.extend", "se cayó el servicio", days="3", plan="retabet"),
    line("terms.accepted", "pressed in the chat"),
)
CARD: Final = CustomerView(
    customer=ANA,
    plans=(
        held(),
        held(
            id=SubscriptionId(OTHER),
            live=False,
            status=SubscriptionStatus.EXPIRED,
            access_end=NOW - 60 * DAY,
            next_charge=None,
            next_amount=None,
        ),
    ),
    payments=(
        paid(),
        paid(
            amount=Money(999, "USD"),
            returned_amount=Money(300, "USD"),
            refundable=Money(699, "USD"),
            refunds=False,
            id=PaymentId(OTHER),
            reference="B2C3D4E5",
        ),
    ),
    notes=HISTORY,
)
PAID_IN_COINS: Final = replace(CARD, payments=CARD.payments[1:])
SUSPENDED: Final = replace(
    CARD,
    customer=replace(ANA, barred_at=NOW, blocked_at=NOW, staff_role=StaffRole.SUPPORT, tags=frozenset({"vip"})),
    plans=(
        held(
            status=SubscriptionStatus.PAUSED,
            paused_for=frozenset({STAFF}),
            access=AccessStatus.SUSPENDED,
            waiting=(WAITING, replace(WAITING, begins=NOW + 18 * DAY)),
        ),
    ),
)
UNOPENED: Final = replace(CARD, customer=replace(ANA, unopened_at=NOW), waiting_messages=2)
UNHEARD: Final = replace(CARD, customer=replace(ANA, blocked_at=NOW), waiting_messages=2)
SEVERAL: Final = replace(
    CARD, plans=(held(), held(id=SubscriptionId(OTHER), plan=VIP.label, plan_id=VIP.id, makes_vip=True))
)
PAUSING: Final = replace(CARD, plans=(held(pause_until=NOW + 48 * DAY, renewals=(CancelRenewals, ResumeRenewals)),))
DISPUTE: Final = Dispute.begin("card", "dp_1", PaymentId(ID), DisputeStatus.OPEN, NOW - DAY)
DISPUTED: Final = replace(
    CARD,
    payments=(
        paid(dispute=DISPUTE),
        *(
            paid(
                id=PaymentId(each),
                dispute=Dispute.begin("card", f"dp_{status}", PaymentId(each), status, NOW - 2 * DAY),
            )
            for status in DisputeStatus
            if status is not DisputeStatus.OPEN
            for each in (uuid5(ID, status),)
        ),
    ),
)
NOBODY: Final = replace(CARD, plans=(), payments=(), notes=())

_BUYER: Final = {"customer": str(ID), "telegram_id": "6000000011", "name": "Ana (@ana)"}
ALARMS: Final = tuple(
    Alarm(id=UUID(int=number), key=kind, kind=kind, facts=facts, raised_at=NOW - number * timedelta(hours=3))
    for number, (kind, facts) in enumerate(
        {
            "paid_without_access": {"access": str(ID), "channel": "Retador · Retabet", **_BUYER},
            "pool_share": {"share": "85", "left": "37", "days": "9"},
            "dispute_open": {"order": "A1B2C3D4", "amount": "29.99€", **_BUYER},
            "refund_failed": {"order": "A1B2C3D4", "amount": "29.99€", "reason": "the provider gave nothing back"}
            | _BUYER,
            "job_held": {"job": "bot.announce", "number": "4711", "reason": "ValueError: no such plan"},
            "unmatched_payment_event": {"provider": "stripe", "event": "evt_1", "inbox": str(ID)},
            "sweep_done": {"sweep": ID.hex, "people": "7", "until": "2026-03-13T20:00:00+00:00"},
        }.items(),
        start=1,
    )
)


def account(number: int, label: str, status: AccountStatus, used: int) -> UserbotAccount:
    """Return a sample Telegram account that owns channels."""
    return UserbotAccount(
        id=AccountId(number),
        phone=f"+3460000000{number}",
        session="-",
        label=label,
        status=status,
        channels_used=used,
        channel_cap=400,
        day_cap=15,
        pace=timedelta(seconds=90),
        created_at=NOW,
    )


ACCOUNTS: Final = (
    account(1, "Principal", AccountStatus.ACTIVE, 212),
    account(2, "Reserva", AccountStatus.RESTRICTED, 98),
)
FORECAST: Final = PoolForecast(
    accounts=2, share=47, channels_left=188, precreated=6, per_day=4.2, next_try=NOW + timedelta(hours=2)
)


GOING: Final = tuple(
    PreviewLine(
        telegram_id=TelegramId(6000000020 + number),
        name=name,
        plan="Retabet",
        fate=fate,
        reason=reason,
        over_since=NOW - DAY,
    )
    for number, (name, fate, reason) in enumerate(
        [
            ("Lucía", Fate.WOULD_GO, "canceled"),
            ("Hugo", Fate.HELD, "unpaid"),
            ("Nora", Fate.GOES_ON, "time_over"),
            ("Iván", Fate.NO_ANSWER, "time_over"),
            ("Sara", Fate.UNCLEAR, "time_over"),
            ("Leo", Fate.LEAVING, "access_ended"),
        ]
    )
)
PREVIEW: Final = Preview(lines=list(GOING), limit=5, live=152)
CALM: Final = Preview(lines=[], limit=5, live=152)
CROWD: Final = Preview(lines=list(GOING * 3), limit=5, live=152)
ASKING: Final = BulkExpiry.begin(limit=5, live=152, is_forced=False, now=NOW, closes_at=NOW + timedelta(minutes=5))

OPENED: Final = resource.Resource.add(resource.VIP, resource.SHARED_CHANNEL, "VIP", resource.EntryPolicy.RITUAL, NOW)
CHANNEL: Final = Channel.for_resource(OPENED, ChatId(-1001234567890), "Retador VIP", NOW)


def look(*missing: str, is_admin: bool = True) -> ChannelLook:
    """Return a sample of the bot's rights in the VIP channel, as Telegram reports them.

    missing: names of the missing rights.
    is_admin: True if the bot is an administrator.
    """
    return ChannelLook(title="Retador VIP", is_channel=True, is_admin=is_admin, missing_rights=missing)
