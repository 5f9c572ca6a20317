"""Files of activation codes, which contain no spreadsheet formulas."""

from __future__ import annotations

from features.tokens.chat import as_csv
from features.tokens.commands import MadeCode, MadeCodes
from scripts import panel_samples as samples
from subscriptions.domain.ids import TokenId


def test_file_of_codes_contains_no_formulas() -> None:
    plan = samples.replace(samples.VIP, name="=1+1")
    code = MadeCode(
        id=TokenId(samples.ID), code="ABCD1234EFGH5678", link="https://t.me/retador_bot?start=ABCD1234EFGH5678"
    )
    made = MadeCodes(plan=plan.soft_id, expires_at=samples.NOW, codes=[code])
    lines = as_csv(made, plan, "@verano").splitlines()

    assert lines[0] == "token,link,plan,price,days,expires,campaign"
    assert lines[1].startswith("ABCD1234EFGH5678,https://t.me/retador_bot?start=ABCD1234EFGH5678,'=1+1,$9.99,30,")
    assert lines[1].endswith(",'@verano")
