"""Settings read by each process, for passing each process only its own."""

from collections.abc import Mapping

from subscriptions.bootstrap.processes import PROCESSES
from subscriptions.bootstrap.settings.backup import BackupSettings
from subscriptions.bootstrap.settings.operator import MigrationSettings
from subscriptions.infrastructure.clock import SystemClock
from subscriptions.infrastructure.payments.gateway_factory import GatewayFactory


def by_process(environ: Mapping[str, str] | None = None) -> dict[str, set[str]]:
    """Return the names of settings by process, including `migrate`; settings of installed gateways for each process
    that sells.

    environ: exclude other processes' secrets that only disabled payment methods need
    """
    gateways = GatewayFactory({}, SystemClock())
    gateway_names = {item.name for code in gateways.descriptors() for item in gateways.settings(code)}
    withheld = set[str]() if environ is None else _secrets_of_others(environ)
    reads = {"migrate": set(MigrationSettings.names())}
    for process, kind in PROCESSES.items():
        own = {*kind.names(), f"{process.upper()}_DATABASE_URL"}
        reads[process] = own if process == "userbot" else own | (gateway_names - withheld)
    # Only for the owner of the tables.
    reads["worker"] |= set(BackupSettings.names()) - {"DATABASE_MIGRATION_URL"}
    return reads


def withheld_names(environ: Mapping[str, str]) -> dict[str, set[str]]:
    """Return by process the names that `by_process` excludes for these settings."""
    whole, given = by_process(), by_process(environ)
    return {process: names - given[process] for process, names in whole.items()}


def _secrets_of_others(environ: Mapping[str, str]) -> set[str]:
    """Return the secrets of processes that otherwise only disabled payment methods need."""
    gateways = GatewayFactory(environ, SystemClock())
    wanted = {*gateways.enabled_names(), *gateways.problems()}
    names: dict[bool, set[str]] = {True: set(), False: set()}
    for code in gateways.descriptors():
        names[code in wanted] |= {item.name for item in gateways.settings(code)}
    secrets = {
        name
        for kind in PROCESSES.values()
        for name, field in kind.names().items()
        if "SecretStr" in str(field.annotation)
    }
    return secrets & (names[False] - names[True])
