"""`umbral demo` whose processes are born in a nursery: `python -m tests.support.forked_demo NURSERY OPTION …`.

It is the demo itself, supervisor, tethers and all, but for what starts a process.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from tests.support.nurse import Born
from umbral.demo.options import parsed
from umbral.demo.run import Demo


def main(nursery: str, *options: str) -> int:
    """Run until told to stop; see `Demo.run`."""
    return Demo(parsed(options), partial(Born, Path(nursery))).run()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
