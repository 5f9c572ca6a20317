"""Declarations of the lists of channels, resources, alarms, notifications, jobs, webhooks, accounts and audit log
entries.
"""

from typing import Final

from subscriptions.application.dto.rooms import declared_by
from subscriptions.application.feature_failures import contained
from subscriptions.application.inbox.repeat_work import RepeatJob, RepeatWebhook
from subscriptions.application.lists.columns import (
    ALL,
    GIVES_BACK,
    Abilities,
    Actor,
    AlarmText,
    BotRights,
    Code,
    Command,
    Count,
    Day,
    EventNote,
    Fault,
    Guests,
    Interface,
    Moment,
    NamedCode,
    Person,
    Plan,
    Provider,
    Refusal,
    Sort,
    State,
    Subject,
    Terms,
    Text,
    Why,
)
from subscriptions.application.lists.list_model import Filter, ForPrograms, ListModel
from subscriptions.application.resources.add_content import AddContent
from subscriptions.application.resources.add_resource import AddResource
from subscriptions.application.resources.resource_commands import resource_commands
from subscriptions.application.vip.set_up_channel import SetUpChannel
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.entities.resource import EntryPolicy, ResourceStatus
from subscriptions.domain.entities.userbot_account import AccountStatus
from subscriptions.domain.ports.repositories.inbox import InboxStatus, Origin
from subscriptions.domain.services.staff_policy import StaffAction
from subscriptions.infrastructure.database.list_parts import (
    BOTH,
    CANNOT_ENTER,
    CUSTOMER_BY,
    FACTS_NAMED,
    IN_TROUBLE,
    LABEL,
    PERSON,
    STAFF_BY,
    names,
    of_plan,
    of_provider,
    search,
    span,
)


def _audit_states() -> dict[str, str]:
    """Return the conditions that features add to the filter of the audit log, from `AUDIT_STATES` of their modules
    `lists`.
    """
    found = dict[str, str]()
    for name, pairs in declared_by("lists", "AUDIT_STATES").items():
        with contained(name, "lists", lasts=True):
            found |= {str(state): str(condition) for state, condition in pairs}
    return found


_CHANNEL_MADE: Final = Sort("created_at", "telegram_channels.created_at")
CHANNELS: Final = ListModel(
    name="channels",
    permission=StaffAction.SEE_CUSTOMERS,
    tables="telegram_channels LEFT JOIN customers ON customers.id = telegram_channels.customer_id"
    " LEFT JOIN service_plans ON service_plans.id = telegram_channels.plan_id"
    " LEFT JOIN accesses ON accesses.channel_id = telegram_channels.id"
    " AND accesses.customer_id = telegram_channels.customer_id",
    key=("telegram_channels.id", "uuid"),
    columns=(
        Text("title", "telegram_channels.title"),
        Person("customer"),
        Plan("plan", LABEL),
        State("status", "telegram_channels.status", words="channel_state"),
        State("access", "accesses.status", words="chat.people.access_word"),
        Code("account", "telegram_channels.account_id"),
        Day("created_at", "telegram_channels.created_at", sort=_CHANNEL_MADE),
    ),
    filters=(
        search(f"(telegram_channels.title ILIKE :like OR {PERSON} OR telegram_channels.channel_id::text = :value)"),
        Filter(
            "state",
            choices={
                "outside": "accesses.status IN ('action_required', 'failed', 'invited', 'pending')",
                "stuck": CANNOT_ENTER,
                "stock": "telegram_channels.kind = 'personal' AND telegram_channels.customer_id IS NULL",
            },
        ),
        Filter("status", "telegram_channels.status = :value", values=tuple(ChannelStatus), words="channel_state"),
        of_plan(),
    ),
    sort=_CHANNEL_MADE,
)

_RESOURCE_MADE: Final = Sort("created_at", "resources.created_at")
_RIGHTS: Final = (
    "(SELECT count(*) FROM accesses JOIN telegram_channels AS places ON places.id = accesses.channel_id"
    " WHERE (places.resource_id = resources.id OR (resources.kind = 'personal_channel' AND places.kind = 'personal'))"
    " AND accesses.status IN ({}))"
)
_RIGHTS_STATE: Final = (
    f"CASE WHEN resources.kind = 'personal_channel' THEN '{GIVES_BACK}' WHEN NOT looks.is_admin THEN 'not_admin'"
    f" ELSE coalesce(nullif(looks.missing, ''), CASE WHEN looks.is_admin THEN '{ALL}' END) END"
)
_ENTRY: Final = (
    "CASE WHEN resources.entry = 'ritual' AND NOT CASE WHEN resources.soft_id = 'vip' THEN CAST(:vip_steps AS boolean)"
    " ELSE CAST(:steps AS boolean) END THEN 'direct' ELSE resources.entry END"
)
"""SQL of the effective value of `entry`: `direct` if the resource has entry steps that are switched off, in which case
customers get the link immediately.
"""
_METHOD_COLUMNS: Final = (
    "concat_ws(' ', CASE WHEN resources.tidy THEN 'tidy' END,"
    " CASE WHEN resources.welcome IS NOT NULL THEN 'welcome' END, CASE WHEN resources.topics THEN 'topics' END,"
    " CASE WHEN looks.linked IS NOT NULL THEN 'discussion' END,"
    " CASE WHEN looks.outsiders <> '' THEN 'outsiders' END)"
)
RESOURCES: Final = ListModel(
    name="resources",
    permission=StaffAction.SEE_CUSTOMERS,
    tables="resources LEFT JOIN telegram_channels ON telegram_channels.resource_id = resources.id"
    " AND telegram_channels.status <> 'deleted'"
    " LEFT JOIN seen_chats AS looks ON looks.chat_id = telegram_channels.channel_id",
    key=("resources.id", "uuid"),
    columns=(
        Code(
            "resource",
            "resources.soft_id",
            interfaces=Interface.PROGRAMS,
            description="Slug of the resource.",
            example="tertulia",
        ),
        Text(
            "title",
            "coalesce(telegram_channels.title, nullif(resources.title, resources.soft_id))",
            interfaces=BOTH,
            null=True,
            description="Title of the chat; null if each customer has a separate channel.",
            example="Tertulia",
        ),
        Code("soft_id", "resources.soft_id"),
        State("kind", "resources.kind", words="resource_kind", interfaces=BOTH, example="group"),
        State("entry", _ENTRY, words="resource_entry", interfaces=BOTH, type=EntryPolicy),
        State("state", "resources.status", words="resource_state"),
        Text("status", "resources.status", interfaces=Interface.PROGRAMS, type=ResourceStatus),
        Text(
            "chat",
            "telegram_channels.channel_id",
            interfaces=Interface.PROGRAMS,
            type=int,
            null=True,
            description="Telegram id of the chat; null if there is no shared chat.",
            example=-1002200000001,
        ),
        Text(
            "plans",
            "ARRAY(SELECT service_plans.soft_id FROM plan_resources"
            " JOIN service_plans ON service_plans.id = plan_resources.plan_id"
            " WHERE plan_resources.resource_id = resources.id ORDER BY service_plans.position, service_plans.name)",
            interfaces=Interface.PROGRAMS,
            type=list[str],
            description="Slugs of the plans that open the resource.",
            example=["retabet"],
        ),
        Terms(
            "plans",
            "(SELECT string_agg(service_plans.name, ', ' ORDER BY service_plans.position, service_plans.name)"
            " FROM plan_resources JOIN service_plans ON service_plans.id = plan_resources.plan_id"
            " WHERE plan_resources.resource_id = resources.id)",
        ),
        Abilities("arranged", _METHOD_COLUMNS, words="group_arranged"),
        Terms("welcome", "resources.welcome", interfaces=Interface.ROW),
        BotRights(
            "rights",
            _RIGHTS_STATE,
            more={"looked_at": "looks.seen_at"},
            words="resource_rights",
            interfaces=BOTH,
            description="Missing rights of the bot: `not_admin`, `invite`, `remove`, `post`. Null if not checked yet,"
            " or if an account restores them automatically.",
        ),
        Count(
            "inside",
            _RIGHTS.format("'active'"),
            interfaces=BOTH,
            type=int,
            description="Number of entitled customers in the chat.",
            example=41,
        ),
        Count(
            "entitled",
            _RIGHTS.format("'pending', 'invited', 'action_required', 'failed'"),
            interfaces=BOTH,
            type=int,
            description="Number of entitled customers who have not joined.",
            example=3,
        ),
        Count(
            "leaving_now",
            _RIGHTS.format("'revoking'"),
            interfaces=BOTH,
            type=int,
            description="Number of customers being removed because their access ended.",
            example=1,
        ),
        Guests(
            "guests",
            "(SELECT count(*) FROM chat_guests WHERE chat_guests.channel_id = telegram_channels.id)",
            more={"unnamed": "looks.unnamed", "counted_at": "looks.counted_at"},
            interfaces=BOTH,
            type=int,
            description="Number of known members without entitlement who are not removed.",
        ),
    ),
    filters=(
        search(
            "(resources.soft_id ILIKE :like OR telegram_channels.title ILIKE :like"
            " OR telegram_channels.channel_id::text = :value)"
        ),
    ),
    sort=_RESOURCE_MADE,
    commands=lambda row: names(*resource_commands(row["kind"], row["state"], has_plans=bool(row["plans"]))),
    begin=names(AddResource, AddContent, SetUpChannel),
    programs=ForPrograms(
        item="Resource",
        summary="Resources that plans can open, oldest first",
        ability=Ability.PLANS,
        sort=_RESOURCE_MADE,
        is_descending=False,
        is_paged=False,
    ),
)

_BY_ALARM: Final = Sort("raised_at", "alarms.raised_at")
ALARMS: Final = ListModel(
    name="alarms",
    permission=StaffAction.SEE_ALARMS,
    tables="alarms",
    key=("alarms.id", "uuid"),
    columns=(
        AlarmText("kind", "alarms.kind", more={"facts": "alarms.facts"}),
        Moment("raised_at", "alarms.raised_at", sort=_BY_ALARM),
        Moment("closed_at", "alarms.closed_at"),
    ),
    filters=(
        search("(alarms.kind ILIKE :like OR alarms.facts::text ILIKE :like)"),
        Filter("state", choices={"open": "alarms.closed_at IS NULL", "closed": "alarms.closed_at IS NOT NULL"}),
        Filter("kind", "alarms.kind = :value"),
        *span("alarms.raised_at"),
    ),
    sort=_BY_ALARM,
)

_OWED: Final = Sort("created_at", "notifications.created_at")
MESSAGES: Final = ListModel(
    name="messages",
    permission=StaffAction.SEE_CUSTOMERS,
    tables="notifications LEFT JOIN customers ON customers.telegram_id = notifications.recipient",
    key=("notifications.id", "uuid"),
    columns=(
        Person("customer"),
        Text("kind", "notifications.kind", words="chat.alarms.messages"),
        Terms("sent_text", "left(regexp_replace(notifications.text, '<[^>]*>', '', 'g'), 300)"),
        Moment("created_at", "notifications.created_at", sort=_OWED),
        Moment("sent_at", "notifications.sent_at"),
        Refusal("failed", "notifications.failed"),
    ),
    filters=(
        search(f"({PERSON} OR notifications.recipient::text = :value)"),
        Filter(
            "state",
            choices={
                "owed": "notifications.sent_at IS NULL AND notifications.failed IS NULL",
                "sent": "notifications.sent_at IS NOT NULL",
                "failed": "notifications.failed IS NOT NULL",
            },
        ),
        Filter("kind", "notifications.kind = :value"),
        *span("notifications.created_at"),
    ),
    sort=_OWED,
)

_BY_CREATION: Final = Sort("created_at", "pgqueuer.created")
_OF_LAST_ERROR: Final = (
    "(SELECT traceback->>'{}' FROM pgqueuer_log"
    " WHERE job_id = pgqueuer.id AND traceback IS NOT NULL ORDER BY created DESC LIMIT 1)"
)
JOBS: Final = ListModel(
    name="jobs",
    permission=StaffAction.SEE_WORK,
    tables="pgqueuer",
    key=("pgqueuer.id", "bigint"),
    columns=(
        NamedCode("name", "pgqueuer.entrypoint", words="chat.alarms.jobs"),
        State("status", "pgqueuer.status::text", words="job_state"),
        Text("attempts", "pgqueuer.attempts"),
        Fault(
            "error",
            _OF_LAST_ERROR.format("exception_message"),
            more={"error_kind": _OF_LAST_ERROR.format("exception_type")},
            words="fault",
        ),
        Moment("created_at", "pgqueuer.created", sort=_BY_CREATION),
        Moment("runs_at", "pgqueuer.execute_after"),
    ),
    filters=(
        search("pgqueuer.entrypoint ILIKE :like"),
        Filter("status", "pgqueuer.status::text = :value", values=("failed", "queued", "picked"), words="job_state"),
    ),
    sort=_BY_CREATION,
    commands=lambda row: names(RepeatJob) if row["status"] == "failed" else (),
)

_BY_RECEIVED_AT: Final = Sort("received_at", "webhook_inbox.received_at")
WEBHOOKS: Final = ListModel(
    name="webhooks",
    permission=StaffAction.SEE_WORK,
    tables="webhook_inbox",
    key=("webhook_inbox.id", "uuid"),
    columns=(
        Provider("provider", "webhook_inbox.provider"),
        Code("type", "webhook_inbox.event->'data'->>'raw_type'"),
        State("status", "webhook_inbox.status", words="inbox_state"),
        EventNote("note", "webhook_inbox.note"),
        Text("origin", "webhook_inbox.origin", words="origin"),
        Moment("received_at", "webhook_inbox.received_at", sort=_BY_RECEIVED_AT),
        Moment("handled_at", "webhook_inbox.handled_at"),
    ),
    filters=(
        search(
            "(webhook_inbox.event_key = :value OR webhook_inbox.event->'data'->>'raw_type' ILIKE :like"
            " OR webhook_inbox.event->'data'->>'payment_key' = :value"
            " OR webhook_inbox.event->'data'->>'order_id' = :value)"
        ),
        Filter("status", "webhook_inbox.status = :value", values=tuple(InboxStatus), words="inbox_state"),
        of_provider("webhook_inbox.provider"),
        Filter("origin", "webhook_inbox.origin = :value", values=tuple(Origin), words="origin"),
        *span("webhook_inbox.received_at"),
    ),
    sort=_BY_RECEIVED_AT,
    commands=lambda row: names(RepeatWebhook) if row["status"] in {InboxStatus.APPLIED, InboxStatus.PARKED} else (),
)

ACCOUNTS: Final = ListModel(
    name="accounts",
    permission=StaffAction.SEE_ACCOUNTS,
    tables="userbot_accounts",
    key=("userbot_accounts.id", "bigint"),
    columns=(
        Text("label", "userbot_accounts.label"),
        State("status", "userbot_accounts.status", words="account_state"),
        Text("channels_used", "userbot_accounts.channels_used"),
        Text("channel_cap", "userbot_accounts.channel_cap"),
        Text("created_today", "userbot_accounts.created_today"),
        Refusal("note", "userbot_accounts.status_reason"),
        Moment("retry_at", "userbot_accounts.retry_at"),
    ),
    filters=(
        Filter("state", choices={"troubled": IN_TROUBLE}),
        Filter("status", "userbot_accounts.status = :value", values=tuple(AccountStatus), words="account_state"),
    ),
    sort=Sort("number", "userbot_accounts.id", "bigint"),
    is_descending=False,
)

_BY_TIME: Final = Sort("at", "audit_log.at")
AUDIT: Final = ListModel(
    name="audit",
    permission=StaffAction.SEE_AUDIT,
    tables=f"audit_log LEFT JOIN customers AS staff ON {STAFF_BY.format('audit_log.actor')}"
    f" LEFT JOIN customers ON {CUSTOMER_BY.format('audit_log.subject')}",
    key=("audit_log.id", "bigint"),
    columns=(
        Moment("at", "audit_log.at", sort=_BY_TIME),
        Actor("actor", "audit_log.actor", more={"actor_name": "staff.first_name"}),
        Command("action", "audit_log.action", more={"facts": FACTS_NAMED.format("audit_log.facts")}),
        Subject("subject", "audit_log.subject"),
        Why("why", "audit_log.why"),
    ),
    filters=(
        search("(audit_log.subject = :value OR audit_log.why ILIKE :like)"),
        Filter(
            "state",
            choices={
                "staff": "audit_log.actor ~ '^[0-9]+$'",
                "refused": "audit_log.action = 'staff.refused'",
                **_audit_states(),
            },
            words="audit_state",
        ),
        Filter("actor", "audit_log.actor = :value"),
        Filter("action", "audit_log.action ILIKE :like"),
        *span("audit_log.at"),
    ),
    sort=_BY_TIME,
)
