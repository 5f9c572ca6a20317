"""`umbral demo` with processes forked from a fork server: `python -m tests.support.forked_demo ADDRESS OPTION …`.

Options, supervisor and child processes are those of the demo; only the way to start a process differs.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from typer.main import get_command

from tests.support.fork_clients import ForkedProcess
from umbral.cli.demo import app


def main(fork_server: str, *options: str) -> int:
    """Run the demo until it is stopped; see `Demo.run`."""
    return int(
        get_command(app).main(list(options), obj=partial(ForkedProcess, Path(fork_server)), standalone_mode=False)
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
