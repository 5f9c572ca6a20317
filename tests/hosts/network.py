"""Network namespaces as machines on one switch, with links that can be cut, slowed and repaired. Requires root on
Linux.

The addresses are in 127.77.0.0/24, which the kernel is configured to route. The sandbox and the product accept loopback
addresses only, and here these addresses are used between machines. No packet can leave this computer.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Final

from umbral.demo.child_process import ChildProcess, Starter

HOSTS: Final[Mapping[str, str]] = {
    "hand": "127.77.0.1",
    "front": "127.77.0.2",
    "back": "127.77.0.3",
    "world": "127.77.0.4",
    "data": "127.77.0.5",
    "spare": "127.77.0.6",
}
"""Addresses by machine. hand: the driver, whose links are never cut; front: web and bot; back: worker and userbot;
world: Telegram and the providers; data: PostgreSQL; spare: its standby.
"""
DATABASE: Final = "127.77.0.100"
"""Address of the machine with the primary database."""
_NOBODYS: Final = "02:00:00:00:00:01"
_DELAY_MS: Final = 150
_FLAP_S: Final = 0.25


class Network:
    """The machines and the state of the links between them."""

    def __init__(self, mark: str) -> None:
        """mark: prefix of the namespaces' names."""
        self.mark = mark
        self._stop = Event()
        self._flapping: list[Thread] = []

    def name(self, host: str) -> str:
        """Return the namespace of a host."""
        return f"umbral-{self.mark}-{host}"

    def make(self) -> None:
        """Create the machines. Each machine can reach all others."""
        switch = self.name("switch")
        _run("ip", "netns", "add", switch)
        _run("ip", "-n", switch, "link", "add", "lan", "type", "bridge")
        _run("ip", "-n", switch, "link", "set", "lan", "up")
        for host, address in HOSTS.items():
            name = self.name(host)
            _run("ip", "netns", "add", name)
            _run("ip", "-n", switch, "link", "add", host, "type", "veth", "peer", "name", "lan", "netns", name)
            _run("ip", "-n", switch, "link", "set", host, "master", "lan", "up")
            _run("ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv4.conf.all.route_localnet=1")
            _run("ip", "-n", name, "link", "set", "lo", "up")
            _run("ip", "-n", name, "address", "del", "127.0.0.1/8", "dev", "lo")
            _run("ip", "-n", name, "address", "add", "127.0.0.1/32", "dev", "lo")
            _run("ip", "-n", name, "address", "add", f"{address}/24", "dev", "lan")
            _run("ip", "-n", name, "link", "set", "lan", "up")

    def remove(self) -> None:
        """Remove all namespaces."""
        self._stop.set()
        for thread in self._flapping:
            thread.join()
        for host in ("switch", *HOSTS):
            _run("ip", "netns", "del", self.name(host), check=False)

    def starter(self, host: str) -> Starter:
        """Return a function that starts processes on a host."""

        def start(command: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None) -> ChildProcess:
            return ChildProcess(["ip", "netns", "exec", self.name(host), *command], log=log, env=env)

        return start

    def cut(self, one: str, other: str) -> None:
        """Drop all packets between two hosts from now on, without an error on either host."""
        for host, peer in ((one, other), (other, one)):
            for address in self._addresses(peer):
                entry = ["neigh", "replace", address, "lladdr", _NOBODYS, "dev", "lan", "nud", "permanent"]
                _run("ip", "-n", self.name(host), *entry)

    def mend(self, one: str, other: str) -> None:
        """Restore the link between two hosts."""
        for host, peer in ((one, other), (other, one)):
            for address in self._addresses(peer):
                _run("ip", "-n", self.name(host), "neigh", "del", address, "dev", "lan", check=False)

    def lose(self, host: str) -> None:
        """Disconnect a host from the switch."""
        _run("ip", "-n", self.name("switch"), "link", "set", host, "nomaster")

    def serve_database(self, host: str) -> None:
        """Move the database's address to a host and flush the others' neighbour caches."""
        _run("ip", "-n", self.name(host), "address", "add", f"{DATABASE}/24", "dev", "lan")
        for each in HOSTS:
            _run("ip", "-n", self.name(each), "neigh", "flush", "dev", "lan", check=False)

    @contextmanager
    def slow(self, host: str) -> Iterator[str]:
        """Slow down the link of a host during the block. Yields a description of the fault."""
        delay = ["root", "netem", "delay", f"{_DELAY_MS}ms"]
        if _run("tc", "-n", self.name(host), "qdisc", "add", "dev", "lan", *delay, check=False):
            yield f"{_DELAY_MS} ms later"
            _run("tc", "-n", self.name(host), "qdisc", "del", "dev", "lan", "root")
            return
        # Without netem in the kernel packets cannot be delayed; lost packets are delayed by their retransmission.
        over = Event()
        thread = Thread(target=self._flap, args=(host, over), daemon=True)
        self._flapping.append(thread)
        thread.start()
        yield f"lost for {_FLAP_S} s in every {2 * _FLAP_S} (this kernel has no netem)"
        over.set()
        thread.join()

    def _flap(self, host: str, over: Event) -> None:
        switch = self.name("switch")
        while not over.is_set() and not self._stop.is_set():
            _run("ip", "-n", switch, "link", "set", host, "nomaster")
            self._stop.wait(_FLAP_S)
            _run("ip", "-n", switch, "link", "set", host, "master", "lan")
            over.wait(_FLAP_S)

    def _addresses(self, host: str) -> Sequence[str]:
        return (HOSTS[host], DATABASE) if host == "data" else (HOSTS[host],)


def _run(*command: str, check: bool = True) -> bool:
    return subprocess.run(command, check=check, capture_output=not check).returncode == 0
