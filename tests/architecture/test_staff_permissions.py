"""Check that staff permissions are declared: by staff commands, by `acts` for a person's own data, and by `reads`,
`with_permission` or `permitted_caller` for reads. Files that check permissions themselves are listed with a reason;
the list may not grow.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import subscriptions

APPLICATION: Final = Path(subscriptions.__path__[0]) / "application"
BY_HAND: Final = re.compile(r"staff_desk\.(?:require|check)\(|\.require\(action\)|actor\.require\(")
ASKING: Final = {
    "people/staff_desk.py": "the declarations themselves",
    "staff/run_command.py": "the one runner, for every command",
    "staff/actor.py": "the declaration for programs as well as people",
    "views/see_lists.py": "the one reader of lists, each of which declares who reads it",
    "catalog/pricing_service.py": "what the operator's own code calls, by the names of their document",
}
"""Files that check a permission or write the audit log themselves, with the reason."""


def test_only_listed_files_check_staff_permissions_in_their_own_code() -> None:
    by_hand = {
        str(path.relative_to(APPLICATION))
        for path in APPLICATION.rglob("*.py")
        if BY_HAND.search(path.read_text(encoding="utf-8"))
    }
    assert by_hand <= ASKING.keys(), "declare it as a staff command, or as a reading"
    assert ASKING.keys() <= by_hand, "declared by now: take it out of the list"
