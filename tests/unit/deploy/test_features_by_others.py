"""Check that the documented image with a third-party feature can be built from the images of Umbral."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import yaml

from tests.unit.deploy.conftest import COMPOSE, ROOT, read
from tests.unit.deploy.test_compose import against_the_specification

PAGE = ROOT / "docs" / "publishing-a-feature.md"
EXAMPLE = ROOT / "examples" / "feature"


def override_of(page: Path) -> dict[str, Any]:
    """Return the compose file that a page of the documentation contains."""
    block = re.search(r"```yaml\n(x-features:.*?)```", page.read_text(), re.DOTALL)
    assert block is not None
    content: dict[str, Any] = yaml.safe_load(block[1])
    return content


def test_documented_override_builds_on_the_images_of_umbral(tmp_path: Path) -> None:
    override = override_of(PAGE)
    own = read(COMPOSE)["services"]

    assert against_the_specification(override, tmp_path).returncode == 0
    for name, service in override["services"].items():
        # Compose merges `build`, so without a target the image's own would be looked for in the inline file.
        build = {**own[name]["build"], **service["build"]}
        assert f"AS {build['target']}\n" in build["dockerfile_inline"]
        assert own[name]["image"].replace("${UMBRAL_VERSION:-latest}", "latest") == build["args"]["IMAGE"]
        assert service["image"] != own[name]["image"]


def test_documented_command_installs_the_third_party_feature(tmp_path: Path) -> None:
    inline = override_of(PAGE)["x-features"]["dockerfile_inline"].replace("$$", "$")
    command = next(line for line in inline.splitlines() if line.startswith("RUN ")).removeprefix("RUN ")
    environment, wheels = tmp_path / "umbral", tmp_path / "dist"
    venv.create(environment, with_pip=False)
    make = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*make, "-w", wheels, EXAMPLE], check=True)
    # As in the image: the environment, which has no pip, comes before the Python that has it.
    path = os.pathsep.join([str(environment / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])

    subprocess.run(
        ["sh", "-c", command.replace("/opt/umbral", str(environment))],
        env={**os.environ, "PATH": path, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)},
        check=True,
    )

    find = (
        "from importlib.metadata import entry_points as e; print(*(each.name for each in e(group='umbral.features')))"
    )
    ran = subprocess.run([environment / "bin" / "python", "-c", find], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["survey"]
