"""The /mis_datos command: the export of a customer's data as a file, and the erasure of the data."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from aiogram import Bot, F, Router
from aiogram.types import BufferedInputFile, CallbackQuery, Message

from bot import callbacks
from bot.chat import show
from bot.commands import command_filter
from bot.screens import Screen
from bot.screens import mydata as screens
from bot.texts import Texts
from subscriptions.application.dto.policy import Policy
from subscriptions.application.expiry.erase_person import ErasePerson, Prospect
from subscriptions.application.people.export_person import ExportPerson
from subscriptions.domain.entities.customer import Customer

FILE_NAME: Final = "mis_datos.json"
BY_CUSTOMER: Final = "erased at the customer's own wish"


def mydata_router() -> Router:
    """Return the router of the /mis_datos command and its buttons."""
    router = Router(name="mydata")
    router.message.register(_mydata, command_filter("mis_datos"))
    router.callback_query.register(_mydata, F.data == callbacks.MY_DATA)
    router.callback_query.register(_export, F.data == callbacks.EXPORT_DATA)
    router.callback_query.register(_erase, F.data == callbacks.ERASE_DATA)
    router.callback_query.register(_sure, F.data == callbacks.ERASE_SURE)
    router.callback_query.register(_erase_now, F.data == callbacks.ERASE_NOW)
    return router


async def _mydata(
    event: Message | CallbackQuery,
    customer: Customer,
    t: Texts,
    bot: Bot,
    policy: Policy,
    data_buttons: Sequence[screens.ReadButtons],
) -> None:
    more = [each for read in data_buttons for each in await read(customer, t)]
    await show(event, screens.card(t, policy.base_url, more), bot)


async def _export(callback: CallbackQuery, customer: Customer, t: Texts, bot: Bot, export_person: ExportPerson) -> None:
    found_customer = await export_person.for_customer(customer.telegram_id, callback.id)
    if isinstance(found_customer, datetime):
        await show(callback, screens.lately(t, found_customer), bot)
        return
    file = BufferedInputFile(found_customer.content, filename=FILE_NAME)
    caption = t("mydata.file") + (f"\n\n{t('mydata.file_cut')}" if found_customer.is_cut else "")
    await bot.send_document(customer.telegram_id, file, caption=caption)


async def _erase(
    callback: CallbackQuery, customer: Customer, t: Texts, bot: Bot, erase_person: ErasePerson, support_contact: str
) -> None:
    prospect = await erase_person.preview(customer.telegram_id)
    await show(callback, _obstacle_screen(t, prospect, support_contact) or screens.erase(t, prospect), bot)


async def _sure(
    callback: CallbackQuery, customer: Customer, t: Texts, bot: Bot, erase_person: ErasePerson, support_contact: str
) -> None:
    prospect = await erase_person.preview(customer.telegram_id)
    await show(callback, _obstacle_screen(t, prospect, support_contact) or screens.sure(t, prospect), bot)


async def _erase_now(
    callback: CallbackQuery, customer: Customer, t: Texts, bot: Bot, erase_person: ErasePerson, support_contact: str
) -> None:
    prospect = await erase_person(customer.telegram_id, BY_CUSTOMER)
    await show(callback, _obstacle_screen(t, prospect, support_contact) or screens.erasure(t), bot)


def _obstacle_screen(t: Texts, prospect: Prospect, contact: str) -> Screen | None:
    if prospect.obstacle is None:
        return None
    return screens.obstacle(t, prospect.obstacle, prospect.subject, contact, prospect.soft_id)
