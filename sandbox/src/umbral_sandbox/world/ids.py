"""Numbers and tokens that are equal for equal seeds and orders of events."""

import hashlib
import random
import string

from pydantic import BaseModel

from umbral_sandbox.world.store import Collection

ALPHANUMERIC = string.ascii_letters + string.digits
URL_SAFE = ALPHANUMERIC + "-_"


class Counter(BaseModel):
    """Number of issued ids of a kind."""

    value: int = 0


class SeedRecord(BaseModel):
    """Seed that a world was created with, which is kept when the world is opened again."""

    seed: int


class Ids:
    """Counters and derived tokens, kept across restarts."""

    def __init__(self, counters: Collection[Counter], seeds: Collection[SeedRecord], seed: int) -> None:
        self._counters = counters
        self._seeds = seeds
        stored = seeds.get("seed")
        self.seed = (stored or seeds.put("seed", SeedRecord(seed=seed))).seed

    def next(self, kind: str) -> int:
        """Return the next number of this kind, from 1."""
        counter = self._counters.get(kind) or Counter()
        counter.value += 1
        self._counters.put(kind, counter)
        return counter.value

    def last(self, kind: str) -> int:
        """Return the last issued number, or 0 before the first."""
        counter = self._counters.get(kind)
        return counter.value if counter else 0

    def random(self, kind: str) -> random.Random:
        """Return a separate random generator for the next object of this kind."""
        return random.Random(f"{self.seed}/{kind}/{self.next('random/' + kind)}")

    def token(self, kind: str, length: int, alphabet: str = ALPHANUMERIC) -> str:
        """Return a practically unique text, such as a link hash, a bot token or a provider's id."""
        return "".join(self.random(kind).choices(alphabet, k=length))

    def derive(self, *parts: object) -> int:
        """Return a signed 64-bit number that ``parts`` determine, such as an access hash; the number is never 0."""
        text = "/".join(str(part) for part in (self.seed, *parts))
        digest = hashlib.sha256(text.encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True) or 1

    def reset(self) -> None:
        """Write the seed again after the store was emptied, so that the same world can be rebuilt."""
        self._seeds.put("seed", SeedRecord(seed=self.seed))
