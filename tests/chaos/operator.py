"""What the operator does when an alarm says that Telegram did something to an account."""

from __future__ import annotations

from tests.chaos.world import World

# Not while one of its jobs is still on its way to being given up: nobody is that quick, and it would never be requeued.
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
    """Bring dead accounts back, and have done what was given up for want of them: `umbral accounts login`, in short."""
    _bring_back(world, only_dead=True, banned=False)


def rest_is_over(world: World) -> None:
    """Make every account as good as new, whatever Telegram did to it."""
    _bring_back(world, only_dead=False, banned=True)


def rest_of_others_is_over(world: World) -> None:
    """The same, but one that is banned stays so: where it is the last but one, nobody could do anything for an hour."""
    _bring_back(world, only_dead=False, banned=False)


def is_banned(world: World, channel: int) -> None:
    """Telegram bans the account that owns a channel, and the product has found that out."""
    world.rows(_BANNED, channel)


def _bring_back(world: World, *, only_dead: bool, banned: bool) -> None:
    for account in world.rows(_AT_WORK_AGAIN, only_dead, banned):
        world.rows(_ONCE_MORE, str(account["id"]))
