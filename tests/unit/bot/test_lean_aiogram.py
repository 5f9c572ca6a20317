"""aiogram's types are made when they are needed, and each of them can be."""

from aiogram import methods, types
from pydantic import BaseModel


def test_each_type_can_be_made() -> None:
    every = [getattr(place, name) for place in (types, methods) for name in place.__all__]
    models = [each for each in every if isinstance(each, type) and issubclass(each, BaseModel)]

    for model in models:
        model.model_rebuild()

    assert len(models) > 500
    assert all(model.__pydantic_complete__ for model in models)
