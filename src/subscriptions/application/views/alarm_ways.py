"""Every kind of alarm: what it names, and where it leads who wants to put it right. One table for chat and console."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from subscriptions.domain.services.staff_policy import StaffAction


class Way(StrEnum):
    """Where an alarm leads beside its customer's card."""

    REFUND = "refund"
    REPAIR = "repair"
    REQUEUE = "requeue"
    PLAN = "plan"
    METHODS = "methods"
    CHANNEL = "channel"
    ACCOUNTS = "accounts"
    RECONCILE = "reconcile"
    NEWS = "news"
    WEBHOOKS = "webhooks"
    JOBS = "jobs"
    MESSAGES = "messages"


TAKES: Final[Mapping[Way, StaffAction]] = {
    Way.REFUND: StaffAction.REFUND_PAYMENT,
    Way.REPAIR: StaffAction.REPAIR,
    Way.REQUEUE: StaffAction.REPEAT_WORK,
    Way.PLAN: StaffAction.SEE_PLANS,
    Way.METHODS: StaffAction.ARRANGE_METHODS,
    Way.CHANNEL: StaffAction.SET_UP_CHANNEL,
    Way.ACCOUNTS: StaffAction.SEE_ACCOUNTS,
    Way.RECONCILE: StaffAction.RECONCILE,
    Way.NEWS: StaffAction.HEAR_NEWS,
    Way.WEBHOOKS: StaffAction.SEE_WORK,
    Way.JOBS: StaffAction.SEE_WORK,
    Way.MESSAGES: StaffAction.SEE_CUSTOMERS,
}
"""What one must be allowed to for it to be shown."""


@dataclass(frozen=True)
class About:
    """names: the facts it is told with, by their words in `alarms.toml`; `customer` is a person with a card, and what
    is known of their order comes of itself. way: its one button. page: of the console, where that has a better one.
    """

    names: tuple[str, ...]
    way: Way | None = None
    page: Way | None = None


def _about(names: str, way: Way | None = None, page: Way | None = None) -> About:
    return About(tuple(names.split()), way, page)


_PAID, _AGREED = "customer plan order", "customer plan order subscription provider"

ABOUT: Final[Mapping[str, About]] = {
    **dict.fromkeys(
        ("amount_mismatch", "customer_mismatch", "second_capture", "order_closed", "subscription_over"),
        _about(_PAID, Way.REFUND),
    ),
    **dict.fromkeys(("second_capture_returned", "order_closed_returned"), _about(f"{_PAID} amount")),
    "part_payment": _about(f"{_PAID} amount missing"),
    "overpaid": _about(f"{_PAID} amount excess", Way.REFUND),
    "refund_reversed": _about(f"{_PAID} amount", Way.REFUND),
    "refund_currency": _about(f"{_PAID} amount paid"),
    "refund_failed": _about(f"{_PAID} amount reason", Way.REFUND),
    "time_given": _about("customer plan staff given"),
    "promotion_overused": _about(f"{_PAID} promotion saved"),
    **dict.fromkeys(
        ("dispute_open", "dispute_long", "dispute_lost", "dispute_inquiry"),
        _about(f"{_PAID} amount"),
    ),
    "paid_time_over": _about(_AGREED),
    "paid_without_access": _about("customer plan channel", Way.REPAIR),
    "checkout_rejected": _about("customer plan provider reason", Way.PLAN),
    "plan_without_price": _about("plan provider", Way.PLAN),
    "unknown_price": _about(f"{_AGREED} price asked", Way.PLAN),
    "plan_change_conflict": _about(f"{_AGREED} to asked"),
    "payment_event_missing": _about(f"{_AGREED} since", Way.RECONCILE),
    "unknown_status": _about(f"{_AGREED} reason", Way.RECONCILE),
    "provider_refuses": _about(f"{_AGREED} reason", Way.RECONCILE),
    "still_billed": _about(f"{_AGREED} reason"),
    "account_deleted": _about(_AGREED),
    "renewal_without_channel": _about(f"{_AGREED} charged", Way.ACCOUNTS),
    "erasure_dropped": _about("customer reason"),
    "erasure_waits": _about("customer inside"),
    "unmatched_payment_event": _about("provider event amount", page=Way.WEBHOOKS),
    "unknown_subscription": _about("provider event subscription amount", Way.METHODS, Way.WEBHOOKS),
    "payment_event_stuck": _about("provider event order amount reason", Way.RECONCILE, Way.WEBHOOKS),
    "payment_method_left_out": _about("provider settings", Way.METHODS),
    "no_payment_method": _about("", Way.METHODS),
    "chat_payment_untaken": _about("customer update reason", Way.METHODS),
    "webhooks_refused": _about("provider", Way.METHODS),
    "webhooks_untimely": _about("provider signed"),
    "webhooks_silent": _about("provider event last", Way.RECONCILE, Way.WEBHOOKS),
    "webhooks_misled": _about("provider address status missing", Way.METHODS),
    "events_not_listed": _about("provider reason", Way.METHODS),
    "webhook_receiver_off": _about("receiver reason since"),
    "pool_dry": _about("waiting accounts per_day retry", Way.ACCOUNTS),
    "pool_share": _about("", Way.ACCOUNTS),
    **dict.fromkeys(
        (
            "account_full",
            "account_restricted",
            "account_peer_flood",
            "account_frozen",
            "account_logged_out",
            "account_session_doubled",
            "account_banned",
        ),
        _about("account reason", Way.ACCOUNTS),
    ),
    "account_unreachable": _about("account since", Way.ACCOUNTS),
    "customers_rehomed": _about("account channels", Way.ACCOUNTS),
    "channels_taken_over": _about("account by channels", Way.ACCOUNTS),
    "channel_lost": _about("customer channel account", Way.ACCOUNTS),
    "channel_out_of_reach": _about("customer channel account reason", Way.ACCOUNTS),
    "bot_put_out": _about("customer channel account missing reason", Way.ACCOUNTS),
    "removal_stuck": _about("customer channel reason", Way.ACCOUNTS),
    "stranger_in_channel": _about("customer channel stranger"),
    "double_in_use": _about("customer channel account double"),
    "mirror_lost": _about("channel plans"),
    "deletions_unseen": _about("channel plans", Way.ACCOUNTS),
    "deletions_held": _about("channel plans posts"),
    "vip_bot_put_out": _about("channel bot missing", Way.CHANNEL),
    "bot_rights_missing": _about("channel bot missing", Way.CHANNEL),
    "vip_link_refused": _about("customer reason", Way.CHANNEL),
    "channel_not_configured": _about("customer plan", Way.CHANNEL),
    # These are told by screens of their own.
    **dict.fromkeys(("reconciled", "brought_back", "sweep_held", "sweep_done"), _about("")),
    "job_held": _about("job number reason", Way.REQUEUE),
    "job_crashes": _about("job number reason", Way.REQUEUE),
    "job_unsigned": _about("job customer order amount"),
    "work_overdue": _about("job waiting since", page=Way.JOBS),
    "messages_undelivered": _about("customer message waiting since", page=Way.MESSAGES),
    "picks_undelivered": _about("customer channel pick waiting since", page=Way.JOBS),
    **dict.fromkeys(
        (
            "database_disk_full",
            "database_memory",
            "database_connections",
            "database_limit",
            "database_slow",
            "database_files",
        ),
        _about("job"),
    ),
    "clock_wrong": _about("machine off"),
    "clock_went_back": _about("off jobs"),
    "backup_late": _about("newest reason"),
    "backup_unusable": _about("backup reason"),
    "news_refused": _about("group reason", Way.NEWS),
    "support_refused": _about("group reason"),
}
"""By kind. One that is not here, as of another version, is told with its facts and leads nowhere."""
NOWHERE: Final = About(())
