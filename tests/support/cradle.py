"""Test processes born with all tests loaded: six of them would each take ten seconds of a processor to load the same.

This one collects the tests like any of them, which loads them and what they import, and then serves as a nursery. Those
born there collect once more, from what is loaded, and run what they are handed.
"""

from __future__ import annotations

import gc
import sys
from importlib import import_module

import pytest

from tests.support.garbage import seldom
from umbral.demo import nursery


def main(orders: str, life: str, *tests: str) -> None:
    """Load these files and folders of tests, then serve by the sockets with these numbers."""
    gc.disable()
    # What is wrong with a file is told by those who are to run it.
    pytest.main([*tests, "--collect-only", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"])
    import_module("tests.support.ready_made").make()
    seldom()
    gc.enable()
    nursery.serve(int(orders), int(life))


if __name__ == "__main__":
    main(*sys.argv[1:])
