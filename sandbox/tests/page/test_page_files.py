"""Served files: types, caching, no external resources, complete translations, contrast."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

import umbral_sandbox.page
from tests.support.plain_http import plain_http
from umbral_sandbox.server import Sandbox

STATIC = Path(umbral_sandbox.page.__file__).parent / "static"
SCRIPTS = sorted((STATIC / "js").rglob("*.js"))
THEME = (STATIC / "css" / "theme.css").read_text(encoding="utf-8")
READABLE = 4.5
SERVED = pytest.mark.asyncio(loop_scope="module")
# Text and background: every pair that the styles combine.
PAIRS = [
    ("text", "bg"),
    ("text", "surface"),
    ("text", "sunken"),
    ("text", "tint"),
    ("quiet", "bg"),
    ("quiet", "surface"),
    ("quiet", "sunken"),
    ("quiet", "tint"),
    ("accent", "bg"),
    ("accent", "surface"),
    ("accent", "sunken"),
    ("accent", "tint"),
    ("on-accent", "accent"),
    ("bad", "surface"),
    ("bad", "sunken"),
    ("bad", "bg"),
    ("bad", "bad-tint"),
    ("text", "bad-tint"),
]


async def fetch(sandbox: Sandbox, path: str) -> httpx.Response:
    async with plain_http(base_url=sandbox.url) as client:
        return await client.get(path)


@SERVED
async def test_page_and_files_are_served_with_their_content_type_and_revalidated_before_reuse(sandbox: Sandbox) -> None:
    page = await fetch(sandbox, "/")
    files = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
    assert page.headers["content-type"].startswith("text/html")
    assert len(files) > 5
    types = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
    for path in files:
        answer = await fetch(sandbox, path)
        assert answer.status_code == 200, path
        assert answer.headers["content-type"].startswith(types[Path(path).suffix])
        assert answer.headers["cache-control"] == "no-cache"


@SERVED
@pytest.mark.parametrize("path", ["js/none.js", "../routes.py", "%2e%2e/routes.py", "..%2froutes.py", "js", ""])
async def test_paths_other_than_static_files_are_not_served(sandbox: Sandbox, path: str) -> None:
    assert (await fetch(sandbox, f"/static/{path}")).status_code == 404


@SERVED
async def test_every_import_of_the_page_names_a_served_file(sandbox: Sandbox) -> None:
    async with plain_http(base_url=sandbox.url) as client:
        for script in SCRIPTS:
            for target in re.findall(r'from "(\.[^"]+)"', script.read_text(encoding="utf-8")):
                path = (script.parent / target).resolve().relative_to(STATIC.resolve())
                answer = await client.get(f"/static/{path.as_posix()}")
                assert answer.status_code == 200, f"{script.name}: {target}"


def test_page_loads_no_external_resources() -> None:
    for path in [STATIC.parent / "index.html", *STATIC.rglob("*.*")]:
        found = set(re.findall(r"https?://[\w.-]+", path.read_text(encoding="utf-8")))
        assert found <= {"http://www.w3.org", "https://t.me"}, path


def texts(language: str) -> set[str]:
    source = (STATIC / "js" / f"texts_{language}.js").read_text(encoding="utf-8")
    return set(re.findall(r"^  (\w+):", source.partition("States = ")[0], flags=re.MULTILINE))


def states(language: str) -> set[str]:
    source = (STATIC / "js" / f"texts_{language}.js").read_text(encoding="utf-8")
    return set(re.findall(r"^  (\w+):", source.partition("States = ")[2], flags=re.MULTILINE))


def test_languages_have_the_same_keys() -> None:
    assert texts("es") == texts("en") == texts("pt")
    assert states("es") == states("en") == states("pt")
    assert {"open", "paid", "active", "past_due", "refunded"} <= states("es")
    faults = (STATIC / "js" / "fault_texts.js").read_text(encoding="utf-8").split("const ")[1:4]
    es, en, pt = (re.findall(r"^  (\w+): \[", each, flags=re.MULTILINE) for each in faults)
    assert es == en == pt != []


def test_texts_of_the_page_are_complete_and_all_used() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS if not path.name.startswith("texts_"))
    asked = set(re.findall(r'\bt\(\s*"(\w+)"', source))
    assert asked <= texts("es")
    stems = re.findall(r"`(\w+_)\$\{", source) + re.findall(r"\}(_\w+)`", source)
    made = {key for key in texts("es") if any(key.startswith(stem) or key.endswith(stem) for stem in stems)}
    named = set(re.findall(r'"(\w+)"', source))
    assert texts("es") <= asked | made | named


def colours(dark: bool) -> dict[str, str]:
    light, _, rest = THEME.partition("@media (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", light))
    return {**found, **dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", rest))} if dark else found


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour as defined by WCAG 2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(("words", "ground"), PAIRS)
def test_text_contrast_is_sufficient(words: str, ground: str, dark: bool) -> None:
    found = colours(dark)
    brighter, darker = sorted((luminance(found[words]), luminance(found[ground])), reverse=True)
    assert (brighter + 0.05) / (darker + 0.05) >= READABLE


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_contrast_of_control_borders_is_sufficient(dark: bool) -> None:
    found = colours(dark)
    brighter, darker = sorted((luminance(found["line-strong"]), luminance(found["surface"])), reverse=True)
    assert (brighter + 0.05) / (darker + 0.05) >= 3
