"""Numbers and tokens that are the same for the same seed and the same order of events."""

import hashlib
import random
import string

from pydantic import BaseModel

from umbral_sandbox.world.store import Collection

ALPHANUMERIC = string.ascii_letters + string.digits
URL_SAFE = ALPHANUMERIC + "-_"


class Counter(BaseModel):
    """How many of a kind were given out."""

    value: int = 0


class SeedRecord(BaseModel):
    """The seed a world was begun with; it stays when the world is opened again."""

    seed: int


class Ids:
    """Counters and derived tokens, kept over a restart."""

    def __init__(self, counters: Collection[Counter], seeds: Collection[SeedRecord], seed: int) -> None:
        self._counters = counters
        self._seeds = seeds
        stored = seeds.get("seed")
        self.seed = (stored or seeds.put("seed", SeedRecord(seed=seed))).seed

    def next(self, kind: str) -> int:
        """The next number of this kind, from 1."""
        counter = self._counters.get(kind) or Counter()
        counter.value += 1
        self._counters.put(kind, counter)
        return counter.value

    def last(self, kind: str) -> int:
        """The number given out last, 0 before the first."""
        counter = self._counters.get(kind)
        return counter.value if counter else 0

    def random(self, kind: str) -> random.Random:
        """A generator of its own for the next thing of this kind."""
        return random.Random(f"{self.seed}/{kind}/{self.next('random/' + kind)}")

    def token(self, kind: str, length: int, alphabet: str = ALPHANUMERIC) -> str:
        """A text no two things share in practice: link hashes, bot tokens, providers' ids."""
        return "".join(self.random(kind).choices(alphabet, k=length))

    def derive(self, *parts: object) -> int:
        """A signed 64-bit number that belongs to ``parts`` for ever (access hashes), never 0."""
        text = "/".join(str(part) for part in (self.seed, *parts))
        digest = hashlib.sha256(text.encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True) or 1

    def reset(self) -> None:
        """Write the seed again after the store was emptied, so that the same world can be rebuilt."""
        self._seeds.put("seed", SeedRecord(seed=self.seed))
