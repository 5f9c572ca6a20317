"""List of promotion codes, with their terms and usage."""

from collections.abc import Mapping, Sequence
from typing import Final

from features.promotions.commands import MakePromotion, StopPromotion
from features.promotions.permissions import SEE_PROMOTIONS
from features.promotions.terms import EACH, FIRST_PURCHASE, MANY_USES, ONE_USE
from subscriptions.application.lists.columns import (
    Code,
    Column,
    Count,
    Day,
    Interface,
    Link,
    Moment,
    Piece,
    Sort,
    Speaker,
    State,
    Sums,
    Text,
)
from subscriptions.application.lists.list_model import Filter, ListModel
from subscriptions.application.menu import MenuSection
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.domain.entities.activation_token import deep_link
from subscriptions.domain.entities.discount_code import LINK
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.infrastructure.database.list_parts import LABEL, names, of_plan, search
from subscriptions.infrastructure.database.returned_money import back_of

_STATE: Final = (
    "CASE WHEN promotions.stopped_at IS NOT NULL THEN 'stopped'"
    " WHEN promotions.expires_at <= CAST(:now AS timestamptz) THEN 'over' ELSE 'running' END"
)
_USES: Final = "FROM promotion_uses WHERE promotion_uses.promotion_id = promotions.id"
_PAID: Final = f"sum(payments.amount_minor - {back_of('payments')})::bigint"
_BROUGHT: Final = f"""(
    SELECT json_object_agg(currency, minor) FROM (
        SELECT payments.amount_currency AS currency, {_PAID} AS minor FROM promotion_uses
        JOIN payments ON payments.order_id = promotion_uses.order_id AND payments.subscription_id IS NOT NULL
        WHERE promotion_uses.promotion_id = promotions.id GROUP BY 1 HAVING {_PAID} <> 0
    ) AS brought)"""
_SAVED: Final = f"""(
    SELECT json_object_agg(currency, minor) FROM (
        SELECT discount_currency AS currency, sum(discount_minor)::bigint AS minor {_USES}
        AND discount_minor <> 0 GROUP BY 1
    ) AS saved)"""
_LINK: Final = (
    f"(SELECT replace('{deep_link('BOT', LINK)}', 'BOT', variables.value) || promotions.code FROM variables"
    f" WHERE variables.name = '{BOT_USERNAME.name}')"
)
_BY_CREATION: Final = Sort("created_at", "promotions.created_at")


def _commands(row: Row) -> Sequence[str]:
    return names(StopPromotion) if row["status"] == "running" else ()


class Gives(Column):
    """List column with a promotion's discount or extra days. `sql`: name of the table that contains the values."""

    kind = "terms"

    def reads(self, interface: Interface) -> Mapping[str, str]:
        cells = ("percent", "amount_minor", "amount_currency", "days")
        return {f"{self.name}_{cell}": f"{self.sql}.{cell}" for cell in cells}

    def show(self, row: Row, say: Speaker) -> Sequence[Piece]:
        percent, amount = row[f"{self.name}_percent"], row[f"{self.name}_amount"]
        if percent is not None:
            return (Piece(say("chat.promotions.percent", percent=percent)),)
        if amount is not None:
            return (Piece(say("chat.promotions.amount", amount=amount)),)
        return (Piece(say("chat.promotions.days", days=say("cell.days", n=row[f"{self.name}_days"]))),)

    def titles(self) -> Sequence[str]:
        return tuple(f"{self.name}_{cell}" for cell in ("percent", "amount", "currency", "days"))

    def cells(self, row: Row) -> Sequence[object]:
        amount = row[f"{self.name}_amount"]
        money = (amount.decimal, amount.currency) if amount is not None else ("", "")
        return (row[f"{self.name}_percent"], *money, row[f"{self.name}_days"])


PROMOTIONS: Final = ListModel(
    name="promotions",
    permission=SEE_PROMOTIONS,
    section=MenuSection.OFFER,
    tables="promotions LEFT JOIN service_plans ON service_plans.id = promotions.plan_id",
    key=("promotions.id", "uuid"),
    columns=(
        Code("promotion", "promotions.code", sort=Sort("promotion", "promotions.code", "text")),
        Gives("gives", "promotions"),
        State("status", _STATE, words="promo_state"),
        Text("plan", f"CASE WHEN service_plans.id IS NULL THEN 'every' ELSE {LABEL} END", words="promo_plan"),
        Text(
            "counts",
            f"CASE WHEN promotions.first_only OR promotions.days IS NOT NULL THEN '{FIRST_PURCHASE}' ELSE '{EACH}' END",
            words="counts_payments",
        ),
        Text(
            "often",
            f"CASE WHEN promotions.once THEN '{ONE_USE}' ELSE '{MANY_USES}' END",
            words="chat.commands.choice_of.often",
        ),
        Text("uses", "promotions.uses"),
        Day("expires_at", "promotions.expires_at"),
        Count(
            "claimed",
            "(SELECT count(promotion_id) FROM promotion_claims WHERE promotion_claims.promotion_id = promotions.id)",
        ),
        Count("used", f"(SELECT count(*) {_USES})"),
        Sums("money_brought", _BROUGHT),
        Sums("saved", _SAVED),
        Moment("created_at", "promotions.created_at", sort=_BY_CREATION),
        Link("link", _LINK),
    ),
    filters=(
        search("promotions.code ILIKE :like"),
        Filter(
            "state",
            choices={each: f"{_STATE} = '{each}'" for each in ("running", "over", "stopped")},
            words="promo_state",
        ),
        of_plan(),
    ),
    sort=_BY_CREATION,
    commands=_commands,
    begin=names(MakePromotion),
)

LISTS: Final = (PROMOTIONS,)
