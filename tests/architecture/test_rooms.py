"""Check that each file is in the folder of its glossary term and that a file named by a verb contains the use case of
that name.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.architecture.conftest import ROOT, import_contracts
from tests.support.removed import is_removed

APPLICATION = ROOT / "src/subscriptions/application"
GLOSSARY = ROOT / "docs/glossary.md"
PROVIDER = re.compile(r"^    (\w+)(?::[^=\n]+)? = providers\.\w+\(\s*(\w+)", re.MULTILINE)
A_NOUN = {"routing"}
"""Names that end in "-ing" and are nouns."""


def files(room: Path) -> list[Path]:
    return [path for path in sorted(room.glob("*.py")) if path.name != "__init__.py"]


def rooms() -> list[Path]:
    return sorted(path.parent for path in APPLICATION.glob("*/__init__.py"))


def verbs() -> set[str]:
    """Return the verbs that the glossary lists for use cases."""
    _, _, chapter = GLOSSARY.read_text(encoding="utf-8").partition("## Verbs")
    return set(re.findall(r"^\| `([a-z]+)` \|", chapter, flags=re.MULTILINE))


def classes(path: Path) -> set[str]:
    return {node.name for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef)}


def camel(stem: str) -> str:
    return "".join(word.title() for word in stem.split("_"))


def unnamed(path: Path, known: set[str]) -> bool:
    """Return whether a file is named by a verb and contains no use case of that name."""
    begins_with_verb = path.stem.partition("_")[0] in known
    return begins_with_verb and camel(path.stem).lower() not in {name.lower() for name in classes(path)}


def test_file_with_the_name_of_a_use_case_contains_the_use_case() -> None:
    known = verbs()
    assert len(known) > 20

    assert not [str(path.relative_to(APPLICATION)) for room in rooms() for path in files(room) if unnamed(path, known)]


def test_file_with_one_use_case_has_the_name_of_the_use_case() -> None:
    """A file with a single callable class whose name begins with a verb has the name of that class."""
    known = verbs()
    hidden = []
    for room in rooms():
        for path in files(room):
            public = [name for name in classes(path) if not name.startswith("_")]
            first = re.match("[A-Z][a-z]*", public[0]) if len(public) == 1 else None
            if first and first[0].lower() in known and camel(path.stem) != public[0]:
                hidden.append(f"{path.relative_to(APPLICATION)}: {public[0]}")

    assert not hidden


def test_no_file_is_named_by_a_gerund() -> None:
    """`granting` and `part_recording` are gerunds; a file such as `stop_billing` is named by a verb."""
    known, every = verbs(), [path for room in [APPLICATION, *rooms()] for path in files(room)]
    gerunds = [path for path in every if path.stem.endswith("ing") and path.stem.partition("_")[0] not in known]

    assert not [str(path) for path in gerunds if path.stem not in A_NOUN]


def test_file_without_the_use_case_of_its_name_is_found(tmp_path: Path) -> None:
    planted = tmp_path / "grant_planted.py"
    planted.write_text("class GrantSomethingElse: ...\n")

    assert unnamed(planted, verbs())
    planted.write_text("class GrantPlanted: ...\n")
    assert not unnamed(planted, verbs())


def test_every_application_folder_is_in_the_glossary() -> None:
    text = GLOSSARY.read_text(encoding="utf-8")

    assert not [room.name for room in rooms() if f"`{room.name}/`" not in text]


def test_glossary_lists_the_layers_of_the_import_contract() -> None:
    (layers,) = [each["layers"].split("\n") for each in import_contracts() if each["name"].startswith("12 ")]
    _, _, chapter = GLOSSARY.read_text(encoding="utf-8").partition("## Rooms")
    lines = re.findall(r"^\| \d+ \| (.+) \|$", chapter.partition("##")[0], flags=re.MULTILINE)

    assert [re.findall(r"`(\w+)", line) for line in lines] == [line.split(" | ") for line in layers if line]


def test_every_path_in_the_glossary_exists() -> None:
    """The third column holds paths below `src/subscriptions/`, or names of classes and modules there."""
    paths = re.findall(r"`([\w/]+(?:\.py|/))`", GLOSSARY.read_text(encoding="utf-8"))
    below = (ROOT / "src/subscriptions", APPLICATION, ROOT / "src", ROOT)
    assert len(paths) > 40

    present = [path for path in paths if not is_removed(path)]
    assert not [path for path in present if not any((folder / path).exists() for folder in below)]


def fields(path: Path) -> dict[str, str]:
    """Return the class of each field that a constructor receives or creates and stores, keyed by `Class.field`."""
    kept = {}
    for owner in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(owner, ast.ClassDef):
            continue
        kept |= {
            f"{owner.name}.{line.target.id}": ast.unparse(line.annotation).removesuffix(" | None")
            for line in owner.body
            if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
        }
        for init in (item for item in owner.body if isinstance(item, ast.FunctionDef) and item.name == "__init__"):
            takes = {arg.arg: ast.unparse(arg.annotation) for arg in init.args.args if arg.annotation is not None}
            for line in (item for item in ast.walk(init) if isinstance(item, ast.Assign)):
                target, value = line.targets[0], line.value
                made = ast.unparse(value.func) if isinstance(value, ast.Call) else ""
                kind = takes.get(value.id, "") if isinstance(value, ast.Name) else made
                if isinstance(target, ast.Attribute) and target.attr.startswith("_"):
                    kept[f"{owner.name}.{target.attr[1:]}"] = kind.removesuffix(" | None")
    return kept


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name.replace("VIP", "Vip")).lower()


def use_cases() -> set[str]:
    """Return the classes of the application that are neither values nor errors."""
    found = set()
    for path in (path for room in rooms() if room.name != "dto" for path in files(room)):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            bases = [ast.unparse(base) for base in node.bases] if isinstance(node, ast.ClassDef) else []
            if not isinstance(node, ast.ClassDef) or bases:
                continue
            opens = any(ast.unparse(line).endswith(": UnitOfWorkFactory") for line in node.body)
            if opens or not node.decorator_list:
                found.add(node.name)
    return found


def test_attribute_that_contains_a_use_case_is_named_after_the_use_case() -> None:
    """An attribute name refers to one class everywhere. Example of a violation: `self._plans` with two classes in two
    files.
    """
    known = use_cases()
    assert len(known) > 80
    sources = [
        path
        for part in ("subscriptions", "bot", "web", "worker", "userbot")
        for path in (ROOT / "src" / part).rglob("*.py")
    ]

    assert not [
        f"{path.relative_to(ROOT)}: {field} is {kind}"
        for path in sources
        for field, kind in fields(path).items()
        if kind in known and field.partition(".")[2] != snake(kind)
    ]


def test_no_container_names_a_use_case_by_a_gerund() -> None:
    """A provider is named like its class: `grant_access`, not `granting`."""
    named = [
        f"{path.name}: {name} = {made}"
        for path in sorted((ROOT / "src/subscriptions/bootstrap").glob("*.py"))
        for name, made in PROVIDER.findall(path.read_text("utf-8"))
        if name.endswith("ing") and camel(name).lower() != made.lower()
    ]
    assert named == []
