"""Check that the backups could be restored, and that somebody has tried it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from subscriptions.application.recovery.keep_backups import LAST_PROOF, PROVED_WITHIN, Proof
from subscriptions.bootstrap.backup_clock import KEPT_SETTINGS_KEY, are_wanted, load_backups
from subscriptions.bootstrap.sealed_settings import Sources, master_vault
from subscriptions.domain.entities.backup import Backup
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

if TYPE_CHECKING:
    from subscriptions.infrastructure.backups.backups import Backups

_VERIFY = "run `umbral backup --verify`"


async def report_of_backups(
    environ: Mapping[str, str], units: UnitOfWorkFactory, sources: Sources | None, now: datetime
) -> list[str]:
    """Return a line about the newest backup, and one with the remedy for each reason for which the shop could not be
    restored from the backups.
    """
    async with units() as uow:
        proof, kept_key = await uow.variables.get(LAST_PROOF), await uow.variables.get(KEPT_SETTINGS_KEY)
    vault = master_vault(environ)
    if sources is None or not any((sources.in_force, sources.overridden, sources.unreadable)):
        vault = None
    is_kept = vault is None or kept_key == vault.fingerprint
    if not are_wanted(environ):
        return ["backups: none are made, for BACKUP_TO is empty", *_of_missing_key(is_kept)]
    lines = list[str]()
    try:
        backups: Backups = load_backups().open_backups(environ)
        newest = next(iter(await backups.all()), None)
        if newest is None:
            lines.append(f"backups: {backups.location} holds none; the worker makes one when it starts")
        else:
            lines.append(_of_newest(newest, proof))
            lines += await _of_signature(backups, newest)
            lines += _of_proof(proof, now, opens=backups.opens)
            is_kept = is_kept and (vault is None or await backups.has_settings_key())
        if vault is not None and is_kept and backups.opens:
            reason = await load_backups().check_settings_key(environ)
            lines += [f"backups: the shop can't be restored from them: {reason}; run `umbral backup`"] * bool(reason)
    except UmbralError as error:
        lines.append(f"backups: they can't be looked at: {error}")
    return lines + _of_missing_key(is_kept)


def _of_newest(newest: Backup, proof: Proof | None) -> str:
    line = f"backups: the newest is of {newest.made_at:%Y-%m-%d %H:%M} UTC"
    if proof is None:
        return line
    failure = f", which failed: {proof.problem}" if proof.problem else ""
    return f"{line}; {proof.name} was brought back on {proof.at:%Y-%m-%d}{failure}"


async def _of_signature(backups: Backups, newest: Backup) -> list[str]:
    """Check that a restore would accept the newest backup. Without the private key, only the key itself is checked."""
    if not backups.signs:
        return [
            "backups: BACKUP_KEY can't sign, so a restore refuses them; put into it what `umbral backup --public-key`"
            " prints where the private key is, then run `umbral backup`"
        ]
    reason = await backups.refusal(newest) if backups.opens else ""
    return [f"backups: a restore refuses {newest.name}: {reason}; run `umbral backup`"] * bool(reason)


def _of_proof(proof: Proof | None, now: datetime, *, opens: bool) -> list[str]:
    """Check that a backup was restored as a trial lately. `opens`: whether BACKUP_KEY has the private half."""
    verify = _VERIFY if opens else f"{_VERIFY} with the private key"
    if proof is None:
        return [f"backups: none was checked so far; {verify}"]
    if proof.problem:
        return [f"backups: the last check failed; run `umbral backup`, then {verify.removeprefix('run ')}"]
    is_old = now - proof.at > PROVED_WITHIN
    return [f"backups: none was checked since {proof.at:%Y-%m-%d}; {verify}"] * is_old


def _of_missing_key(is_kept: bool) -> list[str]:
    return [
        "backups: they hold no copy of the key of the settings entered in the browser, so the shop could not be"
        " restored from them; run `umbral backup` once (docs/backups.md)"
    ] * (not is_kept)
