"""Checks by `umbral doctor` of the settings of each process, and of the data in the database. Checks of external
services are in `checks`.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from difflib import get_close_matches
from typing import Final

from subscriptions.application.catalog.plan_catalog import missing_of
from subscriptions.application.catalog.site import in_force
from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.application.dto.jobs import ACCOUNT_JOBS
from subscriptions.application.dto.rooms import declared_by, load_rooms
from subscriptions.application.feature_failures import FAILURES, PATIENCE_S, reason_of
from subscriptions.application.features import Feature
from subscriptions.application.texts.text_rules import unnamed_facts
from subscriptions.application.vip.seal_codes import void_codes
from subscriptions.bootstrap.backup_clock import are_wanted
from subscriptions.bootstrap.checks.backups import report_of_backups
from subscriptions.bootstrap.connection_budget import Budget, budget
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.features import installed
from subscriptions.bootstrap.keyed import code_seal
from subscriptions.bootstrap.new_settings import setting_names
from subscriptions.bootstrap.operator import OperatorContainer, operator
from subscriptions.bootstrap.process import environment_of
from subscriptions.bootstrap.processes import PROCESSES, has_userbot, processes_of
from subscriptions.bootstrap.sealed_settings import KEY_FILE
from subscriptions.bootstrap.sealed_settings import sources as sources_of_settings
from subscriptions.bootstrap.settings.backup import BackupSettings
from subscriptions.bootstrap.settings.core import CoreSettings, SettingsError, load
from subscriptions.bootstrap.settings.operator import MigrationSettings
from subscriptions.bootstrap.settings.telegram import UserbotSettings
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.custom_text import CustomText
from subscriptions.domain.entities.resource import VIP
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.errors import InvalidInput, UmbralError
from subscriptions.domain.ids import PlanId
from subscriptions.domain.ports.repositories.vip import VIP_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.promise_policy import promises_of
from subscriptions.infrastructure.clock import FollowingClock, SystemClock
from subscriptions.infrastructure.database.address import connect_options, ignored_parameters, parse_url
from subscriptions.infrastructure.database.engine import is_pooled
from subscriptions.infrastructure.database.errors import explain_errors
from subscriptions.infrastructure.database.figures import connections_for_us
from subscriptions.infrastructure.database.roles import can_do_all, is_superuser
from subscriptions.infrastructure.environment import IN_FILE
from subscriptions.infrastructure.payments.gateway_factory import GatewayFactory
from subscriptions.infrastructure.telegram.session_vault import SessionVault

_ADDRESS_SETTINGS: Final = {
    attribute: str(field.validation_alias) for attribute, field in MigrationSettings.model_fields.items()
}
_ALIKE: Final = 0.85
"""Minimum similarity of an unknown name to a known one for suggesting the known name."""


def report(environ: Mapping[str, str]) -> Sequence[str]:
    """Return a line per setting to fix, naming the processes that need the setting; empty if all settings are valid."""
    needed_by: dict[tuple[str, str], list[str]] = {}
    for process, kind in processes_of(environ).items():
        for problem in _lines_of(kind, environ):
            needed_by.setdefault(problem, []).append(process)
    for problem in _backups(environ):
        needed_by.setdefault(problem, []).append("backup")
    lines = [f"{name}: {what} ({', '.join(who)})" for (name, what), who in sorted(needed_by.items())]
    return lines + _other_addresses(environ) + _payment_methods(environ)


def report_of_addresses(environ: Mapping[str, str]) -> Sequence[str]:
    """Return a line for each database URL with parameters that other clients read and Umbral ignores."""
    try:
        ignored = {name: ignored_parameters(address) for name, address in _addresses(environ).items()}
    except UmbralError:
        return []
    return [
        f"{name}: the address says {', '.join(parameters)}, which other clients read and Umbral does not"
        for name, parameters in ignored.items()
        if parameters
    ]


def report_of_names(environ: Mapping[str, str]) -> Sequence[str]:
    """Return a line for each unknown variable whose name looks like a setting of Umbral or of a provider."""
    names = setting_names()
    names |= {*_ADDRESS_SETTINGS.values(), *BackupSettings.names(), KEY_FILE}
    names |= {f"{name}{IN_FILE}" for name in names}
    prefixes = tuple(f"{code.upper()}_" for code in GatewayFactory({}, SystemClock()).descriptors())
    lines = []
    for name in sorted(set(environ) - names):
        alike = get_close_matches(name, names, 1, _ALIKE)
        if alike or name.startswith(prefixes):
            lines.append(
                f"{name}: is no setting, so nobody reads it" + (f"; did you mean {alike[0]}?" if alike else "")
            )
    return lines


def report_of_terms(environ: Mapping[str, str]) -> Sequence[str]:
    """Return a line if customers cannot see the date from which the terms apply. Empty if the settings are invalid."""
    try:
        settings = load(CoreSettings, environ)
    except SettingsError:
        return []
    if in_force(settings.terms_version, settings.terms_since) is not None:
        return []
    return [
        f"terms: since when are they in force? Their page says «{settings.terms_version}» alone; name the day in "
        "TERMS_SINCE, as 2026-11-22, for which nobody has to accept them again. When they change, a TERMS_VERSION that "
        "is a day asks everybody, and says it too"
    ]


def report_of_features() -> Sequence[str]:
    """Return a line with the remedy for each installed package whose feature is left out."""
    return [
        f"feature {name}: {each.package} is left out: {each.reason}. {each.remedy}"
        for name, each in sorted(installed().refused.items())
    ]


async def report_of_sources(environ: Mapping[str, str]) -> Sequence[str]:
    """Return lines that name the settings entered in the browser, and the entered settings that the environment
    overrides; empty if there are none, or if the database does not answer.
    """
    try:
        found = await sources_of_settings(environ)
    except UmbralError:
        return []
    if found is None:
        return []
    if found.is_open:
        site = environ.get("WEB_BASE_URL", "").strip().rstrip("/")
        return [
            f"setup: it is open at {site}/setup, and nothing is sold before it is finished; the log of `web` shows the"
            " code"
        ]
    lines = [f"settings entered in the browser: {', '.join(found.in_force)}"] * bool(found.in_force)
    overrides = f"settings entered in the browser that the environment overrides: {', '.join(found.overridden)}"
    return lines + [overrides] * bool(found.overridden)


async def report_of_unreadable(environ: Mapping[str, str]) -> Sequence[str]:
    """Return a line about the settings entered in the browser that the key does not open, with the remedy; empty if the
    key opens all of them, or if the database does not answer.
    """
    try:
        found = await sources_of_settings(environ)
    except InvalidInput as error:
        return [f"{error.field}: {error.problem}"] if error.field == KEY_FILE else []
    except UmbralError:
        return []
    if found is None or not found.unreadable:
        return []
    names = ", ".join(sorted(found.unreadable))
    if not found.in_force and not found.overridden:
        return [
            f"{KEY_FILE}: this key opens none of the settings entered in the browser ({names}): it is not the key of"
            " this database. Put back the one of then: docs/backups.md, Put back the key of the settings"
        ]
    return [
        f"{KEY_FILE}: the key does not open {names}, so they are left out. Nobody entered them on your pages: enter the"
        " keys of a payment method again in the console (Settings, Payments), and change every database password"
        " (docs/security.md, If somebody has a process's password)"
    ]


async def report_of_database(environ: Mapping[str, str], replicas: Mapping[str, int] | None = None) -> Sequence[str]:
    """Return lines about database privileges, backups, the VIP channel, and other stored data; empty if the database
    does not answer.

    `replicas`: number of replicas keyed by process, for the connection budget.
    """
    counted_budget = budget(environ, replicas or {})
    try:
        if pooler := await _of_pooler(load(CoreSettings, environ)):
            return pooler
        async with operator(environ) as container:
            rights = await _of_rights(container, environ)
            features = _of_features(container.core.features().now.left)
            idle = _of_jobs(await container.jobs().waiting(), container.core.installed().features)
            room = await connections_for_us(container.core.engine())
            sources, now = await sources_of_settings(environ), container.core.clock().now()
            backups = await report_of_backups(environ, container.units(), sources, now)
            async with container.units()() as uow:
                channel = await uow.of(VIP_KEY).channel()
                plans = await uow.plans.all()
                missing = await missing_of(uow, plans)
                promises = _of_promises(plans, container.core.policy().promises)
                texts = _of_texts(await uow.texts.all())
                seal = code_seal(container.core.settings())
                void = await void_codes(uow, seal, now)
                seen = await _seen_by_features(container.core, uow)
    except UmbralError:
        return []
    checks = [
        *_of_connections(counted_budget, room, replicas is not None),
        *backups,
        *_of_codes(void),
        *promises,
        *texts,
        *features,
        *idle,
    ]
    return [*rights, *checks, *_of_plans(plans, missing), *_of_vip(channel, userbot=has_userbot(environ)), *seen]


def _of_features(left: Mapping[str, Mapping[str, int]]) -> list[str]:
    return [
        f"feature {name}: off, and draining until nothing is left of it: "
        + ", ".join(f"{count} {what}" for what, count in counts.items())
        for name, counts in sorted(left.items())
    ]


def _of_jobs(waiting: Mapping[str, int], features: Mapping[str, Feature]) -> list[str]:
    """Return a line for each kind of queued job that has no handler because its feature was uninstalled."""
    load_rooms()
    known = {each.name for each in JobPayload.__subclasses__()}
    known |= {name for feature in features.values() for name in feature.jobs}
    return [
        f"jobs: {count} of {name} wait, and nothing that is installed carries them out; install their feature again, "
        "or drop them with `umbral jobs drop`"
        for name, count in waiting.items()
        if name not in known and not name.startswith(ACCOUNT_JOBS)
    ]


def _of_plans(plans: Sequence[ServicePlan], missing: Mapping[PlanId, Sequence[str]]) -> list[str]:
    return [
        f"plan {plan.soft_id}: on offer and not sold, for nobody can enter {', '.join(missing[plan.id])}; "
        + ("set up the VIP channel (VIP_CHANNEL_ID, or the panel), or " if VIP in missing[plan.id] else "")
        + "choose a chat for it, or change what the plan opens"
        for plan in plans
        if missing[plan.id]
    ]


async def _of_rights(container: OperatorContainer, environ: Mapping[str, str]) -> Sequence[str]:
    own = {
        process: load(CoreSettings, environment_of(process, environ)).database_url for process in processes_of(environ)
    }
    logins = {process: parse_url(url.get_secret_value()).username for process, url in own.items()}
    async with container.core.engine().connect() as connection:
        owners = {name for name in filter(None, logins.values()) if await connection.run_sync(can_do_all, name)}
        has_superuser = await connection.run_sync(is_superuser)
    free = [process for process, name in logins.items() if name in owners]
    over = [
        "rights: the tables' owner is a superuser of PostgreSQL, so its password is worth the whole server; give the"
        " tables an owner who is none (docs/upgrading.md, An owner without superuser rights)"
    ] * bool(has_superuser)
    return over + [
        f"rights: {', '.join(free)} may do everything in the database; give each a login of its own, "
        "WEB_DATABASE_URL and so on, and run `umbral migrate` (docs/database.md, A login for each process)"
    ] * bool(free)


def _of_connections(budget: Budget, room: int, is_counted: bool) -> list[str]:
    """Check that the processes and one operator command fit into the connection limit. `is_counted`: also return a line
    if they fit.
    """
    sums = f"database: {budget.total} connections may be opened ({budget.explanation()})"
    if budget.is_pooled:
        sums += f" by way of the pooler, whose max_client_conn must be as many; {budget.direct} go past it"
    if not budget.fits(room):
        return [f"{sums}, and PostgreSQL takes {room}; raise its max_connections, or lower …_DATABASE_CONNECTIONS"]
    if budget.is_pooled:
        sums += (
            f", which leaves it a default_pool_size of {budget.share_of_login(room)} for each of {budget.logins} logins"
        )
    return [f"{sums}, and PostgreSQL takes {room}"] * is_counted


async def _of_pooler(settings: CoreSettings) -> list[str]:
    """Return a line if a database URL that should lead directly to PostgreSQL leads to a pooler. In that case no
    further checks are possible.
    """
    direct = settings.database_direct_url
    with explain_errors():
        is_hidden = await is_pooled((direct or settings.database_url).get_secret_value())
    if not is_hidden:
        return []
    if direct is None:
        return [
            "database: DATABASE_URL leads to a pooler such as PgBouncer, through which nobody can wait for jobs; "
            "put the address of PostgreSQL itself into DATABASE_DIRECT_URL, for every process"
        ]
    return ["database: DATABASE_DIRECT_URL leads to a pooler too; put the address of PostgreSQL itself there"]


def _of_promises(plans: Sequence[ServicePlan], phrases: Sequence[str]) -> list[str]:
    words = {plan.soft_id: ", ".join(promises_of(plan, phrases)) for plan in plans}
    return [
        f"plans: {soft_id} promises certainty ({promises}); nobody can keep that and many laws forbid it: "
        "say it otherwise"
        for soft_id, promises in words.items()
        if promises
    ]


def _of_texts(texts: Sequence[CustomText]) -> list[str]:
    """Return a line for each custom text that lacks a required placeholder; an older release accepted such texts."""
    missing_names = {str(text.id): unnamed_facts(text.key, text.text) for text in texts}
    return [
        f"texts: {text_id} does not say {', '.join(f'{{{name}}}' for name in names)}, so that is added at its end; "
        f"write it where you want it: `umbral staff edit-text {text_id}`, or the panel"
        for text_id, names in missing_names.items()
        if names
    ]


def _of_codes(void: int) -> list[str]:
    return [
        f"codes: {void} that nobody used were sealed by another PICK_MARK_KEY and open nothing; put that key back, or "
        "make others (docs/backups.md)"
    ] * bool(void)


def _of_vip(channel: Channel | None, *, userbot: bool) -> list[str]:
    if channel is not None and channel.account_id is None and userbot:
        return [
            "VIP channel: no account of the pool sees who asks to join; make one an admin there that may invite people "
            "(optional: a request the bot was never told of then waits until its customer asks for a fresh link)"
        ]
    return []


async def _seen_by_features(core: CoreContainer, uow: UnitOfWork) -> list[str]:
    """Return the lines of the checks that features declare as `DATABASE_CHECKS` in their module `checks`. Features that
    are off are skipped, except those that still have obligations.
    """
    loaded, now = core.features().now.loaded, core.clock().now()
    lines = list[str]()
    for name, checks in declared_by("checks", "DATABASE_CHECKS").items():
        for check in checks if name in loaded else ():
            try:
                async with asyncio.timeout(PATIENCE_S), uow.attempt():
                    lines += await check(uow, now)
            except Exception as error:
                FAILURES.add(name, "checks", error)
                lines.append(f"feature {name}: its check failed: {reason_of(error)}")
    return lines


def _lines_of(kind: type[CoreSettings], environ: Mapping[str, str]) -> list[tuple[str, str]]:
    try:
        settings = load(kind, environ)
    except SettingsError as error:
        return sorted(error.problems.items())
    problems = []
    try:
        connect_options(settings.database_url.get_secret_value())
        if settings.clock_url:
            FollowingClock(settings.clock_url)
        problems += _of_feature_checks(kind, settings)
        if isinstance(settings, UserbotSettings):
            SessionVault(settings.session_key.get_secret_value())
    except InvalidInput as error:
        problems.append((error.field, error.problem))
    return problems


def _of_feature_checks(kind: type[CoreSettings], settings: CoreSettings) -> list[tuple[str, str]]:
    """Return the problems that the features' checks find in the settings. A check that fails with an unexpected error
    is returned as a problem of its feature.
    """
    problems = []
    for name, checks in declared_by("checks", "SETTINGS_CHECKS").items():
        try:
            for process, check in checks:
                if PROCESSES[process] is kind:
                    check(settings)
        except InvalidInput as error:
            problems.append((error.field, error.problem))
        except Exception as error:
            FAILURES.add(name, "checks", error)
            problems.append((f"feature {name}", f"its check failed: {reason_of(error)}"))
    return problems


def _addresses(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return the configured database URLs keyed by setting. Raises SettingsError."""
    settings = load(MigrationSettings, environ)
    values = {name: getattr(settings, attribute) for attribute, name in _ADDRESS_SETTINGS.items()}
    return {name: value.get_secret_value() for name, value in values.items() if value is not None}


def _other_addresses(environ: Mapping[str, str]) -> list[str]:
    """Return the problems of database URLs other than DATABASE_URL, which is checked for each process."""
    lines = []
    with suppress(SettingsError):
        for name, address in _addresses(environ).items():
            try:
                connect_options(address)
            except InvalidInput as error:
                lines += [f"{name}: {error.problem}"] * (name != error.field)
    return lines


def _backups(environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the problems of the backup settings; empty if backups are not configured."""
    try:
        if are_wanted(environ):
            load(BackupSettings, environ)
    except SettingsError as error:
        return sorted(error.problems.items())
    return []


def _payment_methods(environ: Mapping[str, str]) -> list[str]:
    try:
        gateways = GatewayFactory(environ, SystemClock())
    except InvalidInput as error:
        return [line for line in str(error).splitlines() if line.strip()]
    lines = [
        f"{name}: {what} (payment method {code} is left out)"
        for code, wrong in gateways.problems().items()
        for name, what in wrong
    ]
    if gateways.enabled_names():
        return lines
    codes = ", ".join(gateways.descriptors()) or "none"
    return [*lines, f"payment methods: none is configured, so nothing can be sold (installed: {codes})"]
