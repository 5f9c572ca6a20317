"""What SQLAlchemy makes of statements and types, made once for a process, whichever engine asks.

An engine keeps it to itself, so each of the thousands the tests make would compile everything anew, dozens of
statements for each test. All of them speak to the same server by the same driver.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.util import LRUCache

MOST: Final = 3000
"""More than there are statements; those that are made anew for each test push the eldest out."""

_statements: LRUCache[Any, Any] = LRUCache(MOST)
_types: MutableMapping[Any, Any] = WeakKeyDictionary()


def compile_once() -> None:
    """From now on, in this process and those forked from it."""
    for name, value in {
        "_type_memos": _types,
        "__eq__": lambda self, other: type(self) is type(other),
        "__hash__": lambda self: hash(type(self)),
        "engine_created": classmethod(_share),
    }.items():
        setattr(PGDialect_asyncpg, name, value)


def _share(_: type[PGDialect_asyncpg], engine: Engine) -> None:
    vars(engine)["_compiled_cache"] = _statements
