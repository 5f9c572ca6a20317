"""Files that `deploy/slim` removes from an image's packages, and files that it keeps."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from babel.localedata import locale_identifiers

from subscriptions.application.dto.languages import locale_of
from subscriptions.bootstrap import texts
from subscriptions.domain.entities.spoken import LANGUAGES
from tests.unit.deploy.conftest import ROOT

REMOVED = (
    "uvloop/loop.c",
    "uvloop/loop.pyx",
    "asyncpg/protocol.pxd",
    "pkg/module.pyi",
    "stripe/__pycache__/_account.cpython-311.pyc",
    "pygments/lexers/__pycache__/r.cpython-311.pyc",
    "sqlalchemy/testing/__pycache__/config.cpython-311.pyc",
)
KEPT = (
    "uvloop/loop.cpython-311-x86_64-linux-gnu.so",
    "stripe/_account.py",
    "sqlalchemy/__pycache__/log.cpython-311.pyc",
    "pkg/py.typed",
    "babel/global.dat",
)


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """Return a folder with packages as published, whose files are empty."""
    path = tmp_path / "lib" / "site-packages"
    locales = [f"babel/locale-data/{name}.dat" for name in ("root", *locale_identifiers())]
    for name in (*REMOVED, *KEPT, *locales):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).touch()
    return path


def slim(packages: Path, locales: str = "") -> subprocess.CompletedProcess[str]:
    command = [ROOT / "deploy" / "slim", packages.parents[1]]
    return subprocess.run(command, env={**os.environ, "LOCALES": locales}, capture_output=True, text=True, check=False)


def kept_locales(packages: Path) -> set[str]:
    return {file.stem for file in (packages / "babel" / "locale-data").iterdir()}


def test_image_retains_the_files_that_processes_read(packages: Path) -> None:
    assert slim(packages).returncode == 0

    assert not [name for name in REMOVED if (packages / name).exists()]
    assert not [name for name in KEPT if not (packages / name).exists()]


def test_image_retains_the_locales_of_the_product_languages(packages: Path) -> None:
    assert texts.TEXTS, "loaded, so that LANGUAGES has all that is built in"
    slim(packages)

    kept = kept_locales(packages)
    assert {"root", *(str(locale_of(language)) for language in LANGUAGES)} <= kept
    assert {name.partition("_")[0] for name in kept} == {"root", *(each.partition("-")[0] for each in LANGUAGES)}


def test_image_retains_the_locales_of_additional_languages(packages: Path) -> None:
    slim(packages, "en es pt it")

    assert {"it", "it_CH", "pt_PT"} <= kept_locales(packages)


def test_unknown_language_is_reported_by_name(packages: Path) -> None:
    ran = slim(packages, "en es pt italiano")

    assert ran.returncode == 1
    assert "LOCALES: Babel knows no language italiano" in ran.stderr


def test_image_without_babel_can_be_slimmed(tmp_path: Path) -> None:
    (tmp_path / "lib" / "site-packages").mkdir(parents=True)

    assert slim(tmp_path / "lib" / "site-packages").returncode == 0
