"""Simulation of a Python process in an image, where packages that are installed only for development are absent."""

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
"""Code that hides modules from imports, to run at the start of a process. The placeholder `absent` is replaced by the
set of modules to hide.
"""


def absent_from(image: str) -> set[str]:
    """Return the top-level modules of all installed packages that an image does not contain."""
    held = {*lock_of.names((LISTS / f"{image}.txt").read_text()), *OURS}
    found = packages_distributions().items()
    return {name for name, of in found if not held & {str(canonicalize_name(each)) for each in of}}
