"""Rights of each process on each table. The rights are defined only here, and `umbral migrate` applies them.

For each process there is a PostgreSQL role, such as `umbral_web`. The login in the process's DATABASE_URL is a member
of the role, or is the role itself. No role owns a table, so none can alter a table. Append-only tables are also
protected by a trigger, which applies to the owner too (migration `append_only`).

For tables that processes share, `rules` define the rows that each process may write. The triggers of migration
`guard_queue_and_keys` enforce the rules.

Triggers record the rows that processes delete (`Rights.recorded`), and those that they add or change in tables by which
somebody would gain more rights or reach customers (`Rights.watched`). Every use case that does so adds a line to the
audit log in the same transaction, so a record without a line was made by something else.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final

from subscriptions.application.dto.rooms import declared_by, is_by_others, modules_by_feature
from subscriptions.application.feature_failures import contained
from subscriptions.application.features import InvalidFeature
from subscriptions.infrastructure.database.rights import (
    APPEND_ONLY,
    BY_CONSOLE,
    BY_OTHERS,
    ERASED,
    ERASED_OURS,
    GOODS,
    KEPT,
    KEPT_OURS,
    OURS,
    UNRECORDED,
    Rights,
    Watched,
    later_than,
)

PROCESSES: Final = ("web", "worker", "bot", "userbot", "console")

_MAY_WRITE: Final = "SELECT prosrc FROM pg_proc WHERE oid = to_regprocedure('public.umbral_may_write(text, text)')"
_WORDS: Final = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}

_JOB_COLUMNS: Final = (
    "w:priority,status,updated,heartbeat,queue_manager_id,slot,execute_after,attempts,headers,dedupe_key"
)
"""Columns of a job that the queue's own statements update. A job's payload cannot be updated."""

_APPLIED: Final = "w:status,note,attempts,handled_at"
"""Columns of a payment event with the result of its processing. The previous release's worker writes whole rows, and an
erasure blanks `event` and `body`; the trigger `inbox_kept` prevents all other changes.
"""

_TABLES: Final[Mapping[str, Rights]] = {
    "accesses": KEPT_OURS._replace(web="r:id,channel_id,status,joined_at,created_at", console="raw"),
    "account_bots": KEPT_OURS._replace(console=""),
    "additions": Rights("", "rd w:checked", recorded=UNRECORDED),
    "activation_tokens": GOODS._replace(
        web="r:id,prefix,plan_id,campaign,batch,created_at,expires_at,used_at,joined_at,revoked_at a",
        worker="r w:note",
        bot="ra w:token,sealed,keyless,opened,opened_at,used_at,used_by,subscription_id,joined_at,revoked_at,"
        "revoked_by",
        userbot="r w:joined_at",
        console="ra w:revoked_at,revoked_by",
        watched=Watched(
            "id",
            "concat_ws(', ', prefix || '…', 'campaign ' || nullif(campaign, ''), 'created ' || created_at)",
            current="used_at IS NULL AND revoked_at IS NULL AND expires_at > now()",
        ),
    ),
    "alarms": KEPT_OURS._replace(web="raw", console="raw"),
    "alembic_version": Rights("r", "r", "r", "r", "r"),
    "api_keys": Rights(
        *("r w:last_used_at", "ra w:held_at", "rad w:held_at", "", "rad w:held_at"),
        watched=Watched("name", "concat_ws(', ', name, abilities, 'created ' || created_at)"),
    ),
    "audit_log": APPEND_ONLY._replace(web="r:action,id a", worker="ra w:actor,subject,why,facts"),
    "bot_updates": GOODS._replace(web="r:received_at,done_at", userbot="", console="", recorded="old.done_at IS NULL"),
    "bots": KEPT_OURS,
    "channel_invites": ERASED_OURS._replace(console="raw"),
    "bans_to_lift": OURS._replace(console="ra", recorded=UNRECORDED),
    "chat_guests": OURS._replace(web="r:channel_id", recorded=UNRECORDED),
    "consents": Rights("", "ra", "ra", "", "r"),
    "declarations": Rights("", "ra", "ra", "", "r"),
    "checkout_attempts": KEPT._replace(console="raw"),
    "custom_settings": Rights(
        *("r", "r", "rawd", "r", "rawd"), watched=Watched("name", "concat_ws(' = ', name, value)", changed="true")
    ),
    "custom_texts": GOODS._replace(
        web="r",
        worker="raw",
        console="rawd",
        watched=Watched("key", "concat_ws(', ', language, key)", changed="new.text IS DISTINCT FROM old.text"),
    ),
    "deletions": Rights("", "rd w:checked", recorded=UNRECORDED),
    "customers": KEPT._replace(
        web="r:id,first_name,username,created_at",
        console="raw",
        watched=Watched(
            "id",
            "concat_ws(', ', telegram_id, '@' || username, staff_role)",
            added="new.staff_role IS NOT NULL",
            changed="new.staff_role IS DISTINCT FROM old.staff_role",
            current="staff_role IS NOT NULL",
        ),
    ),
    "dialogues": GOODS._replace(userbot="", console="rd", recorded=UNRECORDED),
    "disputes": KEPT._replace(web="r:payment_id,status,closed_at,amount_minor", bot="r"),
    "due_jobs": Rights(
        web="ra w:due_at",
        worker="rawd",
        bot="ra w:due_at",
        userbot="ra w:due_at",
        console="ra w:due_at",
        recorded=later_than("old.due_at", "1 hour"),
    ),
    "holds": KEPT._replace(console="raw"),
    "kept_figures": Rights("", "rawd", "raw", "", "raw", recorded=UNRECORDED),
    "kept_openings": GOODS._replace(console="rawd", recorded=later_than("old.until", "1 hour")),
    "leases": OURS._replace(console="", recorded=UNRECORDED),
    "ledger_entries": APPEND_ONLY._replace(
        worker="ra w:note", userbot="r", watched=Watched("source_key", added=BY_CONSOLE)
    ),
    "link_uses": Rights("", "rd", "ra", "", "r"),
    "notifications": ERASED_OURS._replace(
        web="r:kind,recipient,created_at,sent_at,failed,repeated", userbot="r", console="raw"
    ),
    "orders": KEPT._replace(web="r:id,status,paid_at,cause,plan_id", console="raw"),
    "own_roles": Rights(
        *("", "r", "rawd", "r", "rawd"),
        watched=Watched("name", "concat_ws(': ', name, permissions)", changed="true"),
    ),
    "payment_accounts": ERASED,
    "payment_keys": Rights("r", "r", "r", "r", "raw"),
    "payment_methods": KEPT._replace(web="r", console="raw"),
    "payments": KEPT._replace(
        web="r:id,recorded_at,customer_id,subscription_id,order_id,provider,status,flag,is_renewal,amount_minor,"
        "amount_currency,occurred_at",
        watched=Watched("id", added=BY_OTHERS),
    ),
    "pgqueuer": Rights(
        web="ra w:priority",
        worker="rawd",
        bot=f"rad {_JOB_COLUMNS}",
        userbot=f"rad {_JOB_COLUMNS}",
        console=f"ra {_JOB_COLUMNS}",
        recorded="old.status = 'queued'",
    ),
    "pgqueuer_log": ERASED_OURS._replace(web="a", console="ra", recorded=UNRECORDED),
    "pgqueuer_schedules": KEPT_OURS,
    "pgqueuer_statistics": ERASED_OURS._replace(console="", recorded=UNRECORDED),
    "pick_deliveries": ERASED._replace(web="r:pick_id,channel_id,revision,bot,repeated,failed"),
    "picks": KEPT._replace(
        web="raw",
        console="raw",
        watched=Watched("key", "concat_ws(', ', key, status, 'accepted ' || created_at)", added=BY_OTHERS),
    ),
    "plan_changes": KEPT,
    "plan_payment_prices": GOODS._replace(
        web="r",
        worker="raw",
        console="rawd",
        watched=Watched(
            "plan_id",
            "concat_ws(', ', plan_id, provider, price_minor, price_currency)",
            added="new.price_minor IS NOT NULL",
            changed="(new.price_minor, new.price_currency) IS DISTINCT FROM (old.price_minor, old.price_currency)",
            current="price_minor IS NOT NULL",
        ),
    ),
    "plan_resources": GOODS._replace(
        web="r", worker="raw", console="rawd", watched=Watched("plan_id", "concat_ws(' opens ', plan_id, resource_id)")
    ),
    "plan_topics": Rights("", "r", "rawd", "", "r", recorded=UNRECORDED),
    "process_features": Rights("rawd", "rawd", "rawd", "rawd", "r", recorded=UNRECORDED),
    "provider_reports": APPEND_ONLY,
    "promotion_claims": ERASED._replace(userbot="", console="r:promotion_id"),
    "promotion_reservations": GOODS._replace(userbot="", recorded=UNRECORDED),
    "promotion_uses": KEPT._replace(userbot=""),
    "promotions": KEPT._replace(
        userbot="",
        console="raw",
        watched=Watched("code", "concat_ws(', ', code, 'created ' || created_at)"),
    ),
    "receipt_series": KEPT._replace(bot="r", userbot="", console=""),
    "receipts": Rights("", "ra w:customer_ref", "r", "r", "r"),
    "refund_requests": Rights("", "raw", "ra", "", "ra", watched=Watched("operation")),
    "refunds": KEPT._replace(
        web="r:payment_id,amount_minor,amount_currency,status,occurred_at,repeats_dispute", bot="r"
    ),
    "resource_contents": Rights(
        *("", "r", "raw", "", "raw"),
        watched=Watched("resource_id", "concat_ws(', ', resource_id, form)", changed="true"),
    ),
    "resources": GOODS._replace(
        web="r",
        worker="raw",
        console="rawd",
        watched=Watched("soft_id", "concat_ws(', ', soft_id, kind, status, 'added ' || created_at)"),
    ),
    "ritual_entries": ERASED_OURS._replace(console="raw"),
    "scheduled_runs": Rights("", "raw"),
    "sealed_settings": Rights("r", "r", "r w:sealed,readers", "r", "raw"),
    "second_factors": Rights(
        *("", "rd", "rd", "", "rawd"),
        watched=Watched(
            "confirmed_at",
            "concat_ws(', ', person, 'confirmed ' || confirmed_at)",
            added="new.confirmed_at IS NOT NULL",
            changed="new.confirmed_at IS DISTINCT FROM old.confirmed_at OR new.confirmed_at IS NOT NULL"
            " AND (new.secret, new.person) IS DISTINCT FROM (old.secret, old.person)",
            current="confirmed_at IS NOT NULL",
        ),
    ),
    "second_owners": OURS._replace(worker="raw"),
    "seen_chats": Rights("r", "rd", "raw", "", "raw", recorded=UNRECORDED),
    "service_plans": GOODS._replace(
        web="r",
        worker="raw",
        console="rawd",
        watched=Watched(
            "soft_id",
            "concat_ws(', ', soft_id, price_minor, price_currency, listing, 'created ' || created_at)",
            changed="(new.price_minor, new.price_currency, new.duration_days, new.trial_days)"
            " IS DISTINCT FROM (old.price_minor, old.price_currency, old.duration_days, old.trial_days)",
            current="active",
        ),
    ),
    "setup": Rights(
        *("r w:finished_at",) * 4,
        "r w:code_hash,code_until,tries,visit_hash,visit_until,finished_at",
    ),
    "site_pictures": Rights(
        *("r", "r", "", "", "rawd"),
        watched=Watched("name", "concat_ws(', ', name, 'changed ' || changed_at)", changed="true"),
    ),
    "staff_invitations": Rights(
        *("", "rd", "rawd", "", "rawd"),
        watched=Watched(
            "id", "concat_ws(', ', role, 'invited ' || made_at)", changed="true", current="accepted_at IS NULL"
        ),
    ),
    "staff_operations": Rights("", "rawd", "raw", "", "raw", recorded=later_than("old.at", "-29 days")),
    # The bot deletes the record of a card that a button replaced by another screen.
    "status_cards": GOODS._replace(recorded=UNRECORDED),
    "subscriptions": KEPT._replace(
        web="r:id,status,customer_id,plan_id,order_id,created_at,provider,price_minor,price_currency,access_until,"
        "pause_until,cancel_at_period_end,cancel_reason,ended_at,end_reason",
        console="raw",
        watched=Watched("id", added=BY_CONSOLE),
    ),
    "sweep_decisions": KEPT._replace(console="ra"),
    "sweeps": KEPT._replace(web="r:status", console="raw"),
    "takeovers": Rights("", "rawd", "raw", "r", "raw"),
    "swept": KEPT._replace(console="raw"),
    "console_visits": Rights(
        *("", "rd", "rad", "", "rawd"),
        recorded=UNRECORDED,
        watched=Watched(
            "offered_at",
            "concat_ws(', ', person, 'entered ' || entered_at, 'seen ' || seen_at)",
            added="NOT new.app",
            changed="NOT (old.app AND new.app) AND (new.proved AND NOT old.proved OR (new.link, new.person, new.key,"
            " new.app) IS DISTINCT FROM (old.link, old.person, old.key, old.app))",
            current="NOT app AND entered_at IS NOT NULL",
        ),
    ),
    "tallies": Rights("raw", "raw", "raw", "raw", "raw"),
    "telegram_channels": KEPT_OURS._replace(
        web="r:id,title,kind,customer_id,subscription_id,status,resource_id,channel_id", console="raw"
    ),
    "trial_marks": Rights("", "rd", "ra", recorded=later_than("old.created_at", "-364 days")),
    "uploads": Rights("", "rd", "rd w:refused", "", "rawd", recorded=UNRECORDED),
    "userbot_accounts": KEPT_OURS._replace(
        web="r:id,status,channel_cap,channels_used",
        console="r:id,label,status,status_reason,channel_cap,channels_used,day_cap,created_today,retry_at,created_at,flood_until",
    ),
    "variables": KEPT_OURS._replace(web="raw", console="raw"),
    "vip_entries": ERASED_OURS._replace(console="raw"),
    "withdrawals": Rights("", "ra w:name", "ra", "", "ra"),
    "webhook_inbox": Rights("ra", "raw", f"ra {_APPLIED}", "", f"ra {_APPLIED}"),
}
"""Rights on each table of core or platform; a test checks that every table has an entry. A feature declares the rights
on its own tables as `GRANTS` in its module `tables`.
"""

_RULES: Final[Mapping[str, Mapping[str, str]]] = {
    "queue": {
        "web": "bot.alarm core.apply_payment_event core.route_event",
        "bot": "bot.* userbot.assign userbot.acc.* core.apply_payment_event core.check_order core.check_subscription"
        " core.change_renewals core.close_checkouts core.erase_person core.hold_charges"
        " core.narrow_plan core.open_plan core.reconcile core.refund_payment core.restore_swept"
        " core.return_payment core.stop_billing core.sync_plan_prices"
        " core.follow_ban core.follow_hold core.route_event core.watch_access",
        "userbot": "userbot.* bot.alarm bot.announce bot.deliver_missed bot.deliver_pick bot.remove_person"
        " bot.check_chat bot.look_inside bot.remove_stranger bot.replace_channel bot.tend_vip_entry"
        " core.follow_ban core.route_event",
        "console": "bot.admit_to_vip bot.admit_waiting bot.alarm bot.announce bot.deliver_missed bot.empty_old_chat"
        " bot.open_topics bot.remove_person"
        " bot.retire_pages bot.fan_out_pick bot.tend_vip_entry"
        " core.apply_payment_event core.change_renewals core.check_subscription core.restore_swept"
        " core.close_checkouts core.hold_charges core.narrow_plan core.open_plan"
        " core.reconcile core.refund_payment core.stop_billing core.sync_plan_prices"
        " core.follow_ban core.follow_hold core.route_event core.watch_access userbot.acc.*"
        " userbot.assign",
    },
    "audit": {
        "web": "post.accepted",
        "userbot": "access.banned access.left access.pardoned access.revoked access.suspended account.* channel.*"
        " join_request.declined stranger.removed",
    },
    "variables": {
        "web": "clock_seen clock_doubted doctor_seen webhooks_heard:* webhooks_untimely:*",
        "userbot": "account_counted:* account_login:* clock_seen clock_doubted doctor_seen vip_guests",
        "console": "old_chat_emptied:* webhooks_heard:* webhooks_untimely:*",
    },
    "inbox": {"web": "told", "bot": "told by_hand.refund asked.fetched", "console": "told by_hand.refund"},
    "events": dict.fromkeys(("userbot", "bot", "console"), ""),
    "bodies": dict.fromkeys(("web", "bot", "userbot", "console"), ""),
    "visits": {"web": "", "worker": "", "bot": "offered", "userbot": ""},
    "owners": dict.fromkeys(("web", "worker", "userbot", "console"), ""),
    "arrivals": dict.fromkeys(("web", "bot", "userbot", "console"), ""),
    "alarms": dict.fromkeys(("web", "userbot"), ""),
    "work": {"web": "", "userbot": "userbot.*"},
    "ends": {"web": "", "bot": "bot.*", "userbot": "userbot.*", "console": ""},
    "anything": dict.fromkeys(PROCESSES, ""),
}
"""Values that each process may write, keyed by rule:

- queue: names of jobs to enqueue, now or for later
- audit: actions to record in the audit log
- variables: variables to set
- inbox: origins of inbox events
- events: kinds of events sent to the operator's endpoints
- bodies: bodies of those events
- visits: progress of console sessions
- owners: assignment of the owner role
- arrivals: results of inbox events
- alarms: alarms about rows that do not exist
- work, ends: jobs of other processes that the process may change and end
- anything: changes that only the tables' owner may make

A trailing `*` matches a prefix; an empty value allows nothing. A process that is not listed may write everything that
its rights allow: for example, the worker enqueues due jobs of all processes. A test derives the required entries from
the use cases that each process wires, and reports missing and superfluous entries. A feature adds its own values as
`MAY_WRITE` in its module `tables`. Remove an entry only one release after the last use, because processes of both
releases run during an upgrade.
"""


_OPEN_RULES: Final = ("audit", "variables")
"""Rules of the core to which a package of another author may add values that begin with its feature's name."""
_RULE_NAME: Final = re.compile(r"[a-z_]+")
_VALUE: Final = re.compile(r"[\w.:-]+\*?")


@cache
def tables() -> Mapping[str, Rights]:
    """Return the rights of all processes on each table, keyed by table. A feature declares rights only on its own
    tables.
    """
    found = dict(_TABLES)
    for feature, grants in declared_by("tables", "GRANTS").items():
        with contained(feature, "tables", lasts=True):
            if grants:
                found[f"alembic_version_{feature}"] = found["alembic_version"]
            for table, rights in grants:
                if table in found or not isinstance(rights, Rights):
                    raise InvalidFeature(
                        f"GRANTS holds {table!r}, which another declares, or whose rights are no Rights"
                    )
                found[table] = rights
    return found


@cache
def rules() -> Mapping[str, Mapping[str, str]]:
    """Return the values that each process may write, keyed by rule; see `_RULES`."""
    found = {name: dict(values) for name, values in _RULES.items()}
    for module, constant, name in (("jobs", "QUEUED_BY", "queue"), ("events", "PUBLISHED_BY", "events")):
        for feature, pairs in declared_by(module, constant).items():
            with contained(feature, module, lasts=True):
                for process, names in pairs:
                    if process not in _RULES[name] or not _is_fit(names):
                        raise InvalidFeature(
                            f"{constant} holds {(process, names)!r}; it takes a name for one of"
                            f" {', '.join(_RULES[name])}"
                        )
                    if is_by_others(feature) and not {*names.split()} <= _declared_in(feature, module):
                        raise InvalidFeature(
                            f"{constant} holds {(process, names)!r}; a package may name only what its own module"
                            f" {module} declares"
                        )
                    _add(found[name], process, names)
    for feature, triples in declared_by("tables", "MAY_WRITE").items():
        with contained(feature, "tables", lasts=True):
            for name, process, names in triples:
                if process not in _RULES.get(name, PROCESSES) or not _RULE_NAME.fullmatch(name) or not _is_fit(names):
                    raise InvalidFeature(
                        f"MAY_WRITE holds {(name, process, names)!r}; it takes names for a process that the rule limits"
                    )
                if name in _RULES and is_by_others(feature) and not _is_own(feature, name, names):
                    raise InvalidFeature(
                        f"MAY_WRITE holds {(name, process, names)!r}; a package may add values of its own to the rules"
                        f" {', '.join(_OPEN_RULES)}, which begin with {feature!r}, and rules for its own tables"
                    )
                _add(found.setdefault(name, {}), process, names)
    return found


def _declared_in(feature: str, module: str) -> frozenset[str]:
    """Return the names of the jobs or events that a feature's module declares."""
    declared = modules_by_feature(module)[feature]
    values = [each for each in vars(declared).values() if getattr(each, "__module__", None) == declared.__name__]
    named = [getattr(each, "name", None) for each in values if isinstance(each, type)]
    members = [str(value) for each in values for value in getattr(each, "__members__", {}).values()]
    return frozenset(each for each in (*named, *members) if isinstance(each, str))


def _is_fit(names: object) -> bool:
    return isinstance(names, str) and all(map(_VALUE.fullmatch, names.split()))


def _is_own(feature: str, rule: str, names: str) -> bool:
    return rule in _OPEN_RULES and all(re.match(rf"{re.escape(feature)}[._:]", each) for each in names.split())


def _add(rule: dict[str, str], process: str, names: str) -> None:
    rule[process] = f"{rule.get(process, '')} {names}".strip()


def role_of(process: str) -> str:
    """Return the database role of a process. The process's login is a member of the role."""
    return f"umbral_{process}"


def statements(tables: Mapping[str, Rights], sequences: Sequence[str]) -> Iterator[str]:
    """Yield the statements that grant each role exactly these rights on the existing tables and sequences. Other
    objects in the schema are not changed, because they may not belong to Umbral.

    sequences: quoted names
    """
    for index, process in enumerate(PROCESSES):
        role = role_of(process)
        yield f"REVOKE ALL ON {', '.join(f'public.{table}' for table in tables)} FROM {role}"
        yield f"REVOKE CREATE ON SCHEMA public FROM {role}"
        yield f"GRANT USAGE ON SCHEMA public TO {role}"
        if sequences:
            # SELECT too, because the worker reads the sequences for a backup.
            yield f"GRANT USAGE, SELECT ON SEQUENCE {', '.join(sequences)} TO {role}"
        for table, rights in tables.items():
            for group in rights.by_process[index].split():
                letters, _, columns = group.partition(":")
                privileges = ", ".join(_WORDS[letter] + (f" ({columns})" if columns else "") for letter in letters)
                yield f"GRANT {privileges} ON public.{table} TO {role}"
    if "pgqueuer" in tables:
        yield _may_write()


DELETION_TRIGGER: Final = "deletion_recorded"
ADDITION_TRIGGER: Final = "addition_recorded"
CHANGE_TRIGGER: Final = "change_recorded"


def addition_triggers() -> Mapping[str, str]:
    """Return the statements that create the triggers which record added rows, keyed by table. Rows that the tables'
    owner adds are not recorded.
    """
    return {
        table: _recording(ADDITION_TRIGGER, "INSERT", table, rights.watched.added, rights.watched.label)
        for table, rights in tables().items()
        if rights.watched is not None
    }


def change_triggers() -> Mapping[str, str]:
    """Return the statements that create the triggers which record changed rows, keyed by table; see
    `addition_triggers`.
    """
    return {
        table: _recording(CHANGE_TRIGGER, "UPDATE", table, rights.watched.changed, rights.watched.label)
        for table, rights in tables().items()
        if rights.watched is not None and rights.watched.changed
    }


def _recording(name: str, event: str, table: str, condition: str, label: str) -> str:
    return (
        f"CREATE TRIGGER {name} AFTER {event} ON public.{table} FOR EACH ROW"
        f" WHEN (({condition}) AND NOT public.umbral_may_write('anything', ''))"
        f" EXECUTE FUNCTION public.umbral_record_addition('{label}')"
    )


def deletion_triggers() -> Mapping[str, str]:
    """Return the statements that create the triggers which record deleted rows, keyed by table: one for each table from
    which a process may delete rows.

    Rows that the tables' owner deletes are not recorded, and neither are rows that PostgreSQL deletes together with a
    row that they reference.
    """
    return {
        table: f"CREATE TRIGGER {DELETION_TRIGGER} AFTER DELETE ON public.{table} FOR EACH ROW"
        f" WHEN (({rights.recorded}) AND NOT public.umbral_may_write('anything', ''))"
        " EXECUTE FUNCTION public.umbral_record_deletion()"
        for table, rights in tables().items()
        if rights.recorded and any("d" in _letters_of(letters) for letters in rights.by_process)
    }


def _letters_of(rights: str) -> str:
    return "".join(group.partition(":")[0] for group in rights.split())


def _may_write() -> str:
    """Return the statement that creates the function called by the triggers, with the cases of `rules`. The function
    allows everything to the tables' owner.
    """
    cases = " ".join(f"WHEN '{what}' THEN {_by_process(names)}" for what, names in rules().items())
    owns = (
        "pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = 'public.customers'::regclass), 'USAGE')"
    )
    body = f"$may$ BEGIN RETURN CASE what {cases} END OR {owns}; END $may$"
    head = "public.umbral_may_write(what text, name text) RETURNS boolean LANGUAGE plpgsql STABLE"
    definition = f"CREATE OR REPLACE FUNCTION {head} SET search_path = pg_catalog AS {body}"
    # The role that runs a later migration may lack the right to create objects in the schema.
    return f"IF ({_MAY_WRITE}) IS DISTINCT FROM {body} THEN {definition}; END IF"


def _by_process(names: Mapping[str, str]) -> str:
    return "(" + " OR ".join(f"({_is(process)}{_in_names(names.get(process))})" for process in PROCESSES) + ")"


def _is(process: str) -> str:
    return f"coalesce(pg_has_role(current_user, to_regrole('{role_of(process)}'), 'USAGE'), false)"


def _in_names(names: str | None) -> str:
    if names is None:
        return ""
    ways = [f"starts_with(name, '{each[:-1]}')" if each[-1] == "*" else f"name = '{each}'" for each in names.split()]
    return f" AND ({' OR '.join(ways) or 'FALSE'})"
