"""Tries to enter the setup's code are limited for each address."""

from __future__ import annotations

from subscriptions.infrastructure.database.setup_state import CODE_LIVES
from web.addresses import OWN_NETWORKS, Proxies
from web.setup.code_tries import MOST_ADDRESSES, TRIES, CodeTries

LIFE_S = CODE_LIVES.total_seconds()


class Clock:
    """Monotonic clock that tests set."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def tries_of(clock: Clock) -> CodeTries:
    return CodeTries(Proxies(OWN_NETWORKS), clock)


def take(tries: CodeTries, host: str, peer: str = "127.0.0.1") -> bool:
    return tries.take({"type": "http", "client": (peer, 1), "headers": [(b"x-forwarded-for", host.encode())]})


def test_tries_of_an_address_return_after_the_lifetime_of_a_code() -> None:
    clock = Clock()
    tries = tries_of(clock)
    assert [take(tries, "203.0.113.7") for _ in range(TRIES + 2)] == [True] * TRIES + [False] * 2
    clock.now += LIFE_S - 1
    assert not take(tries, "203.0.113.7")
    clock.now += 1
    assert [take(tries, "203.0.113.7") for _ in range(TRIES + 1)] == [True] * TRIES + [False]


def test_forged_header_of_a_stranger_gives_no_further_tries() -> None:
    tries = tries_of(Clock())
    assert sum(take(tries, f"198.51.100.{number}", peer="203.0.113.7") for number in range(20)) == TRIES


def test_number_of_tracked_addresses_is_limited() -> None:
    tries = tries_of(Clock())
    for _ in range(TRIES):
        assert take(tries, "203.0.113.7")
    for number in range(MOST_ADDRESSES):
        assert take(tries, f"20.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert take(tries, "203.0.113.7"), "the oldest one is forgotten"
