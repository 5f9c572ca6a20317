"""Limits on open connections, per address and in total."""

import resource
from collections import Counter, defaultdict
from typing import Final, Protocol

from web.addresses import Proxies, limit_key

MOST: Final = 1000
"""Maximum open connections. Each idle connection takes about thirty kilobytes."""
SPARE_FILES: Final = 100
"""Number of open files reserved for other uses: database connections, logs and certificates."""
TURNS: Final = 4
"""Number of the event loop's turns that pass until a connection beyond the limit is closed. In each turn, a server
accepts as many waiting connections as its queue holds.
"""


class Connection(Protocol):
    """Connection of a visitor."""

    def abort(self) -> None:
        """Close the connection immediately, without a response."""


class ConnectionLimiter:
    """Limiter of one server's open connections. closures: number of connections closed by the limiter, by reason."""

    def __init__(self, proxies: Proxies, per_address: int, total: int | None = None) -> None:
        """Create the limiter.

        per_address: maximum connections per address; proxies are exempt, because they serve many visitors. total:
        maximum connections of all addresses; by default, as many as the system's limit of open files permits.
        """
        self._proxies = proxies
        self._per_address = per_address
        self._total = _affordable() if total is None else total
        self._addresses: dict[Connection, str] = {}
        self._idle: dict[Connection, None] = {}
        self._idle_by_address: defaultdict[str, dict[Connection, None]] = defaultdict(dict)
        self._counts: Counter[str] = Counter()
        self.closures: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._addresses)

    def add(self, connection: Connection, host: str) -> None:
        """Count a new connection. If a limit is exceeded, close the connection that has been idle for the longest time.

        Genuine visitors send a request immediately. The new connection itself is closed only if all others are in use.
        """
        address = limit_key(host)
        self._addresses[connection] = address
        self._counts[address] += 1
        self.idle(connection)
        if host not in self._proxies and self._counts[address] > self._per_address:
            self._close(next(iter(self._idle_by_address[address])), "address")
        elif len(self._addresses) > self._total:
            self._close(next(iter(self._idle)), "full")

    def idle(self, connection: Connection) -> None:
        """Mark a connection as idle, which means that no request is being served."""
        if connection in self._addresses:
            self._idle[connection] = None
            self._idle_by_address[self._addresses[connection]][connection] = None

    def busy(self, connection: Connection) -> None:
        """Mark a connection as busy, so that the limiter does not close it."""
        if connection in self._addresses:
            self._idle.pop(connection, None)
            self._idle_by_address[self._addresses[connection]].pop(connection, None)

    def remove(self, connection: Connection) -> None:
        """Remove a closed connection."""
        address = self._addresses.get(connection)
        if address is None:
            return
        self.busy(connection)
        del self._addresses[connection]
        self._counts[address] -= 1
        if not self._counts[address]:
            del self._counts[address], self._idle_by_address[address]

    def _close(self, connection: Connection, reason: str) -> None:
        self.closures[reason] += 1
        self.remove(connection)
        connection.abort()


def queue_size() -> int:
    """Return the number of connections that may wait to be accepted."""
    return max(16, min(1024, _files() // 16))


def _affordable() -> int:
    return max(SPARE_FILES, min(MOST, _files() - SPARE_FILES - TURNS * queue_size()))


def _files() -> int:
    """Return the maximum number of open files."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return 2**20 if files == resource.RLIM_INFINITY else files
