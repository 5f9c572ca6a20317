"""Reader of the YAML and JSON files that people write. Values stay the text that was written; the reader of a field
decides what the text means.
"""

from importlib import import_module
from typing import Any, Final

from subscriptions.domain.entities.spoken import Spoken, phrase, text_for
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.services.file_text import clean_lines

_MOST_NODES: Final = 50_000
_CORE: Final = "tag:yaml.org,2002:"
_NULL, _MERGE, _MAPPING, _SEQUENCE = (f"{_CORE}{name}" for name in ("null", "merge", "map", "seq"))
_SCALARS: Final = frozenset(f"{_CORE}{name}" for name in ("str", "null", "bool", "int", "float", "timestamp", "value"))
"""Types that a plain scalar resolves to. Except for null, all of them stay text."""


class FileMapping(dict[str, Any]):
    """Mapping of a file. line: number of its first line. lines: number of each key's line."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}

    def at(self, key: str, problem: str) -> Spoken:
        """Return the description of a problem with the key's line in front, or with the mapping's line if the file
        does not have the key.
        """
        return on_line(self.lines.get(key, self.line), problem)


def on_line(line: int, problem: str) -> Spoken:
    """Return the description of a problem with the number of its line in front, in each language."""
    return phrase(f"line {line}: {text_for(problem, 'en')}", f"línea {line}: {text_for(problem, 'es')}")


def read_yaml(text: str) -> Any:
    """Return the content of a YAML or JSON file: FileMapping, list, text, or None for null.

    Numbers, dates, `true` and `No` stay text. Raises InvalidInput with the line for a file that cannot be read, for a
    key that occurs twice, and for content that is too large.
    """
    text = clean_lines(text)
    if text.lstrip().startswith(("{", "[")):
        # JSON permits tabs between values, and none within them.
        text = text.replace("\t", " ")
    yaml = import_module("yaml")
    try:
        node = yaml.compose(text, yaml.SafeLoader)
        return _Content().value(node) if node is not None else None
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise InvalidInput("file", on_line(line, f"can't be read: {error.reason}")) from error
    except yaml.MarkedYAMLError as error:
        problem = str(error.problem or error.context)
        # A quotation that never ends is wrong where it begins.
        marks = (error.problem_mark, error.context_mark)
        mark = next(filter(None, marks[::-1] if "end of stream" in problem else marks), None)
        raise InvalidInput("file", on_line(mark.line + 1 if mark else 1, f"can't be read: {problem}")) from error
    except RecursionError as error:
        raise InvalidInput("file", phrase("is nested too deeply", "tiene demasiados niveles")) from error


class _Content:
    """Conversion of a file's nodes. They are counted, because a few lines of aliases can expand beyond the available
    memory.
    """

    def __init__(self) -> None:
        self._count = 0

    def value(self, node: Any) -> Any:
        self._count += 1
        if self._count > _MOST_NODES:
            raise InvalidInput("file", phrase("says more than it can hold", "dice más de lo que puede contener"))
        line = node.start_mark.line + 1
        if node.tag == _MAPPING and node.id == "mapping":
            return self._mapping(node)
        if node.tag == _SEQUENCE and node.id == "sequence":
            return [self.value(each) for each in node.value]
        if node.tag not in _SCALARS or node.id != "scalar":
            raise InvalidInput(
                "file", on_line(line, f"{node.tag.removeprefix(_CORE)} isn't supported; write plain text")
            )
        return None if node.tag == _NULL else _joined(node.value, line)

    def _mapping(self, node: Any) -> FileMapping:
        line = node.start_mark.line + 1
        own, merged, first_lines = FileMapping(line), FileMapping(line), dict[str, int]()
        for key_node, value_node in node.value:
            key_line = key_node.start_mark.line + 1
            key = key_node.value if key_node.tag == _MERGE else self.value(key_node)
            if not isinstance(key, str):
                problem = phrase("a field's name must be text", "el nombre de un campo tiene que ser texto")
                raise InvalidInput("file", on_line(key_line, problem))
            if key in first_lines:
                problem = phrase(
                    f"{key} is there twice, first in line {first_lines[key]}; remove one of them",
                    f"{key} está dos veces, la primera en la línea {first_lines[key]}; quita una",
                )
                raise InvalidInput("file", on_line(key_line, problem))
            first_lines[key] = key_line
            if key_node.tag == _MERGE:
                self._merge(merged, value_node)
            else:
                own[key], own.lines[key] = self.value(value_node), key_line
        for key in merged.keys() - own.keys():
            own[key], own.lines[key] = merged[key], merged.lines[key]
        return own

    def _merge(self, merged: FileMapping, node: Any) -> None:
        parts = node.value if node.id == "sequence" else [node]
        for part in parts:
            values = self.value(part)
            if not isinstance(values, FileMapping):
                problem = phrase("<< takes mappings", "<< lleva conjuntos de campos")
                raise InvalidInput("file", on_line(part.start_mark.line + 1, problem))
            for key in values.keys() - merged.keys():
                merged[key], merged.lines[key] = values[key], values.lines[key]


def _joined(text: str, line: int) -> str:
    """Return the text with each pair of surrogates, by which JSON writes an emoji, as one character."""
    try:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError as error:
        problem = phrase("holds half a character", "tiene medio carácter")
        raise InvalidInput("file", on_line(line, problem)) from error
