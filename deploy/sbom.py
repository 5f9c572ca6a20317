"""Write the bill of materials of each image, as CycloneDX 1.6: `python -m deploy.sbom FOLDER`.

The data are read from the sources of the image itself, the lock and the image's list of names, so that they cannot
disagree. The output for a lock is always the same, byte by byte, because it contains no time and nothing random.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from deploy import lock_of

HERE: Final = Path(__file__).parent
NOT_SHIPPED: Final = "build"
"""Name of the list of packages that are used to build images and that no image contains."""

_VERSION: Final = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*\])?==(?P<version>[^\s;\\]+)", re.MULTILINE)
_HASH: Final = re.compile(r"--hash=sha256:(?P<digest>[0-9a-f]{64})")


def images() -> list[str]:
    """Return the names of the images, which are the names of their lists."""
    return sorted(path.stem for path in (HERE / "packages").glob("*.txt") if path.stem != NOT_SHIPPED)


def components(lock: str, listed: str) -> list[Component]:
    """Return a component for each locked version of the packages in an image's list, with the hashes of all of the
    version's files in the package index.
    """
    found = []
    known = lock_of.entries(lock)
    for name in lock_of.names(listed):
        for entry in re.split(r"(?m)^(?=[A-Za-z0-9])", known[name])[1:]:
            match = _VERSION.match(entry)
            if match is None:
                raise ValueError(f"requirements.lock: no version in the entry of {name}")
            digests = sorted(set(_HASH.findall(entry)))
            found.append(
                Component(
                    type=ComponentType.LIBRARY,
                    name=match["name"],
                    version=match["version"],
                    purl=PackageURL("pypi", name=match["name"], version=match["version"]),
                    bom_ref=f"pkg:pypi/{match['name']}@{match['version']}",
                    hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in digests],
                )
            )
    return found


def bill(image: str, version: str, lock: str, listed: str) -> str:
    """Return the bill of materials of one image as JSON.

    version: version of Umbral.
    """
    bom = Bom(components=components(lock, listed))
    subject = f"pkg:oci/umbral-{image}@{version}"
    bom.metadata.component = Component(
        type=ComponentType.CONTAINER, name=f"umbral-{image}", version=version, bom_ref=subject
    )
    bom.metadata.tools.components.clear()
    bom.serial_number = uuid5(NAMESPACE_URL, f"{subject}\n{lock}\n{listed}")
    bom.register_dependency(bom.metadata.component, bom.components)
    told = json.loads(JsonV1Dot6(bom).output_as_string())
    # The format does not require a timestamp, and the library always writes one.
    del told["metadata"]["timestamp"]
    return json.dumps(told, indent=1, sort_keys=True) + "\n"


def write(folder: Path, version: str, lock: Path) -> list[Path]:
    """Write a bill of materials for each image, and return the paths of the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for image in images():
        listed = (HERE / "packages" / f"{image}.txt").read_text()
        path = folder / f"umbral-{image}.cdx.json"
        path.write_text(bill(image, version, lock.read_text(), listed))
        written.append(path)
    return written


if __name__ == "__main__":
    root = HERE.parent
    release = tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"]
    for each in write(Path(sys.argv[1]), release, root / "requirements.lock"):
        sys.stdout.write(f"{each}\n")
