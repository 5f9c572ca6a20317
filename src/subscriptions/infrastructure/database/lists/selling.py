"""Declarations of the lists of subscriptions, payments, orders and plans."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from subscriptions.application.catalog.plan_files import ImportPlans
from subscriptions.application.lists.columns import (
    Active,
    Amount,
    Code,
    Day,
    Interface,
    Moment,
    Opens,
    PaymentState,
    PeopleOfPlan,
    Person,
    Plan,
    Price,
    Provider,
    ReturnedAmount,
    Sort,
    State,
    Text,
)
from subscriptions.application.lists.list_model import Filter, ForPrograms, ListModel
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.order import OrderStatus
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.entities.service_plan import AccessKind, Buyers, Listing, PerPerson
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.services.payment_balance import DisplayedStatus
from subscriptions.domain.services.staff_policy import StaffAction
from subscriptions.infrastructure.database.list_parts import (
    ACCESS_END,
    ACTIVE,
    BOTH,
    ENDING,
    ENDING_SOON,
    GAVE_ACCESS,
    IS_PAYER,
    LABEL,
    LIVE,
    MISSING_NAMES,
    MISSING_TITLES,
    PERSON,
    RECURRING,
    REFERENCE,
    SOFT_ID,
    UNSOLD,
    by_id,
    names,
    of_currency,
    of_customer,
    of_plan,
    of_provider,
    search,
    span,
)
from subscriptions.infrastructure.database.returned_money import DISPLAYED_STATUS, back_of

_ITS_PLAN: Final = "Slug of the plan."
_BEGAN: Final = Sort("created_at", "subscriptions.created_at")
SUBSCRIPTIONS: Final = ListModel(
    name="subscriptions",
    permission=StaffAction.SEE_CUSTOMERS,
    tables="subscriptions JOIN customers ON customers.id = subscriptions.customer_id"
    " JOIN service_plans ON service_plans.id = subscriptions.plan_id",
    key=("subscriptions.id", "uuid"),
    columns=(
        Text("id", "subscriptions.id", interfaces=Interface.OUTSIDE, type=UUID),
        Person("customer", "subscriptions.customer_id", interfaces=Interface.ALL, type=UUID),
        Plan("plan", LABEL, soft_id=SOFT_ID, interfaces=Interface.ALL, description=_ITS_PLAN, example="retabet"),
        State("status", "subscriptions.status", interfaces=Interface.ALL, type=SubscriptionStatus, example="active"),
        Amount(
            "price",
            "subscriptions.price",
            sort=Sort("price", "subscriptions.price_minor", "bigint"),
            interfaces=Interface.ALL,
        ),
        Provider(
            "provider",
            "subscriptions.provider",
            interfaces=Interface.ALL,
            null=True,
            description="Provider that charges; null for a granted subscription.",
            example="acme",
        ),
        Day("created_at", "subscriptions.created_at", sort=_BEGAN, interfaces=Interface.ALL, type=datetime),
        Moment(
            "access_until",
            ACCESS_END,
            sort=Sort("access_until", f"coalesce({ACCESS_END}, to_timestamp(0))"),
            interfaces=Interface.ALL,
            type=datetime,
            null=True,
            description="End of access, including grace days. While Umbral suspends the access, the end that it would"
            " have if the suspension ended now.",
            example="2026-12-22T09:30:00Z",
        ),
        Moment(
            "pause_until",
            "CASE WHEN subscriptions.status IN ('active', 'paused') THEN subscriptions.pause_until END",
            interfaces=Interface.OUTSIDE,
            type=datetime,
            null=True,
            description="Date of the next charge if a month is skipped.",
        ),
        Text("cancel_at_period_end", "subscriptions.cancel_at_period_end", interfaces=Interface.OUTSIDE, type=bool),
        Text("cancel_reason", "subscriptions.cancel_reason", interfaces=Interface.OUTSIDE, null=True, example="price"),
        Moment("ended_at", "subscriptions.ended_at", interfaces=Interface.OUTSIDE, type=datetime, null=True),
        Text("end_reason", "subscriptions.end_reason", interfaces=Interface.OUTSIDE, null=True, example="expired"),
    ),
    filters=(
        search(),
        Filter(
            "state",
            choices={
                "active": ACTIVE,
                "recurring": RECURRING,
                "live": f"subscriptions.status IN {LIVE}",
                "ending": ENDING,
                "ending_soon": ENDING_SOON,
                "canceling": f"subscriptions.status IN {LIVE}"
                " AND (subscriptions.status = 'canceled' OR subscriptions.billing_stopped_at IS NOT NULL)",
                "gave_access": GAVE_ACCESS,
            },
            interfaces=BOTH,
            description="Only subscriptions that are active (neither suspended nor failing nor canceled), make up"
            " the monthly recurring revenue, are live (not ended), end within a day or a week, are no longer charged,"
            " or gave access.",
        ),
        Filter(
            "status",
            "subscriptions.status = :value",
            values=tuple(SubscriptionStatus),
            interfaces=BOTH,
            description="Only with this status.",
        ),
        of_plan(),
        of_provider("subscriptions.provider"),
        of_currency("subscriptions.price_currency"),
        of_customer("subscriptions.customer_id"),
        *span("subscriptions.created_at"),
        Filter("ended", "subscriptions.ended_at >= CAST(:value AS timestamptz)", kind="date"),
        by_id("subscriptions.id = CAST(:value AS uuid)"),
    ),
    sort=_BEGAN,
    programs=ForPrograms(
        item="Subscription", summary="Subscriptions, newest first", ability=Ability.SUBSCRIPTIONS, sort=_BEGAN
    ),
)

PAYMENTS: Final = ListModel(
    name="payments",
    permission=StaffAction.SEE_CUSTOMERS,
    tables="payments JOIN customers ON customers.id = payments.customer_id JOIN orders ON orders.id = payments.order_id"
    " JOIN service_plans ON service_plans.id = orders.plan_id",
    key=("payments.id", "uuid"),
    columns=(
        Text("id", "payments.id", interfaces=Interface.OUTSIDE, type=UUID),
        Moment(
            "created_at",
            "payments.recorded_at",
            interfaces=Interface.EVENTS,
            type=datetime,
            description="Time at which the payment was recorded.",
        ),
        Person("customer", "payments.customer_id", interfaces=Interface.ALL, type=UUID),
        Text("subscription", "payments.subscription_id", interfaces=Interface.OUTSIDE, type=UUID, null=True),
        Amount(
            "amount",
            "payments.amount",
            sort=Sort("amount", "payments.amount_minor", "bigint"),
            interfaces=Interface.ALL,
        ),
        ReturnedAmount(
            "back",
            back_of("payments"),
            more={"back_currency": "payments.amount_currency"},
            interfaces=Interface.ALL,
            description="Refunded amount, in the currency's smallest unit.",
        ),
        PaymentState(
            "status",
            DISPLAYED_STATUS,
            more={"flag": "payments.flag"},
            interfaces=Interface.ALL,
            type=DisplayedStatus,
            example="captured",
        ),
        Text(
            "flag",
            "payments.flag",
            interfaces=Interface.OUTSIDE,
            type=FlagReason,
            null=True,
            description="Review reason: why the payment gives no access automatically.",
        ),
        Plan(
            "plan",
            LABEL,
            soft_id=SOFT_ID,
            interfaces=Interface.ALL,
            description="Slug of the ordered plan.",
            example="retabet",
        ),
        Provider("provider", "payments.provider", interfaces=Interface.ALL, example="acme"),
        Text("is_renewal", "payments.is_renewal", interfaces=Interface.OUTSIDE, type=bool),
        Code("reference", REFERENCE.format("payments.order_id")),
        Moment(
            "occurred_at",
            "payments.occurred_at",
            sort=Sort("occurred_at", "payments.occurred_at"),
            interfaces=Interface.ALL,
            type=datetime,
        ),
    ),
    filters=(
        search(
            f"({PERSON} OR payments.payment_key = :value"
            f" OR {REFERENCE.format('payments.order_id')} = upper(ltrim(:value, '#')))"
        ),
        Filter(
            "state",
            choices={
                "flagged": "payments.status = 'flagged'",
                "disputed": "EXISTS (SELECT FROM disputes WHERE disputes.payment_id = payments.id)",
                "disputed_open": "EXISTS (SELECT FROM disputes WHERE disputes.payment_id = payments.id"
                " AND disputes.closed_at IS NULL)",
                "first": "NOT payments.is_renewal",
                "renewal": "payments.is_renewal",
            },
            interfaces=BOTH,
            description="Only payments in this state.",
        ),
        Filter(
            "status",
            f"{DISPLAYED_STATUS} = :value",
            values=tuple(DisplayedStatus),
            interfaces=BOTH,
            description="Only with this status.",
        ),
        of_plan(),
        of_provider("payments.provider"),
        of_currency("payments.amount_currency"),
        of_customer("payments.customer_id"),
        *span("payments.occurred_at"),
        by_id(
            "payments.id IN (CAST(:value AS uuid),"
            " (SELECT payment_id FROM refunds WHERE refunds.id = CAST(:value AS uuid)))"
        ),
    ),
    sort=Sort("occurred_at", "payments.occurred_at"),
    programs=ForPrograms(
        item="Payment",
        summary="Payments, most recently recorded first",
        ability=Ability.PAYMENTS,
        sort=Sort("created_at", "payments.recorded_at"),
    ),
)

_ORDER_STATE: Final = f"CASE WHEN {IS_PAYER} THEN 'paying' ELSE orders.status END"
_BY_ORDER: Final = Sort("ordered_at", "orders.created_at")
ORDERS: Final = ListModel(
    name="orders",
    permission=StaffAction.SEE_CUSTOMERS,
    tables="orders JOIN customers ON customers.id = orders.customer_id"
    " JOIN service_plans ON service_plans.id = orders.plan_id",
    key=("orders.id", "uuid"),
    columns=(
        Person("customer"),
        Plan("plan", LABEL),
        State("state", _ORDER_STATE, words="order_state"),
        Amount("price", "orders.price"),
        Provider(
            "provider",
            "(SELECT checkout_attempts.provider FROM checkout_attempts WHERE checkout_attempts.order_id = orders.id"
            " ORDER BY checkout_attempts.number DESC LIMIT 1)",
        ),
        Code("reference", REFERENCE.format("orders.id")),
        Moment("ordered_at", "orders.created_at", sort=_BY_ORDER),
        Moment("paid_at", "orders.paid_at"),
    ),
    filters=(
        search(f"({PERSON} OR {REFERENCE.format('orders.id')} = upper(ltrim(:value, '#')))"),
        Filter(
            "state",
            choices={"paying": IS_PAYER, **{each: f"orders.status = '{each}'" for each in OrderStatus}},
            words="order_state",
        ),
        of_plan(),
        *span("orders.created_at"),
    ),
    sort=_BY_ORDER,
)

_POSITION: Final = Sort("position", "service_plans.position", "bigint")
_LENGTH: Final = {
    each: f"service_plans.{each}" for each in ("interval", "interval_count", "duration_days", "ends_on", "recurring")
}
PLANS: Final = ListModel(
    name="plans",
    permission=StaffAction.SEE_PLANS,
    tables="service_plans",
    key=("service_plans.id", "uuid"),
    columns=(
        Code("id", SOFT_ID, interfaces=Interface.PROGRAMS, description="Slug of the plan.", example="retabet"),
        Text("name", "service_plans.name", interfaces=Interface.PROGRAMS, example="Retabet"),
        Plan("plan", LABEL, sort=Sort("name", "lower(service_plans.name)", "text")),
        Price("price", "service_plans.price", more=_LENGTH, interfaces=BOTH),
        Text("access", "service_plans.access", interfaces=Interface.PROGRAMS, type=AccessKind),
        Opens(
            "resources",
            "(SELECT string_agg(resources.title, ', ' ORDER BY plan_resources.position) FROM plan_resources"
            " JOIN resources ON resources.id = plan_resources.resource_id"
            " WHERE plan_resources.plan_id = service_plans.id)",
            words="resource_title",
        ),
        PeopleOfPlan(
            "people",
            "(SELECT count(*) FROM subscriptions WHERE subscriptions.plan_id = service_plans.id"
            f" AND subscriptions.status IN {LIVE})",
        ),
        Active(
            "active",
            "service_plans.active",
            more={"missing_titles": MISSING_TITLES},
            interfaces=BOTH,
            type=bool,
            description="True if the plan is on offer. It is sold only if `missing` is empty.",
            example=True,
        ),
        Text(
            "missing",
            MISSING_NAMES,
            interfaces=Interface.PROGRAMS,
            type=list[str],
            description="Slugs of the resources that cannot be joined; the plan is not sold while there is one.",
            example=[],
        ),
        Text("recurring", "service_plans.recurring", interfaces=Interface.PROGRAMS, type=bool, example=True),
        Text(
            "trial_days",
            "service_plans.trial_days",
            interfaces=Interface.PROGRAMS,
            type=int,
            description="Free days before the first charge; a customer who had the plan before gets none.",
            example=7,
        ),
        Text(
            "ends_on",
            "service_plans.ends_on",
            interfaces=Interface.PROGRAMS,
            type=date,
            null=True,
            description="Fixed last day of the plan, whenever it is bought.",
        ),
        Text(
            "buyers",
            "service_plans.buyers",
            interfaces=Interface.PROGRAMS,
            type=Buyers,
            description="Customers who may buy the plan; `code`: customers with a code for it.",
        ),
        Text(
            "holders_of",
            "string_to_array(coalesce(service_plans.holders_of, ''), ' ')",
            interfaces=Interface.PROGRAMS,
            type=list[str],
            description="Slugs of plans; only customers with one of them may buy this plan.",
            example=[],
        ),
        Text(
            "per_person",
            "service_plans.per_person",
            interfaces=Interface.PROGRAMS,
            type=PerPerson,
            description="Number of purchases per person; `auto`: one for a free plan, otherwise unlimited.",
        ),
        Text(
            "listing",
            "service_plans.listing",
            interfaces=Interface.PROGRAMS,
            type=Listing,
            description="Visibility: shown to customers, or available only by its link.",
        ),
        Code("soft_id", SOFT_ID),
        Text("position", "service_plans.position", sort=_POSITION),
    ),
    filters=(
        search("(service_plans.name ILIKE :like OR service_plans.soft_id ILIKE :like)"),
        Filter(
            "state",
            choices={"active": "service_plans.active", "inactive": "NOT service_plans.active", "unsold": UNSOLD},
            words="plan_sold",
            interfaces=BOTH,
            description="Only plans on offer, not on offer, or on offer but not sold because a resource cannot"
            " be joined.",
        ),
    ),
    sort=_POSITION,
    is_descending=False,
    more={"honours_tokens": "service_plans.honours_tokens"},
    begin=names(ImportPlans),
    programs=ForPrograms(
        item="Plan",
        summary="Plans, in the order in which they are offered",
        ability=Ability.PLANS,
        sort=_POSITION,
        is_descending=False,
        is_paged=False,
    ),
)
