"""Writing ports, one module for each room that owns them: everybody reads by the unit of work, and only who may import
the module writes (contracts 13 to 15)."""

from dataclasses import dataclass
from typing import Generic, TypeVar

R = TypeVar("R")


@dataclass(frozen=True)
class Writer(Generic[R]):
    """Names a writing port: `uow.write(PAYMENTS).save(payment)`. name: of its reading port in the unit of work."""

    name: str
