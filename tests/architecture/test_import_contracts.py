"""The import contracts hold, and a planted violation breaks each of them."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass

import pytest

from tests.architecture.conftest import ROOT, SOURCES, import_contracts, lint_imports


@dataclass(frozen=True)
class Plant:
    """A violating module written into a copy of the sources, and a word that the linter's report must contain."""

    contract: str
    path: str
    code: str
    seen: str


FEATURE = min((each.parent.name for each in (ROOT / "src/features").glob("*/feature.py")), default="planted_one")


PLANTS = [
    Plant(
        "1 ", "subscriptions/domain/entities/planted_upwards.py", "import subscriptions.application", "planted_upwards"
    ),
    Plant("1 ", "web/planted_sideways.py", "import worker", "planted_sideways"),
    Plant("1 ", "web/planted_feature.py", f"import features.{FEATURE}.feature", "planted_feature"),
    Plant("2 ", "subscriptions/utils.py", "", "subscriptions.utils"),
    Plant("3 ", "worker/planted_direct.py", "import subscriptions.infrastructure", "planted_direct"),
    Plant(
        "4 ",
        "subscriptions/infrastructure/payments/brand_new/planted_copy.py",
        "import subscriptions.infrastructure.payments.stripe",
        "planted_copy",
    ),
    Plant(
        "4 ",
        "subscriptions/infrastructure/payments/stripe/planted_factory.py",
        "import subscriptions.infrastructure.payments.gateway_factory",
        "planted_factory",
    ),
    Plant(
        "4b ",
        "subscriptions/infrastructure/telegram/planted_reader.py",
        "import subscriptions.infrastructure.providers.reader",
        "planted_reader",
    ),
    Plant(
        "4c ",
        "subscriptions/infrastructure/providers/planted_favour.py",
        "import subscriptions.infrastructure.payments.stripe",
        "planted_favour",
    ),
    Plant("5 ", "subscriptions/domain/entities/planted_model.py", "import pydantic", "planted_model"),
    Plant("6 ", "subscriptions/application/catalog/planted_query.py", "import httpx", "planted_query"),
    Plant("7 ", "web/planted_table.py", "import sqlalchemy", "planted_table"),
    Plant("8 ", "subscriptions/domain/planted_drawer.py", "", "planted_drawer"),
    Plant("8 ", "subscriptions/domain/ports/planted_rule.py", "import subscriptions.domain.services", "planted_rule"),
    Plant("9a ", "worker/planted_client.py", "import telethon", "planted_client"),
    Plant("9b ", "bot/planted_session.py", "import sqlalchemy", "planted_session"),
    Plant("9c ", "worker/planted_bot.py", "import aiogram", "planted_bot"),
    Plant("9d ", "bot/planted_sdk.py", "import stripe", "planted_sdk"),
    Plant("10a ", "web/planted_heavy.py", "import subscriptions.bootstrap.planted_telethon", "planted_heavy"),
    Plant("10b ", "bot/planted_heavy.py", "import subscriptions.bootstrap.planted_telethon", "planted_heavy"),
    Plant("10c ", "userbot/planted_heavy.py", "import subscriptions.bootstrap.planted_fastapi", "planted_heavy"),
    Plant("11a ", "umbral_sandbox/planted_shortcut.py", "import subscriptions.domain", "planted_shortcut"),
    Plant("11b ", "subscriptions/application/planted_backdoor.py", "import umbral_sandbox.world", "planted_backdoor"),
    Plant("11b ", "umbral/cli/planted_handle.py", "import umbral_sandbox.server", "planted_handle"),
    Plant(
        "12 ",
        "subscriptions/application/people/planted_above.py",
        "import subscriptions.application.checkout.start_checkout",
        "planted_above",
    ),
    Plant(
        "12 ",
        "subscriptions/application/vip/planted_beside.py",
        "import subscriptions.application.payments.refunds",
        "planted_beside",
    ),
    Plant("12 ", "subscriptions/application/planted_room/__init__.py", "", "planted_room"),
    Plant("14a ", "umbral/cli/planted_name.py", f"import features.{FEATURE}.feature", "planted_name"),
    Plant("14b ", "features/planted_one/feature.py", "import subscriptions.infrastructure", "planted_one"),
    Plant("14c ", "features/planted_two/domain.py", "import subscriptions.application.routing", "planted_two"),
    Plant("14d ", "features/planted_two/use_cases/query.py", "import sqlalchemy", "planted_two"),
    *(
        Plant(
            contract,
            f"subscriptions/application/posts/planted_{table}.py",
            f"import subscriptions.domain.ports.writing.{table}",
            f"planted_{table}",
        )
        for contract, table in (("13a ", "payments"), ("13b ", "ledger"))
    ),
]
# Modules on the import chains of the plants for contract 10.
STEPS = {
    "subscriptions/bootstrap/planted_telethon.py": "import telethon",
    "subscriptions/bootstrap/planted_fastapi.py": "import fastapi",
    "subscriptions/infrastructure/payments/brand_new/__init__.py": "",
    "features/planted_one/__init__.py": "",
    "features/planted_two/__init__.py": "",
    "features/planted_two/use_cases/__init__.py": "",
}


def contracts() -> list[str]:
    return [contract["name"] for contract in import_contracts()]


@pytest.fixture(scope="module")
def broken_report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the linter's report on a copy of the sources that contains every planted violation."""
    tree = tmp_path_factory.mktemp("planted")
    for sources in SOURCES:
        shutil.copytree(ROOT / sources, tree / sources, ignore=shutil.ignore_patterns("__pycache__"))
    for path, code in [*STEPS.items(), *((plant.path, plant.code) for plant in PLANTS)]:
        target = tree / ("sandbox/src" if path.startswith("umbral_sandbox/") else "src") / path
        target.parent.mkdir(exist_ok=True)
        target.write_text(f"{code}\n")
    return lint_imports(tree).stdout


def section(report: str, contract: str) -> str:
    """Return the part of the report that explains one broken contract."""
    _, _, explained = report.partition("Broken contracts")
    parts = re.split(rf"^({'|'.join(map(re.escape, contracts()))})$", explained, flags=re.MULTILINE)
    found = [text for name, text in zip(parts[1::2], parts[2::2], strict=True) if name.startswith(contract)]
    return "\n".join(found)


def test_import_contracts_are_fulfilled() -> None:
    checked = lint_imports(ROOT)

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: f"{plant.contract}{plant.seen}")
def test_planted_violation_breaks_its_import_contract(broken_report: str, plant: Plant) -> None:
    assert plant.seen in section(broken_report, plant.contract), broken_report[-2000:]


def test_every_contract_has_a_planted_violation() -> None:
    assert {name.split()[0] for name in contracts()} == {plant.contract.strip() for plant in PLANTS}


def test_every_import_contract_has_guidance_for_its_violation() -> None:
    assert all("broken_contract_guidance" in contract for contract in import_contracts())
