"""Seeds of fuzzing, inputs of earlier findings, and a few hundred mutations of both, identical in every run."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import fuzz
from tests.fuzz.targets import CORPUS, TARGETS, corpus

ROOT = Path(__file__).parents[2]
CHANGED = 200
PIECES = (b"\x00", b"\xff", b"\xed\xa0\x80", b"{}", b"[", b'"', b"null", b"-1", b"1e999", b"9" * 25, b"\xe2\x80\xae")


def changed(seed: bytes, draw: random.Random) -> bytes:
    """Remove, insert or duplicate pieces of a seed."""
    data = bytearray(seed)
    for _ in range(draw.randint(1, 4)):
        start = draw.randint(0, len(data))
        end = min(len(data), start + draw.choice((0, 0, 1, 4, 16)))
        data[start:end] = draw.choice((b"", draw.choice(PIECES), bytes(data[start:end] * 2), draw.randbytes(2)))
    return bytes(data)


@pytest.mark.parametrize("target", TARGETS)
def test_fuzz_target_raises_only_expected_errors_for_seeds_and_mutations(target: str) -> None:
    take, seeds, draw = TARGETS[target], corpus(target), random.Random(target)
    assert seeds
    for seed in (b"", *seeds):
        take(seed)
    for _ in range(CHANGED):
        take(changed(draw.choice(seeds), draw))


def test_every_corpus_folder_belongs_to_a_fuzz_target() -> None:
    assert {path.parent.name for path in CORPUS.rglob("*") if path.is_file()} <= set(TARGETS)


@pytest.mark.skipif(not fuzz.available(), reason="atheris has no wheel for this machine")
def test_fuzzer_finds_a_planted_error_and_explains_how_to_keep_the_input(tmp_path: Path) -> None:
    (tmp_path / "planted.py").write_text(
        "def take(data):\n    if data[:2] == b'{!':\n        raise KeyError('planted')\n"
        "TARGETS = {'planted': take}\ndef corpus(target):\n    return [b'{}']\n"
    )
    command = [sys.executable, "-m", "scripts.fuzz", "--module=planted", "--seconds=120", f"--finds={tmp_path}"]
    ran = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, env={"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    )
    assert ran.returncode, ran.stderr
    (found,) = (tmp_path / "planted").iterdir()
    assert found.read_bytes().startswith(b"{!")
    assert f"mv {found} tests/fuzz/corpus/planted/" in ran.stderr
