"""What the books of every provider's stand-in have in common: where they lie, which moment it is, who hears of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from pydantic import BaseModel

from umbral_sandbox.payments.deliveries import Deliveries
from umbral_sandbox.world.store import Collection
from umbral_sandbox.world.world import World

M = TypeVar("M", bound=BaseModel)
S = TypeVar("S", bound=BaseModel)


class Books(Generic[S]):
    """The books of one account at a provider. webhooks_after_s: how many real seconds webhooks made now wait, None:
    for ever; sent: their ids.
    """

    def __init__(self, world: World, deliveries: Deliveries, provider: str, settings: type[S]) -> None:
        """settings: how the account is set up, with a default for everything."""
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
        """How the account is set up."""
        return self._settings.get("account") or self._unset()

    def configure(self, settings: S) -> None:
        """Set the account up; kept over a restart."""
        self._settings.put("account", settings)

    def now(self) -> int:
        """Seconds since 1970: the world's, or the moment being acted out."""
        return self._moment if self._moment is not None else self.world.clock.timestamp()

    @contextmanager
    def at(self, moment: int) -> Iterator[None]:
        """Act as if it were ``moment``: what fell due while the clock jumped carries its own time."""
        self._moment = moment
        try:
            yield
        finally:
            self._moment = None

    @contextmanager
    def webhooks(self, after_s: float | None) -> Iterator[list[int]]:
        """Webhooks made inside wait that many real seconds; None: they are never sent. Gives their ids."""
        self.webhooks_after_s, self.sent = after_s, []
        try:
            yield self.sent
        finally:
            self.webhooks_after_s, self.sent = 0.0, []
