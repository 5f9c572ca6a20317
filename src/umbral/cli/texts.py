"""The command `umbral texts`, which exports and imports the customers' texts."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import uuid4

import typer

from subscriptions.application.dto.languages import is_language
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.command import SubjectGone
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.application.texts.list_texts import TextLayer
from subscriptions.domain.entities.custom_text import TextId
from subscriptions.domain.entities.spoken import LANGUAGES
from subscriptions.domain.errors import InvalidInput, UmbralError
from umbral.terminal.files import in_file, read_text
from umbral.terminal.operating import Work, fail, operate
from umbral.terminal.options import EPILOG, application
from umbral.terminal.outcomes import wrong_in

if TYPE_CHECKING:
    from subscriptions.bootstrap.operator import OperatorContainer

app = application("The texts customers read in the chat and on pages, as files to translate or edit.")

Folder = Annotated[
    Path,
    typer.Argument(
        metavar="DIR",
        help="A folder with one file per language, such as es.toml; add a file for another language.",
    ),
]
_TEXT: Final = "text"


@app.callback()
def texts() -> None:
    """Make Typer treat the subcommands of `umbral texts` as a group."""


@app.command(epilog=EPILOG)
def export(folder: Folder) -> int:
    """Export all texts in their present form, one file per language; names in {braces} are placeholders."""

    async def work(container: OperatorContainer) -> int:
        await container.core.refresh_texts().begin()
        folder.mkdir(parents=True, exist_ok=True)
        for language in LANGUAGES:
            views = await container.list_texts().every(language)
            file = folder / f"{language}.toml"
            file.write_text(as_toml({view.id.key: view.text for view in views}), encoding="utf-8")
            missing_keys = [view.id.key for view in views if view.layer is TextLayer.MISSING]
            print(f"{file}: {len(views)} texts")
            for key in missing_keys:
                print(f"  {key}: missing in this language; shown in {LANGUAGES[0]}")
        return 0

    return _guard(work)


@app.command("import", epilog=EPILOG)
def import_texts(folder: Folder) -> int:
    """Import changed texts from the files; omitted texts are not changed. One invalid text stops the whole import."""

    async def work(container: OperatorContainer) -> int:
        wishes = dict(_read_folder(folder))
        await container.core.refresh_texts().begin()
        new = {text_id.language for text_id in wishes} - {*LANGUAGES}
        LANGUAGES.speak(new)
        changes: dict[TextId, str] = {}
        for language in sorted({text_id.language for text_id in wishes}):
            texts_now = {view.id: view.text for view in await container.list_texts().every(language)}
            changes |= {
                each: text for each, text in wishes.items() if each.language == language and texts_now.get(each) != text
            }
        run_command, problems = container.run_command(), list[str]()
        for text_id, text in changes.items():
            try:
                await run_command.preview(SHELL, "edit_text", str(text_id), {_TEXT: text})
            except SubjectGone:
                problems.append(f"{text_id.language}.toml: {text_id.key}: there's no such text")
            except InputsRefused as error:
                problems += [
                    f"{text_id.language}.toml: {text_id.key}: {wrong_in(each)}" for each in error.errors.values()
                ]
        if problems:
            return fail("texts", "\n".join([*problems, "nothing was changed"]))
        for text_id, text in changes.items():
            await run_command(SHELL, "edit_text", str(text_id), {_TEXT: text}, uuid4())
        print(f"{len(changes)} texts changed")
        if new:
            print(f"New: {', '.join(sorted(new))}. Restart web, bot and worker to use it")
        return 0

    return _guard(work)


def as_toml(texts: Mapping[str, str]) -> str:
    """Return the texts as a TOML file, with a table for each prefix of the keys. Reading the file returns the same
    texts.
    """
    tables: dict[str, dict[str, str]] = {}
    for key, text in texts.items():
        table, _, name = key.rpartition(".")
        tables.setdefault(table, {})[name] = text
    parts = (
        "\n".join([f"[{table}]", *(f"{_name(name)} = {_quote(text)}" for name, text in rows.items())])
        for table, rows in tables.items()
    )
    return "\n\n".join(parts) + "\n"


def _name(name: str) -> str:
    """Return a name in TOML notation: quoted if it contains the name of a plan or resource after an `@`."""
    return f'"{name}"' if "@" in name else name


def _quote(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    printable = "".join(each if each == "\n" or each.isprintable() else f"\\U{ord(each):08x}" for each in plain)
    return f'"""\n{printable}"""' if "\n" in printable else f'"{printable}"'


def _read_folder(folder: Path) -> Iterator[tuple[TextId, str]]:
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise WrongFile(f"{folder} has no text file, such as es.toml")
    for file in files:
        if not is_language(file.stem):
            raise WrongFile(
                f"{file}: {file.stem} is no language that dates can be written in here; name the file it.toml, or "
                "pt-br.toml for a country's own. Images hold the languages they were built with: LOCALES, "
                "docs/releasing.md"
            )
        with in_file(file):
            for key, text in _flat(_read_toml(read_text(file)), ""):
                yield TextId(file.stem, key), text


def _read_toml(text: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        problem = str(error) or "is nested too deeply"
        raise InvalidInput("file", f'can\'t be read: {problem}; write each text as name = "text"') from error


def _flat(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        elif isinstance(value, str):
            yield prefix + name, value.strip("\n")
        else:
            raise InvalidInput(f"{prefix}{name}", "must be text in quotes")


class WrongFile(UmbralError):
    """Raised if a file of texts is refused. The message names the file and the reason."""


def _guard(work: Work) -> int:
    try:
        return operate("texts", work)
    except OSError as error:
        return fail("texts", str(error))
