"""List of paid gifts whose link was created, with a column for whether each was opened."""

from typing import Final

from features.gifts.permissions import SEE_GIFTS
from subscriptions.application.lists.columns import Amount, Moment, Person, Plan, Sort, State, Text
from subscriptions.application.lists.list_model import Filter, ListModel
from subscriptions.application.menu import MenuSection
from subscriptions.infrastructure.database.list_parts import LABEL, of_plan, search, span

_OPENINGS: Final = (
    "CASE WHEN activation_tokens.used_at IS NOT NULL THEN 'used' WHEN activation_tokens.revoked_at IS NOT NULL THEN"
    " 'revoked' WHEN activation_tokens.expires_at <= CAST(:now AS timestamptz) THEN 'expired' ELSE 'usable' END"
)
_BY_PAYMENT: Final = Sort("paid_at", "orders.paid_at")
GIFTS: Final = ListModel(
    name="gifts",
    permission=SEE_GIFTS,
    section=MenuSection.OFFER,
    tables="orders JOIN customers ON customers.id = orders.customer_id AND orders.gift AND orders.paid_at IS NOT NULL"
    " JOIN service_plans ON service_plans.id = orders.plan_id"
    " JOIN activation_tokens ON activation_tokens.order_id = orders.id"
    " LEFT JOIN customers AS takers ON takers.id = activation_tokens.used_by",
    key=("orders.id", "uuid"),
    columns=(
        Person("customer"),
        Plan("plan", LABEL),
        Amount("price", "orders.price"),
        State("state", _OPENINGS, words="code_state"),
        Text("taker", "concat_ws(' · ', takers.first_name, '@' || takers.username)"),
        Moment("paid_at", "orders.paid_at", sort=_BY_PAYMENT),
        Moment("used_at", "activation_tokens.used_at"),
    ),
    filters=(
        search(),
        Filter(
            "state",
            choices={each: f"{_OPENINGS} = '{each}'" for each in ("usable", "used", "revoked", "expired")},
            words="code_state",
        ),
        of_plan(),
        *span("orders.paid_at"),
    ),
    sort=_BY_PAYMENT,
)

LISTS: Final = (GIFTS,)
