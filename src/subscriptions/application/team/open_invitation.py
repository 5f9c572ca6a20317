"""A colleague opens their invitation in the bot: it is theirs from then on, and waits for who confirms it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCheck, Way
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
    """Somebody opened an invitation to the operator's people, and has no role until somebody confirms it."""

    name = "invitation_opened"
    closes = ByCheck(_is_decided)
    way = Way.INVITATION
    invitation: str
    customer: CustomerId


class InvitationResult(StrEnum):
    """What came of opening a link.

    waits: it is theirs, and somebody has to confirm it · spent: it opens nothing (any more) · staff: they are of
    staff already, and it stays as it was.
    """

    WAITS = "waits"
    SPENT = "spent"
    STAFF = "staff"


@dataclass(frozen=True)
class OpenInvitation:
    """What its link does, once."""

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(self, telegram_id: TelegramId, secret: str) -> InvitationResult:
        """Bind the invitation to who opens it first, who is told the same again. Other tries are on record as well."""
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
        reason=f"invitation {invitation.id}",
        at=at,
        facts={"role": invitation.role},
    )
