"""Extension points of features, derived from the code that declares and collects them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final, get_args, get_origin, get_type_hints

from subscriptions.application.dto.rooms import _DECLARING as REGISTERING

SRC: Final = Path(__file__).parents[2] / "src"
_COLLECTED: Final = re.compile(r'"([a-z_]+)", "([A-Z][A-Z_]+)"')
_PART: Final = re.compile(r'module: ClassVar\[str\] = "(\w+)"|^_?MODULE: Final = "(\w+)"', re.MULTILINE)


@cache
def part_types() -> Mapping[str, type]:
    """Return the types of the constants in which a feature declares its functions, keyed by the name of the feature's
    module that contains the constant.
    """
    found = dict[str, type]()
    for path in _files():
        source = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)) if _PART.search(source) else ():
            if isinstance(node, ast.ClassDef) and any(_names_module(each) for each in node.body):
                kind = getattr(import_module(".".join(path.relative_to(SRC).with_suffix("").parts)), node.name)
                found[kind.module] = kind
    return found


@cache
def fields_of_parts() -> Mapping[str, Any]:
    """Return the declared types of the fields of all parts that a feature may declare, keyed by the path of the field,
    such as `chat.panel.pages`.
    """
    return {path: hint for module, kind in part_types().items() for path, hint in _fields_of(module, kind)}


def functions_of_parts() -> set[str]:
    """Return the paths of the fields whose values are functions or contain functions."""
    return {path for path, hint in fields_of_parts().items() if _holds_functions(hint)}


def constants() -> Mapping[str, str]:
    """Return the constants that the code collects from features, each with the module that declares it."""
    found = {"FEATURE": "feature"}
    for path in _files():
        source = path.read_text(encoding="utf-8")
        if "application.dto.rooms" in source or path.stem == "rooms":
            found |= {constant: module for module, constant in _COLLECTED.findall(source)}
        parts = [one or other for one, other in _PART.findall(source)]
        found |= {module.upper(): module for module in parts}
    return found


def every_point() -> set[str]:
    """Return the names of all extension points: the functions of parts, the other collected constants, and the modules
    whose classes are collected.
    """
    parts = part_types().keys()
    others = {f"{module}.{name}" for name, module in constants().items() if module not in parts}
    return functions_of_parts() | others | {*REGISTERING}


def _files() -> Iterator[Path]:
    return iter(sorted(SRC.rglob("*.py")))


def _names_module(node: ast.stmt) -> bool:
    return isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "module" and node.value is not None


def _fields_of(path: str, kind: type) -> Iterator[tuple[str, Any]]:
    """Yield the fields of a class by path. A field whose type is a dataclass of the same module is replaced by that
    dataclass's own fields.
    """
    hints = get_type_hints(kind)
    for field in fields(kind):
        hint = hints[field.name]
        beside = [each for each in (hint, *get_args(hint)) if is_dataclass(each) and each.__module__ == kind.__module__]
        for each in beside:
            yield from _fields_of(f"{path}.{field.name}", each)
        if not beside:
            yield f"{path}.{field.name}", hint


def _holds_functions(hint: Any) -> bool:
    kind = get_origin(hint) or hint
    members = get_type_hints(kind).values() if isinstance(kind, type) and is_dataclass(kind) else get_args(hint)
    return kind is Callable or any(map(_holds_functions, members))
