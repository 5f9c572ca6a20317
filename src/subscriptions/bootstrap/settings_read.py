"""Names of the settings that each process reads, so that a process can be given only its own settings."""

from collections.abc import Mapping

from subscriptions.bootstrap.processes import PROCESSES
from subscriptions.bootstrap.settings.backup import BackupSettings
from subscriptions.bootstrap.settings.operator import MigrationSettings
from subscriptions.infrastructure.clock import SystemClock
from subscriptions.infrastructure.payments.gateway_factory import GatewayFactory


def by_process(environ: Mapping[str, str] | None = None) -> dict[str, set[str]]:
    """Return the names of the settings that each process reads, keyed by process and including `migrate`. Processes
    that sell also read the settings of the installed payment gateways.

    `environ`: settings of an installation. If given, a gateway's setting that is also a secret of a process is left out
        unless an enabled payment method needs it.
    """
    gateways = GatewayFactory({}, SystemClock())
    gateway_names = {item.name for code in gateways.descriptors() for item in gateways.settings(code)}
    withheld = set[str]() if environ is None else _secrets_of_others(environ)
    reads = {"migrate": set(MigrationSettings.names())}
    for process, kind in PROCESSES.items():
        own = {*kind.names(), f"{process.upper()}_DATABASE_URL"}
        reads[process] = own if process == "userbot" else own | (gateway_names - withheld)
    # Only the owner of the tables reads these.
    reads["worker"] |= set(BackupSettings.names()) - {"DATABASE_MIGRATION_URL"}
    return reads


def withheld_names(environ: Mapping[str, str]) -> dict[str, set[str]]:
    """Return the names that `by_process` leaves out for these settings, keyed by process."""
    whole, given = by_process(), by_process(environ)
    return {process: names - given[process] for process, names in whole.items()}


def _secrets_of_others(environ: Mapping[str, str]) -> set[str]:
    """Return the gateways' settings that are also secrets of one of the processes, and that no enabled payment method
    needs.
    """
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
