"""Lists of webhook endpoints and of deliveries."""

from collections.abc import Sequence
from typing import Final

from features.webhooks.commands import (
    AddEndpoint,
    ChangeEndpoint,
    RemoveEndpoint,
    RepeatDelivery,
    ReplayEndpoint,
    ResumeEndpoint,
    RotateEndpoint,
    TryEndpoint,
)
from features.webhooks.domain import OutgoingState
from subscriptions.application.lists.columns import (
    Abilities,
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
from subscriptions.application.menu import MenuSection
from subscriptions.domain.entities.outgoing import EventKind
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.domain.services.staff_policy import StaffAction
from subscriptions.infrastructure.database.list_parts import PERSON, names, search, span


def _endpoint_commands(row: Row) -> Sequence[str]:
    repair_commands = [ResumeEndpoint] if row["state"] == "off" else [TryEndpoint, ReplayEndpoint]
    return names(*repair_commands, ChangeEndpoint, RotateEndpoint, RemoveEndpoint)


_BY_ENDPOINT: Final = Sort("endpoint", "receivers.name", "text")
_WORKS: Final = (
    "CASE WHEN receivers.off_since IS NOT NULL THEN 'off' WHEN receivers.failing_since IS NOT NULL THEN 'failing'"
    " ELSE 'working' END"
)
ENDPOINTS: Final = ListModel(
    name="endpoints",
    permission=StaffAction.MANAGE_PROGRAMS,
    section=MenuSection.SETTINGS,
    tab="integrations",
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
    commands=_endpoint_commands,
    begin=names(AddEndpoint),
)

_BY_TIME: Final = Sort("happened_at", "outgoing_events.happened_at")
DELIVERIES: Final = ListModel(
    name="deliveries",
    permission=StaffAction.MANAGE_PROGRAMS,
    section=MenuSection.SETTINGS,
    tab="integrations",
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
    commands=lambda _: names(RepeatDelivery),
)

LISTS: Final = (ENDPOINTS, DELIVERIES)
