"""What is taken out of an image's packages, and what is left."""

from __future__ import annotations

import py_compile
import shutil
import struct
import subprocess
import sys
from importlib.util import cache_from_source, find_spec
from pathlib import Path

import pytest

from bot.texts import LANGUAGES
from deploy import trim
from tests.unit.deploy.conftest import ROOT

COMPILED = ("asyncpg.protocol.protocol", "cryptography.hazmat.bindings._rust", "pydantic_core._pydantic_core")


def compiled(module: str) -> Path:
    """The library of a module."""
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin)


def test_what_only_builders_and_readers_use_goes(tmp_path: Path) -> None:
    for name in ("a.py", "a.c", "a.pyi", "py.typed", "tests/test_a.py", "locale-data/es_MX.dat", "locale-data/fr.dat"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("content")

    assert trim.trim(tmp_path) == 4 * len("content")
    left = {str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file()}
    assert left == {"a.py", "py.typed", "locale-data/es_MX.dat"}


@pytest.mark.skipif(sys.platform != "linux", reason="images are Linux's")
@pytest.mark.parametrize("module", COMPILED)
def test_a_library_can_be_loaded_as_before(module: str, tmp_path: Path) -> None:
    package = module.partition(".")[0]
    shutil.copytree(compiled(module).parents[module.count(".") - 1], tmp_path / package)
    whole = compiled(module).stat().st_size

    trim.trim(tmp_path)

    code = f"import {module} as it; print(it.__file__)"
    ran = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(tmp_path)}, capture_output=True, check=True
    )
    loaded = Path(ran.stdout.decode().strip())
    assert loaded.is_relative_to(tmp_path)
    assert loaded.stat().st_size < whole


def test_what_is_no_library_of_a_usual_processor_is_left_alone() -> None:
    other = b"\x7fELF\x01\x01" + b"\0" * 60
    assert trim.loaded_part(other) == other
    assert trim.loaded_part(b"GROUP ( libc.so.6 )") == b"GROUP ( libc.so.6 )"


def test_a_library_without_segments_keeps_its_head() -> None:
    head = b"\x7fELF\x02\x01" + b"\0" * 10 + struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 64, 0, 64, 56, 0, 64, 1, 0)
    assert len(trim.loaded_part(head + b"behind")) == 64


def test_of_what_colours_programs_tracebacks_and_help_are_left(tmp_path: Path) -> None:
    shutil.copytree(compiled("pygments").parent, tmp_path / "pygments")

    trim.trim(tmp_path)

    assert not list((tmp_path / "pygments").rglob("javascript*"))
    show = """
from rich.console import Console
from rich.markdown import Markdown
from rich.traceback import Traceback
import pygments
try:
    1 / 0
except ZeroDivisionError:
    Console().print(Traceback(), Markdown("```\\numbral demo\\n```"))
print(pygments.__file__)
"""
    told = subprocess.check_output([sys.executable, "-c", show], env={"PYTHONPATH": str(tmp_path)}, text=True)
    assert "umbral demo" in told
    assert told.splitlines()[-1].startswith(str(tmp_path))


def test_of_sqlalchemy_and_alembic_all_is_left_that_postgresql_needs(tmp_path: Path) -> None:
    for package in ("sqlalchemy", "alembic"):
        shutil.copytree(compiled(package).parent, tmp_path / package)

    trim.trim(tmp_path)

    dialects = {path.name for path in (tmp_path / "sqlalchemy" / "dialects").iterdir() if path.is_dir()}
    assert dialects - {"__pycache__"} == {"postgresql"}
    code = """
import alembic.command, alembic.autogenerate, sqlalchemy.orm
from sqlalchemy.ext.asyncio import create_async_engine
print(create_async_engine("postgresql+asyncpg://u@h/d").dialect.name, sqlalchemy.__file__)
"""
    told = subprocess.check_output([sys.executable, "-c", code], env={"PYTHONPATH": str(tmp_path)}, text=True)
    assert told.startswith(f"postgresql {tmp_path}")


def test_each_language_of_the_bot_is_kept_of_babels() -> None:
    assert set(LANGUAGES) <= set(trim.LANGUAGES)


def test_every_environment_of_an_image_is_trimmed() -> None:
    assert (ROOT / "deploy" / "install").read_text().endswith('python3 "$here/trim.py" "$2"\n')


def test_libraries_run_from_what_was_compiled_and_what_reads_itself_keeps_its_sources(tmp_path: Path) -> None:
    site = tmp_path / "lib" / "site-packages"
    sources = {
        "plain/__init__.py": "from plain.inner import fails",
        "plain/inner.py": "def fails():\n    return 1 / 0",
        "reads/__init__.py": "import inspect, sys\nsource = inspect.getsource(sys.modules[__name__])",
        "uncompiled/__init__.py": "",
    }
    for name, source in sources.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(source)
        if "uncompiled" not in name:
            py_compile.compile(str(site / name), doraise=True)

    trim.trim(tmp_path)

    left = {str(file.relative_to(site)) for file in site.rglob("*.py")}
    assert left == {"reads/__init__.py", "uncompiled/__init__.py"}
    code = "import plain, reads, uncompiled\nassert 'getsource' in reads.source\nplain.fails()"
    ran = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(site)}, capture_output=True, check=False, text=True
    )
    assert f'"{site}/plain/inner.py", line 2, in fails' in ran.stderr
    assert "ZeroDivisionError" in ran.stderr


SPEAKING = '''"""What the module says."""
from __future__ import annotations


class Silent:
    """What the class says."""


def said(word: str = "said") -> str:
    """said"""
    assert word, "kept"
    return word + "said"


async def nothing() -> None:
    """Nothing but this."""


VALUE = "a value"
'''


def test_what_libraries_say_of_themselves_goes_and_all_they_do_stays(tmp_path: Path) -> None:
    spoken, alone = tmp_path / "spoken.py", tmp_path / "alone.py"
    for file in (spoken, alone):
        file.write_text(SPEAKING)
    held = Path(py_compile.compile(str(spoken), doraise=True) or "")
    before = held.read_bytes()

    trim.trim(tmp_path)

    assert held.read_bytes()[:16] == before[:16]
    assert not Path(cache_from_source(str(alone))).exists(), "what nobody compiled stays so"
    asks = (
        "import asyncio, spoken as it\n"
        "print([each.__doc__ for each in (it, it.Silent, it.said, it.nothing)], it.said(), it.VALUE)\n"
        "print(it.said.__code__.co_firstlineno, asyncio.run(it.nothing()))\n"
        "try:\n    it.said('')\nexcept AssertionError as error:\n    print(error)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", asks], env={"PYTHONPATH": str(tmp_path)}, capture_output=True, check=True, text=True
    )
    assert ran.stdout.splitlines() == ["[None, None, None, None] saidsaid a value", "9 None", "kept"]
