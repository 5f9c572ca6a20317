"""Generator of a package template for a new gateway. Each file is a template into which the provider's name is
inserted.
"""

from __future__ import annotations

import keyword
import re
import sys
from importlib import resources
from pathlib import Path
from string import Template
from typing import Final

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,30}\Z")
_TEMPLATES: Final = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "readme.md",
    "src/{package}/__init__.py": "descriptor.py",
    "src/{package}/settings.py": "settings.py",
    "src/{package}/gateway.py": "gateway.py",
    "src/{package}/checkout.py": "checkout.py",
    "src/{package}/verify.py": "verify.py",
    "src/{package}/translate.py": "translate.py",
    "src/{package}_sandbox/__init__.py": "stand_in.py",
    "tests/test_conformance.py": "test_conformance.py",
}


class NameRefused(ValueError):
    """Raised if the name is not valid for a gateway, or if its folder already exists. The message states the reason."""


def write_gateway(name: str, parent: Path) -> Path:
    """Create the folder `gateway-NAME` under `parent` and return the folder. Raises NameRefused before writing any
    file.
    """
    if not _NAME.match(name) or keyword.iskeyword(name):
        raise NameRefused(f"{name!r} cannot be a provider's code: 2 to 31 of a-z, 0-9 and _, a letter first")
    package = f"umbral_{name}"
    if name in sys.stdlib_module_names:
        raise NameRefused(f"{name!r} is the name of a part of Python")
    folder = parent / f"gateway-{name.replace('_', '-')}"
    if folder.exists():
        raise NameRefused(f"{folder} is there already")
    words = {"name": name, "package": package, "prefix": name.upper(), "kind": _camel(name)}
    for place, template in _TEMPLATES.items():
        path = folder / place.format(package=package)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_template(template).substitute(words), encoding="utf-8")
    (folder / f"src/{package}/py.typed").touch()
    return folder


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _template(name: str) -> Template:
    return Template((resources.files(__package__) / "templates" / f"{name}.txt").read_text(encoding="utf-8"))
