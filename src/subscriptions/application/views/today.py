"""Tasks of the core that wait for staff on the page Today, the most urgent first."""

from typing import Final

from subscriptions.application.staff.today_tasks import TodayTask
from subscriptions.application.subscriptions.offer_pages import OfferPages

TODAY: Final = (
    TodayTask(
        name="past_due",
        list_name="subscriptions",
        filters={"status": "past_due"},
        command=OfferPages.name,
    ),
    TodayTask(
        name="disputes",
        list_name="payments",
        filters={"state": "disputed_open"},
        alarm_facts={"order": "reference"},
    ),
    TodayTask(
        name="flagged",
        list_name="payments",
        filters={"state": "flagged"},
        words={"flag": "flag"},
        alarm_facts={"order": "reference"},
    ),
    TodayTask(
        name="doors",
        list_name="customers",
        filters={"state": "shut_out"},
        alarm_facts={"customer": "customer_id", "access": ""},
    ),
    TodayTask(name="unsold", list_name="plans", filters={"state": "unsold"}, is_listed=False),
    TodayTask(name="webhooks", list_name="webhooks", filters={"status": "parked"}, is_listed=False),
    TodayTask(name="jobs", list_name="jobs", filters={"status": "failed"}, is_listed=False),
    TodayTask(name="accounts", list_name="accounts", filters={"state": "troubled"}, is_listed=False),
)
