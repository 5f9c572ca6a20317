"""Fork server whose child processes can also import the tests' modules."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from umbral.demo import fork_server

if __name__ == "__main__":
    # Append to the path, so that no module of this folder hides a module of the product.
    sys.path.append(str(Path(__file__).parents[2]))
    orders, life, *modules = sys.argv[1:]
    fork_server.load(modules)
    if modules:
        import_module("tests.support.ready_made").make()
    import_module("tests.support.garbage").seldom()
    fork_server.serve(int(orders), int(life))
