"""Lists of the packages in each image: the dependencies of the image's extra, determined from the installed packages.

`python -m deploy.image_packages` rewrites the lists in deploy/packages after a change of the dependencies. A test fails
while a list differs, so no image gains or loses a package unnoticed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).parents[1]
LISTS: Final = ROOT / "deploy" / "packages"
OURS: Final[Mapping[str, Path]] = {"umbral-access": ROOT, "umbral-access-sandbox": ROOT / "sandbox"}
"""Our own distributions with their source folders. Their code is installed from these folders, so the lists do not
contain them.
"""

IMAGES: Final[Mapping[str, Sequence[str]]] = {
    "web": ["umbral-access[web]"],
    "worker": ["umbral-access[worker]"],
    "worker-backup": ["umbral-access[worker,backup]"],
    "bot": ["umbral-access[bot]"],
    "bot-marks": ["umbral-access[bot,marks]"],
    "userbot": ["umbral-access[userbot]"],
    "migrate": ["umbral-access"],
    # Modules of the demo create the sandbox's world there; they lock folders and look up processes.
    "sandbox": ["umbral-access[web,userbot]", "umbral-access-sandbox", "filelock", "psutil"],
    "build": ["hatchling"],
}
"""Requirements of each image, by image. `build` builds the wheel and is not published."""

HEAD: Final = "# Written by `python -m deploy.image_packages`; versions and hashes are in requirements.lock.\n"


def closure(wanted: Sequence[str]) -> list[str]:
    """Return the names of all packages that these requirements need on Linux with Python 3.11, without our own."""
    seen: set[tuple[str, str]] = set()
    waiting = [Requirement(text) for text in wanted]
    while waiting:
        requirement = waiting.pop()
        name = str(canonicalize_name(requirement.name))
        for extra in ("", *requirement.extras):
            if (name, extra) not in seen:
                seen.add((name, extra))
                waiting.extend(_required(name, extra))
    return sorted({name for name, _ in seen} - set(OURS))


def listed(image: str) -> str:
    """Return the expected content of the image's list."""
    return HEAD + "".join(f"{name}\n" for name in closure(IMAGES[image]))


def _required(name: str, extra: str) -> Iterator[Requirement]:
    environment = _environment(extra)
    for text in _own(name, extra) if name in OURS else metadata.requires(name) or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate(environment):
            yield requirement


def _own(name: str, extra: str) -> list[str]:
    """Return the requirements of one of our distributions from its pyproject.toml, because an installed copy may be
    older.

    extra: name of the extra; empty for the general requirements.
    """
    project = tomllib.loads((OURS[name] / "pyproject.toml").read_text())["project"]
    found: list[str] = project["optional-dependencies"][extra] if extra else project["dependencies"]
    return found


def _environment(extra: str) -> dict[str, str]:
    """Return the values for environment markers in the images, regardless of the machine on which this runs."""
    linux = {"os_name": "posix", "sys_platform": "linux", "platform_system": "Linux"}
    python = {"python_version": "3.11", "python_full_version": "3.11.0"}
    kind = {"implementation_name": "cpython", "platform_python_implementation": "CPython"}
    return {**linux, **python, **kind, "extra": extra}


if __name__ == "__main__":
    LISTS.mkdir(exist_ok=True)
    for each in IMAGES:
        (LISTS / f"{each}.txt").write_text(listed(each))
