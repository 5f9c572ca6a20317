"""aiogram's types are made when they are needed, and each of them can be."""

import pytest
from aiogram import methods, types
from pydantic import BaseModel


@pytest.mark.parametrize("model", [types.Update, methods.SendMessage, methods.SetMyCommands, methods.EditMessageMedia])
def test_what_the_bot_needs_can_be_made(model: type[BaseModel]) -> None:
    model.model_rebuild()
    assert model.__pydantic_complete__


@pytest.mark.long
def test_each_type_can_be_made() -> None:
    every = [getattr(place, name) for place in (types, methods) for name in place.__all__]
    models = [each for each in every if isinstance(each, type) and issubclass(each, BaseModel)]

    for model in models:
        model.model_rebuild()

    assert len(models) > 500
    assert all(model.__pydantic_complete__ for model in models)
