"""Console script `umbral`, built with Typer. Each command is a module that is imported only when the command is run.

This module must not import any command, so that `umbral web` starts with only the web's dependencies installed, and
help and completion respond immediately.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from typer.main import get_command

from umbral.cli.commands import COMMANDS, DISTRIBUTION, Commands, what_to_install
from umbral.env_file import EnvFileError, load

EXIT_CODES = """\b
Exit status:
  0    done
  1    failed, or found something wrong; one sentence on standard error says what
  2    wrong usage or invalid settings: nothing was started
  130  interrupted
"""


KEY_FILE = "SETTINGS_KEY_FILE"
"""Setting that is present if settings are entered in the browser; see `subscriptions.bootstrap.sealed_settings`."""
BEFORE_SETTINGS = frozenset(
    {"bench", "bot", "demo", "health", "init", "migrate", "practice", "restore", "sandbox", "secrets", "userbot", "web"}
    | {"worker"}
)
"""Commands to which the settings entered in the browser are not applied, because they run before the setup, or because
they wait for these settings themselves.
"""

OTHERS = "Features that are off may add commands: see umbral features list."


def _end(status: object, **_: object) -> None:
    """Exit with the status that a command returned."""
    raise typer.Exit(status if isinstance(status, int) else 0)


# Local variables may contain secrets, so tracebacks are Python's own instead of Typer's. Help is plain text, because it
# may be piped.
app = typer.Typer(
    cls=Commands,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
    epilog=f"{EXIT_CODES}\nRun umbral COMMAND --help for details.\n\n{OTHERS}",
    pretty_exceptions_enable=False,
    result_callback=_end,
    rich_markup_mode=None,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status, one of EXIT_CODES."""
    words = list(sys.argv[1:] if argv is None else argv)
    # A terminal that is not UTF-8 cannot show some characters; replace only those.
    # A stream that was replaced by a pipe refuses the change and remains unchanged.
    with suppress(OSError):
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")
    try:
        get_command(app).main(words, prog_name="umbral")
    except ModuleNotFoundError as error:
        # The package was found to be missing only while the command was running.
        sentence = what_to_install(error, next((word for word in words if word in COMMANDS), ""))
        if sentence is None:
            raise
        print(sentence, file=sys.stderr)
        return 1
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    raise AssertionError("a command line ends by SystemExit")


def _load_settings(context: typer.Context, file: Path | None) -> Path | None:
    if file is not None and not context.resilient_parsing:
        try:
            load(file)
        except EnvFileError as error:
            raise typer.BadParameter(str(error)) from error
    return file


def _say_version(is_wanted: bool) -> None:
    if is_wanted:
        from importlib.metadata import version

        print(f"umbral {version(DISTRIBUTION)}")
        raise typer.Exit


@app.callback()
def umbral(
    context: typer.Context,
    env_file: Annotated[
        Path | None,
        typer.Option(
            callback=_load_settings,
            is_eager=True,
            metavar="FILE",
            help="Settings from FILE (NAME=value lines); they override the environment. May be given anywhere.",
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Umbral sells access to private Telegram channels."""
    if os.environ.get(KEY_FILE, "").strip() and context.invoked_subcommand not in BEFORE_SETTINGS:
        _adopt(str(context.invoked_subcommand))


def _adopt(command: str) -> None:
    """Add the settings that were entered in the browser to the process's environment. Existing variables take
    precedence.
    """
    import asyncio

    from subscriptions.bootstrap.sealed_settings import adopt
    from subscriptions.domain.errors import UmbralError

    try:
        adopted, unreadable = asyncio.run(adopt(os.environ))
        os.environ.update(adopted)
    except UmbralError as error:
        # The command itself reports what is missing.
        print(f"umbral {command}: settings entered in the browser can't be read: {error}", file=sys.stderr)
        return
    if unreadable:
        print(
            f"umbral {command}: the key in {KEY_FILE} doesn't open these settings entered in the browser, which are"
            f" left out: {', '.join(sorted(unreadable))}. `umbral doctor` says what to do",
            file=sys.stderr,
        )
