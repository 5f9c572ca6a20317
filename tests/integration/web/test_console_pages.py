"""Pages of the console: visibility by role, filters and files, the customer history, and staff commands."""

from __future__ import annotations

import csv
import dataclasses
import re
from base64 import b64decode
from collections.abc import AsyncIterator
from datetime import timedelta
from io import StringIO

import pytest

from subscriptions.application.payments.tax_report import Quarter
from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.order import CheckoutAttempt
from subscriptions.domain.entities.payment import PaymentStatus
from subscriptions.domain.entities.resource import GROUP, EntryPolicy, Resource
from subscriptions.domain.entities.subscription import STAFF, SubscriptionStatus
from subscriptions.domain.entities.userbot_account import AccountStatus
from subscriptions.domain.ids import ChatId
from subscriptions.domain.money import Money
from subscriptions.domain.services.spans import same_weekdays
from subscriptions.domain.services.staff_policy import may
from subscriptions.domain.services.zones import HOME
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.fakes.selling import Sale, entry, selling
from tests.integration.web.conftest import Tables
from tests.support.console_visitor import Visitor, hidden, hire, visiting
from tests.support.of_features import of_features
from tests.support.website import Website, running_website
from web.console.index import ACTIONS, pages

NASTY = "<b>&_*"
QUICK = {"WEB_ADDRESS_REQUESTS": "1000"}


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[Website]:
    """Run a site without a rate limit, because a test is faster than a person."""
    async with running_website(database_url, **QUICK) as website:
        yield website


@pytest.fixture
async def sale(site: Website) -> Sale:
    """Store a sale to a customer with special characters in the name."""
    async with site.container.core.units()() as uow:
        sold = await selling(uow)
        sold.customer.first_name, sold.customer.username = NASTY, "ana_b"
        sold.customer.last_name = "Méndez"
        await uow.customers.save(sold.customer)
        await uow.ledger.add_if_new(entry(sold.subscription.id))
        await uow.commit()
    return sold


async def test_each_role_sees_only_its_pages(site: Website, sale: Sale, tables: Tables) -> None:
    for role in StaffRole:
        await walk(site, sale, role)
    refused = await tables.rows("SELECT count(*) AS n FROM audit_log WHERE action = 'staff.refused'")
    assert refused[0]["n"] > 0


async def walk(site: Website, sale: Sale, role: StaffRole) -> None:
    """Request every page and file, and the forms of unpermitted commands, as a staff member with this role. Assert that
    exactly the unpermitted requests are refused.
    """
    await hire(site, role)
    async with visiting(site) as visitor:
        await visitor.enter()
        states = site.container.core.features()
        loaded = [page for page in pages() if not page.feature or states.is_loaded(page.feature)]
        usable = [page for page in loaded if states.allows(page.action)]
        listed = [page.path for page in usable if page.section is not None and may(role, page.action)]
        assert sorted(await visitor.menu()) == sorted(listed)
        for page in usable:
            path = page.path.replace("{id}", str(sale.customer.id))
            allowed = may(role, page.action)
            await visitor.page(
                path,
                200
                if allowed and page.name not in {"alarm", "text", *of_features("walks", "CONSOLE_SUBJECTS")}
                else 404
                if allowed
                else 403,
            )
            if page.file is not None:
                file = await visitor.client.get(f"/admin{path}.csv?action=refund")
                assert file.status_code == (200 if allowed and role is not StaffRole.SUPPORT else 403), page.name
        for name, action in ACTIONS.items():
            if not may(role, action.action):
                await visitor.page(f"/do/{name}/{sale.customer.id}", 403)


async def test_tabs_of_the_money_and_settings_pages_are_in_the_intended_order(olga: Visitor) -> None:
    menu = await olga.menu()
    assert menu.index("/payments") + 1 == menu.index("/orders")
    settings = [path for path in menu if path in {"/settings", "/settings/law", "/methods", "/team", "/jobs"}]
    assert settings == ["/settings", "/settings/law", "/methods", "/team", "/jobs"]


async def test_special_characters_of_a_name_are_shown_as_typed(olga: Visitor, sale: Sale) -> None:
    for path in ("/customers", "/payments", f"/customers/{sale.customer.id}", "/search?q=ana_b"):
        raw = (await olga.client.get(f"/admin{path}", follow_redirects=True)).text
        assert "<b>&_*" not in raw
        assert "&lt;b&gt;&amp;_*" in raw, path


SOUGHT = (
    "/customers?q=ana_B",
    "/customers?q=%3Cb%3E%26_*",
    "/customers?state=live",
    "/customers?plan={plan}&since=2020-01-01&until=2040-01-01",
    "/subscriptions?status=active&provider={provider}",
    "/payments?q={telegram}",
    "/payments?q=%23{reference}",
    "/payments?q={payment}",
    "/payments?status=captured&currency=eur&sort=amount&dir=up",
    "/channels?q=ana_b",
    "/search?q={telegram}",
    "/search?q=@ANA_B",
    "/search?q=%23{reference}",
    "/search?q={payment}",
    "/search?q=%3Cb%3E",
    "/search?q=mendez",
    "/search?q=mendes",
    "/customers?q=mendes",
    "/payments?q=mendes",
    "/subscriptions?q=m%C3%A9ndez",
)


async def test_customer_is_found_by_the_filters_in_the_page_address(olga: Visitor, sale: Sale) -> None:
    known = {
        "plan": sale.plan.soft_id,
        "provider": sale.subscription.provider,
        "telegram": sale.customer.telegram_id,
        "reference": sale.payment.reference,
        "payment": sale.payment.payment_key,
    }
    for path in SOUGHT:
        assert f"/admin/customers/{sale.customer.id}" in await olga.page(path.format(**known))


async def test_search_finds_pages_and_settings_that_the_role_may_see(site: Website, olga: Visitor, sale: Sale) -> None:
    page = await olga.page("/search?q=suscr")
    assert '<a href="/admin/subscriptions">Suscripciones</a>' in page
    page = await olga.page("/search?q=BRAND_NAME")
    assert 'href="/admin/do/change_setting/BRAND_NAME"' in page
    assert "Auditoría</a>" in await olga.page("/search?q=audito")
    await hire(site, StaffRole.SUPPORT)
    assert "change_setting" not in await olga.page("/search?q=BRAND_NAME")


LEFT_OUT = (
    "/customers?q=zzz",
    "/customers?q=%25",
    "/customers?q=_____________",
    "/customers?state=barred",
    "/customers?since=2090-01-01",
    "/payments?status=flagged",
    "/subscriptions?state=canceling",
    "/customers?q=%00",
)


async def test_list_filter_that_matches_no_row_shows_an_empty_list(olga: Visitor, sale: Sale) -> None:
    for path in LEFT_OUT:
        page = await olga.page(path)
        if "%00" not in path:
            assert str(sale.customer.id) not in page
            assert "Nada coincide con estos filtros" in page


SENSELESS = (
    ("/customers?since=soon", 422),
    ("/customers?until=9999-12-31", 422),
    ("/customers?state=nothing", 422),
    ("/customers?page=xyz", 422),
    ("/customers?page=WyJ4IiwgInkiXQ", 422),
    ("/jobs?page=WyIyMDI2LTAxLTAxIiwgIjk5OTk5OTk5OTk5OTk5OTk5OTk5OTkiXQ", 422),
    ("/customers?sort=telegram_id;drop", 404),
    ("/customers/nobody", 404),
    ("/customers/00000000-0000-0000-0000-000000000000", 404),
    ("/customers/{id}?before=then", 422),
    ("/do/nothing/{id}", 404),
    ("/do/refund/{id}", 404),
    ("/do/repeat_job/99999999999999999999999", 404),
)


async def test_invalid_console_address_is_refused(olga: Visitor, sale: Sale) -> None:
    for path, status in SENSELESS:
        assert "Volver a Hoy" in await olga.page(path.format(id=sale.customer.id), status)


async def test_paged_lists_show_every_row_once(site: Website, olga: Visitor) -> None:
    async with site.container.core.units()() as uow:
        for number in range(120):
            await uow.customers.save(samples.customer(telegram_id=5000 + number, first_name=f"Persona {number:03}"))
        await uow.commit()
    for order in ("sort=created_at&dir=down", "sort=first_name&dir=up", "sort=telegram_id"):
        reported: list[str] = []
        path: str | None = f"/customers?q=Persona&{order}"
        while path is not None:
            page = await olga.page(path)
            reported += [part.partition("<")[0] for part in page.split(">Persona ")[1:]]
            following = page.partition('rel="next" href="')[2].partition('"')[0]
            path = following.removeprefix("/admin") or None
        assert sorted(reported) == [f"{number:03}" for number in range(120)], order


async def test_exported_list_contains_no_spreadsheet_formula(site: Website, olga: Visitor, tables: Tables) -> None:
    async with site.container.core.units()() as uow:
        await uow.customers.save(samples.customer(telegram_id=77, first_name="=1+1", username="@x"))
        await uow.commit()
    file = await olga.client.get("/admin/customers.csv?q=77")
    rows = list(csv.DictReader(StringIO(file.text.removeprefix("\ufeff"))))
    assert [(row["customer"], row["customer_telegram_id"]) for row in rows] == [("'=1+1", "77")]
    assert "attachment" in file.headers["content-disposition"]
    (line,) = await tables.rows("SELECT subject, facts FROM audit_log WHERE action = 'list.export'")
    assert line["subject"] == "customers"
    assert '"77"' in line["facts"]


async def test_last_quarter_is_exported_as_a_file_for_the_tax_adviser(olga: Visitor, sale: Sale) -> None:
    page = await olga.page("/taxes")
    links = re.findall(r"/admin/taxes\.csv\?quarter=(20\d\d-[1-4])", page)
    assert len(links) == 9
    sold = Quarter.of(sale.payment.occurred_at.date()).name
    for quarter in (links[0], sold):
        file = await olga.client.get(f"/admin/taxes.csv?quarter={quarter}")
        assert file.status_code == 200
        assert file.headers["content-disposition"] == f'attachment; filename="recibos-{quarter}.csv"'
        assert file.content.decode().startswith("\ufeffFecha;Número;Documento;Cliente;")
    assert "2026-4" in (await olga.client.get("/admin/taxes.csv?quarter=x")).text


async def test_only_subscriptions_without_a_renewal_are_listed_as_ending(
    site: Website, olga: Visitor, sale: Sale
) -> None:
    now = site.container.core.clock().now()
    for ends in (False, True):
        async with site.container.core.units()() as uow:
            subscription = await uow.subscriptions.get(sale.subscription.id)
            assert subscription is not None
            assert subscription.provider_ref is not None
            subscription.access_until = now + timedelta(hours=12)
            if ends:
                subscription.cancel(now=now)
            await uow.subscriptions.save(subscription)
            await uow.commit()
        assert f"<strong>{ends:d}</strong> {'termina' if ends else 'terminan'} en 24 horas" in await olga.page("")
        assert (NASTY in await olga.page("/subscriptions?state=ending")) == ends


async def test_dashboard_compares_sales_and_shows_open_purchases_and_latest_payments(
    site: Website, olga: Visitor, sale: Sale
) -> None:
    now = site.container.core.clock().now()
    moments = [now, *(ended for _, ended in reversed(same_weekdays(now, HOME)))]
    async with site.container.core.units()() as uow:
        for weeks, minor in enumerate((2500, 1000, 2000, 9000)):
            who = samples.customer(first_name=f"Semana {weeks}")
            order = samples.order(who, sale.plan)
            at = moments[weeks] - timedelta(microseconds=1)
            await uow.customers.save(who)
            await uow.orders.save(order)
            await uow.payments.add_if_new(samples.payment(order, amount=Money(minor, "EUR"), occurred_at=at))
        waits = samples.customer(first_name="Con la página abierta")
        order = samples.order(waits, sale.plan, created_at=now, expires_at=now + timedelta(hours=1))
        attempt = CheckoutAttempt(
            order_id=order.id, number=1, provider="acme", created_at=now, expires_at=order.expires_at
        )
        await uow.customers.save(waits)
        await uow.orders.save(order)
        await uow.orders.save_attempt(attempt)
        await uow.commit()
    page = await olga.page("")
    assert "25,00\xa0€</strong> cobrado" in page
    assert "a esta hora: 20,00\xa0€" in page
    assert "<strong>1</strong> compra en marcha" in page
    assert page.index("Últimos cobros") < page.index("Semana 0") < page.index("Semana 1")
    under_way = await olga.page("/orders?state=paying")
    assert "Con la página abierta" in under_way
    assert "Semana" not in under_way
    assert "1 fila" in under_way
    assert "en curso" in under_way
    assert "Pedidos" in await olga.page("/orders?state=paid")


async def test_dashboard_number_links_to_a_list_of_as_many_rows(site: Website, olga: Visitor, sale: Sale) -> None:
    now = site.container.core.clock().now()
    async with site.container.core.units()() as uow:
        resource = Resource.add("talk", GROUP, "Talk", EntryPolicy.REQUEST, NOON)
        channel = Channel.for_resource(resource, ChatId(-1001), "Talk", NOON)
        assert await uow.resources.add_if_new(resource)
        assert await uow.channels.add_if_new(channel)
        for status, joined in ((AccessStatus.ACTION_REQUIRED, None), (AccessStatus.ACTIVE, now)):
            who = samples.customer()
            await uow.customers.save(who)
            access = Access.request(who.id, channel.id, NOON, is_shared=True)
            await uow.accesses.save(dataclasses.replace(access, status=status, joined_at=joined))
        for ended, until in ((now, NOON), (NOON, NOON), (now, None)):
            who = samples.customer()
            order = samples.order(who, sale.plan)
            more = {"status": SubscriptionStatus.EXPIRED, "access_until": until, "created_at": now}
            await uow.customers.save(who)
            await uow.orders.save(order)
            await uow.subscriptions.save(samples.subscription(order, ended_at=ended, **more))
        for status in (PaymentStatus.CAPTURED, PaymentStatus.REFUNDED):
            renewal = samples.payment(sale.order, is_renewal=True, occurred_at=now, status=status)
            assert await uow.payments.add_if_new(renewal)
        for status in (AccountStatus.ACTIVE, AccountStatus.RESTRICTED):
            await uow.accounts.add_if_new(samples.account(status=status))
        await uow.commit()
    numbers = re.findall(r'<a href="/admin([^"]+)"><strong>(\d+)</strong> ([^<]+)</a>', await olga.page(""))
    assert {name.strip() for _, _, name in numbers} >= {"renovación", "suscripción terminada", "cuenta con problemas"}
    for path, number, name in numbers:
        rows = "1 fila" if number == "1" else f"{number} filas"
        page = await olga.page(path)
        assert f"{rows}<" in page or (number == "0" and "Nada coincide" in page), (name, path, rows)


async def test_brand_is_previewed_before_the_change(olga: Visitor) -> None:
    def sample(page: str) -> str:
        return b64decode(page.partition("data:image/svg+xml;base64,")[2].partition('"')[0]).decode()

    now = await olga.page("/brand")
    other = await olga.page("/brand?name=Tienda+%3CA%26B%3E&accent=%23aa0033")
    assert sample(now) != sample(other)
    assert "Tienda &lt;A&amp;B&gt;" in sample(other)
    assert "/do/change_setting/BRAND_NAME" in other
    assert "/do/change_setting/BRAND_ACCENT" in other
    wrong = await olga.page("/brand?accent=red%3B")
    assert 'class="wrong"' in wrong
    assert sample(wrong) == sample(now)


async def test_customer_history_shows_money_access_and_staff_commands_in_order(olga: Visitor, sale: Sale) -> None:
    await olga.do("note", sale.customer.id, note=f"Llamó {NASTY}")
    page = await olga.page(f"/customers/{sale.customer.id}")
    for reported in ("Escribió al bot por primera vez", "Empezó a comprar", "Pagó con", "días por su pago", NASTY):
        assert reported in page, reported
    assert page.index("📝 nota") < page.index("Escribió al bot por primera vez")
    await olga.do("extend", sale.subscription.id, days="1", reason="compensación")
    assert "1 día del equipo" in await olga.page(f"/customers/{sale.customer.id}")
    money = await olga.page(f"/customers/{sale.customer.id}?area=money")
    assert "Pagó con" in money
    assert "📝 nota" not in money


async def test_days_are_granted_once_despite_repeated_confirmation(olga: Visitor, sale: Sale, tables: Tables) -> None:
    path = f"/admin/do/extend/{sale.subscription.id}"
    form = hidden((await olga.client.get(path)).text)
    looked = await olga.client.post(path, data={**form, "days": "3", "reason": "compensación"})
    assert "Confirmar" in looked.text
    assert await tables.rows("SELECT 1 FROM audit_log WHERE action = 'customer.extend'") == []
    confirmed = hidden(looked.text)
    for _ in range(2):
        done = await olga.client.post(path, data={**confirmed, "sure": "yes"})
        assert (done.status_code, done.headers["location"].partition("?")[2]) == (
            303,
            f"done={confirmed['operation']}",
        )
    assert "Hecho. Su acceso dura ahora hasta el" in (await olga.client.get(done.headers["location"])).text
    (line,) = await tables.rows("SELECT why, actor FROM audit_log WHERE action = 'customer.extend'")
    assert line == {"why": "compensación", "actor": "9001"}


WRONG = (
    ({"days": "many", "reason": "motivo"}, "«many» no es un número entero"),
    ({"days": "0", "reason": "motivo"}, "con 0 no cambia nada"),
    ({"days": "-3000", "reason": "motivo"}, "el acceso terminaría en el pasado"),
    ({"days": "3", "reason": ""}, "Falta este dato"),
    ({"days": "3", "reason": "x" * 600}, "600 caracteres; el límite es 500"),
)


async def test_staff_cannot_remove_days_that_the_provider_charged(site: Website, olga: Visitor, sale: Sale) -> None:
    now, charged = site.container.core.clock().now(), timedelta(days=20)
    sale.subscription.access_until = sale.subscription.current_period_end = now + charged
    renewal = dataclasses.replace(entry(sale.subscription.id), source_key="pay-2", starts_at=now, length=charged)
    async with site.container.core.units()() as uow:
        assert await uow.ledger.add_if_new(renewal)
        await uow.subscriptions.save(sale.subscription)
        await uow.commit()
    page = await olga.do("extend", sale.subscription.id, days="-3", reason="motivo")
    assert "Días que puedes quitar: 0" in page
    assert 'value="-3"' in page


async def test_form_names_the_error_and_keeps_the_input(olga: Visitor, sale: Sale, tables: Tables) -> None:
    for answers, said in WRONG:
        page = await olga.do("extend", sale.subscription.id, **answers)
        assert said in page
        assert f'value="{answers["days"]}"' in page
    assert await tables.rows("SELECT 1 FROM audit_log WHERE action = 'customer.extend'") == []


async def test_every_customer_command_can_be_run_in_the_console_and_is_audited(
    olga: Visitor, sale: Sale, tables: Tables
) -> None:
    held, who, why = sale.subscription.id, sale.customer.id, {"reason": "porque sí"}
    assert "Suspendido" in await olga.do("suspend", held, **why)
    assert "Restaurado" in await olga.do("restore", held, **why)
    assert "enlace" in await olga.do("resend_invite", held)
    assert "no podrá comprar" in (await olga.client.get(f"/admin/do/block/{who}")).text.lower()
    assert "Bloqueado" in await olga.do("block", who, **why)
    assert "Desbloqueado" in await olga.do("unblock", who, **why)
    assert "Rol cambiado" in await olga.do("role", who, role="support", **why)
    assert "Ya no es del equipo" in await olga.do("role", who, role="none", **why)
    assert "Plan regalado" in await olga.do("grant", who, plan=sale.plan.soft_id, days="7", **why)
    await tables.rows("UPDATE subscriptions SET provider = 'stripe', provider_ref = 'sub_1'")
    assert "Se ha pedido la cancelación" in await olga.do("cancel", held, **why)
    assert "Hemos pedido que siga renovándose" in await olga.do("undo", held, **why)
    assert "Retirado" in await olga.do("remove", held, **why)
    await tables.rows("UPDATE payments SET provider = 'stripe'")
    assert "solo se pueden devolver ya" in await olga.do("refund", sale.payment.id, amount="99999", **why)
    seen = await olga.look("refund", sale.payment.id, amount="1,50", **why)
    assert "Se devuelven 1,50\xa0€. Su tiempo no cambia." in seen
    assert "Hemos pedido la devolución de 1,50\xa0€" in await olga.do("refund", sale.payment.id, amount="1,50", **why)
    shown = await olga.page("/audit"), await olga.page(f"/customers/{who}")
    for page in shown:
        assert "lo pidió en el panel" in page
        assert "asked in" not in page
        assert "1,50\xa0" in page
        # A timestamp may have such seconds, but no amount is written this way.
        assert re.search(r"1\.50(?!\d)", page) is None
    did = {row["action"] for row in await tables.rows("SELECT action FROM audit_log WHERE actor = '9001'")}
    assert {
        *("customer.suspend", "customer.restore", "customer.resend_invite", "customer.block", "customer.unblock"),
        *("staff.role_given", "staff.role_taken", "customer.grant", "customer.remove", "payment.refund"),
    } <= did
    audit = await olga.page("/audit?actor=9001")
    assert "porque sí" in audit


async def test_customer_page_lists_waiting_days_and_the_end_of_a_suspension(
    site: Website, olga: Visitor, sale: Sale
) -> None:
    now, held = site.container.core.clock().now(), sale.subscription
    other = samples.plan(name="Básico")
    given = dataclasses.replace(
        entry(held.id), kind=LedgerKind.TOKEN, source_key="given", starts_at=now, length=timedelta(days=12)
    )
    switch = dataclasses.replace(
        given, kind=LedgerKind.CHANGE, source_key="switch", length=timedelta(), plan_id=held.plan_id
    )
    async with site.container.core.units()() as uow:
        await uow.plans.save(other)
        assert await uow.ledger.add_if_new(dataclasses.replace(switch, changed_from=other.id))
        assert await uow.ledger.add_if_new(dataclasses.replace(given, plan_id=other.id))
        held.access_until, held.withheld_since = now + timedelta(days=5), now - timedelta(days=1)
        held.status, held.paused_for = SubscriptionStatus.PAUSED, frozenset({STAFF})
        await uow.subscriptions.save(held)
        await uow.commit()
    page = await olga.page(f"/customers/{sale.customer.id}")
    assert "Días en espera de Básico: 12, cuando termine este plan" in page
    assert "Su tiempo está parado: si se reanuda ahora, acceso hasta" in page
    form = await olga.client.get(f"/admin/do/remove/{held.id}")
    sure = await olga.client.post(f"/admin/do/remove/{held.id}", data={**hidden(form.text), "reason": "motivo"})
    assert "También terminan 12 días en espera de Básico" in sure.text
