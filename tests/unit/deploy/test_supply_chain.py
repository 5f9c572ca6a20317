"""Check that each image has a bill of materials, is audited for known vulnerabilities, and can be
built reproducibly.
"""

from __future__ import annotations

import json
import re
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from deploy import lock_of, sbom
from scripts import audit
from tests.unit.deploy.conftest import ROOT

LOCK = """first-thing==1.4.2 \\
    --hash=sha256:aa
Second.Thing[extra]==2.0 ; python_version < "3.13" \\
    --hash=sha256:bb
"""


def advisory(name: str, **affected: Any) -> dict[str, Any]:
    package = {"ecosystem": "PyPI", "name": name}
    return {"id": "PYSEC-1", "summary": "bad", "affected": [{"package": package, **affected}]}


def within(*events: dict[str, str]) -> dict[str, Any]:
    return {"ranges": [{"type": "ECOSYSTEM", "events": list(events)}]}


def database(folder: Path, *output: dict[str, Any]) -> Path:
    path = folder / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number, each in enumerate(output):
            archive.writestr(f"{number}.json", json.dumps(each))
    return path


def run(folder: Path, *output: dict[str, Any]) -> int:
    (folder / "lock").write_text(LOCK)
    return audit.main(["--lock", str(folder / "lock"), "--database", str(database(folder, *output))])


@pytest.mark.parametrize("image", sbom.images())
def test_image_has_a_valid_bill_of_materials_of_all_packages(image: str) -> None:
    listed, lock = (ROOT / f"deploy/packages/{image}.txt").read_text(), (ROOT / "requirements.lock").read_text()
    text = sbom.bill(image, "1.2.3", lock, listed)

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    output = json.loads(text)
    assert {item["name"] for item in output["components"]} == set(lock_of.names(listed))
    assert all(item["hashes"] for item in output["components"])
    assert sbom.bill(image, "1.2.3", lock, listed) == text, "the same lock gives the same bytes"


@pytest.mark.parametrize(
    "output",
    [
        advisory("first-thing", versions=["1.4.1", "1.4.2"]),
        advisory("First_Thing", **within({"introduced": "0"}, {"fixed": "1.5"})),
        advisory("second-thing", **within({"introduced": "1"}, {"last_affected": "2.0"})),
    ],
    ids=["exact version", "range with another spelling", "last affected version"],
)
def test_audit_names_the_vulnerability_of_a_pinned_package_version(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], output: dict[str, Any]
) -> None:
    assert run(tmp_path, output) == audit.FOUND
    assert "PYSEC-1 bad" in capsys.readouterr().out


@pytest.mark.parametrize(
    "output",
    [
        advisory("first-thing", versions=["1.4.1"]),
        advisory("first-thing", **within({"introduced": "0"}, {"fixed": "1.4.2"})),
        advisory("third-thing", versions=["1.4.2"]),
        {**advisory("first-thing", versions=["1.4.2"]), "withdrawn": "2026-01-01T00:00:00Z"},
    ],
    ids=["another version", "fixed version", "another package", "withdrawn"],
)
def test_audit_reports_no_vulnerability_for_unaffected_packages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], output: dict[str, Any]
) -> None:
    assert run(tmp_path, output) == audit.CLEAN
    assert capsys.readouterr().out == "2 packages looked at, 0 known weaknesses\n"


def test_audit_without_its_database_reports_that_the_audit_did_not_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit.main(["--source", "http://127.0.0.1:9/all.zip"]) == audit.OUT_OF_REACH
    assert "did NOT run" in capsys.readouterr().err
    broken = tmp_path / "all.zip"
    broken.write_bytes(b"no archive")
    assert audit.main(["--database", str(broken)]) == audit.UNREADABLE


def test_ci_fails_for_a_known_vulnerability_and_reports_an_audit_that_did_not_run(tmp_path: Path) -> None:
    def audited(*options: str) -> tuple[int, str]:
        command = [ROOT / ".ci" / "audit", "--lock", str(tmp_path / "lock"), *options]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        return ran.returncode, ran.stdout

    (tmp_path / "lock").write_text(LOCK)
    found = database(tmp_path, advisory("first-thing", versions=["1.4.2"]))
    code, said = audited("--database", str(found))
    assert (code, said.splitlines()[0]) == (1, "first-thing 1.4.2: PYSEC-1 bad")
    code, said = audited("--source", "http://127.0.0.1:9/all.zip")
    assert (code, said[:38]) == (0, "KNOWN VULNERABILITIES WERE NOT LOOKED ")
    found.write_bytes(b"no archive")
    code, said = audited("--database", str(found))
    assert (code, said[:38]) == (0, "KNOWN VULNERABILITIES WERE NOT LOOKED ")
    assert audited("--database", str(database(tmp_path))) == (0, "2 packages looked at, 0 known weaknesses\n")


def test_every_workflow_action_is_pinned_by_digest() -> None:
    used = [
        line.partition("uses:")[2].strip()
        for path in sorted((ROOT / ".github/workflows").glob("*.yml"))
        for line in path.read_text(encoding="utf-8").splitlines()
        # A workflow of this repository has the same commit.
        if "uses:" in line and "uses: ./" not in line
    ]
    assert used
    assert [each for each in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each)] == []
