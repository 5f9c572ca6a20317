"""A Python process as in an image: without the packages that only we who develop have."""

from __future__ import annotations

from importlib.metadata import packages_distributions

from packaging.utils import canonicalize_name

from deploy import lock_of
from deploy.image_packages import LISTS, OURS

WITHOUT = """
import sys

class Absent:
    def find_spec(self, name, *_):
        if name.partition(".")[0] in {absent}:
            raise ModuleNotFoundError(f"{{name}} is in no package of the image", name=name)

sys.meta_path.insert(0, absent := Absent())
"""
"""What such a process begins with; `absent` is what hides them."""


def absent_from(image: str) -> set[str]:
    """The modules of all packages installed here that an image does not hold."""
    held = {*lock_of.names((LISTS / f"{image}.txt").read_text()), *OURS}
    found = packages_distributions().items()
    return {name for name, of in found if not held & {str(canonicalize_name(each)) for each in of}}
