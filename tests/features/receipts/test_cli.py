"""`umbral receipts` and `umbral gateway` with a real database, as entered by the operator."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from subscriptions.domain.entities.payment_method import PaymentMethod
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.shop import database_shop
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal


async def test_receipts_are_exported_as_csv_and_json_and_summed_by_quarter(
    database_url: str, fork_client: ForkClient, tmp_path: Path
) -> None:
    engine = create_engine(database_url)
    shop = database_shop(engine)
    plan, ana = await shop.plan(), await shop.customer()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    async with shop.units() as uow:
        off = PaymentMethod(provider="stripe", enabled=False, position=0, changed_at=shop.clock.now())
        await uow.payment_methods.save(off)
        await uow.commit()
    await engine.dispose()

    terminal = Terminal(
        {
            "DATABASE_URL": database_url,
            "STRIPE_SECRET_KEY": "sk_test_51abc",
            "STRIPE_WEBHOOK_SECRET": "whsec_abc",
            "PAYMENT_GATEWAYS": "stripe,nopay",
        },
        fork_client,
    )
    exported = await terminal.run("receipts", "export", "--from", "2026-03-01", "--to", "2026-03-01")
    assert exported.status == 0, exported.err
    (row,) = csv.DictReader(io.StringIO(exported.out))
    assert (row["number"], row["amount"], row["currency"], row["method"]) == ("R2026-00001", "29.99", "EUR", "acme")
    output = await terminal.run("receipts", "export", "--from", "2026-03-01", "--to", "2026-03-01", "--json")
    assert json.loads(output.out) == [row]
    summed = await terminal.run("receipts", "quarter", "2026-1")
    assert summed.out == "currency,rate,net,tax,gross,documents\nEUR,,,,29.99,1\n"
    assert (await terminal.run("receipts", "quarter", "2026-4", "--json")).out.strip() == "[]"
    for_adviser = await terminal.run("receipts", "adviser", "2026-1", "--language", "es")
    assert for_adviser.status == 0, for_adviser.err
    assert for_adviser.out.startswith("\ufeffFecha;Número;Documento;")
    assert "01/03/2026;R2026-00001;Recibo;" in for_adviser.out
    assert ";29,99;EUR;" in for_adviser.out
    file, shown = tmp_path / "quarter.csv", await terminal.run("receipts", "adviser", "2026-1")
    printed = await terminal.run("receipts", "export", "--quarter", "2026-Q1")
    assert (printed.status, printed.out) == (0, shown.out)
    written = await terminal.run("receipts", "export", "--quarter", "2026-Q1", "--output", str(file))
    assert (written.status, written.out, file.read_bytes().decode()) == (0, "", shown.out)
    for words, problem in (
        (("--quarter", "2026-Q5"), "as 2026-4"),
        (("--quarter", "2026-Q1", "--from", "2026-01-01"), "excludes --from and --to"),
        ((), "--from: is missing"),
        (("--quarter", "2026-Q1", "--output", str(tmp_path)), "can't be written"),
    ):
        refused = await terminal.run("receipts", "export", *words)
        assert (refused.status, problem in refused.err) == (1, True), refused.err
    as_json = await terminal.run("receipts", "adviser", "2026-1", "--json")
    assert [each["gross"] for each in json.loads(as_json.out)["documents"]] == ["29.99"]
    odd = await terminal.run("receipts", "adviser", "2026-9")
    assert (odd.status, "as 2026-4" in odd.err) == (1, True)
    odd = await terminal.run("receipts", "quarter", "2026-5")
    assert (odd.status, "as 2026-4" in odd.err) == (1, True)
    reversed_days = await terminal.run("receipts", "export", "--from", "2026-03-02", "--to", "2026-03-01")
    assert (reversed_days.status, "is before --from" in reversed_days.err) == (1, True)
    listed = await terminal.run("gateway", "list")
    states = {line.split()[0]: line for line in listed.out.splitlines()}
    assert "off in the panel" in states["stripe"]
    assert "left out" in states["nopay"]
    assert "PAYMENT_GATEWAYS" in states["nopay"]
    output = await terminal.run("gateway", "--env-file", "/dev/null", "list", "--json")
    methods = {each["method"]: each for each in json.loads(output.out)}
    assert methods["stripe"] == {"method": "stripe", "state": "off in the panel", "settings_to_mend": []}
    assert methods["nopay"]["settings_to_mend"] == ["PAYMENT_GATEWAYS"]
