"""Declarations of the lists of staff, roles and invitations."""

from collections.abc import Sequence
from typing import Final

from subscriptions.application.lists.columns import (
    Abilities,
    Actor,
    Count,
    Day,
    Moment,
    Person,
    Sort,
    State,
    Text,
)
from subscriptions.application.lists.list_model import ListModel
from subscriptions.application.team.invite_colleague import ConfirmInvitation, InviteColleague, RevokeInvitation
from subscriptions.application.team.own_roles import ChangeRole, MakeRole, RemoveRole
from subscriptions.application.team.reset_factor import ResetFactor
from subscriptions.application.team.set_role import SetRole
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.domain.services.staff_policy import StaffAction
from subscriptions.infrastructure.database.list_parts import STAFF_BY, names, search


def _team_commands(row: Row) -> Sequence[str]:
    return names(*([SetRole] if row["role"] != StaffRole.OWNER else []), *([ResetFactor] if row["factor_at"] else []))


def _invitation_commands(row: Row) -> Sequence[str]:
    if row["state"] == "accepted":
        return ()
    return names(*([ConfirmInvitation] if row["state"] == "opened" else []), RevokeInvitation)


_BY_ROLE: Final = Sort("role", "customers.staff_role", "text")
TEAM: Final = ListModel(
    name="team",
    permission=StaffAction.MANAGE_STAFF,
    tables="customers JOIN (SELECT id AS staff_id FROM customers WHERE staff_role IS NOT NULL) AS staff"
    " ON staff.staff_id = customers.id",
    key=("customers.id", "uuid"),
    columns=(
        Person("colleague"),
        State("role", "customers.staff_role", words="chat.panel.role", sort=_BY_ROLE),
        Moment(
            "seen_at", "(SELECT max(seen_at) FROM console_visits WHERE console_visits.person = customers.telegram_id)"
        ),
        Day(
            "factor_at",
            "(SELECT confirmed_at FROM second_factors WHERE second_factors.person = customers.telegram_id)",
        ),
        Moment("acted_at", "(SELECT max(at) FROM audit_log WHERE audit_log.actor = customers.telegram_id::text)"),
        Day("created_at", "customers.created_at"),
    ),
    filters=(search(),),
    sort=_BY_ROLE,
    commands=_team_commands,
)

_BY_NAME: Final = Sort("role_name", "own_roles.name", "text")
ROLES: Final = ListModel(
    name="roles",
    permission=StaffAction.MANAGE_STAFF,
    tables="own_roles",
    # Same value as `OwnRole.id`.
    key=("left(encode(sha256(convert_to(own_roles.name, 'UTF8')), 'hex'), 32)::uuid", "uuid"),
    columns=(
        Text("role_name", "own_roles.name", sort=_BY_NAME, words="chat.panel.role"),
        Abilities("may", "own_roles.permissions", words="chat.commands.choice"),
        Count("people", "(SELECT count(*) FROM customers WHERE customers.staff_role = own_roles.name)"),
    ),
    filters=(search("own_roles.name ILIKE :like"),),
    sort=_BY_NAME,
    is_descending=False,
    commands=lambda _: names(ChangeRole, RemoveRole),
    begin=names(MakeRole),
)

_BY_CREATION: Final = Sort("made_at", "staff_invitations.made_at")
_STANDS: Final = (
    "CASE WHEN staff_invitations.accepted_at IS NOT NULL THEN 'accepted' WHEN staff_invitations.opened_by IS NOT NULL"
    " THEN 'opened' WHEN staff_invitations.expires_at <= CAST(:now AS timestamptz) THEN 'expired' ELSE 'unopened' END"
)
INVITATIONS: Final = ListModel(
    name="invitations",
    permission=StaffAction.MANAGE_STAFF,
    tables="staff_invitations LEFT JOIN customers ON customers.telegram_id = staff_invitations.opened_by"
    f" LEFT JOIN customers AS staff ON {STAFF_BY.format('staff_invitations.made_by')}",
    key=("staff_invitations.id", "uuid"),
    columns=(
        State("role", "staff_invitations.role", words="chat.panel.role"),
        State("state", _STANDS, words="invitation_state"),
        Person("customer"),
        Moment("opened_at", "staff_invitations.opened_at"),
        Moment("expires_at", "staff_invitations.expires_at"),
        Actor("made_by", "staff_invitations.made_by", more={"actor_name": "staff.first_name"}),
        Moment("made_at", "staff_invitations.made_at", sort=_BY_CREATION),
    ),
    filters=(search(),),
    sort=_BY_CREATION,
    commands=_invitation_commands,
    begin=names(InviteColleague),
)
