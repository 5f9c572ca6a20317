"""Who is connected: so many places, so many for one address, and who keeps one without a word makes room.

Who goes on with what is no request is not put out: they would be back at once, hundreds of times a second, and each
time costs more than a place. They are kept where they are and nothing of them is read, until their place is wanted.
"""

import resource
from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import chain
from time import monotonic
from typing import Final, Protocol

from web.addresses import Proxies, counted
from web.pace import Pace

MOST: Final = 1000
"""Connections at once. Each costs some twenty kilobytes while it waits."""
FAULT_COSTS: Final = 2.0
"""Seconds that each head which is none takes from an address: nine at once, then one in two seconds."""
HELD_S: Final = 60.0
"""How long nothing of a connection is read, at most."""
SPARE_FILES: Final = 100
"""Open files that are not visitors': the database's connections, logs, certificates."""


class Guest(Protocol):
    """A connection."""

    def cut(self) -> None:
        """End it now."""

    def hold(self, seconds: float) -> None:
        """Read nothing of it for so long, but no longer than one is held; then ask whether it goes on (`forgives`)."""


class Hall:
    """The connections of one server. cut: how many were ended, or held, by reason."""

    def __init__(
        self, proxies: Proxies, per_address: int, places: int | None = None, now: Callable[[], float] = monotonic
    ) -> None:
        """per_address: connections of one address at once; proxies are not counted. places: of all addresses together,
        unless given as many as the system's limit of open files leaves. now: seconds that only go forward."""
        self._proxies = proxies
        self._per_address = per_address
        self._places = _places() if places is None else places
        self._addresses: dict[Guest, str] = {}
        self._waiting: defaultdict[str, dict[Guest, None]] = defaultdict(dict)
        self._silent: dict[Guest, None] = {}
        self._held: dict[Guest, None] = {}
        self._counts: Counter[str] = Counter()
        self._faults = Pace(1, now)
        self.cut: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._addresses)

    def enter(self, guest: Guest, host: str) -> None:
        """Somebody came. Where it is too full, who is held is put out, or who has waited longest without asking for
        anything: what is genuine asks at once. Only where all are being served the newcomer is."""
        address = counted(host)
        self._addresses[guest] = address
        self._counts[address] += 1
        own = self._waiting[address]
        if barred := self._faults.behind(host):
            # One after the other, or they would all be forgiven in the same moment and go on together.
            self._hold(guest, "again", barred + FAULT_COSTS * sum(each in self._held for each in own))
        if host not in self._proxies and self._counts[address] > self._per_address:
            self._put_out(next(iter(own), guest), "address")
        elif len(self._addresses) > self._places:
            self._put_out(next(chain(self._held, self._silent), guest), "full")
        if guest in self._addresses and guest not in self._held:
            self.wait(guest)

    def blame(self, host: str) -> None:
        """From there came no request, but something else or nothing. Who goes on with that is held for a while; a proxy
        is not, for it stands for others."""
        if host not in self._proxies:
            self._faults.wait(host, FAULT_COSTS)

    def tire(self, guest: Guest, host: str, *, began: bool) -> None:
        """Its head took too long. began: some of it came. A browser keeps connections that it does not use yet, and
        comes again when they end; a proxy's serves whoever is next."""
        self.blame(host)
        if began and host not in self._proxies:
            self._hold(guest, "head", HELD_S)
        else:
            self._put_out(guest, "head")

    def forgives(self, guest: Guest, host: str) -> bool:
        """Whether it goes on, now that it has been held: the faults of where it comes from are some time ago."""
        if self._faults.behind(host):
            return False
        self._held.pop(guest, None)
        self.wait(guest)
        return True

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
        self._held.pop(guest, None)
        self._waiting[address].pop(guest, None)
        self._counts[address] -= 1
        if not self._counts[address]:
            del self._counts[address], self._waiting[address]

    def _hold(self, guest: Guest, why: str, seconds: float) -> None:
        self.cut[why] += 1
        self._silent.pop(guest, None)
        self._waiting[self._addresses[guest]][guest] = None
        self._held[guest] = None
        guest.hold(seconds)

    def _put_out(self, guest: Guest, why: str) -> None:
        # Who was held was counted then.
        if guest not in self._held:
            self.cut[why] += 1
        guest.cut()


def _places() -> int:
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return MOST if files == resource.RLIM_INFINITY else max(SPARE_FILES, min(MOST, files - SPARE_FILES))
