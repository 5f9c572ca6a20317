"""Generator of packages. Each file is created from a template with the package's name."""

from __future__ import annotations

import keyword
import re
import sys
from collections.abc import Mapping
from enum import StrEnum
from importlib import resources
from pathlib import Path
from string import Template
from typing import Final

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,30}\Z")


class Kind(StrEnum):
    """Kind of package, which is also the folder of its templates."""

    FEATURE = "feature"
    GATEWAY = "gateway"
    RESOURCE = "resource"


_TEMPLATES: Final[Mapping[Kind, Mapping[str, str]]] = {
    Kind.FEATURE: {
        "pyproject.toml": "pyproject.toml",
        "README.md": "readme.md",
        "src/{package}/__init__.py": "init.py",
        "src/{package}/feature.py": "feature.py",
        "src/{package}/chat.py": "chat.py",
        "src/{package}/texts/es/chat.toml": "chat_es.toml",
        "src/{package}/texts/en/chat.toml": "chat_en.toml",
        "tests/test_feature.py": "test_feature.py",
    },
    Kind.GATEWAY: {
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
    },
    Kind.RESOURCE: {
        "pyproject.toml": "pyproject.toml",
        "README.md": "readme.md",
        "src/{package}/__init__.py": "init.py",
        "src/{package}/kind.py": "kind.py",
        "tests/test_kind.py": "test_kind.py",
    },
}
"""Template of each file, keyed by the file's path in the package and by kind of package."""


class NameRefused(ValueError):
    """Raised if the name is invalid, or if the folder of the package already exists. The message states the reason."""


def write_package(name: str, parent: Path, kind: Kind = Kind.FEATURE) -> Path:
    """Create the folder `KIND-NAME` under `parent` and return it. Raises NameRefused before anything is written."""
    if not _NAME.match(name) or keyword.iskeyword(name):
        raise NameRefused(
            f"{name!r} isn't a valid provider code: use 2 to 31 characters of a-z, 0-9 and _, starting with a letter"
            if kind is Kind.GATEWAY
            else f"{name!r} isn't a valid name: use 2 to 31 characters of a-z, 0-9 and _, starting with a letter"
        )
    package = f"umbral_{name}"
    if name in sys.stdlib_module_names:
        raise NameRefused(f"{name!r} is the name of a part of Python")
    slug = name.replace("_", "-")
    folder = parent / f"{kind}-{slug}"
    if folder.exists():
        raise NameRefused(f"{folder} already exists")
    words = {
        "name": name,
        "slug": slug,
        "package": package,
        "prefix": name.upper(),
        "kind": "".join(part.capitalize() for part in name.split("_")),
        "title": name.replace("_", " ").capitalize(),
    }
    for target, template in _TEMPLATES[kind].items():
        path = folder / target.format(package=package)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_template(kind, template).substitute(words), encoding="utf-8")
    (folder / f"src/{package}/py.typed").touch()
    return folder


def write_gateway(name: str, parent: Path) -> Path:
    """Create the package of a payment gateway; see `write_package`."""
    return write_package(name, parent, Kind.GATEWAY)


def _template(kind: Kind, name: str) -> Template:
    return Template((resources.files(__package__) / "templates" / kind / f"{name}.txt").read_text(encoding="utf-8"))
