"""Sign-in to the Mini App. In a browser, a single-use link from the chat opens a session; inside Telegram, Telegram's
signature is used, which is bound to one page.
"""

from dataclasses import dataclass

from subscriptions.application.people.customers import Person, known_customer
from subscriptions.domain.entities.console_visit import SEEN_EVERY, ConsoleVisit, drawn_secret, seal
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True)
class EnterApp:
    """Use case that signs customers in to the Mini App in a browser, as `EnterConsole` signs staff in to the console.
    Sign-in links and sessions expire after the same times as in the console.
    """

    units: UnitOfWorkFactory
    clock: Clock

    async def offer(self, telegram_id: TelegramId) -> str:
        """Create a sign-in link for a customer and return its secret."""
        secret = drawn_secret()
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id)
            visit = ConsoleVisit(link=seal(secret), person=customer.telegram_id, offered_at=self.clock.now(), app=True)
            await uow.console.add_if_new(visit)
            await uow.commit()
        return secret

    async def __call__(self, secret: str, previous_key: str = "") -> str | None:
        """Use a sign-in link and return the key of the new session; None if the link was used or has expired.

        `previous_key`: key of an earlier session in the same browser, which is ended.
        """
        async with self.units() as uow:
            visit = await uow.console.by_link(seal(secret), lock=True)
            key = visit.enter(self.clock.now()) if visit is not None and visit.app else None
            if visit is None or key is None:
                return None
            await uow.console.save(visit)
            earlier = await uow.console.by_key(seal(previous_key))
            if earlier is not None and earlier.app:
                await uow.console.end_one(seal(previous_key))
            await uow.commit()
        return key

    async def claim(self, telegram_id: TelegramId, signature: str, page: str) -> bool:
        """Reserve Telegram's signature for a page. Return False if another page has already reserved it.

        The first page that presents its key with a signature reserves the signature and may use it from then on, also
        after a reload. A page without a key may use an unreserved signature but cannot reserve it.

        signature: Telegram's signature
        page: key of the page; empty for none
        """
        link, key = seal(f"opening {signature}"), seal(f"{signature} {page}")
        async with self.units() as uow:
            visit = await uow.console.by_link(link)
            if visit is None and page:
                opening = ConsoleVisit(link=link, person=telegram_id, offered_at=self.clock.now(), key=key, app=True)
                if await uow.console.add_if_new(opening):
                    await uow.commit()
                    return True
                visit = await uow.console.by_link(link)
        return visit is None or visit.key == key

    async def visitor(self, key: str) -> Person | None:
        """Return the customer of a session; None if the session has ended or is unknown."""
        now, digest = self.clock.now(), seal(key)
        async with self.units() as uow:
            visit = await uow.console.by_key(digest)
            customer = await uow.customers.by_telegram_id(visit.person) if visit is not None and visit.app else None
            if visit is None or customer is None or not visit.goes_on(now):
                return None
            if visit.seen_at is None or now - visit.seen_at >= SEEN_EVERY:
                await uow.console.note_visit(digest, now)
                await uow.commit()
        return Person(
            telegram_id=customer.telegram_id,
            first_name=customer.first_name,
            last_name=customer.last_name,
            username=customer.username,
            language_code=customer.language,
        )
