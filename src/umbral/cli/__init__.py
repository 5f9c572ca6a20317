"""The console script `umbral`: one module per command, imported when the command is given.

So that `umbral web` starts where only the web's dependencies are installed, nothing here may import a
command before it is asked for.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from umbral.cli.commands import COMMANDS
from umbral.env_file import EnvFileError, load, taken_from

OUR_PACKAGES = {"bot", "subscriptions", "umbral", "umbral_sandbox", "userbot", "web", "worker"}
OF_THE_SANDBOX = {"umbral.demo", "umbral_sandbox"}
"""What another distribution brings, which production does without: umbral-sandbox."""
USAGE = "usage: umbral [--env-file FILE] COMMAND …"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 done, 1 failed, 2 misused."""
    try:
        words, env_file = taken_from(sys.argv[1:] if argv is None else argv)
        if env_file is not None:
            load(env_file)
    except EnvFileError as error:
        return _misused(str(error))
    if not words or words[0] in {"-h", "--help", "help"}:
        print(_overview())
        return 0 if words else 2
    name, *rest = words
    if name not in COMMANDS:
        return _misused(f"no command {name!r}; it is one of {', '.join(COMMANDS)}")
    return _run(name, rest)


def _run(name: str, words: Sequence[str]) -> int:
    try:
        return int(_loaded(name).run(words))
    except ModuleNotFoundError as error:
        if error.name in OF_THE_SANDBOX:
            print(f"umbral {name}: umbral-sandbox is not installed: pip install 'umbral[demo]'", file=sys.stderr)
            return 1
        if error.name is None or error.name.partition(".")[0] in OUR_PACKAGES:
            raise
        print(f"umbral {name}: {error.name} is not installed: pip install 'umbral[{name}]'", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _loaded(name: str) -> ModuleType:
    # Loading makes many objects and no garbage; looking for some costs up to a fifth of the time to start.
    gc.disable()
    try:
        return import_module(f"umbral.cli.{name}")
    finally:
        gc.freeze()
        gc.enable()


def _misused(why: str) -> int:
    print(f"umbral: {why}\n{USAGE}", file=sys.stderr)
    return 2


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {purpose}" for name, purpose in COMMANDS.items()]
    options = "  --env-file FILE  settings from FILE (NAME=value lines); they win over the environment's"
    return "\n".join([USAGE, "", *lines, "", options, "", "umbral COMMAND --help says more."])
