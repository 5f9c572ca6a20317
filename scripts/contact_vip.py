"""Screens about VIP features for the contact sheet: activation codes, the entry, and the VIP status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.formats import day
from bot.screens import Screen, codes, status
from bot.screens.entry import access_over, entry
from bot.texts import Texts
from scripts import contact_samples as samples
from scripts.contact_samples import A, Shot
from subscriptions.application.catalog.browse_plans import PlanView
from subscriptions.application.views.show_status import SubscriptionView
from subscriptions.application.vip.code_answers import Activation, CodeOffer
from subscriptions.application.vip.vip_view import VipView
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.service_plan import AccessKind, ServicePlan
from subscriptions.domain.entities.spoken import Spoken
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ids import PlanId
from subscriptions.domain.money import Money

PLAN: Final = PlanView(
    soft_id="vip-mensual",
    name=Spoken("VIP Mensual", {"en": "Monthly VIP", "pt": "VIP Mensal"}),
    emoji="⭐",
    description=Spoken(
        "Todos los picks de la semana en el canal VIP, con la comunidad.",
        {
            "en": "Every pick of the week in the VIP channel, with everybody else.",
            "pt": "Todos os picks da semana no canal VIP, com a comunidade.",
        },
    ),
    price=Money(999, "USD"),
    opens=("vip",),
    vip=True,
    recurring=False,
    interval=None,
    interval_count=1,
    duration_days=30,
    methods=("card",),
)


def _sold(access: AccessKind) -> ServicePlan:
    return ServicePlan(
        id=PlanId(samples.ACCESS),
        soft_id="plan-mensual-premium",
        name="Plan Mensual Premium",
        price=PLAN.price,
        recurring=False,
        interval=None,
        duration_days=30,
        access=access,
        created_at=samples.NOW,
    )


SITE: Final = samples.POLICY.base_url
END: Final = samples.NOW + timedelta(days=30)
FIVE_HOURS: Final = timedelta(hours=5)
GAIN: Final = Activation(
    plan=_sold(AccessKind.VIP_CHANNEL),
    price=PLAN.price,
    days=30,
    days_left=30,
    access_end=END,
    is_extension=False,
    stage=1,
)
OFFER: Final = CodeOffer(code="ABCD1234EFGH5678", plan=GAIN.plan, days=30, extends=False, has_accepted=False)
LONGER: Final = replace(GAIN, days_left=60, access_end=END + timedelta(days=30), is_extension=True)
OWN: Final = replace(GAIN, plan=_sold(AccessKind.PERSONAL_CHANNEL), own=True)
OF_GROUP: Final = replace(GAIN, plan=replace(_sold(AccessKind.VIP_CHANNEL), opens=("charla",)))
BEGUN: Final = VipView(plan_name=PLAN.name, stage=1, access=A.PENDING, access_until=END)
OPEN: Final = replace(
    replace(BEGUN, stage=3),
    access=A.INVITED,
    invite_url="https://t.me/+abc",
    invite_until=samples.NOW + timedelta(days=1),
)
AGAIN: Final = replace(OPEN, stage=None)
OUTSIDE: Final = replace(BEGUN, stage=None)
INSIDE: Final = replace(BEGUN, stage=None, access=A.ACTIVE)
COURSE: Final = replace(BEGUN, resource="curso", chat="Curso de verano")
"""Customer who has begun the entry steps of another channel than the VIP channel."""

_REFUSED: Final[Mapping[str, str]] = {
    "unknown": "a code nobody made",
    "limited": "too many codes nobody made",
    "malformed": "a code that was cut",
    "used": "a code somebody else used",
    "expired": "a code of long ago",
    "revoked": "a code that was taken back",
    "withdrawn": "the plan is gone",
    "enough": "the plan is had to its last day",
    "coming": "they go over to that plan at their next renewal",
    "for_life": "the plan is had for life",
    "not_configured": "no VIP channel yet",
    "barred": "a barred account",
}


def activation(t: Texts) -> Sequence[Shot]:
    """Return the screens of an activation code's redemption."""
    mine = samples.card(standing(INSIDE, A.ACTIVE), paid=False)
    return [
        Shot(
            "a code, before it is used",
            codes.offer_screen(t, OFFER, t("vip.offer_consent", terms=f"{SITE}/terms", privacy=f"{SITE}/privacy")),
        ),
        Shot("the same, terms accepted before", codes.offer_screen(t, OFFER)),
        Shot("the same, for more of what one has", codes.offer_screen(t, replace(OFFER, extends=True))),
        Shot("a code, without the ritual", codes.activation(t, GAIN, AGAIN, direct=FIVE_HOURS), picture="vip-direct"),
        Shot("the same, no link yet", codes.activation(t, GAIN, OUTSIDE, direct=FIVE_HOURS)),
        Shot("a code for who is inside", codes.activation(t, LONGER, INSIDE, direct=None)),
        Shot("a code of another plan for who is inside", codes.activation(t, GAIN, INSIDE, direct=None)),
        Shot("a code for a channel of one's own", codes.activation(t, OWN, None, direct=None)),
        Shot("a code for a group", codes.activation(t, OF_GROUP, None, direct=None)),
        Shot(
            "the same, extended", codes.activation(t, replace(OWN, days_left=60, is_extension=True), None, direct=None)
        ),
        Shot("one's own code again", status.status(t, replace(mine, vip=INSIDE), lead=t("vip.refused.used_by_you"))),
        Shot("the same, long after", codes.refusal(t, "used_by_you_over")),
        Shot("a code for what is paused", _kept_for_later(t)),
        *(_refusal(t, why, caption) for why, caption in _REFUSED.items()),
    ]


def entering(t: Texts) -> Sequence[Shot]:
    """Return the screens of customers who enter a shared channel, from the invite link on."""
    return [
        Shot("inside already", entry(t, INSIDE), picture="vip-inside"),
        Shot("a link", entry(t, AGAIN)),
        Shot("no link yet", entry(t, OUTSIDE)),
        Shot("banned in the chat", entry(t, replace(OUTSIDE, access=A.BANNED))),
        Shot("an old button, the access is over", access_over(t)),
        Shot("/estado outside", vip_card(t, AGAIN, A.INVITED)),
        Shot("/estado outside, no link yet", vip_card(t, OUTSIDE, A.PENDING)),
        Shot("/estado inside", vip_card(t, INSIDE, A.ACTIVE)),
        Shot("inside another channel", entry(t, replace(COURSE, stage=None, access=A.ACTIVE))),
        Shot("a link to it", entry(t, replace(AGAIN, resource=COURSE.resource, chat=COURSE.chat))),
        Shot("an old button of it, the access is over", access_over(t, COURSE.resource)),
    ]


def _kept_for_later(t: Texts) -> Screen:
    paused = replace(standing(OUTSIDE, A.SUSPENDED), status=SubscriptionStatus.PAUSED)
    card = replace(samples.card(paused, paid=False), vip=replace(OUTSIDE, access=A.SUSPENDED))
    return status.status(t, card, lead=t("vip.refused.resting", expired=day(t, samples.NOW + timedelta(days=30))))


def standing(view: VipView, access: AccessStatus) -> SubscriptionView:
    """Return a VIP subscription for the status card."""
    return replace(
        samples.LIVE,
        soft_id=PLAN.soft_id,
        plan=PLAN.label,
        plan_name=PLAN.name,
        price=PLAN.price,
        interval=None,
        access=access,
        channel_url=samples.LIVE.channel_url if access is AccessStatus.ACTIVE else None,
        access_until=view.access_until,
        renews=False,
        vip=True,
    )


def vip_card(t: Texts, view: VipView, access: AccessStatus) -> Screen:
    """Return the status card of a customer with a VIP subscription."""
    return status.status(t, replace(samples.card(standing(view, access), paid=False), vip=view))


def _refusal(t: Texts, why: str, caption: str) -> Shot:
    facts = {"length": 11, "expired": day(t, samples.NOW)}
    return Shot(caption, codes.refusal(t, why, samples.SUPPORT, **facts))
