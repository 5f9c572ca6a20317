"""Check that team invitations are protected against forwarded links, guessed links, and invitations by unauthorized
people.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.application.staff.actor import SHELL, Caller, Program
from subscriptions.application.staff.command import NothingToDo, SubjectGone
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.application.team.invite_colleague import MadeInvitation
from subscriptions.application.team.open_invitation import InvitationResult, OpenInvitation
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.staff_invitation import LINK
from subscriptions.domain.ids import TelegramId
from tests.fakes.shop import Shop, memory_shop
from tests.fakes.staff import Staff


class Team:
    """Owner who invites, and the people who open the link."""

    def __init__(self) -> None:
        self.shop: Shop = memory_shop()
        self.staff = Staff(self.shop)
        self.open = OpenInvitation(self.shop.units, self.shop.clock)

    async def invite(
        self, caller: Caller = SHELL, role: str = "manager", operation: UUID | None = None, secret: bytes = b""
    ) -> tuple[UUID, str]:
        key = operation or uuid4()
        outcome = await self.staff(caller, "invite", "", key, secret=secret or key.bytes * 2, role=role)
        assert isinstance(outcome.result, MadeInvitation)
        return key, (outcome.result.link or "").partition(LINK)[2]

    async def role_of(self, customer: Customer) -> StaffRole | None:
        async with self.shop.units() as uow:
            known = await uow.customers.get(customer.id)
        assert known is not None
        return known.staff_role

    def record(self) -> list[str]:
        return [line.action for line in self.shop.memory.rows("audit_log")]


@pytest.fixture
def team() -> Team:
    return Team()


async def test_invited_staff_member_gets_the_role_once_the_inviter_confirms(team: Team) -> None:
    olga = await team.shop.customer(staff_role=StaffRole.OWNER)
    ana = await team.shop.customer(username="ana")
    invitation, secret = await team.invite(olga.telegram_id)

    assert await team.open(ana.telegram_id, secret) is InvitationResult.WAITS
    assert await team.open(ana.telegram_id, secret) is InvitationResult.WAITS
    assert await team.role_of(ana) is None
    assert await team.shop.alarms() == ["invitation_opened"]
    outcome = await team.staff(olga.telegram_id, "confirm_invitation", invitation)
    assert (outcome.name, outcome.facts) == ("confirmed", {"name": "@ana"})
    assert await team.role_of(ana) is StaffRole.MANAGER
    assert len(await team.shop.notified("colleague_confirmed")) == 1
    assert team.record() == ["invitation.made", "invitation.opened", "staff.role_given"]
    given = team.shop.memory.rows("audit_log")[-1]
    assert (given.actor, given.subject, given.facts) == (
        str(olga.telegram_id),
        str(ana.id),
        {"from": "-", "to": "manager", "invitation": str(invitation)},
    )


async def test_forwarded_link_gives_the_second_opener_no_role(team: Team) -> None:
    ana, eva = await team.shop.customer(), await team.shop.customer()
    invitation, secret = await team.invite()
    await team.open(ana.telegram_id, secret)

    assert await team.open(eva.telegram_id, secret) is InvitationResult.SPENT
    await team.staff(SHELL, "confirm_invitation", invitation)
    assert (await team.role_of(ana), await team.role_of(eva)) == (StaffRole.MANAGER, None)
    assert await team.open(ana.telegram_id, secret) is InvitationResult.STAFF
    assert team.record() == ["invitation.made", "invitation.opened", "invitation.refused", "staff.role_given"]


async def test_revoked_invitation_cannot_be_opened_or_confirmed(team: Team) -> None:
    eva = await team.shop.customer()
    invitation, secret = await team.invite()
    await team.open(eva.telegram_id, secret)

    assert (await team.staff(SHELL, "revoke_invitation", invitation)).name == "revoked"
    assert await team.open(eva.telegram_id, secret) is InvitationResult.SPENT
    with pytest.raises(SubjectGone):
        await team.staff(SHELL, "confirm_invitation", invitation)
    assert await team.role_of(eva) is None


async def test_expired_or_guessed_link_opens_no_invitation(team: Team) -> None:
    ana = await team.shop.customer()
    _, secret = await team.invite()
    assert await team.open(ana.telegram_id, "x" * 43) is InvitationResult.SPENT
    team.shop.clock.advance(timedelta(hours=24))
    assert await team.open(ana.telegram_id, secret) is InvitationResult.SPENT
    assert await team.role_of(ana) is None


async def test_staff_member_cannot_use_an_invitation_or_change_role_with_an_invitation(team: Team) -> None:
    olga, ana = await team.shop.customer(staff_role=StaffRole.OWNER), await team.shop.customer()
    invitation, secret = await team.invite(role="support")
    assert await team.open(olga.telegram_id, secret) is InvitationResult.STAFF
    await team.open(ana.telegram_id, secret)
    await team.staff(SHELL, "role", ana.telegram_id, role="manager")

    with pytest.raises(NothingToDo):
        await team.staff(SHELL, "confirm_invitation", invitation)
    assert await team.role_of(ana) is StaffRole.MANAGER


async def test_blocked_customer_cannot_open_an_invitation(team: Team) -> None:
    eva = await team.shop.customer()
    await team.staff(SHELL, "block", eva.telegram_id, reason="fraude")
    _, secret = await team.invite()
    assert await team.open(eva.telegram_id, secret) is InvitationResult.SPENT


@pytest.mark.parametrize("name", ["confirm_invitation", "revoke_invitation"])
async def test_unopened_invitation_cannot_be_confirmed_and_an_accepted_invitation_cannot_be_revoked(
    team: Team, name: str
) -> None:
    ana = await team.shop.customer()
    invitation, secret = await team.invite()
    if name == "revoke_invitation":
        await team.open(ana.telegram_id, secret)
        await team.staff(SHELL, "confirm_invitation", invitation)
    with pytest.raises(NothingToDo):
        await team.staff(SHELL, name, invitation)


async def test_program_cannot_invite_or_grant_roles_beyond_its_own_permissions(team: Team) -> None:
    ana = await team.shop.customer()
    program = Program("crm", {Ability.MANAGE_STAFF, Ability.CHANGE_CUSTOMERS, Ability.CHANGE_ACCESS})
    await team.staff(SHELL, "make_role", "", role_name="Puerta", permissions="panel.open, customer.note")
    await team.invite(program, "Puerta")
    invitation, secret = await team.invite(SHELL, "manager")
    await team.open(ana.telegram_id, secret)

    for name, subject in (("invite", ""), ("role", ana.telegram_id)):
        for role in ("support", "manager"):
            with pytest.raises(InputsRefused) as refused:
                await team.staff(program, name, subject, role=role)
            assert refused.value.errors["role"].key == "role_beyond"
    with pytest.raises(NotAllowed):
        await team.staff(program, "confirm_invitation", invitation)
    assert await team.role_of(ana) is None


@pytest.mark.parametrize("role", [StaffRole.SUPPORT, StaffRole.MANAGER])
async def test_staff_who_cannot_grant_roles_cannot_invite(team: Team, role: StaffRole) -> None:
    marta = await team.shop.customer(staff_role=role)
    with pytest.raises(NotAllowed):
        await team.invite(TelegramId(marta.telegram_id), "support")


async def test_link_is_shown_again_only_to_its_creator_and_not_stored(team: Team) -> None:
    invitation, secret = await team.invite()
    assert len(LINK + secret) <= 64, "as long as a deep link may be"
    assert (await team.invite(operation=invitation))[1] == secret
    assert (await team.invite(operation=invitation, secret=b"somebody else's, which is as long as that"))[1] == ""
    assert secret not in repr(team.shop.memory.tables)


@pytest.mark.parametrize("answers", [{"role": "owner"}, {"role": "none"}, {"role": "manager", "hours": "169"}], ids=str)
async def test_owner_invitations_and_permanent_links_are_refused(team: Team, answers: dict[str, str]) -> None:
    with pytest.raises(InputsRefused):
        await team.staff(SHELL, "invite", "", **answers)
    assert team.shop.memory.rows("staff_invitations") == []


async def test_link_lifetimes_of_one_hour_one_day_and_three_days_are_offered(team: Team) -> None:
    subject = await team.staff.run.subject(SHELL, "invite", "")
    assert subject is not None
    offered = await team.staff.run.choices(SHELL, "invite", "hours", subject)
    assert [choice.value for choice in offered] == ["1", "24", "72"]
