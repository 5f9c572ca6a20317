"""Test processes forked with all tests loaded: each of six processes would need ten seconds of processor time to load
them.

This process collects the tests, which loads them and their imports, and then serves as a nursery. Its child processes
collect again from the loaded modules and run the tests that they are given.
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
    """Plugin that removes modules which failed to load.

    When pytest imports a module by its path and the import fails, Python keeps the incomplete module. The next
    collection would take it for complete, find no test in it, and pass silently.
    """

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Unload a failed file, so that the test process that is to run it imports it again and reports the failure."""
        if report.failed:
            broken = Path(report.nodeid).resolve()
            names = [name for name, module in sys.modules.items() if _file_of(module) == broken]
            for name in names:
                del sys.modules[name]


def _file_of(module: object) -> Path | None:
    file = getattr(module, "__file__", None)
    return Path(file).resolve() if file else None


def main(orders: str, life: str, *tests: str) -> None:
    """Load the given files and folders of tests, then serve on the sockets with these numbers."""
    gc.disable()
    # Errors in a file are reported by the processes that are to run it.
    options = ["--collect-only", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"]
    pytest.main([*tests, *options], plugins=[BrokenModules()])
    import_module("tests.support.ready_made").make()
    seldom()
    gc.enable()
    nursery.serve(int(orders), int(life))


if __name__ == "__main__":
    main(*sys.argv[1:])
