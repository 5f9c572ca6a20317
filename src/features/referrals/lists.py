"""List of referred customers."""

from typing import Final

from features.referrals.permissions import SEE_REFERRALS
from subscriptions.application.lists.columns import Day, Person, Sort, State, Text
from subscriptions.application.lists.list_model import Filter, ListModel
from subscriptions.application.menu import MenuSection
from subscriptions.infrastructure.database.list_parts import PERSON, search, span
from subscriptions.infrastructure.database.people_search import named

_CAME: Final = Sort("created_at", "customers.created_at")
_REFERRAL_STATE: Final = "CASE WHEN customers.referral_payment_id IS NULL THEN 'came' ELSE 'counted' END"
REFERRALS: Final = ListModel(
    name="referrals",
    permission=SEE_REFERRALS,
    section=MenuSection.OFFER,
    tables="customers JOIN customers AS referrers ON referrers.id = customers.referrer_id",
    key=("customers.id", "uuid"),
    columns=(
        Person("customer"),
        Text("referrer", "concat_ws(' · ', referrers.first_name, '@' || referrers.username)"),
        State("state", _REFERRAL_STATE, words="referral_state"),
        Day("created_at", "customers.created_at", sort=_CAME),
    ),
    filters=(
        search(f"({PERSON} OR {named('referrers')})"),
        Filter(
            "state",
            choices={
                "came": "customers.referral_payment_id IS NULL",
                "counted": "customers.referral_payment_id IS NOT NULL",
            },
            words="referral_state",
        ),
        *span("customers.created_at"),
    ),
    sort=_CAME,
)

LISTS: Final = (REFERRALS,)
