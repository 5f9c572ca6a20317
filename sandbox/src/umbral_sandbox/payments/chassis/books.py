"""Common base of the records of every provider's simulator: storage, current time, and webhooks."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypedDict, TypeVar

from pydantic import BaseModel

from umbral_sandbox.payments.deliveries import Deliveries
from umbral_sandbox.world.store import Collection
from umbral_sandbox.world.world import World

M = TypeVar("M", bound=BaseModel)
S = TypeVar("S", bound=BaseModel)


class Stamp(TypedDict):
    """First fields of every new record: its id, its position in the order of creation, and the time."""

    id: str
    seq: int
    created: int


class Placed(Protocol):
    """Record that has a position in the order of creation."""

    @property
    def seq(self) -> int:
        """Return the position in the order of creation."""
        ...


P = TypeVar("P", bound=Placed)


def in_order(records: Iterable[P]) -> list[P]:
    """Return the records, oldest first."""
    return sorted(records, key=lambda each: each.seq)


class Books(Generic[S]):
    """Records of one account at a provider.

    webhooks_after_s: delay of webhooks that are created now, in real seconds; None if webhooks are never sent. sent:
    ids of the webhooks.
    """

    def __init__(self, world: World, deliveries: Deliveries, provider: str, settings: type[S]) -> None:
        """Open the records of an account. settings: model of the account's settings, with a default for every field."""
        self.world = world
        self.deliveries = deliveries
        self._provider = provider
        self._unset = settings
        self._settings = self._open("settings", settings)
        self._moment: int | None = None
        self.webhooks_after_s: float | None = 0.0
        self.sent: list[int] = []

    def _open(self, name: str, model: type[M]) -> Collection[M]:
        return self.world.store.collection(f"{self._provider}_{name}", model)

    @property
    def settings(self) -> S:
        """Return the settings of the account."""
        return self._settings.get("account") or self._unset()

    def configure(self, settings: S) -> None:
        """Store the settings of the account; the settings survive a restart."""
        self._settings.put("account", settings)

    def now(self) -> int:
        """Return seconds since 1970, at the world's time or the time set by `at`."""
        return self._moment if self._moment is not None else self.world.clock.timestamp()

    @contextmanager
    def at(self, moment: int) -> Iterator[None]:
        """Run the block at the time ``moment``, so that events that became due during a jump of the clock carry their
        own time.
        """
        self._moment = moment
        try:
            yield
        finally:
            self._moment = None

    @contextmanager
    def webhooks(self, after_s: float | None) -> Iterator[list[int]]:
        """Delay webhooks created in the block by ``after_s`` real seconds, or never send them if None; yield
        their ids.
        """
        self.webhooks_after_s, self.sent = after_s, []
        try:
            yield self.sent
        finally:
            self.webhooks_after_s, self.sent = 0.0, []
