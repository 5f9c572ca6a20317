"""Commands of the demo, each run as a separate process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping

from umbral.demo.child_process import ChildProcess, Starter
from umbral.demo.folder import Folder
from umbral.demo.options import DemoOptions
from umbral.demo.services import CommandService, begin_log, last_lines
from umbral.demo.supervisor import StartError

PRODUCT = ("web", "worker", "bot", "userbot")
# Environment variables that are passed on. Settings of a real installation in the shell must not leak into a demo.
_KEPT = ("HOME", "LANG", "LC_", "LOGNAME", "PATH", "PYTHON", "SSL_", "TMPDIR", "TZ", "USER", "VIRTUAL_ENV")
_PREPARE_SECONDS = 240.0


def sandbox(
    folder: Folder, options: DemoOptions, ports: Mapping[str, int], starter: Starter = ChildProcess
) -> CommandService:
    """Return the service that runs the sandbox, with the simulators of Telegram and the payment providers."""
    command = ["sandbox", "--demo", f"--seed={folder.seed(options.seed)}", f"--data-dir={folder.sandbox}"]
    command += [f"--port={ports['sandbox']}", f"--mtproto-port={ports['mtproto']}"]
    return _service(folder, "sandbox", [*command, f"--ready-file={folder.ready_file('sandbox')}"], starter)


def names_of(*, bot_alone: bool) -> tuple[str, ...]:
    """Return the names of the product's processes. bot_alone: True to omit the userbot."""
    return tuple(name for name in PRODUCT if name != "userbot" or not bot_alone)


def product(folder: Folder, names: Iterable[str] = PRODUCT, starter: Starter = ChildProcess) -> list[CommandService]:
    """Return services of the product's processes, with the demo's settings."""
    return [_service(folder, name, ["--env-file", str(folder.env_file), name], starter) for name in names]


def prepare(folder: Folder, starter: Starter = ChildProcess) -> None:
    """Run the preparation: migrations, sample data, prices of plans.

    Raises:
     StartError: the preparation failed; the message contains its last output.
    """
    log = folder.log("prepare")
    since = begin_log(log)
    command = [sys.executable, "-m", "umbral.demo.prepare", str(folder.env_file), str(folder.participants)]
    process = starter(command, log=log, env=environment(folder, "prepare"))
    try:
        status = process.wait(_PREPARE_SECONDS)
    except subprocess.TimeoutExpired as error:
        process.stop()
        raise StartError(f"preparing the database took too long. Last words:\n{last_lines(log, since)}") from error
    if status != 0:
        raise StartError(f"preparing the database failed. Last words:\n{last_lines(log, since)}")


def environment(folder: Folder, name: str) -> dict[str, str]:
    """Return the environment of one process: the path of its ready file, and none of the user's settings.

    The current folder is not searched for modules, because it may hold a `web.py` or `bot.py` of the user.
    """
    kept = {key: value for key, value in os.environ.items() if key.startswith(_KEPT)}
    own = {"PYTHONUNBUFFERED": "1", "PYTHONSAFEPATH": "1", "READY_FILE": str(folder.ready_file(name))}
    return {**kept, **own}


def _service(folder: Folder, name: str, words: list[str], starter: Starter) -> CommandService:
    return CommandService(
        name,
        [sys.executable, "-m", "umbral", *words],
        log=folder.log(name),
        ready_file=folder.ready_file(name),
        env=environment(folder, name),
        starter=starter,
    )
