"""Check that docs/operators-documents.md is accurate: compare its paths, quoted texts, buttons and signatures with the
code.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator, Sequence
from functools import cache
from html import unescape
from itertools import pairwise
from pathlib import Path

import pytest

from scripts.contact_screens import sections
from scripts.operators_names import NAMES, documented, findings, listed
from scripts.panel_screens import sections as panel_sections
from subscriptions.application.dto.policy import Policy
from subscriptions.bootstrap import new_settings
from tests.architecture.conftest import ROOT
from tests.support.removed import is_removed, of_all_features

PAGE = ROOT / "docs/operators-documents.md"
PLACE = re.compile(r"`((?:src|tests|docs|migrations|scripts|sandbox)/[\w./-]*|pyproject\.toml)(?:::(\w+))?`")
ONLY_PLACES = re.compile(rf"–|{PLACE.pattern}(?:; {PLACE.pattern})*")
QUOTE = re.compile(r"«([^»]+)»")
BUTTON = re.compile(r"\[([^\]()]+)\](?!\()")
SIGNATURE = re.compile(r"`(\w+)\(([^`]*)\)`")


def text_of_page() -> str:
    return PAGE.read_text(encoding="utf-8")


def rows(page: str) -> Sequence[list[str]]:
    """Return the rows of the requirements table, each with the cells: requirement, location in the code, test."""
    requirements, _, _ = page.partition("## Deviations")
    lines = [line for line in requirements.splitlines() if line.startswith("| ") and "| where |" not in line]
    return [line.strip("| ").split(" | ") for line in lines]


def says(path: Path, name: str) -> bool:
    """Return True if a file defines the name: in Python as a class, function, field or constant."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return re.search(rf"\b{name}\b", text) is not None
    defined = rf"(?m)^\s*(?:(?:async )?def|class) {name}\b|^\s*{name}\s*[:=]"
    return re.search(defined, text) is not None


def missing(page: str) -> list[str]:
    """Return the paths named by the page that do not exist in the repository, as written on the page."""
    places = [place for place in PLACE.findall(ours(page)) if not is_removed(place[0])]
    return [f"{path}::{name}" if name else path for path, name in places if not there(path, name)]


def ours(page: str) -> str:
    """Return the page without the first column of the table of deviations, because that column quotes the operator's
    documents.
    """
    before, heading, after = page.partition("## Deviations")
    return before + heading + re.sub(r"(?m)^\| .*? \| ", "| ", after)


def there(path: str, name: str) -> bool:
    target = ROOT / path
    return target.exists() and (not name or (target.is_file() and says(target, name)))


def test_every_path_named_on_the_operators_documents_page_exists() -> None:
    page = text_of_page()
    assert len(PLACE.findall(page)) > 300

    assert not missing(page)


def test_every_path_named_on_the_backups_page_exists() -> None:
    page = (ROOT / "docs/backups.md").read_text(encoding="utf-8")
    assert len(PLACE.findall(page)) > 5

    assert not missing(page)


def test_every_table_row_writes_paths_and_tests_in_backticks_only() -> None:
    """A path outside backticks would not be checked."""
    found = rows(text_of_page())
    assert len(found) > 180

    assert not [row for row in found if len(row) != 3 or not all(row)]
    assert not [row[0] for row in found for cell in row[1:] if ONLY_PLACES.fullmatch(cell) is None]


@pytest.mark.parametrize("path", ["src/bot/nowhere.py", "src/bot/callbacks.py::nothing_there"])
def test_wrong_path_on_a_page_is_found(path: str) -> None:
    assert missing(f"| x | `{path}` | – |") == [path]


@pytest.mark.parametrize("cell", ["src/bot/callbacks.py", "`src/bot/callbacks.py` and more", "the same files"])
def test_path_outside_backticks_is_found(cell: str) -> None:
    assert ONLY_PLACES.fullmatch(cell) is None


@cache
def rendered() -> tuple[str, Sequence[str]]:
    """Return every Spanish text of the chat and the panel, and the labels of all buttons, as rendered."""
    shots = [shot.screen for each in (*sections("es"), *panel_sections("es")) for shot in each.shots]
    labels = [item.text for each in shots if each.markup for row in each.markup.inline_keyboard for item in row]
    texts = [unescape(re.sub(r"<[^>]+>", "", each.text)) for each in shots]
    return "\n".join([*texts, *labels]), labels


@cache
def log_lines() -> Sequence[str]:
    """Return the lines that the code logs, with `…` for each value."""
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    calls = (
        node
        for source in sources
        if "log." in source
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args
        if isinstance(node.func.value, ast.Name) and node.func.value.id == "log"
    )
    return [_pattern(call.args[0]) for call in calls]


def _pattern(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(str(each.value) if isinstance(each, ast.Constant) else "…" for each in node.values)
    return str(node.value) if isinstance(node, ast.Constant) else "…"


def channel_titles() -> Sequence[str]:
    """Return the title of the documents' example channel, as the shipped settings render it."""
    template = Policy(brand="Retador", base_url="https://retador.example").channel_title
    return [template.format(brand="Retador", plan="Retabet", customer="@usuario")]


def is_shown(quote: str) -> bool:
    """Return True if a quoted text is on a screen, in a log line or in a channel's title. `…` matches any text."""
    pieces = [piece.strip() for piece in quote.split("…") if piece.strip()]
    texts, _ = rendered()
    line = quote.replace("…", "x")
    return any(_in_order(pieces, each) for each in (texts, *log_lines(), *channel_titles())) or any(
        re.search(".+".join(map(re.escape, each.split("…"))), line) for each in log_lines() if len(each) > 10
    )


def _in_order(pieces: Sequence[str], text: str) -> bool:
    places, begin = [-1], 0
    for piece in pieces:
        begin = text.find(piece, begin)
        places.append(begin)
    return all(before < after for before, after in pairwise(places))


def quoted_on(page: str) -> Iterator[tuple[str, str]]:
    """Yield each quote and button label that the page ascribes to Umbral, with its kind: `text` or `button`."""
    requirements = [row[0] for row in rows(page)]
    _, _, after = page.partition("## Deviations")
    ours = [line.strip("| ").split(" | ")[1] for line in after.splitlines() if line.startswith("| ")]
    for cell in (*requirements, *ours):
        for quote in QUOTE.findall(cell):
            yield quote, "text"
        for label in BUTTON.findall(cell):
            yield label, "button"


@of_all_features
def test_quoted_text_is_on_a_screen_or_in_a_log() -> None:
    quotes = [text for text, kind in quoted_on(text_of_page()) if kind == "text"]
    assert len(quotes) >= 10

    assert [quote for quote in quotes if not is_shown(quote)] == []


@of_all_features
def test_quoted_button_is_on_a_screen() -> None:
    labels = [text for text, kind in quoted_on(text_of_page()) if kind == "button"]
    assert len(labels) >= 9
    _, shown = rendered()

    absent = [each for each in labels if not any(label.startswith(each.removesuffix("…").strip()) for label in shown)]
    assert absent == []


@pytest.mark.parametrize("quote", ["Elige una casa de subastas:", "Tu canal … ¡Pago recibido! Nadie dice esto"])
def test_quoted_text_on_no_screen_is_found(quote: str) -> None:
    assert not is_shown(quote)


def documented_signatures(page: str) -> Sequence[tuple[str, str, str]]:
    """Return the name, parameters and file of each signature among the requirements."""
    return [
        (match[1], match[2], path)
        for requirement, where, _ in rows(page)
        for match in SIGNATURE.finditer(requirement)
        for path, name in PLACE.findall(where)
        if name == match[1]
    ]


def parameters_in(path: str, name: str) -> Sequence[tuple[str, str]]:
    """Return the names of a function's parameters with the source of each default, or an empty string without a
    default.
    """
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    function = next(
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name
    )
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + [*arguments.defaults]
    pairs = [*zip(positional, defaults, strict=True), *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    return [(each.arg, ast.unparse(default) if default else "") for each, default in pairs if each.arg != "self"]


def differs(name: str, parameters: str, path: str) -> list[str]:
    """Return the documented parameters that the code does not have at this position or that have another default in the
    code.
    """
    wanted = [(each.strip().partition("=")[0], each.strip().partition("=")[2]) for each in parameters.split(",")]
    actual = parameters_in(path, name)
    return [
        parameter
        for index, (parameter, default) in enumerate(wanted)
        if index >= len(actual) or actual[index][0] != parameter or (default and not _same(default, actual[index][1]))
    ]


def _same(documented_default: str, default: str) -> bool:
    return bool(default) and ast.literal_eval(documented_default) == ast.literal_eval(default)


def test_documented_signature_matches_the_code() -> None:
    signatures = documented_signatures(text_of_page())
    assert len(signatures) >= 6

    assert [(name, wrong) for name, *rest in signatures if (wrong := differs(name, *rest))] == []


def test_wrong_signature_on_a_page_is_found() -> None:
    path = "src/subscriptions/application/catalog/pricing_service.py"
    assert differs("create_plan", "name, days, price", path) == ["days"]
    assert differs("get_all_plans", "active_only=False", path) == ["active_only"]
    assert differs("get_plan_by_id", "plan_id, more", path) == ["more"]


@of_all_features
def test_documented_name_exists_or_is_a_listed_deviation() -> None:
    found = findings(documented(), text_of_page())
    assert len(found) > 150

    assert [(each.document, each.name) for each in found if each.outcome == "error"] == []


def test_settings_file_of_the_wizard_has_every_documented_setting() -> None:
    names = {name for _, name in documented() if re.fullmatch(r"[A-Z]+(?:_[A-Z]+)+", name)}
    settings = {name for name in names if name.startswith(("STRIPE_", "PAYPAL_", "CRYPTOMUS_", "TELEGRAM_", "WEB_"))}
    assert len(settings) == 18
    written = new_settings.env_text({}, str)

    assert settings - set(re.findall(r"(?m)^#?([A-Z_]+)=", written)) == set()


def test_documented_name_missing_from_the_code_is_an_error() -> None:
    outcomes = {
        each.name: each.outcome
        for each in findings([("x", "no_such_name"), ("x", "cmd_start"), ("x", "EVENT_MAP")], text_of_page())
    }
    assert outcomes == {"no_such_name": "error", "cmd_start": "found", "EVENT_MAP": "deviates"}


def test_stored_list_of_documented_names_matches_the_operators_documents() -> None:
    folder = os.environ.get("UMBRAL_SPEC")
    if folder is None:
        pytest.skip("UMBRAL_SPEC names no folder of the operator's documents")
    assert NAMES.read_text(encoding="utf-8").splitlines() == listed(Path(folder))
