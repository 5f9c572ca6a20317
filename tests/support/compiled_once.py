"""Cache of SQLAlchemy's compiled statements and types that all engines of a process share.

By default each engine has its own cache, so each of the thousands of engines in the tests would compile dozens of
statements again. All engines use the same server and driver.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.util import LRUCache

MOST: Final = 3000
"""Cache size, larger than the number of statements. Statements that are built anew for each test evict the oldest
entries.
"""

_statements: LRUCache[Any, Any] = LRUCache(MOST)
_types: MutableMapping[Any, Any] = WeakKeyDictionary()


def compile_once() -> None:
    """Make all engines share the caches from now on, in this process and in its forks."""
    for name, value in {
        "_type_memos": _types,
        "__eq__": lambda self, other: type(self) is type(other),
        "__hash__": lambda self: hash(type(self)),
        "engine_created": classmethod(_share),
    }.items():
        setattr(PGDialect_asyncpg, name, value)


def _share(_: type[PGDialect_asyncpg], engine: Engine) -> None:
    vars(engine)["_compiled_cache"] = _statements
