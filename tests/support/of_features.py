"""Declarations from the tests of features, collected for shared fakes and for tests of all lists and pages."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, Final

from subscriptions.application.dto.rooms import feature_folders
from subscriptions.domain.entities.notification import MessageKind

KINDS_OF_FEATURES: Final = {
    "owner_news": "news",
    "invoice": "invoices",
    "receipt": "receipts",
    "support_answer": "support",
    "takeover_asked": "transfer",
    "takeover_closed": "transfer",
    "referred": "referrals",
    **dict.fromkeys(("gift_ready", "gift_opened", "gift_held", "gift_returned", "gift_taken"), "gifts"),
}
"""Kinds of messages that a feature adds, each with the feature's folder. Jobs and rows can contain these kinds even in
an installation without the feature.
"""
COMMANDS_OF_FEATURES: Final = {
    "import": "moving",
    "keys": "api",
    "leak": "marks",
    "mcp": "mcp",
    "miniapp": "miniapp",
    "receipts": "receipts",
    "record": "record",
    "webhooks": "webhooks",
}
"""Commands of `umbral` that a feature adds, each with the feature's folder. The product's documents name these commands
even where the feature is absent.
"""
FOLDER: Final = Path(__file__).parents[1] / "features"


def of_features(module: str, constant: str) -> dict[str, Any]:
    """Return the merged entries of a mapping that the modules with this name define in the folders
    of `tests/features`.
    """
    names = sorted(each.parent.name for each in FOLDER.glob(f"*/{module}.py"))
    found = (getattr(import_module(f"tests.features.{name}.{module}"), constant, {}) for name in names)
    return {key: value for each in found for key, value in each.items()}


def message_kinds() -> set[str]:
    """Return the kinds of messages of the core and of the features whose folders exist."""
    present = {each.rpartition(".")[2] for each in feature_folders()}
    kinds = {*map(str, MessageKind), *KINDS_OF_FEATURES}
    return {kind for kind in kinds if KINDS_OF_FEATURES.get(kind) in {None, *present}}


def removed_commands() -> set[str]:
    """Return the commands of features whose folders do not exist."""
    present = {each.rpartition(".")[2] for each in feature_folders()}
    return {command for command, feature in COMMANDS_OF_FEATURES.items() if feature not in present}
