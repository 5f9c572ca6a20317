"""Invitations of staff by a single-use link. The person who opens the link gets the role once a staff member confirms
the invitation.

The link alone grants nothing: if it is forwarded or intercepted, the inviter sees another name and can refuse. The
permissions of the confirming staff member are checked at that time; those of the inviter are not checked again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from subscriptions.application.dto.typed_answers import Wrong, whole
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.application.staff.command import (
    AuditEntry,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import Choice, Input, InputKind
from subscriptions.application.staff.shown_once import draw_secret
from subscriptions.application.team.set_role import (
    GIVEN_ROLE,
    ROLE,
    put_in_role,
    role_named,
    role_to_give,
    roles_to_give,
)
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
"""Input for the number of hours for which the link is valid."""


@dataclass(frozen=True, kw_only=True)
class MadeInvitation:
    """Created invitation. `link`: None if the command is repeated and the link can't be shown again."""

    link: str | None


class InviteColleague(StaffCommand):
    """Staff command that creates an invitation and shows its link once; only a digest of the link is stored. The role
    must not exceed the permissions of the staff member who creates the invitation.
    """

    name = "invite"
    permission = StaffAction.MANAGE_STAFF
    subject = SubjectKind.SHOP
    makes = SubjectKind.INVITATION
    inputs = (ROLE, HOURS)
    outcomes = ("made",)
    needs_confirmation = False
    result = MadeInvitation

    async def run(self, execution: Execution) -> Outcome:
        """Create the invitation. Raises Wrong for a role with permissions that the actor lacks."""
        role = await role_to_give(execution.uow, execution[ROLE])
        if role is None or not execution.actor.may_give(role):
            raise Wrong("role_beyond", question=ROLE.name)
        secret = draw_secret(execution.secret, _LABEL)
        invitation = StaffInvitation(
            id=execution.operation,
            digest=seal(secret),
            role=str(role),
            made_by=execution.actor.name,
            made_at=execution.at,
            expires_at=execution.at + timedelta(hours=execution[HOURS]),
        )
        await execution.uow.invitations.save(invitation)
        entry = AuditEntry(subject=invitation.id, facts={"role": str(role)}, action="invitation.made")
        result = MadeInvitation(link=await _link(execution.uow, secret))
        return Outcome(name="made", facts={"until": invitation.expires_at}, audit=[entry], result=result)

    async def recall(self, execution: Execution, outcome: Outcome) -> Outcome:
        """Return the outcome with the same link if the request is repeated with the same request secret."""
        secret, invitation = (
            draw_secret(execution.secret, _LABEL),
            await execution.uow.invitations.get(execution.operation),
        )
        same = invitation is not None and invitation.digest == seal(secret)
        result = MadeInvitation(link=await _link(execution.uow, secret) if same else None)
        return Outcome(name=outcome.name, facts=outcome.facts, result=result)

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> Sequence[Choice]:
        """Return the assignable roles, or the suggested validities of links."""
        if asked_input is HOURS:
            return [Choice(str(hours), f"{hours} h") for hours in _USUAL_HOURS]
        return await roles_to_give(uow) if asked_input is ROLE else []


class ConfirmInvitation(StaffCommand):
    """Staff command that assigns the invited role to the person who opened the link. A person who is already a staff
    member keeps their current role.
    """

    name = "confirm_invitation"
    permission = StaffAction.MANAGE_STAFF
    subject = SubjectKind.INVITATION
    outcomes = ("confirmed",)

    async def run(self, execution: Execution) -> Outcome:
        """Assign the role. Raises NotAllowed for a role with permissions that the actor lacks."""
        known_invitation = await execution.uow.invitations.get(execution.subject_id)
        if known_invitation is None or known_invitation.opened_by is None:
            raise NothingToDo("nobody opened it")
        customer = await execution.uow.customers.by_telegram_id(known_invitation.opened_by, lock=True)
        invitation = await execution.uow.invitations.get(execution.subject_id, lock=True)
        if customer is None or invitation is None or invitation.accepted_at is not None:
            raise NothingToDo("decided already")
        if customer.staff_role is not None or customer.barred_at is not None:
            raise NothingToDo("of staff already, or barred")
        role = await role_named(execution.uow, invitation.role)
        if role is None:
            raise NothingToDo("that role is gone")
        execution.actor.require_role(role)
        invitation.accepted_at = execution.at
        await put_in_role(execution, customer, role)
        await execution.uow.invitations.save(invitation)
        execution.uow.record(ColleagueConfirmed(customer.id, invitation.id))
        facts = {"from": "-", "to": invitation.role, "invitation": str(invitation.id)}
        entry = AuditEntry(subject=customer.id, facts=facts, action=GIVEN_ROLE, reason="by an invitation")
        return Outcome(name="confirmed", facts={"name": customer.mention}, audit=[entry])


class RevokeInvitation(StaffCommand):
    """Staff command that revokes an invitation. A role that was already assigned is kept, and can be removed like any
    other role.
    """

    name = "revoke_invitation"
    permission = StaffAction.MANAGE_STAFF
    subject = SubjectKind.INVITATION
    outcomes = ("revoked",)

    async def run(self, execution: Execution) -> Outcome:
        """Revoke the invitation permanently. A new one can be created."""
        invitation = await execution.uow.invitations.get(execution.subject_id, lock=True)
        if invitation is None or invitation.accepted_at is not None:
            raise NothingToDo("accepted already")
        await execution.uow.invitations.remove(invitation.id)
        facts = {"role": invitation.role}
        return Outcome(
            name="revoked", audit=[AuditEntry(subject=invitation.id, facts=facts, action="invitation.revoked")]
        )


async def _link(uow: UnitOfWork, secret: str) -> str:
    return deep_link(await uow.variables.get(BOT_USERNAME) or "", f"{LINK}{secret}")
