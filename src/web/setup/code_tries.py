"""Limit on the tries to enter the setup's one-time code, for each visitor's address."""

from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Final

from starlette.types import Scope

from web.addresses import Proxies, limit_key

TRIES: Final = 5
"""Maximum number of tries of an address within WINDOW_S."""
WINDOW_S: Final = 15 * 60.0
"""Lifetime of a code, in seconds."""
MOST_ADDRESSES: Final = 20_000
"""Maximum number of tracked addresses. Beyond it, the address whose last try is the oldest is forgotten."""


class CodeTries:
    """Tries of each address within the last WINDOW_S.

    No limit is shared by several addresses, because strangers could use it up and so lock out the owner. For the same
    reason, tries are not counted if a trusted proxy does not provide the visitor's address. The code is too long to be
    guessed from many addresses.
    """

    def __init__(self, proxies: Proxies, clock: Callable[[], float] = monotonic) -> None:
        """Create the limit. clock: monotonic time in seconds."""
        self._proxies, self._clock = proxies, clock
        self._tries: dict[str, deque[float]] = {}

    def take(self, scope: Scope) -> bool:
        """Count a try of a request's address. Return False if the address has no try left."""
        host = self._proxies.client_of(scope)
        if host is None:
            return True
        now, address = self._clock(), limit_key(host)
        tries = self._tries.pop(address, deque[float](maxlen=TRIES))
        self._tries[address] = tries
        while len(self._tries) > MOST_ADDRESSES:
            del self._tries[next(iter(self._tries))]
        if len(tries) == TRIES and now - tries[0] < WINDOW_S:
            return False
        tries.append(now)
        return True
