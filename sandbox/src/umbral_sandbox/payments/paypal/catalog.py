"""Handlers of the PayPal API's operations on products, and shared functions of lists."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from pydantic import JsonValue

from umbral_sandbox.payments.chassis.books import in_order
from umbral_sandbox.payments.paypal.account import Account, found
from umbral_sandbox.payments.paypal.ask import Ask, Reply
from umbral_sandbox.payments.paypal.errors import invalid, unprocessable
from umbral_sandbox.payments.paypal.events import emit
from umbral_sandbox.payments.paypal.records import JsonObject, Product, Record
from umbral_sandbox.payments.paypal.shapes import catalog as shapes
from umbral_sandbox.payments.paypal.shapes.common import link

R = TypeVar("R", bound=Record)
PAGE_QUERY: Final = ("page_size", "page", "total_required")
_CHANGEABLE: Final = frozenset({"description", "category", "image_url", "home_url"})


def create_product(account: Account, ask: Ask) -> Reply:
    """Handle ``POST /v1/catalogs/products``."""
    own_id = ask.given.text("id")
    if own_id is not None and own_id in account.products:
        raise unprocessable("DUPLICATE_RESOURCE_IDENTIFIER", "Duplicate resource identifier.", "/id")
    given: JsonObject = {name: value for name, value in ask.given.values.items() if name != "id"}
    record = Product(**account.stamp("product", own_id), given=given)
    account.products.put(record.id, record)
    emit(account, "CATALOG.PRODUCT.CREATED", "product", shapes.product(account, record), "A product was created")
    return Reply(201, shapes.product(account, record, ask.whole))


def read_product(account: Account, ask: Ask) -> Reply:
    """Handle ``GET /v1/catalogs/products/{id}``."""
    return Reply(200, shapes.product(account, found(account.products, ask.id)))


def list_products(account: Account, ask: Ask) -> Reply:
    """Handle ``GET /v1/catalogs/products``."""
    records = in_order(account.products.values())

    def draw(each: Product) -> JsonObject:
        return shapes.product(account, each, whole=False)

    return Reply(200, paged(account, ask, records, "products", "/v1/catalogs/products", draw))


def change_product(account: Account, ask: Ask) -> Reply:
    """Handle ``PATCH /v1/catalogs/products/{id}``."""
    record = found(account.products, ask.id)
    given = dict(record.given)
    for change in ask.items:
        name = (change.text("path") or "").removeprefix("/")
        if name not in _CHANGEABLE:
            raise unprocessable("INVALID_PATCH_PATH", "The specified field cannot be patched.", "/0/path")
        given[name] = None if change.text("op") == "remove" else change.values.get("value")
    record.given = given
    account.keep(account.products, record)
    emit(account, "CATALOG.PRODUCT.UPDATED", "product", shapes.product(account, record), "A product was updated")
    return Reply(204)


def paged(
    account: Account, ask: Ask, records: Sequence[R], name: str, path: str, draw: Callable[[R], JsonObject]
) -> JsonObject:
    """Return one page of a list; pages are counted from 1.

    name: name of the member that contains the list
    path: path of the list, for links to other pages
    draw: function that returns a record's wire format
    """
    size, page = _number(ask, "page_size", 10, 20), _number(ask, "page", 1, 100_000)
    shown = records[(page - 1) * size : page * size]
    items: list[JsonValue] = [draw(each) for each in shown]
    here = f"{account.api}{path}?page_size={size}&page="
    links: list[JsonValue] = [link(f"{here}{page}", "self"), link(f"{here}1", "first")]
    last = max(-(-len(records) // size), 1)
    if page < last:
        links.append(link(f"{here}{page + 1}", "next"))
    links.append(link(f"{here}{last}", "last"))
    shape: JsonObject = {name: items}
    if ask.query.get("total_required") == "true":
        shape |= {"total_items": len(records), "total_pages": last}
    return shape | {"links": links}


def _number(ask: Ask, name: str, otherwise: int, most: int) -> int:
    text = ask.query.get(name, str(otherwise))
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise invalid("INVALID_PARAMETER_VALUE", "The value of a field is invalid.", name, "query")
    return int(text)
