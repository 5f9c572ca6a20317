"""The operator's reaction to an alarm about an account."""

from __future__ import annotations

from tests.chaos.world import World

# Wait until none of the account's jobs is about to fail for good: such a job would never be requeued, and no operator
# is that fast.
_AT_WORK_AGAIN = """
UPDATE userbot_accounts AS account
SET status = 'active', status_reason = NULL, retry_at = NULL, setbacks = 0, flood_until = '{}'
WHERE status <> 'active' AND (NOT $1 OR status = 'dead')
AND ($2 OR status_reason IS DISTINCT FROM 'UserDeactivatedBanError') AND NOT EXISTS (
    SELECT FROM pgqueuer AS job WHERE job.entrypoint = 'userbot.acc.' || account.id AND job.status <> 'failed'
)
RETURNING id
"""
_ONCE_MORE = """
UPDATE pgqueuer SET status = 'queued', attempts = 0, execute_after = now(), updated = now(), queue_manager_id = NULL,
    headers = CASE WHEN jsonb_typeof(headers) = 'object' THEN headers - 'starts' END
WHERE status = 'failed' AND entrypoint = 'userbot.acc.' || $1
"""
_BANNED = """
UPDATE userbot_accounts AS account SET status = 'dead', status_reason = 'UserDeactivatedBanError'
FROM telegram_channels AS c WHERE c.account_id = account.id AND c.channel_id = $1
"""


def sign_in_again(world: World) -> None:
    """Reactivate unusable accounts and requeue the jobs that failed without them, as `umbral accounts login` does."""
    _bring_back(world, only_dead=True, banned=False)


def rest_is_over(world: World) -> None:
    """End the restrictions of every account, regardless of their reason."""
    _bring_back(world, only_dead=False, banned=True)


def rest_of_others_is_over(world: World) -> None:
    """End the restrictions of every account except banned ones. While one account is banned, a restriction of the only
    other account would stop all work for an hour.
    """
    _bring_back(world, only_dead=False, banned=False)


def is_banned(world: World, channel: int) -> None:
    """Record in the product's database that Telegram banned the account that owns a channel."""
    world.rows(_BANNED, channel)


def _bring_back(world: World, *, only_dead: bool, banned: bool) -> None:
    for account in world.rows(_AT_WORK_AGAIN, only_dead, banned):
        world.rows(_ONCE_MORE, str(account["id"]))
