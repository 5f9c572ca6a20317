"""What `umbral demo` can be told."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from umbral.cli.options import parser


@dataclass(frozen=True)
class DemoOptions:
    """Port 0 is any free one, or that of the last run; without a seed each folder has its own.

    settings: names and values that stand in for the demo's own, in this run.
    """

    data_dir: Path = Path(".demo")
    port: int = 0
    ready_file: Path | None = None
    browser: bool = True
    restart: bool = True
    seed: int | None = None
    fresh: bool = False
    settings: Sequence[tuple[str, str]] = ()


def parsed(argv: Sequence[str]) -> DemoOptions:
    """The options of a command line; ends the process where they make no sense."""
    options = parser("demo", "Run all of Umbral on this machine, against the sandbox. Ctrl-C stops it.")
    add = options.add_argument
    add("--port", type=_port, default=0, metavar="N", help="port of the page to open (default: a free one)")
    add("--data-dir", type=Path, default=Path(".demo"), metavar="DIR", help="where everything is kept (.demo)")
    add("--ready-file", type=Path, metavar="FILE", help="written as JSON once all is ready")
    add("--no-browser", dest="browser", action="store_false", help="open no browser")
    add("--no-restart", dest="restart", action="store_false", help="leave a process that died dead")
    add("--seed", type=int, metavar="N", help="makes the sandbox's ids and tokens repeatable")
    add("--fresh", action="store_true", help="forget everything in DIR and start over")
    what = "a setting of the product for this run, e.g. INVITE_MODE=single_use; may be repeated"
    add("--set", dest="settings", action="append", type=_setting, default=[], metavar="NAME=VALUE", help=what)
    return DemoOptions(**vars(options.parse_args(argv)))


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise ArgumentTypeError(f"{text} is not NAME=VALUE")
    return name, value


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ArgumentTypeError(f"{text} is no port (1 to 65535)")
    return int(text)
