"""Test processes born with all tests loaded: six of them would each take ten seconds of a processor to load the same.

This one collects the tests like any of them, which loads them and what they import, and then serves as a nursery. Those
born there collect once more, from what is loaded, and run what they are handed.
"""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from pathlib import Path

import pytest

from tests.support.garbage import seldom
from umbral.demo import nursery


class BrokenModules:
    """Removes from memory what could not be collected.

    Python keeps a module whose import failed when pytest imports it by its path. Whoever collects next would take that
    half for the whole, find no test in it, and pass without a word.
    """

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Have a file that failed imported anew by each of those who are to run it, and fail there."""
        if report.failed:
            broken = Path(report.nodeid).resolve()
            names = [name for name, module in sys.modules.items() if _file_of(module) == broken]
            for name in names:
                del sys.modules[name]


def _file_of(module: object) -> Path | None:
    file = getattr(module, "__file__", None)
    return Path(file).resolve() if file else None


def main(orders: str, life: str, *tests: str) -> None:
    """Load these files and folders of tests, then serve by the sockets with these numbers."""
    gc.disable()
    # What is wrong with a file is told by those who are to run it.
    options = ["--collect-only", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"]
    pytest.main([*tests, *options], plugins=[BrokenModules()])
    import_module("tests.support.ready_made").make()
    seldom()
    gc.enable()
    nursery.serve(int(orders), int(life))


if __name__ == "__main__":
    main(*sys.argv[1:])
