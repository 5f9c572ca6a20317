"""Ports of repositories with write access, one module for each package of use cases that owns them. All code may read
through the unit of work; only modules that may import these keys may write (contracts 13a and 13b in `.importlinter`).
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

R = TypeVar("R")


@dataclass(frozen=True)
class Writer(Generic[R]):
    """Key of a repository with write access: `uow.write(PAYMENTS).save(payment)`. `name`: name of the corresponding
    read-only port in the unit of work.
    """

    name: str
