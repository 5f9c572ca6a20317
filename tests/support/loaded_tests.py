"""Test processes forked from a process that has loaded all tests, because loading would take each of six processes ten
seconds of processor time.

This process collects the tests, which loads them and their imports, and then serves as a fork server. Its child
processes collect the tests again from the loaded modules and run the tests assigned to them.
"""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from pathlib import Path

import pytest

from tests.support.garbage import seldom
from umbral.demo import fork_server


class BrokenModules:
    """Plugin that unloads modules whose import failed.

    If pytest imports a module by its path and the import fails, Python keeps the incomplete module. The next collection
    would treat the module as complete, find no test in it, and pass without an error.
    """

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Unload the module of a file that could not be collected, so that the test process that runs the file imports
        it again and reports the failure.
        """
        if report.failed:
            broken = Path(report.nodeid).resolve()
            names = [name for name, module in sys.modules.items() if _file_of(module) == broken]
            for name in names:
                del sys.modules[name]


def _file_of(module: object) -> Path | None:
    file = getattr(module, "__file__", None)
    return Path(file).resolve() if file else None


def main(orders: str, life: str, *tests: str) -> None:
    """Load the given test files and folders, then serve on the sockets with the given file descriptors."""
    gc.disable()
    # Errors in a file are reported by the processes that run the file.
    options = ["--collect-only", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"]
    pytest.main([*tests, *options], plugins=[BrokenModules()])
    import_module("tests.support.ready_made").make()
    seldom()
    gc.enable()
    fork_server.serve(int(orders), int(life))


if __name__ == "__main__":
    main(*sys.argv[1:])
