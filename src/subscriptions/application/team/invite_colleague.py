"""A colleague is invited by a link that works once; whoever opened it has the role once somebody confirms who it was.

The link alone gives nothing: one that is forwarded, read over a shoulder or opened by the wrong person ends with a
name at which the inviter says no. That is why confirming asks for the rights of whoever confirms, at that moment, and
the author's do not count any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from subscriptions.application.dto.typed_answers import Wrong, whole
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.application.staff.command import (
    Act,
    AuditEntry,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import Choice, Input, InputKind
from subscriptions.application.staff.shown_once import draw_secret
from subscriptions.application.team.set_role import GIVEN_ROLE, ROLE, put_in_role, role_named, roles_to_give
from subscriptions.domain.entities.activation_token import deep_link
from subscriptions.domain.entities.console_visit import seal
from subscriptions.domain.entities.staff_invitation import LINK, LONGEST_HOURS, StaffInvitation
from subscriptions.domain.events import ColleagueConfirmed
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import StaffAction

_LABEL: Final = b"umbral invitation"
_USUAL_HOURS: Final = (1, 24, 72)
HOURS: Final[Input[int]] = Input(
    name="hours",
    kind=InputKind.NUMBER,
    parse=whole(1, LONGEST_HOURS, "hours"),
    value=int,
    limits=(1, LONGEST_HOURS),
    default="24",
)
"""How long the link opens."""


@dataclass(frozen=True, kw_only=True)
class MadeInvitation:
    """An invitation as its author hands it on. link: None for a repetition without the secret of the first."""

    link: str | None


class InviteColleague(StaffCommand):
    """Make an invitation and show its link, once: only a digest of it is kept. It gives no more than its author may."""

    name = "invite"
    permission = StaffAction.MANAGE_STAFF
    subject = SubjectKind.SHOP
    makes = SubjectKind.INVITATION
    inputs = (ROLE, HOURS)
    outcomes = ("made",)
    needs_confirmation = False
    result = MadeInvitation

    async def run(self, act: Act) -> Outcome:
        """Raises Wrong for a role that may do what its author may not."""
        role = await role_named(act.uow, act[ROLE])
        if role is None or not act.actor.may_give(role):
            raise Wrong("role_beyond", question=ROLE.name)
        secret = draw_secret(act.secret, _LABEL)
        invitation = StaffInvitation(
            id=act.operation,
            digest=seal(secret),
            role=str(role),
            made_by=act.actor.name,
            made_at=act.at,
            expires_at=act.at + timedelta(hours=act[HOURS]),
        )
        await act.uow.invitations.save(invitation)
        entry = AuditEntry(subject=invitation.id, facts={"role": str(role)}, action="invitation.made")
        result = MadeInvitation(link=await _link(act.uow, secret))
        return Outcome(name="made", facts={"until": invitation.expires_at}, audit=[entry], result=result)

    async def recall(self, act: Act, outcome: Outcome) -> Outcome:
        """The same link, to who has the secret it was drawn from."""
        secret, invitation = draw_secret(act.secret, _LABEL), await act.uow.invitations.get(act.operation)
        same = invitation is not None and invitation.digest == seal(secret)
        result = MadeInvitation(link=await _link(act.uow, secret) if same else None)
        return Outcome(name=outcome.name, facts=outcome.facts, result=result)

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> Sequence[Choice]:
        """The roles there are to give, and how long links usually open."""
        if asked_input is HOURS:
            return [Choice(str(hours), f"{hours} h") for hours in _USUAL_HOURS]
        return await roles_to_give(uow) if asked_input is ROLE else []


class ConfirmInvitation(StaffCommand):
    """Give the invited role to whoever opened the link. Who is of staff already keeps the role they have."""

    name = "confirm_invitation"
    permission = StaffAction.MANAGE_STAFF
    subject = SubjectKind.INVITATION
    outcomes = ("confirmed",)

    async def run(self, act: Act) -> Outcome:
        """Raises NotAllowed for a role that may do what who confirms may not."""
        known_invitation = await act.uow.invitations.get(act.subject_id)
        if known_invitation is None or known_invitation.opened_by is None:
            raise NothingToDo("nobody opened it")
        customer = await act.uow.customers.by_telegram_id(known_invitation.opened_by, lock=True)
        invitation = await act.uow.invitations.get(act.subject_id, lock=True)
        if customer is None or invitation is None or invitation.accepted_at is not None:
            raise NothingToDo("decided already")
        if customer.staff_role is not None or customer.barred_at is not None:
            raise NothingToDo("of staff already, or barred")
        role = await role_named(act.uow, invitation.role)
        if role is None:
            raise NothingToDo("that role is gone")
        act.actor.require_role(role)
        invitation.accepted_at = act.at
        await put_in_role(act, customer, role)
        await act.uow.invitations.save(invitation)
        act.uow.record(ColleagueConfirmed(customer.id, invitation.id))
        facts = {"from": "-", "to": invitation.role}
        entry = AuditEntry(subject=customer.id, facts=facts, action=GIVEN_ROLE, reason=f"invitation {invitation.id}")
        return Outcome(name="confirmed", facts={"name": customer.mention}, audit=[entry])


class RevokeInvitation(StaffCommand):
    """Let an invitation open and give nothing any more. A role that it gave stays, and is taken as any other."""

    name = "revoke_invitation"
    permission = StaffAction.MANAGE_STAFF
    subject = SubjectKind.INVITATION
    outcomes = ("revoked",)

    async def run(self, act: Act) -> Outcome:
        """For good: who is to come gets another."""
        invitation = await act.uow.invitations.get(act.subject_id, lock=True)
        if invitation is None or invitation.accepted_at is not None:
            raise NothingToDo("accepted already")
        await act.uow.invitations.remove(invitation.id)
        facts = {"role": invitation.role}
        return Outcome(
            name="revoked", audit=[AuditEntry(subject=invitation.id, facts=facts, action="invitation.revoked")]
        )


async def _link(uow: UnitOfWork, secret: str) -> str:
    return deep_link(await uow.variables.get(BOT_USERNAME) or "", f"{LINK}{secret}")
