"""Limits on open connections, and the choice of the connection to close when a limit is reached."""

from __future__ import annotations

from web.addresses import OWN_NETWORKS, Proxies
from web.connections import ConnectionLimiter

STRANGER, VISITOR, PROXY = "203.0.113.66", "203.0.113.9", "10.0.0.1"


class Visit:
    """Connection that records whether it was closed."""

    def __init__(self, limiter: ConnectionLimiter, host: str) -> None:
        self.closed = False
        limiter.add(self, host)

    def abort(self) -> None:
        self.closed = True


def closed(visits: list[Visit]) -> list[bool]:
    return [visit.closed for visit in visits]


def test_address_with_too_many_connections_loses_its_longest_idle_connection() -> None:
    limiter = ConnectionLimiter(Proxies(), per_address=2, total=100)
    first, second = [Visit(limiter, STRANGER) for _ in range(2)]
    limiter.busy(first)
    third = Visit(limiter, STRANGER)
    assert closed([first, second, third]) == [False, True, False]
    limiter.idle(first)
    fourth = Visit(limiter, STRANGER)
    assert closed([first, third, fourth]) == [False, True, False]
    assert not Visit(limiter, VISITOR).closed
    assert limiter.closures == {"address": 2}


def test_full_server_closes_the_longest_idle_connection_but_no_active_connection() -> None:
    limiter = ConnectionLimiter(Proxies(), per_address=100, total=3)
    served, idle, other = [Visit(limiter, host) for host in (VISITOR, STRANGER, STRANGER)]
    limiter.busy(served)
    late = Visit(limiter, "198.51.100.1")
    assert closed([served, idle, other, late]) == [False, True, False, False]
    for each in (other, late):
        limiter.busy(each)
    assert Visit(limiter, "198.51.100.2").closed
    assert len(limiter) == 3
    assert limiter.closures == {"full": 2}


def test_trusted_proxy_may_exceed_the_connection_limit_per_address() -> None:
    limiter = ConnectionLimiter(Proxies(OWN_NETWORKS), per_address=1, total=10)
    assert not any(Visit(limiter, PROXY).closed for _ in range(5))


def test_closed_connection_no_longer_counts_towards_the_limits() -> None:
    limiter = ConnectionLimiter(Proxies(), per_address=1, total=10)
    for _ in range(3):
        visit = Visit(limiter, VISITOR)
        limiter.remove(visit)
        limiter.remove(visit)
        limiter.idle(visit)
        assert not visit.closed
    assert len(limiter) == 0
    assert not limiter.closures
