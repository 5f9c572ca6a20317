"""Check that names in lists link to the customers' pages."""

from __future__ import annotations

from typing import Any, cast

from subscriptions.infrastructure.database.lists import LISTS

ROW = {"id": "q-1", "customer_id": "c-1", "first_name": "Ana", "last_name": "Ruiz", "username": None, "telegram_id": 7}


def link_of(name: str) -> tuple[str, str | None]:
    column = next(each for each in LISTS[name].columns if each.kind == "person")
    piece, _ = column.show(ROW, cast(Any, None))
    return str(piece.text), piece.link


def test_name_in_the_list_of_payments_links_to_the_customer() -> None:
    assert link_of("payments") == ("Ana Ruiz", "/customers/c-1")
