"""Subscriptions, payments, orders, channels, codes, messages: what one looks for when one does not know whom."""

from collections.abc import Mapping, Sequence
from typing import Final

from subscriptions.application.outbox.endpoints import (
    AddEndpoint,
    ChangeEndpoint,
    RemoveEndpoint,
    RepeatDelivery,
    ReplayEndpoint,
    ResumeEndpoint,
    RotateEndpoint,
    TryEndpoint,
)
from subscriptions.application.partners.change_terms import ChangeTerms, EndPartner
from subscriptions.application.partners.record_payout import RecordPayout
from subscriptions.application.record.publish_tip_by_staff import PublishTip
from subscriptions.application.record.publish_tips import PublishTips
from subscriptions.application.record.revise_tip import ReviseTip, WithdrawTip
from subscriptions.application.record.settle_tip import CorrectResult, SettleTip
from subscriptions.application.record.settle_tips import SettleTips
from subscriptions.application.resources.add_content import AddContent
from subscriptions.application.resources.add_resource import AddResource
from subscriptions.application.resources.resource_acts import resource_acts
from subscriptions.application.staff.api_keys import ConfirmKey, MakeKey, RevokeKey
from subscriptions.application.staff.command import StaffCommand
from subscriptions.application.staff.set_role import SetRole
from subscriptions.application.team.invite_colleague import ConfirmInvitation, InviteColleague, RevokeInvitation
from subscriptions.application.team.own_roles import ChangeRole, MakeRole, RemoveRole
from subscriptions.application.team.reset_factor import ResetFactor
from subscriptions.application.vip.set_up_channel import SetUpChannel
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.domain.services.staff_policy import StaffAction
from web.console.lists import list_page
from web.console.visit import Visit


def _usable(visit: Visit, row: Row) -> Sequence[str]:
    free = row["used_at"] is None and row["revoked_at"] is None and row["expires_at"] > visit.now
    return ("revoke_code",) if free and visit.may(StaffAction.REVOKE_TOKENS) else ()


_OF_TIPS: Final[Mapping[str, Sequence[type[StaffCommand]]]] = {
    "live": (ReviseTip, WithdrawTip),
    "unsettled": (SettleTip, WithdrawTip),
    "withdrawn": (),
}
"""What may be done to a tip, by how it stands; any other has a result."""


def _settleable(visit: Visit, row: Row) -> Sequence[str]:
    acts = _OF_TIPS.get(row["state"], (CorrectResult,))
    return tuple(each.name for each in acts if visit.may(each.permission))


def _changeable(visit: Visit, row: Row) -> Sequence[str]:
    return tuple(act.name for act in resource_acts(row["kind"], row["state"]) if visit.may(act.permission))


def _partner_acts(visit: Visit, row: Row) -> Sequence[str]:
    acts = (RecordPayout,) if row["state"] == "ended" else (RecordPayout, ChangeTerms, EndPartner)
    return tuple(act.name for act in acts if visit.may(act.permission))


def _role_acts(visit: Visit, row: Row) -> Sequence[str]:
    acts = (*((SetRole,) if row["role"] != StaffRole.OWNER else ()), *((ResetFactor,) if row["factor_at"] else ()))
    return tuple(act.name for act in acts if visit.may(act.permission))


def _own_role_acts(visit: Visit, row: Row) -> Sequence[str]:
    return tuple(act.name for act in (ChangeRole, RemoveRole) if visit.may(act.permission))


def _invitation_acts(visit: Visit, row: Row) -> Sequence[str]:
    acts = {"opened": (ConfirmInvitation, RevokeInvitation), "accepted": ()}.get(row["state"], (RevokeInvitation,))
    return tuple(act.name for act in acts if visit.may(act.permission))


def _key_acts(visit: Visit, row: Row) -> Sequence[str]:
    acts = (ConfirmKey, RevokeKey) if row["opens"] == "held" else (RevokeKey,)
    return tuple(act.name for act in acts if visit.may(act.permission))


def _endpoint_acts(visit: Visit, row: Row) -> Sequence[str]:
    repair_acts = (ResumeEndpoint,) if row["state"] == "off" else (TryEndpoint, ReplayEndpoint)
    return tuple(act.name for act in (*repair_acts, ChangeEndpoint, RotateEndpoint, RemoveEndpoint))


PAGES: Final = (
    list_page("subscriptions", "selling"),
    list_page("payments", "selling"),
    list_page("orders", "selling"),
    list_page("receipts", "selling"),
    list_page("invoices", "selling"),
    list_page("codes", "selling", acts_of=_usable, begin=(("make_code", StaffAction.MAKE_TOKENS),)),
    list_page("partners", "selling", acts_of=_partner_acts),
    list_page("owed", "selling"),
    list_page("statement", "selling"),
    list_page("gifts", "selling"),
    list_page("referrals", "selling"),
    list_page(
        "resources",
        "delivering",
        acts_of=_changeable,
        begin=tuple((act.name, act.permission) for act in (AddResource, AddContent, SetUpChannel)),
    ),
    list_page(
        "tips",
        "delivering",
        acts_of=_settleable,
        begin=tuple((each.name, each.permission) for each in (PublishTip, PublishTips, SettleTips)),
    ),
    list_page("channels", "delivering"),
    list_page("messages", "delivering"),
    list_page("team", "shop", acts_of=_role_acts),
    list_page("roles", "shop", acts_of=_own_role_acts, begin=((MakeRole.name, MakeRole.permission),)),
    list_page(
        "invitations",
        "shop",
        acts_of=_invitation_acts,
        begin=((InviteColleague.name, InviteColleague.permission),),
    ),
    list_page("keys", "shop", acts_of=_key_acts, begin=((MakeKey.name, MakeKey.permission),)),
    list_page("endpoints", "shop", acts_of=_endpoint_acts, begin=((AddEndpoint.name, AddEndpoint.permission),)),
    list_page("deliveries", "shop", acts_of=lambda _, row: (RepeatDelivery.name,)),
)
