"""Use case that opens an invitation in the bot: the invitation is bound to the person who opens it, and waits
for confirmation.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from subscriptions.application.alarms.alarm_kind import AlarmKind, AlarmLink, ByCheck
from subscriptions.application.alarms.payment_causes import id_in
from subscriptions.application.people.customers import known_customer
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.console_visit import seal
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.staff_invitation import StaffInvitation
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory


async def _is_decided(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    invitation_id = id_in(alarm.facts.get("invitation"))
    invitation = await uow.invitations.get(invitation_id) if invitation_id is not None else None
    return invitation_id is not None and (invitation is None or invitation.accepted_at is not None)


class InvitationOpened(AlarmKind):
    """Alarm: a person opened a staff invitation. The person gets the role only after the invitation is confirmed."""

    name = "invitation_opened"
    closes = ByCheck(_is_decided)
    link = AlarmLink.INVITATION
    invitation: str
    customer: CustomerId


class InvitationResult(StrEnum):
    """Result of opening a link.

    waits: the invitation is bound to the person and awaits confirmation
    spent: the link is no longer valid
    staff: the person is already a staff member, and the invitation is unchanged
    """

    WAITS = "waits"
    SPENT = "spent"
    STAFF = "staff"


@dataclass(frozen=True)
class OpenInvitation:
    """Use case that opens an invitation by its link."""

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(self, telegram_id: TelegramId, secret: str) -> InvitationResult:
        """Bind the invitation to the first person who opens it. If the same person opens it again, return the same
        result. Attempts of other people are recorded in the audit log.
        """
        now = self.clock.now()
        async with self.units() as uow:
            opener = await known_customer(uow, telegram_id)
            invitation = await uow.invitations.by_digest(seal(secret), lock=True)
            if invitation is None:
                return InvitationResult.SPENT
            if invitation.opened_by == telegram_id and invitation.accepted_at is None:
                return InvitationResult.WAITS
            if opener.staff_role is not None:
                return InvitationResult.STAFF
            opens = invitation.opens(now) and opener.barred_at is None
            if opens:
                invitation.open(telegram_id, now)
                await uow.invitations.save(invitation)
                uow.record(
                    InvitationOpened(invitation=str(invitation.id), customer=opener.id).raise_event(
                        f"{InvitationOpened.name}:{invitation.id}"
                    )
                )
            await _record(uow, opener, invitation, "invitation.opened" if opens else "invitation.refused", now)
            await uow.commit()
        return InvitationResult.WAITS if opens else InvitationResult.SPENT


async def _record(uow: UnitOfWork, opener: Customer, invitation: StaffInvitation, action: str, at: datetime) -> None:
    await uow.audit.record(
        actor=str(opener.telegram_id),
        action=action,
        subject=str(opener.id),
        reason="by an invitation",
        at=at,
        facts={"role": invitation.role, "invitation": str(invitation.id)},
    )
