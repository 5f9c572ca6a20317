"""Shorter reports of a test process to its parent: the outcome of each test, without passing phases.

The parent gets four reports of each test, with all captured output, and discards most of them: a millisecond of
processor time for each of ten thousand tests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


def tell_briefly(config: pytest.Config) -> None:
    """Send short reports from now on in a test process. All reports are sent if the run is asked for more than
    outcomes.
    """
    asked = config.option
    if asked.verbose > 0 or asked.durations or asked.xmlpath or {"P", "p", "A"} & set(asked.reportchars):
        return
    for plugin in config.pluginmanager.get_plugins():
        # The plugin is not the importable class: its module arrives as source text from the other process.
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
