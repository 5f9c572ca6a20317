"""Planted faults that no process reports, and the test that finds each fault. docs/reliability.md lists them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Silence:
    """Unreported fault. what: description of the fault. found: the process that detects the fault, the delay, and the
    result. test: a file and the name of a test in the file.
    """

    what: str
    found: str
    test: str


_ASKING = "tests/unit/application/inbox/test_poll_events.py"
_TURN = "tests/unit/application/inbox/test_watch_providers.py"
_STRANGERS = "tests/unit/application/access/test_strangers.py"

SILENCES = (
    Silence(
        "a refund unheard",
        "the provider's list, asked every 20 minutes: out within the hour, told",
        f"{_ASKING}::test_unreported_full_refund_is_found_within_the_hour",
    ),
    Silence(
        "a dispute unheard, and its end",
        "the same list; an open dispute is asked about every day besides",
        f"{_ASKING}::test_unreported_dispute_and_its_result_are_found",
    ),
    Silence(
        "a renewal unheard",
        "the same list, or `umbral reconcile`: counted once",
        "tests/unit/application/reconciliation/test_reconcile.py::test_unreported_renewal_is_applied_by_the_reconciliation",
    ),
    Silence(
        "a cancellation unheard",
        "each live subscription is asked about once a day",
        f"{_TURN}::test_cancellation_at_the_provider_is_found_within_a_day",
    ),
    Silence(
        "a pause unheard, and its end",
        "the same",
        f"{_TURN}::test_pause_at_the_provider_and_its_end_are_found",
    ),
    Silence(
        "another price unheard",
        "the same",
        f"{_TURN}::test_changed_price_at_the_provider_is_found",
    ),
    Silence(
        "webhooks that stop",
        "an alarm a quarter of an hour after asking found what none had told; it closes itself",
        "tests/unit/application/catalog/test_watch_webhooks.py::test_payment_found_without_a_webhook_raises_one_alarm",
    ),
    Silence(
        "a channel gone",
        "the owning account and, ten minutes apart, the bot miss it: another is made, its customer invited",
        "tests/e2e/test_leaving.py::test_channel_deleted_by_its_owner_account_is_recreated",
    ),
    Silence(
        "a right lost",
        "the hourly count, or the first pick that is refused: the account gives it back",
        "tests/unit/application/channels/test_mend_channel.py::test_removed_bots_without_an_update_are_found_by_the_member_audit",
    ),
    Silence(
        "a pick not delivered",
        "it waits for the account, or for the channel that is made in place of the lost one",
        "tests/e2e/test_leaving.py::test_bots_that_lost_their_rights_get_them_back_and_the_post_arrives",
    ),
    Silence(
        "a member who is no customer",
        "the hourly count: put out, the link replaced, customer and owners told",
        f"{_STRANGERS}::test_stranger_who_joined_without_an_update_is_found_by_the_member_audit",
    ),
    Silence(
        "a clock jumped",
        "compared with the machine's, the database's and a witness: nothing ends meanwhile, the alarm closes itself",
        "tests/unit/application/alarms/test_watch_clock.py::"
        "test_clock_jump_puts_the_clock_in_doubt_and_its_alarm_closes_after_the_correction",
    ),
    Silence(
        "what was put down in a wrong future",
        "the next look takes it back",
        "tests/unit/application/expiry/test_mend_schedule.py::test_check_scheduled_too_far_ahead_is_rescheduled",
    ),
    Silence(
        "a session doubled",
        "the lease fences: who stands still is waited for until Telegram has hung up, so that it never comes to it",
        "tests/integration/userbot/test_killed_replica.py::test_session_of_a_frozen_replica_is_never_used_twice",
    ),
    Silence(
        "a refund, a reversal, a dispute at PayPal while no webhook is registered there",
        "its transactions, up to three hours late, and its disputes, by the list: no call about one customer",
        "tests/contract/test_paypal_activity.py::test_full_refund_ends_the_subscription",
    ),
    Silence(
        "an account's room taken by strangers' channels",
        "each account counts once a day what it is in: our number is corrected, and listed by `umbral reconcile`",
        "tests/unit/application/reconciliation/test_reconcile_channels.py::"
        "test_daily_count_of_an_accounts_channels_includes_channels_unknown_to_the_records",
    ),
    Silence(
        "an account gone",
        "the accounts are looked over every ten seconds: its customers get channels of another",
        "tests/unit/application/accounts/test_watch_losses.py::test_customer_of_a_lost_account_gets_a_channel_of_another_account",
    ),
)

HEADING = "What nobody reports"

ABOUT = """Most of what goes wrong tells nobody. `make year SEED=n SILENT=30` drops every webhook for 30 days in the
middle of a virtual year, for good, while its customers buy, renew, cancel, dispute and leave; the worker's own schedule
(`subscriptions.bootstrap.schedule`) does the asking. The year's other promises hold throughout, and besides: money
that came or left is on record within the hour and whoever it was taken from is out within that hour; a cancellation, a
pause, an end at the provider and how a dispute ended within a day, six hours more where the provider gave no answer
when it was asked; the owners know of the silence two hours after asking found something, and the alarm closes itself.
The provider of an odd seed lists nothing but money when it is asked what happened, that of an even seed everything.
`umbral reconcile`, killed while it waits for any answer, run again, run twice at once, and with a provider that is away
for a week, is played in `tests/e2e/test_reconcile.py`.

Planted one by one, each of these is found in the test that is named:"""
