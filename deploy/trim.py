"""Takes out of an environment what no program that runs needs: `trim.py FOLDER`, after everything is installed there.

C sources and headers, stubs for type checkers, the packages' own tests, other languages of Babel's and Pygments', other
databases of SQLAlchemy's; of compiled libraries all that lies behind what is ever loaded, which is what debuggers read
and the larger half of most; of what is compiled from Python the docstrings, which each process would hold in memory
(`assert` stays, which Python's own -OO takes out too); and what that was compiled from, unless its package reads it:
tracebacks go on naming file, line and function. It runs while an image is built, where there is nothing but Python.
"""

from __future__ import annotations

import ast
import marshal
import shutil
import struct
import sys
from importlib.util import cache_from_source
from pathlib import Path
from typing import Final

SOURCES: Final = frozenset({".c", ".cpp", ".h", ".hpp", ".pxd", ".pxi", ".pyi", ".pyx"})
LANGUAGES: Final = ("root", "en", "es", "pt")
"""Babel's that are kept: what all others are made from, and those we speak. Of its thousand the rest takes 30 MB."""
COLOURED: Final = ("__init__", "_mapping", "python", "special")
"""Languages of Pygments' that are kept: a traceback and plain text are all that is ever shown."""
UNUSED: Final = (
    *("tests", "sqlalchemy/testing", "alembic/testing"),
    *(f"sqlalchemy/dialects/{name}" for name in ("mssql", "mysql", "oracle", "sqlite")),
)
"""Folders of what only a library's own tests load, or who has another database than PostgreSQL."""

_ELF64: Final = b"\x7fELF\x02\x01"
_SEGMENTS_AT: Final = 32
_SECTIONS_AT: Final = 40
_COUNTS_AT: Final = 54
"""Where a file's head says where its parts begin, and how many they are (elf(5), e_phoff, e_shoff, e_phentsize)."""

_HEAD: Final = 16
"""What a compiled file begins with: for which Python, and of which source (PEP 552)."""
_HEARD: Final = "events.py"
"""SQLAlchemy adds to what these say, and insists on it."""
_READS_ITSELF: Final = b"getsource"
"""What a package calls that looks into its own sources, as anyio does to learn what it exports."""
_SPEAKING: Final = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def trim(folder: Path) -> int:
    """Trim it; how many bytes that saved."""
    before = size(folder)
    for place in [place for name in UNUSED for place in folder.rglob(name) if place.is_dir()]:
        shutil.rmtree(place, ignore_errors=True)
    for file in [file for file in folder.rglob("*") if file.is_file() and not file.is_symlink()]:
        if file.suffix in SOURCES or _of_another_language(file):
            file.unlink()
        elif file.suffix == ".so" or ".so." in file.name:
            content = file.read_bytes()
            file.write_bytes(loaded_part(content))
        elif file.suffix == ".py" and file.name != _HEARD:
            _silence(file)
    for package in [place for site in folder.rglob("site-packages") for place in site.iterdir() if place.is_dir()]:
        sources = list(package.rglob("*.py"))
        if not any(_READS_ITSELF in source.read_bytes() for source in sources):
            for source in sources:
                _leave_compiled(source)
    return before - size(folder)


def _of_another_language(file: Path) -> bool:
    """Of no tongue we speak, or no programming language that is shown: a source, or what it was compiled to."""
    folder = file.parent.parent if file.parent.name == "__pycache__" else file.parent
    if (folder.parent.name, folder.name) == ("pygments", "lexers"):
        return file.name.partition(".")[0] not in COLOURED
    return folder.name == "locale-data" and file.suffix == ".dat" and not file.name.startswith(LANGUAGES)


def _silence(source: Path) -> None:
    """Compile it anew, where it is compiled, without docstrings."""
    compiled = Path(cache_from_source(str(source)))
    if not compiled.is_file():
        return
    head = compiled.read_bytes()[:_HEAD]
    code = compile(silent(source.read_bytes()), str(source), "exec", dont_inherit=True)
    compiled.write_bytes(head + marshal.dumps(code))


def _leave_compiled(source: Path) -> None:
    """In the place of what it was compiled from (docs.python.org/3/library/py_compile.html), where it is compiled."""
    compiled = Path(cache_from_source(str(source)))
    if compiled.is_file():
        compiled.replace(source.with_suffix(".pyc"))
        source.unlink()


def silent(source: bytes) -> ast.Module:
    """A module without the docstrings of itself, its classes and its functions."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, _SPEAKING) and ast.get_docstring(node, clean=False) is not None:
            said = node.body.pop(0)
            if not node.body:
                node.body.append(ast.copy_location(ast.Pass(), said))
    return tree


def loaded_part(library: bytes) -> bytes:
    """A library without what lies behind its last segment, and without the table that would point there.

    Whatever is no 64-bit ELF of a usual processor is left as it is.
    """
    if not library.startswith(_ELF64):
        return library
    (first,) = struct.unpack_from("<Q", library, _SEGMENTS_AT)
    each, count = struct.unpack_from("<HH", library, _COUNTS_AT)
    end = first + each * count
    for entry in range(first, end, each):
        offset, _, _, length = struct.unpack_from("<4Q", library, entry + 8)
        end = max(end, offset + length)
    kept = bytearray(library[:end])
    struct.pack_into("<Q", kept, _SECTIONS_AT, 0)
    # How large an entry of that table is, how many there are, and which of them holds the names.
    struct.pack_into("<HHH", kept, _COUNTS_AT + 4, 0, 0, 0)
    return bytes(kept)


def size(folder: Path) -> int:
    """The bytes of all files in it."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())


if __name__ == "__main__":
    saved = trim(Path(sys.argv[1]))
    sys.stdout.write(f"{saved / 1_000_000:.0f} MB taken out\n")
