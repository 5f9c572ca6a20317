"""Which settings each process reads: what it is given where each is given its own and nothing else."""

from subscriptions.bootstrap.processes import PROCESSES
from subscriptions.bootstrap.settings.backup import BackupSettings
from subscriptions.bootstrap.settings.operator import MigrationSettings
from subscriptions.infrastructure.clock import SystemClock
from subscriptions.infrastructure.payments.gateway_factory import GatewayFactory


def by_process() -> dict[str, set[str]]:
    """Names by process, `migrate` among them; those of installed gateways for each that sells."""
    gateways = GatewayFactory({}, SystemClock())
    gateway_names = {item.name for code in gateways.descriptors() for item in gateways.settings(code)}
    reads = {"migrate": set(MigrationSettings.names())}
    for process, kind in PROCESSES.items():
        own = {*kind.names(), f"{process.upper()}_DATABASE_URL"}
        reads[process] = own if process == "userbot" else own | gateway_names
    # Only for who owns the tables.
    reads["worker"] |= set(BackupSettings.names()) - {"DATABASE_MIGRATION_URL"}
    return reads
