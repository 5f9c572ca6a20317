"""Who is connected: so many places, so many for one address, and who keeps one without a word makes room."""

import resource
from collections import Counter, defaultdict
from typing import Final, Protocol

from web.addresses import Proxies, counted
from web.pace import Pace

MOST: Final = 1000
"""Connections at once. Each costs some twenty kilobytes while it waits."""
FAULT_COSTS: Final = 2.0
"""Seconds that each head which is none takes from an address: nine at once, then one in two seconds."""
SPARE_FILES: Final = 100
"""Open files that are not visitors': the database's connections, logs, certificates."""


class Guest(Protocol):
    """A connection."""

    def cut(self, why: str) -> None:
        """End it now."""


class Hall:
    """The connections of one server. cut: how many were ended, by reason."""

    def __init__(self, proxies: Proxies, per_address: int, places: int | None = None) -> None:
        """per_address: connections of one address at once; proxies are not counted. places: of all addresses together,
        unless given as many as the system's limit of open files leaves."""
        self._proxies = proxies
        self._per_address = per_address
        self._places = _places() if places is None else places
        self._addresses: dict[Guest, str] = {}
        self._waiting: defaultdict[str, dict[Guest, None]] = defaultdict(dict)
        self._silent: dict[Guest, None] = {}
        self._counts: Counter[str] = Counter()
        self._faults = Pace(1)
        self.cut: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._addresses)

    def enter(self, guest: Guest, host: str) -> None:
        """Somebody came. Where it is too full, who has waited longest without asking for anything is put out: what is
        genuine asks at once. Only where all are being served the newcomer is."""
        address = counted(host)
        self._addresses[guest] = address
        self._counts[address] += 1
        own = self._waiting[address]
        if self._faults.is_behind(host):
            guest.cut("again")
        elif host not in self._proxies and self._counts[address] > self._per_address:
            next(iter(own), guest).cut("address")
        elif len(self._addresses) > self._places:
            next(iter(self._silent), guest).cut("full")
        if guest in self._addresses:
            self.wait(guest)

    def blame(self, host: str) -> None:
        """From there came no request, but something else or nothing. Who goes on with that is not let in for a while;
        a proxy is, for it stands for others."""
        if host not in self._proxies:
            self._faults.wait(host, FAULT_COSTS)

    def wait(self, guest: Guest) -> None:
        """It asks for nothing (yet)."""
        self._waiting[self._addresses[guest]][guest] = None
        self._silent[guest] = None

    def serve(self, guest: Guest) -> None:
        """It asked for something, so nobody takes its place."""
        self._silent.pop(guest, None)
        self._waiting[self._addresses[guest]].pop(guest, None)

    def leave(self, guest: Guest) -> None:
        """It went, or was put out."""
        address = self._addresses.pop(guest, None)
        if address is None:
            return
        self._silent.pop(guest, None)
        self._waiting[address].pop(guest, None)
        self._counts[address] -= 1
        if not self._counts[address]:
            del self._counts[address], self._waiting[address]


def _places() -> int:
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return MOST if files == resource.RLIM_INFINITY else max(SPARE_FILES, min(MOST, files - SPARE_FILES))
