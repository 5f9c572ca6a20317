"""Check that the published release needs no checkout: it names images by digest, and its compose file
builds no image.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts import pin_images, publish
from tests.unit.deploy.conftest import COMPOSE, ROOT
from tests.unit.deploy.test_compose import against_the_specification

CHECK = Path(sys.executable).with_name("check-jsonschema")
WORKFLOWS = ROOT / ".github" / "workflows"
IMAGES = "registry.example.com/umbral"

DOCKER = """#!/bin/sh
echo "docker $*" >> "$TOLD"
for word in "$@"; do case $word in --metadata-file=*) file=${word#*=};; --target=*) target=${word#*=};; esac; done
[ "$target" != "$BROKEN" ] || exit 1
printf '{"containerimage.digest": "sha256:%s"}' "$target" > "$file"
"""
COSIGN = '#!/bin/sh\necho "cosign $*" >> "$TOLD"\n'


@pytest.fixture
def output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file that records the arguments of Docker and cosign, which are replaced by scripts."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, text in (("docker", DOCKER), ("cosign", COSIGN)):
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TOLD", str(tmp_path / "told"))
    return tmp_path / "told"


def compose_of(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((folder / "docker-compose.yml").read_text())
    return content


def test_every_image_is_pushed_signed_and_named_by_digest(output: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert publish.main([f"{IMAGES}/", str(out), "--unpinned"]) == 0

    here = yaml.safe_load(COMPOSE.read_text())["services"]
    ours = {name: service["build"]["target"] for name, service in here.items() if "build" in service}
    named = compose_of(out)["services"]
    assert named.keys() == here.keys()
    assert all("build" not in service for service in named.values())
    for name, target in ours.items():
        image = named[name]["image"]
        assert re.fullmatch(rf"{IMAGES}/umbral-{target}:\$\{{UMBRAL_VERSION:-[\d.]+@sha256:{target}\}}", image)
    calls = output.read_text()
    assert set(re.findall(rf"cosign sign --yes {IMAGES}/umbral-([\w-]+)@sha256:\1\b", calls)) == set(publish.TARGETS)
    assert calls.count("--push") == len(publish.TARGETS)
    assert (out / ".env.example").read_text() == (ROOT / ".env.example").read_text()
    assert (out / "upgrade").read_text() == (ROOT / "scripts" / "upgrade").read_text()
    # All other content of the compose file is unchanged.
    stripped = {name: {**each, "image": "", "build": ""} for name, each in here.items() if name in ours}
    assert {name: {**named[name], "image": "", "build": ""} for name in ours} == stripped


@pytest.mark.parametrize("page", ["docs/backups.md", "docs/es/backups.md", "src/features/marks/docs.md"])
def test_compose_files_that_a_page_names_are_published_with_their_images(
    output: Path, tmp_path: Path, page: str
) -> None:
    """A release's operator has no checkout from which an image could be built."""
    out = tmp_path / "out"
    assert publish.main([IMAGES, str(out), "--unpinned"]) == 0
    (files,) = re.findall(r"COMPOSE_FILE=([\w.:-]+)", (ROOT / page).read_text())
    first, *others = files.split(":")
    assert first == COMPOSE.name
    assert others
    for name in others:
        here, there = (yaml.safe_load((folder / name).read_text()) for folder in (ROOT, out))
        for whole in (here, there):
            assert against_the_specification(whole, tmp_path).returncode == 0
        for service, content in there["services"].items():
            target = here["services"][service]["build"]["target"]
            assert "build" not in content
            assert re.fullmatch(rf"{IMAGES}/umbral-{target}:.*@sha256:{target}\}}", content["image"])
            assert service in compose_of(out)["services"]


def test_every_dockerfile_target_except_sandbox_is_published() -> None:
    named = re.findall(r"^FROM \S+ AS (\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    parts = re.compile(r"(?:.*-)?(?:packages|code)|builder|runtime|sandbox")
    assert set(publish.TARGETS) == {name for name in named if not parts.fullmatch(name)}


def test_failed_image_build_prevents_signing_and_output_files(
    output: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BROKEN", "bot")
    assert publish.main([IMAGES, str(tmp_path / "out"), "--unpinned", "--unsigned"]) == publish.FAILED
    assert "nothing was written" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert "cosign" not in output.read_text()


def test_images_without_a_digest_are_not_published(output: Path, tmp_path: Path) -> None:
    for path, pattern in pin_images.PATTERNS.items():
        unnamed = pattern.sub(lambda match: f"{match['name']}:{match['tag']}", (ROOT / path).read_text())
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(unnamed)
    (tmp_path / pin_images.ASKED).write_text((ROOT / pin_images.ASKED).read_text())
    assert publish.main([IMAGES, str(tmp_path / "out"), f"--root={tmp_path}"]) == pin_images.UNPINNED
    assert not output.exists()


@pytest.mark.parametrize(
    ("workflow", "job", "calls"),
    [
        ("release.yml", "release", ["make release", "scripts.publish"]),
        ("docs.yml", "build", ["make replay SEED=1", "make docs"]),
        ("nightly.yml", "exhaustive", ["sudo .ci/packages", "make test-long", "make histories DEPTH=6"]),
        ("ci.yml", "workflows", ["actionlint"]),
        ("ci.yml", "change", ["sudo .ci/packages", ".ci/run"]),
        ("ci.yml", "docker", ["sudo .ci/packages", "docker info", "make containers-test", "pytest tests/contract"]),
    ],
)
def test_workflow_is_valid_and_runs_existing_commands(workflow: str, job: str, calls: list[str]) -> None:
    path = WORKFLOWS / workflow
    command = [CHECK, "--builtin-schema", "vendor.github-workflows", path]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    runs = [step["run"] for step in yaml.safe_load(path.read_text())["jobs"][job]["steps"] if "run" in step]
    found = [next(number for number, each in enumerate(runs) if call in each) for call in calls]
    assert found == sorted(found), "in this order"
    # The shell would run the text of an expression.
    assert not any("${{" in each for each in runs)


def test_release_publishes_both_distributions_to_the_package_index() -> None:
    """Anyone could register a free name, and would then control what is installed under that name."""
    job = yaml.safe_load((WORKFLOWS / "release.yml").read_text())["jobs"]["release"]
    assert job["permissions"]["id-token"] == "write"
    (path,) = [path for path, step in enumerate(job["steps"]) if "pypa/gh-action-pypi-publish@" in step.get("uses", "")]
    before, step, after = job["steps"][:path], job["steps"][path], job["steps"][path + 1 :]
    # An incomplete release is run again, and files that are already published are no error.
    assert step["with"] == {"packages-dir": "dist/index", "skip-existing": True}
    assert any("=dist/index dist/release/*.whl" in each.get("run", "") for each in before)
    assert any("gh release create" in each.get("run", "") for each in after), "nothing is told before"


@pytest.mark.parametrize("path", sorted(WORKFLOWS.glob("*.yml")), ids=lambda path: path.name)
def test_third_party_actions_are_pinned_to_commits(path: Path) -> None:
    """A tag can be moved to other code, which would run with the rights to sign a release."""
    jobs = yaml.safe_load(path.read_text())["jobs"].values()
    used = [step["uses"] for job in jobs for step in job.get("steps", ()) if "uses" in step]
    others = [each for each in used if not each.startswith(("actions/", "./"))]
    assert [each for each in others if not re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", each)] == []
