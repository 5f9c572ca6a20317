"""Members without a plan in the console: listed, granted a plan after a preview, and imported from lines."""

from __future__ import annotations

import re
from datetime import timedelta

from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.resource import GROUP, EntryPolicy, Resource
from subscriptions.domain.ids import ChatId, TelegramId
from tests.fakes import samples
from tests.integration.web.conftest import Tables, no_text_is_missing, olga, sale, site, tables
from tests.support.console_visitor import Visitor, hire, visiting
from tests.support.website import Website

__all__ = ["no_text_is_missing", "olga", "sale", "site", "tables"]

EVA = 9002


async def group(site: Website) -> tuple[Resource, str]:
    """Create a group with two members without a plan, and a plan that gives access to the group. Return the group and
    the slug of the plan.
    """
    now = site.container.core.clock().now()
    resource = Resource.add("grupo", GROUP, "Grupo", EntryPolicy.REQUEST, now)
    channel = Channel.for_resource(resource, ChatId(-1001), "Grupo", now)
    ana = samples.customer(first_name="Ana", last_name="Méndez", username=None)
    plan = samples.plan(soft_id="escuela", name="Escuela", opens=(resource.soft_id,))
    async with site.container.core.units()() as uow:
        await uow.resources.add_if_new(resource)
        await uow.channels.add_if_new(channel)
        await uow.customers.add_if_new(ana)
        await uow.plans.save(plan)
        for person in (ana.telegram_id, TelegramId(7100000098)):
            await uow.resources.note_guest(channel.id, person, now)
        await uow.commit()
    return resource, str(ana.telegram_id)


async def test_members_without_a_plan_are_granted_a_plan_after_a_preview(
    site: Website, olga: Visitor, tables: Tables
) -> None:
    resource, ana = await group(site)
    page = await olga.page("/moving")
    assert "Miembros sin plan: 2" in page
    assert ">Ana Méndez</a>" in page
    assert "<code>7100000098</code>" in page
    assert "?start=soy_grupo" in page

    form = await olga.page(f"/do/adopt_members/{resource.id}")
    assert re.search(rf'value="{ana}"> Ana Méndez</label>', form)
    day = f"{site.container.core.clock().now() + timedelta(days=40):%Y-%m-%d}"
    answers = {"members": ana, "plan": "escuela", "last_day": day}
    assert "Recibirán el plan: 1. Lo tendrán más tiempo: 0. Ya tienen ese tiempo: 0" in await olga.look(
        "adopt_members", resource.id, **answers
    )
    assert await tables.rows("SELECT 1 FROM subscriptions") == []
    assert "Reciben el plan: 1" in await olga.do("adopt_members", resource.id, **answers)
    assert len(await tables.rows("SELECT 1 FROM subscriptions WHERE access_until IS NOT NULL")) == 1
    assert "Miembros sin plan: 1" in await olga.page("/moving")
    assert "bot.look_inside" in await tables.jobs()
    assert "Se está publicando" in await olga.do("ask_members", resource.id)
    assert "bot.ask_members" in await tables.jobs()


async def test_csv_lines_are_imported_after_a_preview(site: Website, olga: Visitor, tables: Tables) -> None:
    await group(site)
    lines = "telegram_id,plan,until\n7100000101,escuela,2035-01-01"
    assert "Línea 2: telegram_id" in await olga.look("import_csv", "new", csv_lines=lines.replace("7100000101", "Ana"))
    assert "Recibirán el plan: 1" in await olga.look("import_csv", "new", csv_lines=lines)
    assert await tables.rows("SELECT 1 FROM subscriptions") == []
    assert "Reciben el plan: 1" in await olga.do("import_csv", "new", csv_lines=lines)
    assert "Importados antes, sin cambios: 1" in await olga.do("import_csv", "new", csv_lines=lines)
    assert len(await tables.rows("SELECT 1 FROM subscriptions")) == 1


async def test_support_role_does_not_see_the_members(site: Website) -> None:
    await hire(site, StaffRole.SUPPORT, EVA, "Eva")
    async with visiting(site) as eva:
        await eva.enter(EVA)
        await eva.page("/moving", 403)
