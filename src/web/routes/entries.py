"""Pydantic models of list entries, for API responses and webhook events."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, create_model
from pydantic import Field as Member

from subscriptions.application.lists.columns import Field, Interface
from subscriptions.application.lists.list_model import ListModel


def entry_model(
    model: ListModel, name: str, summary: str, interface: Interface
) -> tuple[type[BaseModel], Mapping[str, object]]:
    """Return the model of a list's entry for API clients, and an example entry."""
    fields: dict[str, Field] = {}
    for column in model.columns_for(interface):
        fields |= column.fields()
    members: dict[str, Any] = {
        each: (Annotated[field.type, Member(description=field.description or None)], ...)
        for each, field in fields.items()
    }
    return create_model(name, __doc__=summary, **members), {each: field.example for each, field in fields.items()}
