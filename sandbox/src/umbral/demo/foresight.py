"""What the settings of this run will be, as far as the last run tells, before the sandbox can say so."""

from __future__ import annotations

from collections.abc import Mapping

from umbral import env_file
from umbral.demo.cast import remembered_cast
from umbral.demo.folder import Folder
from umbral.demo.prepared import Prepared


def foreseen_settings(folder: Folder, ports: Mapping[str, int], database_url: str) -> dict[str, str] | None:
    """The settings of the last run, when the same ports are free again and its database is prepared; else None.

    A guess: a world that was deleted by hand has other people in it.
    """
    if not (folder.env_file.exists() and folder.cast.exists()):
        return None
    before = env_file.parse(folder.env_file)
    same_places = (
        before.get("DATABASE_URL") == database_url
        and before.get("WEB_PORT") == str(ports["web"])
        and before.get("OPS_PORT") == str(ports["ops"])
        and before.get("TELEGRAM_BOT_API_BASE", "").endswith(f":{ports['sandbox']}")
        and before.get("TELEGRAM_MTPROTO_DC", "").endswith(f":{ports['mtproto']}")
    )
    return before if same_places and Prepared(folder.prepared, before, remembered_cast(folder.cast)).already else None
