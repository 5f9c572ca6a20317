"""A newcomer's rule: which word of the glossary is it about? That is the folder; a verb's file holds that use case."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.architecture.conftest import ROOT, import_contracts

APPLICATION = ROOT / "src/subscriptions/application"
GLOSSARY = ROOT / "docs/glossary.md"
PROVIDER = re.compile(r"^    (\w+)(?::[^=\n]+)? = providers\.\w+\(\s*(\w+)", re.MULTILINE)
A_NOUN = {"routing"}
"""What ends like a gerund and is a thing of the field."""


def files(room: Path) -> list[Path]:
    return [path for path in sorted(room.glob("*.py")) if path.name != "__init__.py"]


def rooms() -> list[Path]:
    return sorted(path.parent for path in APPLICATION.glob("*/__init__.py"))


def verbs() -> set[str]:
    """The words the glossary lists as what use cases do."""
    _, _, chapter = GLOSSARY.read_text(encoding="utf-8").partition("## Verbs")
    return set(re.findall(r"^\| `([a-z]+)` \|", chapter, flags=re.MULTILINE))


def classes(path: Path) -> set[str]:
    return {node.name for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef)}


def camel(stem: str) -> str:
    return "".join(word.title() for word in stem.split("_"))


def unnamed(path: Path, known: set[str]) -> bool:
    """Whether a file is named by a verb, and holds no use case of that name."""
    begins_with_verb = path.stem.partition("_")[0] in known
    return begins_with_verb and camel(path.stem).lower() not in {name.lower() for name in classes(path)}


def test_a_file_named_by_a_verb_holds_that_use_case() -> None:
    known = verbs()
    assert len(known) > 20

    assert not [str(path.relative_to(APPLICATION)) for room in rooms() for path in files(room) if unnamed(path, known)]


def test_every_lone_use_case_is_in_a_file_of_its_name() -> None:
    """A file whose only class can be called, and begins with a verb, is named by it."""
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
    """`granting`, `part_recording`; what is done to a thing that ends so, as in `stop_billing`, is a verb's."""
    known, every = verbs(), [path for room in [APPLICATION, *rooms()] for path in files(room)]
    gerunds = [path for path in every if path.stem.endswith("ing") and path.stem.partition("_")[0] not in known]

    assert not [str(path) for path in gerunds if path.stem not in A_NOUN]


def test_a_misnamed_use_case_would_be_seen(tmp_path: Path) -> None:
    planted = tmp_path / "grant_planted.py"
    planted.write_text("class GrantSomethingElse: ...\n")

    assert unnamed(planted, verbs())
    planted.write_text("class GrantPlanted: ...\n")
    assert not unnamed(planted, verbs())


def test_every_room_is_in_the_glossary() -> None:
    text = GLOSSARY.read_text(encoding="utf-8")

    assert not [room.name for room in rooms() if f"`{room.name}/`" not in text]


def test_the_glossary_has_the_lines_of_the_contract() -> None:
    (layers,) = [each["layers"].split("\n") for each in import_contracts() if each["name"].startswith("12 ")]
    _, _, chapter = GLOSSARY.read_text(encoding="utf-8").partition("## Rooms")
    lines = re.findall(r"^\| \d+ \| (.+) \|$", chapter.partition("##")[0], flags=re.MULTILINE)

    assert [re.findall(r"`(\w+)", line) for line in lines] == [line.split(" | ") for line in layers if line]


def test_every_place_the_glossary_names_is_there() -> None:
    """The third column holds paths below `src/subscriptions/`, or names of classes and modules found there."""
    places = re.findall(r"`([\w/]+(?:\.py|/))`", GLOSSARY.read_text(encoding="utf-8"))
    below = (ROOT / "src/subscriptions", APPLICATION, ROOT / "src", ROOT)
    assert len(places) > 40

    assert not [place for place in places if not any((folder / place).exists() for folder in below)]


def fields(path: Path) -> dict[str, str]:
    """`Class.field` and the class it is of, for what a constructor takes or makes and keeps, whoever wrote it."""
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
    """Classes of the application that are neither values nor errors: a value opens no unit of work."""
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


def test_a_use_case_is_kept_under_its_own_name() -> None:
    """One name is one class: `self._plans` was two of them in two files."""
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


def test_no_container_calls_a_use_case_by_a_gerund() -> None:
    """It is named as its class: `grant_access`, not `granting`."""
    named = [
        f"{path.name}: {name} = {made}"
        for path in sorted((ROOT / "src/subscriptions/bootstrap").glob("*.py"))
        for name, made in PROVIDER.findall(path.read_text("utf-8"))
        if name.endswith("ing") and camel(name).lower() != made.lower()
    ]
    assert named == []
