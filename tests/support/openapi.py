"""Validation of responses against an OpenAPI description."""

import re
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]
_TYPES = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
    "object": dict,
    "array": list,
}


class Described:
    """An OpenAPI description with which responses can be validated."""

    def __init__(self, description: Schema) -> None:
        self.description = description

    def check(self, method: str, path: str, status: int, body: Any) -> None:
        """Fail unless the description contains this call with this status and the body has the described shape."""
        operation = self.operation(method, path)
        responses = operation["responses"]
        answer = responses.get(str(status)) or responses.get(f"{status // 100}XX")
        assert answer is not None, f"{method} {path} is not said to answer {status}"
        problem = self.problem(answer["content"]["application/json"]["schema"], body, "body")
        assert problem is None, f"{method} {path}: {problem}"

    def operation(self, method: str, path: str) -> Schema:
        """Return the operation for a path. If several paths match, return the one with the fewest placeholders."""
        fitting = [
            (template.count("{"), operations[method.lower()])
            for template, operations in self.description["paths"].items()
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) and method.lower() in operations
        ]
        assert fitting, f"{method} {path} is not described"
        found: Schema = min(fitting, key=lambda each: each[0])[1]
        return found

    def problem(self, schema: Schema, value: Any, path: str) -> str | None:
        """Return the first error in ``value`` as text, or None if the value has the described shape.

        path: name of the value in the text.
        """
        if "$ref" in schema:
            return self.problem(self.description["components"]["schemas"][schema["$ref"].split("/")[-1]], value, path)
        if "anyOf" in schema:
            problems = [self.problem(option, value, path) for option in schema["anyOf"]]
            return problems[0] if all(problems) else None
        if value not in schema.get("enum", [value]) or value != schema.get("const", value):
            return f"{path} is {value!r}, not what is described"
        return self._typed(schema, value, path) if "type" in schema else None

    def _typed(self, schema: Schema, value: Any, path: str) -> str | None:
        kind = schema["type"]
        if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
            return f"{path} is {value!r}, no {kind}"
        if kind == "array":
            return self._items(schema, value, path)
        return self._fields(schema, value, path) if kind == "object" else None

    def _items(self, schema: Schema, value: list[Any], path: str) -> str | None:
        found = (self.problem(schema.get("items", {}), item, f"{path}[{at}]") for at, item in enumerate(value))
        return next((each for each in found if each), None)

    def _fields(self, schema: Schema, value: dict[str, Any], path: str) -> str | None:
        fields = schema.get("properties", {})
        missing = [name for name in schema.get("required", []) if name not in value]
        if missing:
            return f"{path} lacks {missing}"
        more = schema.get("additionalProperties")
        # A model with named fields permits no other fields, whether or not the description says so.
        unknown = [name for name in value if name not in fields] if not more else []
        if unknown and fields:
            return f"{path} has {unknown} beside what is described"
        for name, inner in value.items():
            found = self.problem(fields.get(name, more if isinstance(more, dict) else {}), inner, f"{path}.{name}")
            if found:
                return found
        return None
