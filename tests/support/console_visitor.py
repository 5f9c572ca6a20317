"""A staff member at the web console by plain HTTP, who logs in by a link, follows URLs, and submits forms."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from subscriptions.bootstrap.desk import DeskContainer
from subscriptions.domain.entities.customer import Customer, Role
from subscriptions.domain.ids import CustomerId, TelegramId, new_uuid
from tests.support.plain_http import plain_http
from tests.support.website import Website

OLGA = TelegramId(9001)
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


@dataclass(frozen=True)
class Visitor:
    """A visitor of the console. client: HTTP client, which has the session cookie after the login."""

    client: httpx.AsyncClient
    desk: DeskContainer

    async def page(self, path: str, status: int = 200) -> str:
        """Return a page below /admin as HTML with entities unescaped. A redirect is followed."""
        answer = await self.client.get(f"/admin{path}", follow_redirects=True)
        assert answer.status_code == status, (path, answer.status_code, answer.text[:600])
        return html.unescape(answer.text)

    async def menu(self) -> list[str]:
        """Return the paths below /admin of all pages in the menu: those of each section's tabs, or of the section if it
        has no tabs. A tab that several pages share yields each of those pages.
        """
        paths: list[str] = []
        for section in _hrefs(await self.page(""), 'id="menu"'):
            for tab in _hrefs(await self.page(section), 'class="tabs"') or [section]:
                paths += _hrefs(await self.page(tab), 'class="within"') or [tab]
        return paths

    async def link(self, person: TelegramId = OLGA) -> str:
        """Return the login link that /panel sends, without its host."""
        return f"/admin/enter?key={await self.desk.enter_console().offer(person)}"

    async def enter(self, person: TelegramId = OLGA) -> httpx.Response:
        """Log in by a new link."""
        return await self.use(await self.link(person))

    async def use(self, link: str) -> httpx.Response:
        """Open a login link and press its button."""
        form = await self.client.get(link)
        assert form.status_code == 200
        return await self.client.post("/admin/enter", data=hidden(form.text))

    async def look(self, name: str, about: object, /, **answers: str) -> str:
        """Fill in the form of a staff command with these answers, and return the preview.

        name: the command.
        about: id of the command's subject, such as a customer.
        """
        path = f"/admin/do/{name}/{about}"
        shown = await self.client.get(path)
        return html.unescape((await self.client.post(path, data={**hidden(shown.text), **answers})).text)

    async def do(self, name: str, about: object, /, **answers: str) -> str:
        """Run a staff command as a person does: fill in the form, preview and confirm, unless the command has no
        confirmation. Return the resulting page, or the form if an answer was refused.

        name: the command.
        about: id of the command's subject, such as a customer.
        """
        path = f"/admin/do/{name}/{about}"
        shown = await self.client.get(path)
        assert shown.status_code == 200, (path, shown.status_code, shown.text[:600])
        if answers:
            shown = await self.client.post(path, data={**hidden(shown.text), **answers})
            if shown.status_code == 303:
                return html.unescape((await self.client.get(shown.headers["location"])).text)
            if shown.status_code != 200:
                return html.unescape(shown.text)
        done = await self.client.post(path, data={**hidden(shown.text), "sure": "yes"}, follow_redirects=True)
        return html.unescape(done.text)


def _hrefs(page: str, nav: str) -> list[str]:
    """Return the paths below /admin that a page's <nav> links to, except the page of the second factor, which is not in
    the menu.
    """
    found = re.search(rf"<nav {nav}.*?</nav>", page, re.DOTALL)
    paths = re.findall(r'href="/admin([^"]*)"', found[0]) if found is not None else []
    return [each for each in paths if each != "/factor"]


def hidden(page: str) -> dict[str, str]:
    """Return the hidden fields of all forms on a page as one mapping. Forms have the same CSRF token, so it does not
    matter which form's token is returned.
    """
    return {name: html.unescape(value) for name, value in _HIDDEN.findall(page)}


async def hire(site: Website, role: Role | None, person: TelegramId = OLGA, name: str = "Olga") -> Customer:
    """Give a person a staff role, or none, creating the customer if necessary."""
    units, clock = site.container.core.units(), site.container.core.clock()
    async with units() as uow:
        found = await uow.customers.by_telegram_id(person, lock=True)
        who = found or Customer(
            id=CustomerId(new_uuid()), telegram_id=person, first_name=name, username="olga", created_at=clock.now()
        )
        who.staff_role = role
        await uow.customers.save(who)
        await uow.commit()
    return who


@asynccontextmanager
async def visiting(site: Website) -> AsyncIterator[Visitor]:
    """Yield a visitor of the site's console, with an HTTP client and the container whose use cases
    issue login links.
    """
    async with plain_http(base_url=site.ops, timeout=90) as client:
        yield Visitor(client, DeskContainer(core=site.container.core))
