"""Lists of staff, roles, invitations, API keys, webhook endpoints and deliveries."""

from collections.abc import Sequence
from typing import Final

from subscriptions.application.lists.columns import (
    Abilities,
    Actor,
    Count,
    Day,
    Moment,
    NamedCode,
    Person,
    Refusal,
    Sort,
    State,
    Terms,
    Text,
)
from subscriptions.application.lists.list_model import Filter, ListModel
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
from subscriptions.application.staff.api_keys import ConfirmKey, MakeKey, RevokeKey
from subscriptions.application.team.invite_colleague import ConfirmInvitation, InviteColleague, RevokeInvitation
from subscriptions.application.team.own_roles import ChangeRole, MakeRole, RemoveRole
from subscriptions.application.team.reset_factor import ResetFactor
from subscriptions.application.team.set_role import SetRole
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.outgoing import EventKind, OutgoingState
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.domain.services.staff_policy import StaffAction
from subscriptions.infrastructure.database.list_parts import PERSON, STAFF_BY, names, search, span


def _team_acts(row: Row) -> Sequence[str]:
    return names(*([SetRole] if row["role"] != StaffRole.OWNER else []), *([ResetFactor] if row["factor_at"] else []))


def _invitation_acts(row: Row) -> Sequence[str]:
    if row["state"] == "accepted":
        return ()
    return names(*([ConfirmInvitation] if row["state"] == "opened" else []), RevokeInvitation)


def _key_acts(row: Row) -> Sequence[str]:
    return names(*([ConfirmKey] if row["opens"] == "held" else []), RevokeKey)


def _endpoint_acts(row: Row) -> Sequence[str]:
    repair_acts = [ResumeEndpoint] if row["state"] == "off" else [TryEndpoint, ReplayEndpoint]
    return names(*repair_acts, ChangeEndpoint, RotateEndpoint, RemoveEndpoint)


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
    acts=_team_acts,
)

_BY_NAME: Final = Sort("role_name", "own_roles.name", "text")
ROLES: Final = ListModel(
    name="roles",
    permission=StaffAction.MANAGE_STAFF,
    tables="own_roles",
    # Same value as `OwnRole.id`.
    key=("left(encode(sha256(convert_to(own_roles.name, 'UTF8')), 'hex'), 32)::uuid", "uuid"),
    columns=(
        Text("role_name", "own_roles.name", sort=_BY_NAME),
        Abilities("may", "own_roles.permissions", words="chat.commands.choice"),
        Count("people", "(SELECT count(*) FROM customers WHERE customers.staff_role = own_roles.name)"),
    ),
    filters=(search("own_roles.name ILIKE :like"),),
    sort=_BY_NAME,
    is_descending=False,
    acts=lambda _: names(ChangeRole, RemoveRole),
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
    acts=_invitation_acts,
    begin=names(InviteColleague),
)

_BY_KEY_NAME: Final = Sort("key_name", "api_keys.name", "text")
_OPENS: Final = "CASE WHEN api_keys.held_at IS NULL THEN 'usable' ELSE 'held' END"
KEYS: Final = ListModel(
    name="keys",
    permission=StaffAction.MANAGE_PROGRAMS,
    tables="api_keys",
    # Same value as `ApiKey.id`.
    key=("left(api_keys.digest, 32)::uuid", "uuid"),
    columns=(
        Text("key_name", "api_keys.name", sort=_BY_KEY_NAME),
        Abilities("may", "api_keys.abilities", words="chat.commands.choice"),
        State("opens", _OPENS, words="key_state"),
        Moment("last_used_at", "api_keys.last_used_at"),
        Day("created_at", "api_keys.created_at", sort=Sort("created_at", "api_keys.created_at")),
    ),
    filters=(search("api_keys.name ILIKE :like"),),
    sort=_BY_KEY_NAME,
    is_descending=False,
    acts=_key_acts,
    begin=names(MakeKey),
)

_BY_ENDPOINT: Final = Sort("endpoint", "receivers.name", "text")
_WORKS: Final = (
    "CASE WHEN receivers.off_since IS NOT NULL THEN 'off' WHEN receivers.failing_since IS NOT NULL THEN 'failing'"
    " ELSE 'working' END"
)
ENDPOINTS: Final = ListModel(
    name="endpoints",
    permission=StaffAction.MANAGE_PROGRAMS,
    tables="receivers",
    key=("receivers.id", "uuid"),
    columns=(
        Text("endpoint", "receivers.name", sort=_BY_ENDPOINT),
        Terms("url", "receivers.url"),
        Abilities("kinds", "coalesce(receivers.kinds, 'everything')", words="chat.commands.choice"),
        State("state", _WORKS, words="endpoint_state"),
        Moment("failing_since", "coalesce(receivers.off_since, receivers.failing_since)"),
        Count(
            "waiting",
            "(SELECT count(*) FROM outgoing_events WHERE outgoing_events.receiver_id = receivers.id"
            " AND outgoing_events.state = 'waiting')",
        ),
        Day("created_at", "receivers.created_at"),
    ),
    filters=(search("(receivers.name ILIKE :like OR receivers.url ILIKE :like)"),),
    sort=_BY_ENDPOINT,
    is_descending=False,
    acts=_endpoint_acts,
    begin=names(AddEndpoint),
)

_BY_TIME: Final = Sort("happened_at", "outgoing_events.happened_at")
DELIVERIES: Final = ListModel(
    name="deliveries",
    permission=StaffAction.MANAGE_PROGRAMS,
    tables="outgoing_events JOIN receivers ON receivers.id = outgoing_events.receiver_id"
    " LEFT JOIN customers ON customers.id = outgoing_events.customer_id",
    key=("outgoing_events.id", "uuid"),
    columns=(
        Text("endpoint", "receivers.name"),
        NamedCode("happening", "outgoing_events.kind", words="chat.commands.choice"),
        Person("customer"),
        State("state", "outgoing_events.state", words="delivery_state"),
        Count("attempts", "outgoing_events.attempts"),
        Refusal("answer", "outgoing_events.answer"),
        Moment("happened_at", "outgoing_events.happened_at", sort=_BY_TIME),
        Moment("done_at", "outgoing_events.done_at"),
    ),
    filters=(
        search(f"({PERSON} OR receivers.name ILIKE :like)"),
        Filter("happening", "outgoing_events.kind = :value", values=tuple(EventKind), words="chat.commands.choice"),
        Filter("state", "outgoing_events.state = :value", values=tuple(OutgoingState), words="delivery_state"),
        *span("outgoing_events.happened_at"),
    ),
    sort=_BY_TIME,
    acts=lambda _: names(RepeatDelivery),
)
