"""Writing ports, one module for each package of use cases that owns them. All code reads through the unit of work. Only
modules that may import these keys may write (contracts 13a and 13b).
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

R = TypeVar("R")


@dataclass(frozen=True)
class Writer(Generic[R]):
    """Key of a writing port: `uow.write(PAYMENTS).save(payment)`. `name`: name of the reading port in the unit
    of work.
    """

    name: str
