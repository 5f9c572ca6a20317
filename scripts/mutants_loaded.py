"""Process that has loaded the tests' third-party modules, and of which each test run is a fork. Our own modules are
unloaded first.

Loading takes longer than most of the tests, and mutants do not change third-party modules.
"""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from pathlib import Path
from typing import Final

from tests.support.fork_clients import LOADED

_OURS: Final = tuple(str(Path(__file__).parent.parent / folder) for folder in ("src", "tests", "sandbox"))
# The bot must come first, because it configures how aiogram is loaded.
_LOADING: Final = ("bot", *LOADED, "tests.support.postgres", "pytest", "hypothesis.strategies")


def _is_ours(name: str) -> bool:
    path = getattr(sys.modules[name], "__file__", None) or next(iter(getattr(sys.modules[name], "__path__", [])), "")
    return path.startswith(_OURS)


for _name in _LOADING:
    import_module(_name)
for _name in [name for name in sys.modules if _is_ours(name)]:
    del sys.modules[_name]
gc.freeze()
