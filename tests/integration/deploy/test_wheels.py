"""Contents of the two distributions: the production wheel has no simulators, and the sandbox wheel adds the modules of
`umbral` that need simulators.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SANDBOX = ROOT / "sandbox"
OF_THE_SANDBOX = ("umbral_sandbox/", "umbral/demo/", "umbral/testing/")


def built(project: Path, out: Path) -> zipfile.ZipFile:
    """Build the wheel of a distribution, as the images do."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    (wheel,) = out.glob("*.whl")
    return zipfile.ZipFile(wheel)


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Build the wheel that every image installs."""
    return built(ROOT, tmp_path_factory.mktemp("production"))


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Build the wheel of umbral-access-sandbox."""
    return built(SANDBOX, tmp_path_factory.mktemp("sandbox"))


@pytest.fixture(scope="module")
def production_folder(production: zipfile.ZipFile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create a folder with the production wheel only."""
    folder = tmp_path_factory.mktemp("production-alone")
    production.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def both_folder(production_folder: Path, sandbox: zipfile.ZipFile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create a folder with both distributions. Files already compiled for one distribution are not compiled again."""
    folder = tmp_path_factory.mktemp("both") / "installed"
    shutil.copytree(production_folder, folder)
    sandbox.extractall(folder)
    return folder


def run(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the unpacked wheels and the libraries, without the checkout's packages."""
    paths = [str(folder), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    command = [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {paths}; {code}"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_production_wheel_contains_no_simulator_and_no_demo(production: zipfile.ZipFile) -> None:
    names = production.namelist()

    assert "umbral/cli/__init__.py" in names
    assert "subscriptions/_migrations/env.py" in names
    assert not [name for name in names if name.startswith(OF_THE_SANDBOX) or "sandbox" in name.partition("/")[0]]
    assert "gateway_simulators" not in production.read(_named(production, "entry_points.txt")).decode()


def test_wheels_have_no_file_in_common(production: zipfile.ZipFile, sandbox: zipfile.ZipFile) -> None:
    assert not set(production.namelist()) & set(sandbox.namelist())
    assert {f"{folder}__init__.py" for folder in OF_THE_SANDBOX} <= set(sandbox.namelist())
    assert {"umbral_sandbox/page/index.html", "umbral_sandbox/payments/hosted/page.css"} <= set(sandbox.namelist())


def test_production_wheel_requires_the_sandbox_only_in_its_demo_and_dev_extras(production: zipfile.ZipFile) -> None:
    metadata = production.read(_named(production, "METADATA")).decode()
    asked = [line for line in metadata.splitlines() if line.startswith("Requires-Dist: umbral-access-sandbox")]

    assert asked
    assert all(line.endswith(("; extra == 'demo'", "; extra == 'dev'")) for line in asked)


@pytest.mark.parametrize("command", ["demo", "sandbox", "bench"])
def test_missing_sandbox_is_reported_in_one_sentence(command: str, production_folder: Path) -> None:
    ran = run(production_folder, f"from umbral.cli import main; sys.exit(main(['{command}']))")

    sentence = f"umbral {command}: umbral-access-sandbox is not installed: pip install 'umbral-access[demo]'\n"
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, "", sentence)


def test_both_wheels_install_as_one_package(both_folder: Path) -> None:
    code = "import umbral.cli.sandbox, umbral.demo.run, umbral.testing.conformance as kit; print(kit.__file__)"
    ran = run(both_folder, code)

    assert ran.returncode == 0, ran.stderr
    assert Path(ran.stdout.strip()).is_relative_to(both_folder)


def test_sandbox_can_be_installed_without_product_packages(sandbox: zipfile.ZipFile, tmp_path: Path) -> None:
    sandbox.extractall(tmp_path)

    ran = run(tmp_path, "from umbral_sandbox.main import run; run(['--help'])")

    assert ran.returncode == 0, ran.stderr
    assert "--data-dir" in ran.stdout
    always = tomllib.loads((SANDBOX / "pyproject.toml").read_text())["project"]["dependencies"]
    assert not [each for each in always if each.startswith("umbral")]


def test_both_distributions_have_one_version() -> None:
    versions = {tomllib.loads((at / "pyproject.toml").read_text())["project"]["version"] for at in (ROOT, SANDBOX)}

    assert len(versions) == 1


def _named(wheel: zipfile.ZipFile, name: str) -> str:
    (found,) = [each for each in wheel.namelist() if each.endswith(f".dist-info/{name}")]
    return found
