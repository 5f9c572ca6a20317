"""Who is let in, who is held without being heard, and who makes room."""

from __future__ import annotations

from collections.abc import Iterable

from web.addresses import OWN_NETWORKS, Proxies
from web.hall import FAULT_COSTS, HELD_S, Guest, Hall

STRANGER, VISITOR, PROXY = "203.0.113.66", "203.0.113.9", "10.0.0.1"


class Connection(Guest):
    """Notes what becomes of it."""

    def __init__(self, hall: Hall, host: str) -> None:
        self._hall = hall
        self.held, self.ended = list[float](), False
        hall.enter(self, host)

    def cut(self) -> None:
        self.ended = True
        self._hall.leave(self)

    def hold(self, seconds: float) -> None:
        self.held.append(seconds)


class Watch:
    """Time by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def ended(guests: Iterable[Connection]) -> list[bool]:
    return [each.ended for each in guests]


def barred(hall: Hall, host: str) -> Hall:
    for _ in range(12):
        hall.blame(host)
    return hall


def test_who_comes_with_faults_is_held_and_let_go_one_after_the_other() -> None:
    watch = Watch()
    hall = barred(Hall(Proxies(), 100, 100, watch), STRANGER)
    crowd = [Connection(hall, STRANGER) for _ in range(3)]
    assert ended(crowd) == [False] * 3
    (first,), (second,), (third,) = (each.held for each in crowd)
    assert 0 < first <= FAULT_COSTS
    assert (second, third) == (first + FAULT_COSTS, first + 2 * FAULT_COSTS)
    assert not Connection(hall, VISITOR).held
    assert not hall.forgives(crowd[0], STRANGER)
    watch.now += first
    assert hall.forgives(crowd[0], STRANGER)
    # Its fault is the next one's, too.
    hall.blame(STRANGER)
    assert not hall.forgives(crowd[1], STRANGER)
    assert hall.cut == {"again": 3}


def test_who_is_held_makes_room_before_who_only_rests() -> None:
    hall = barred(Hall(Proxies(), 100, 4, Watch()), STRANGER)
    visitor, *held = (Connection(hall, host) for host in (VISITOR, STRANGER, STRANGER))
    busy = Connection(hall, VISITOR)
    hall.serve(busy)
    late = [Connection(hall, f"198.51.100.{number}") for number in range(3)]
    assert ended(held) == [True, True]
    # Then who has waited longest, and nobody who is being served.
    assert (visitor.ended, busy.ended, ended(late)) == (True, False, [False] * 3)
    assert hall.cut == {"again": 2, "full": 1}


def test_who_comes_with_faults_takes_nobodys_place() -> None:
    hall = barred(Hall(Proxies(), 100, 2, Watch()), STRANGER)
    visitors = [Connection(hall, VISITOR) for _ in range(2)]
    crowd = [Connection(hall, STRANGER) for _ in range(3)]
    assert (ended(visitors), ended(crowd)) == ([False] * 2, [True] * 3)
    assert len(hall) == 2


def test_a_head_that_began_and_has_no_end_is_held_but_no_silence_and_no_proxys() -> None:
    hall = Hall(Proxies(OWN_NETWORKS), 100, 100, Watch())
    slow, silent, proxied = (Connection(hall, host) for host in (STRANGER, STRANGER, PROXY))
    hall.tire(slow, STRANGER, began=True)
    hall.tire(silent, STRANGER, began=False)
    hall.tire(proxied, PROXY, began=True)
    assert (slow.held, ended((slow, silent, proxied))) == ([HELD_S], [False, True, True])
    assert hall.cut == {"head": 3}


def test_an_address_with_too_many_connections_loses_the_oldest_held_or_not() -> None:
    hall = barred(Hall(Proxies(), 2, 100, Watch()), STRANGER)
    crowd = [Connection(hall, STRANGER) for _ in range(4)]
    assert ended(crowd) == [True, True, False, False]
    assert hall.cut == {"again": 4}


def test_a_proxy_is_never_held_for_what_its_visitors_do() -> None:
    hall = barred(Hall(Proxies(OWN_NETWORKS), 2, 100, Watch()), PROXY)
    assert not any(Connection(hall, PROXY).held for _ in range(5))
    assert not hall.cut
