"""Check that each table is written by the use cases of one folder ("room") of the application. Other writers are listed
here with a reason.

The list may only become shorter: remove a line that is no longer needed, and add a line only after a decision. Tables
about money are not listed: payments, reversals, receipts, the ledger and invoices are read through the unit of work,
and written through ports that only their rooms may import (contracts 13a and 13b).
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from subscriptions.application.dto.rooms import of_features
from tests.architecture.conftest import ROOT

APPLICATION = ROOT / "src/subscriptions/application"
FEATURES = ROOT / "src/features"
WRITES = re.compile(
    r"(?:save|add|set|delete|remove|drop|keep|claim|settle|raise_to|seal|issue|append|change_buyer|reserve|decide|place_post"
    r"|choose|see_chat|end|seen|confirm|revoke|note|readdress|forget|erase|prune|replay|repeat|try|answer|address|give_up"
    r"|take_stock|look_again|joined)(?:_\w+)?"
)
READS = {"orders.opened", "discounts.claimed_by", "records.settlements", "resources.seen_chat"}
"""Repository methods that only read although their names suggest a write."""
OF_ALL = {"audit", "variables"}
"""Repositories that the use cases of every folder may write: the audit log, and variables, which only the declaring
folder writes (see below).
"""
KEPT_ELSEWHERE = {
    "EMPTIED_AT": {"resources": "the command that replaces a chat sets the day on which the old one is emptied"},
    "LAST_SEEN": {"expiry": "what was taken for the present is taken back with what was put off by it"},
    "LISTED_AT": {"subscriptions": "the list is noted before it is gone through, and asks about each"},
    "POOL_SHARE_REPORTED": {"accounts": "the alarm that closes by it lies in a room below the one that counts"},
    "RETURN": {"recovery": "every room looks whether it rests, and one below all of them says so"},
}
"""Variables that are written outside of the folder that declares them: the writing folder, with the reason."""

OWNERS = {
    "accesses": "access",
    "accounts": "accounts",
    "alarms": "alarms",
    "backup_admins": "channels",
    "channels": "channels",
    "console": "people",
    "customers": "people",
    "dialogues": "people",
    "facts": "subscriptions",
    "inbox": "inbox",
    "invitations": "team",
    "notifications": "messages",
    "operations": "staff",
    "payment_keys": "catalog",
    "orders": "checkout",
    "own_roles": "team",
    "payment_methods": "catalog",
    "personal_data": "expiry",
    "posts": "posts",
    "plans": "catalog",
    "discounts": "catalog",
    "resources": "resources",
    "schedule": "schedule",
    "site_pictures": "settings",
    "settings": "settings",
    "subscriptions": "subscriptions",
    "bulk_expiries": "expiry",
    "uploads": "posts",
    "texts": "texts",
    "tokens": "vip",
    "updates": "inbox",
    "vip": "access",
    "vip_entries": "vip",
    "withdrawals": "withdrawals",
}

_MOVES = "a customer moves whole: what another system sold them comes in one unit of work, or not at all"
_MOVED = "two customers change accounts in one commit, with all that belongs to an account"
_RETURN = "rows that a restored database lost are written again as they were"
_GRANT = "a right, its chat and its links change together, or somebody is inside without one"
_END = "what is over is ended with the subscription, under the same lock"
_ERASED = "who is erased has no visit and no open question left"

ALSO: Mapping[str, Mapping[str, str]] = {
    "accesses": {"channels": _GRANT, "features.transfer": _MOVED, "resources": _GRANT, "vip": _GRANT},
    "accounts": {
        "access": "the account that is to make a channel is chosen with the access it is for",
        "channels": "what Telegram said of an account while it worked",
        "expiry": "a deleted channel gives its place back",
        "people": "the bots that are introduced are the accounts' senders",
    },
    "alarms": {
        "channels": "closed with the cause that it mends",
        "messages": "told and kept in one commit",
        "features.record": "closed with the cause that it mends",
        "reconciliation": "kept with the report that found it",
    },
    "channels": {
        "access": _GRANT,
        "join_requests": "the moment of a look is kept with what was seen",
        "expiry": _END,
        "features.transfer": _MOVED,
        "resources": "a resource and its place are added, replaced and retired together",
        "vip": _GRANT,
    },
    "console": {
        "features.miniapp": "a customer's visit in a browser is one of these visits",
        "features.transfer": _MOVED,
        "team": "a second factor and a role are given and taken there, and visits end with them",
    },
    "customers": {
        "features.transfer": _MOVED,
        "features.moving": _MOVES,
        "deliveries": "nobody can be written to who blocked the bot",
        "features.partners": "who brought a customer is kept on them, once",
        "payments": "the provider's name of a customer comes with the first payment",
        "features.referrals": "the payment for which days were granted is kept on the referred customer",
        "recovery": _RETURN,
        "staff": "a block is kept on the customer, locked with the command",
        "team": "a role is kept on the customer, locked with the command",
        "vip": "tried codes are counted on the customer, for codes of all kinds together",
    },
    "dialogues": {"features.transfer": _MOVED, "team": "who loses a role loses the dialogue"},
    "inbox": {"payments": "an event is settled with the money that it told of"},
    "notifications": {
        "features.news": "what a chat is owed is noted once for each, before it is sent",
        "features.transfer": "what was not sent yet goes to the account of now",
        "people": "a card is kept with the consent that it asked for",
        "recovery": "what a return would tell late is noted as told",
    },
    "orders": {
        "expiry": _END,
        "features.moving": _MOVES,
        "payments": "an order is paid in the commit that counts its money",
        "recovery": _RETURN,
        "staff": "a customer is blocked in the commit that closes their open orders",
        "subscriptions": "a change of plan closes the order it replaces",
    },
    "posts": {
        "features.record": "a tip and its reminder are posts; a tip and its entry are accepted at once",
    },
    "resources": {
        "access": "a chat that was kept until the period's end is let go with the right; a plan's topic is made by"
        " whoever posts or greets in it, in a room below both; the door hears who comes in without a right, a guest",
        "catalog": "what is lost by a narrowed plan is kept until the period's end",
        "features.moving": "a member who claims a place is noted as a guest, whom staff sees and may give a plan",
        "features.vip": "the steps before a channel are put and ended there",
    },
    "uploads": {
        "features.broadcasts": "a draft's file is deleted with the commit that keeps where Telegram has it",
        "features.support": "a file is deleted once the customer has it",
    },
    "subscriptions": {
        "access": "time is counted by whoever gives or takes it, with its cause in the same commit",
        "expiry": _END,
        "features.transfer": "an account moves in the commit that ends the renewals charged to the former one",
        "inbox": "what was asked is noted with the answer",
        "features.moving": _MOVES,
        "payments": "a payment and the period that it pays are one commit",
        "recovery": _RETURN,
    },
    "discounts": {"features.promotions": "staff makes codes there, and customers claim them"},
    "tokens": {
        "access": "a code is noted as used when its holder is inside",
        "features.moving": _MOVES,
        "features.gifts": "a gift is a code that waits to be opened",
        "features.tokens": "codes that staff makes and revokes",
    },
    "vip_entries": {
        "access": "the ritual is complete when its holder is inside",
        "features.vip": "customers advance through the steps there",
    },
}


def _repository(node: ast.expr) -> tuple[str, ast.expr | None]:
    """Return the repository named by an expression, and the unit of work: `uow.orders` or `uow.of(POSTS_KEY)`."""
    if isinstance(node, ast.Attribute):
        return node.attr, node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "of":
        [key] = node.args
        name = key.id if isinstance(key, ast.Name) else ""
        return name.removesuffix("_KEY").lower(), node.func.value
    return "", None


def writers() -> Mapping[str, set[str]]:
    """Return the folders of use cases, and features as `features.NAME`, that write to each repository."""
    rooms = defaultdict(set)
    paths = {path: path.relative_to(APPLICATION).parts[0] for path in APPLICATION.rglob("*.py")}
    paths |= {path: f"features.{path.relative_to(FEATURES).parts[0]}" for path in FEATURES.rglob("*.py")}
    for path, room in paths.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Attribute):
                continue
            repository, unit = _repository(node.value)
            is_unit = (isinstance(unit, ast.Name) and unit.id == "uow") or (
                isinstance(unit, ast.Attribute) and unit.attr == "uow"
            )
            if is_unit and WRITES.fullmatch(node.attr) and f"{repository}.{node.attr}" not in READS:
                rooms[repository].add(room)
    return {name: each for name, each in rooms.items() if name not in OF_ALL}


def present(rooms: Iterable[str]) -> set[str]:
    """Return the folders that still exist, without the folders of features that were removed."""
    folders = {f"features.{path.name}" for path in FEATURES.iterdir()}
    return {room for room in rooms if not room.startswith("features.") or room in folders}


def test_table_is_written_only_by_its_owning_folder_and_listed_folders() -> None:
    found, of_a_feature = writers(), {each.key.name for each in of_features("repository", "REPOSITORIES")}
    assert set(found) - of_a_feature == set(OWNERS)
    for repository in of_a_feature:
        assert {room.partition(".")[0] for room in found.get(repository, ())} <= {"features"}, repository
    for repository, owner in OWNERS.items():
        rooms = found[repository]
        assert rooms == {owner, *present(ALSO.get(repository, {}))}, repository


def test_stored_variable_is_written_only_by_its_owning_folder_and_listed_folders() -> None:
    elsewhere, writing = defaultdict[str, set[str]](set), ("variables.set", "variables.raise_to")
    for path in APPLICATION.rglob("*.py"):
        room, tree = path.relative_to(APPLICATION).parts[0], ast.parse(path.read_text(encoding="utf-8"))
        imported = {
            each.name: node.module.split(".")[2]
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("subscriptions.application.")
            for each in node.names
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not ast.unparse(node.func).endswith(writing):
                continue
            name = ast.unparse(node.args[0]).partition(".")[0]
            if imported.get(name, room) != room:
                elsewhere[name].add(room)
    assert elsewhere == {name: set(rooms) for name, rooms in KEPT_ELSEWHERE.items()}


def test_folders_named_as_table_writers_exist() -> None:
    rooms = {path.parent.name for path in APPLICATION.glob("*/__init__.py")}
    rooms |= {f"features.{path.parent.name}" for path in FEATURES.glob("*/__init__.py")}
    assert set(OWNERS.values()) | {room for each in ALSO.values() for room in present(each)} <= rooms
