"""`umbral demo` with processes forked from a nursery: `python -m tests.support.forked_demo NURSERY OPTION …`.

Options, supervisor and tethers are those of the demo; only the way to start a process differs.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from typer.main import get_command

from tests.support.nurse import Born
from umbral.cli.demo import app


def main(nursery: str, *options: str) -> int:
    """Run the demo until it is stopped; see `Demo.run`."""
    return int(get_command(app).main(list(options), obj=partial(Born, Path(nursery)), standalone_mode=False))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
