"""Shorter reports from a test process to its parent: one outcome per test, without the phases that passed.

By default, the parent gets four reports per test with all captured output and discards most of them, which takes a
millisecond of processor time for each of ten thousand tests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


def report_briefly(config: pytest.Config) -> None:
    """Make a test process send short reports from now on, unless the run's options need complete reports."""
    asked = config.option
    if asked.verbose > 0 or asked.durations or asked.xmlpath or {"P", "p", "A"} & set(asked.reportchars):
        return
    for plugin in config.pluginmanager.get_plugins():
        # The class of this plugin cannot be imported, because its module is sent as source code by the parent process.
        if type(plugin).__name__ == "WorkerInteractor":
            vars(plugin)["sendevent"] = _briefly(plugin.sendevent)


def _briefly(send: Callable[..., None]) -> Callable[..., None]:
    def sendevent(name: str, **said: Any) -> None:
        if name == "testreport" and said["data"]["outcome"] == "passed":
            if said["data"]["when"] != "call":
                return
            said["data"]["sections"] = []
        if name != "logstart":
            send(name, **said)

    return sendevent
