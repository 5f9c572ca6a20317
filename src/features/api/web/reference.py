"""The API's description as a page: operations by tag, each with its parameters and responses."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_SCHEMAS = "#/components/schemas/"


@dataclass(frozen=True)
class Member:
    """A parameter, or a member of a request or response body. location: `path`, `query`, `header`, or the enclosing
    object.
    """

    name: str
    type: str
    description: str
    location: str = ""
    is_required: bool = False


@dataclass(frozen=True)
class Operation:
    """One operation or webhook event. answers: response statuses with their descriptions. example: example of the
    request body or, if there is none, of the response.
    """

    id: str
    method: str
    path: str
    summary: str
    paragraphs: Sequence[str]
    parameters: Sequence[Member]
    body: Sequence[Member]
    answer: Sequence[Member]
    answers: Sequence[tuple[str, str]]
    example: str


def reference(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the data of the reference page from an OpenAPI document."""
    schemas = document["components"]["schemas"]
    operations = [
        (operation["tags"][0], _operation(method, path, operation, schemas))
        for paths in (document["paths"], document.get("webhooks", {}))
        for path, methods in paths.items()
        for method, operation in methods.items()
    ]
    groups = [(tag, [each for name, each in operations if name == tag["name"]]) for tag in document["tags"]]
    return {"info": document["info"], "server": document["servers"][0]["url"], "groups": groups}


def _operation(method: str, path: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> Operation:
    body = _content(operation.get("requestBody", {}))
    answer = next((_content(each) for status, each in operation["responses"].items() if status.startswith("2")), {})
    example = body.get("example") or _example(answer.get("schema", {}), schemas)
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        paragraphs=operation["description"].split("\n\n"),
        parameters=[
            Member(
                each["name"],
                type_of(each["schema"]),
                each.get("description", ""),
                each["in"],
                each.get("required", False),
            )
            for each in operation.get("parameters", [])
        ],
        body=list(_members(body.get("schema", {}), schemas)),
        answer=list(_members(answer.get("schema", {}), schemas)),
        answers=[(status, each["description"]) for status, each in operation["responses"].items()],
        example=json.dumps(example, ensure_ascii=False, indent=2) if example else "",
    )


def _content(part: Mapping[str, Any]) -> Mapping[str, Any]:
    content: Mapping[str, Any] = part.get("content", {}).get("application/json", {})
    return content


def _example(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> object:
    return next(iter(_resolve(schema, schemas).get("examples", ())), None)


def _members(
    schema: Mapping[str, Any], schemas: Mapping[str, Any], prefix: str = "", depth: int = 0
) -> Iterator[Member]:
    whole = _resolve(schema, schemas)
    for name, each in whole.get("properties", {}).items():
        yield Member(
            name,
            type_of(each),
            _resolve(each, schemas).get("description", ""),
            prefix,
            name in whole.get("required", ()),
        )
        inner = each.get("items", each)
        for part in (inner, *inner.get("anyOf", ())):
            if depth < 3 and (part.get("$ref") or "properties" in part):
                yield from _members(part, schemas, f"{prefix}{name}.", depth + 1)


def _resolve(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    schema_name = schema.get("$ref", "").removeprefix(_SCHEMAS)
    return {**schemas[schema_name], **schema} if schema_name else schema


def type_of(schema: Mapping[str, Any]) -> str:
    """Return a short description of a schema's type: `string (uuid)`, `list of CustomerOut`, `a or b`."""
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_SCHEMAS)
    if "anyOf" in schema:
        return " or ".join(type_of(each) for each in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return " or ".join(f"`{each}`" for each in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {type_of(schema.get('items', {}))}"
    form = f" ({schema['format']})" if "format" in schema else ""
    return f"{schema.get('type', 'any')}{form}"
