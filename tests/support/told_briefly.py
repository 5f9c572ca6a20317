"""What a test process tells the one that started it: the outcome of each test, and not that all goes as it should.

Of each test it hears four times, with all that was captured on the way, and throws most of it away: a millisecond of
a processor for each of ten thousand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


def tell_briefly(config: pytest.Config) -> None:
    """From now on, in a test process; where its caller is asked for more than outcomes, all is told."""
    asked = config.option
    if asked.verbose > 0 or asked.durations or asked.xmlpath or {"P", "p", "A"} & set(asked.reportchars):
        return
    for plugin in config.pluginmanager.get_plugins():
        # It is not the class one can import: its module comes as text from the other process.
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
