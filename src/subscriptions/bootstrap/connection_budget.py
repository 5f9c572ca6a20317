"""Budget of PostgreSQL connections over all processes and their replicas."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from subscriptions.bootstrap.console import CONNECTIONS
from subscriptions.bootstrap.process import environment_of
from subscriptions.bootstrap.processes import PROCESSES, processes_of
from subscriptions.bootstrap.settings.core import FOR_COMMANDS, load
from subscriptions.bootstrap.settings.web import WebSettings
from subscriptions.domain.errors import InvalidInput
from subscriptions.infrastructure.database.address import parse_url


@dataclass(frozen=True)
class Share:
    """Database connections of one kind of process.

    each: connections per replica
    direct: number of these connections that go directly to PostgreSQL even if there is a pooler
    """

    name: str
    replicas: int
    each: int
    direct: int


@dataclass(frozen=True)
class Budget:
    """Connection budget of all processes.

    is_pooled: True if DATABASE_URL is the address of a pooler
    logins: number of different database users
    """

    shares: Sequence[Share]
    is_pooled: bool
    logins: int

    @property
    def total(self) -> int:
        """Number of connections that processes and commands may open, to the pooler if there is one."""
        return sum(share.replicas * share.each for share in self.shares)

    @property
    def direct(self) -> int:
        """Number of connections that PostgreSQL itself must accept, without those that go through a pooler."""
        return sum(share.replicas * (share.direct if self.is_pooled else share.each) for share in self.shares)

    def share_of_login(self, room: int) -> int:
        """Return the number of connections that the pooler may open per database user. `room`: connections that
        PostgreSQL accepts.
        """
        return (room - self.direct) // self.logins

    def fits(self, room: int) -> bool:
        """Return True if PostgreSQL accepts the connections of all processes. With a pooler, PostgreSQL must accept the
        direct connections and at least one more per database user.
        """
        return self.share_of_login(room) >= 1 if self.is_pooled else self.direct <= room

    def explanation(self) -> str:
        """Return a text that lists the connections of each kind of process."""
        return ", ".join(
            f"{share.name} {share.each}" if share.replicas == 1 else f"{share.name} {share.replicas} × {share.each}"
            for share in self.shares
            if share.replicas
        )


def budget(environ: Mapping[str, str], replicas: Mapping[str, int]) -> Budget:
    """Compute the budget from the settings. `replicas`: number of replicas keyed by process, by default one each.

    Raises SettingsError.
    """
    settings_by_process = {
        name: load(kind, environment_of(name, environ)) for name, kind in processes_of(environ).items()
    }
    shares = [
        Share(name, replicas.get(name, 1), each.database_connections, each.queue_connections)
        for name, each in settings_by_process.items()
    ]
    logins = {parse_url(each.database_url.get_secret_value()).username for each in settings_by_process.values()}
    web = settings_by_process["web"]
    if isinstance(web, WebSettings) and web.console_database_url is not None and web.console != "off":
        shares.append(Share("console", replicas.get("web", 1), CONNECTIONS, 0))
        logins.add(parse_url(web.console_database_url.get_secret_value()).username)
    shares.append(Share("commands", 1, FOR_COMMANDS, FOR_COMMANDS))
    return Budget(shares, any(each.is_pooled for each in settings_by_process.values()), len(logins))


def read_replicas(text: str) -> Mapping[str, int]:
    """Parse a text like `web=2,worker=4` into replicas keyed by process. Raises InvalidInput("--replicas")."""
    counts = {}
    for part in filter(None, map(str.strip, text.split(","))):
        name, _, number = part.partition("=")
        if name not in PROCESSES or not number.isdecimal():
            raise InvalidInput("--replicas", f"must read like web=2,worker=4; processes are {', '.join(PROCESSES)}")
        counts[name] = int(number)
    return counts
