"""Construction of the dispatcher with all routers and the dependencies that it passes to handlers by parameter name."""

from collections.abc import Sequence
from typing import Any

from aiogram import Dispatcher, F, Router
from aiogram.enums import ChatType

from bot.feature import (
    channel_readers,
    customer_messages,
    data_buttons,
    group_routers,
    hidden_commands,
    late_commands,
    menu_page,
    openings,
    plan_buttons,
    plan_lines,
    receipt_rows,
    reply_routers,
    routers_of_features,
    staff_messages,
    start_links,
    status_sections,
    typed_codes,
)
from bot.middlewares.meeting import CustomerMiddleware
from bot.middlewares.pressed_message import PressedMessageMiddleware
from bot.paying import ShowStep
from bot.routers.acknowledgements import acknowledgements_router
from bot.routers.alarms import alarms_router
from bot.routers.bulk_expiries import bulk_expiries_router
from bot.routers.cancel import cancel_router
from bot.routers.change import ChangeDesk, change_router
from bot.routers.channels import channels_router
from bot.routers.checkout import CheckoutDesk, checkout_router
from bot.routers.codes import CodeDesk, codes_router
from bot.routers.entry import EntryDesk, entry_router
from bot.routers.fallback import fallback_router
from bot.routers.language import language_router
from bot.routers.mydata import mydata_router
from bot.routers.panel import panel_router
from bot.routers.pause import pause_router
from bot.routers.peace import peace_router
from bot.routers.plans import OpenCardCheckout, PlanDesk, plans_router
from bot.routers.reach import reach_router
from bot.routers.start import start_router
from bot.routers.status import StatusCard, status_router
from bot.routers.support import support_router
from bot.routers.verify import VerifyDesk, verify_router
from bot.routers.why import why_router
from bot.status_section import ReadSections
from subscriptions.bootstrap.bot import BotContainer, providers_with_pages, providers_with_pauses


def build_dispatcher(container: BotContainer) -> Dispatcher:
    """Return the dispatcher. It has no error handler, so `feed_update` raises the errors of handlers."""
    dispatcher = Dispatcher(disable_fsm=True)
    dispatcher.include_routers(channels_router(), reach_router(), *_groups(container), _private(container))
    dispatcher.workflow_data.update(_asked_for(dispatcher, container))
    return dispatcher


def _groups(container: BotContainer) -> Sequence[Router]:
    """Return the routers for groups whose messages are processed by features."""
    routers = group_routers(container)
    for chat, router in routers.items():
        router.message.filter(F.chat.id == chat, F.chat.type.in_({ChatType.GROUP, ChatType.SUPERGROUP}))
    return [*routers.values()]


def _private(container: BotContainer) -> Router:
    """Return the router of private chats. In groups, only the routers of features answer."""
    private = Router(name="private")
    private.message.filter(F.chat.type == ChatType.PRIVATE, F.from_user)
    private.callback_query.filter(F.message.chat.type == ChatType.PRIVATE)
    middleware = CustomerMiddleware(
        container.core.meet_customer(),
        container.appoint_owners(),
        container.core.policy().zones,
        start_links(container),
    )
    private.message.middleware(middleware)
    private.callback_query.middleware(middleware)
    private.callback_query.middleware(PressedMessageMiddleware(container.remember_pay_message(), container.keep_card()))
    page = menu_page(container)
    private.include_routers(
        *reply_routers(container),
        panel_router(container.panel.dialogues()),
        start_router(page),
        plans_router(),
        checkout_router(),
        verify_router(),
        status_router(),
        why_router(),
        mydata_router(),
        language_router(page),
        support_router(),
        cancel_router(),
        change_router(),
        pause_router(),
        alarms_router(),
        bulk_expiries_router(),
        codes_router(),
        peace_router(),
        acknowledgements_router(),
        *routers_of_features(container),
        entry_router(),
        fallback_router(),
    )
    return private


def status_card(container: BotContainer) -> StatusCard:
    """Return the status card of the `/estado` command, which is also used to refresh messages."""
    support = container.settings().support_contact
    return StatusCard(
        container.show_status(),
        container.renew_invite(),
        entry_desk(container),
        change_plan=container.change_plan(),
        learn_charges=container.learn_charges(),
        remember_pay_message=container.remember_pay_message(),
        support=support,
        policy=container.core.policy(),
        pages=providers_with_pages(container.core),
        pauses=providers_with_pauses(container.core),
        sections=_status_sections(container),
    )


def _status_sections(container: BotContainer) -> Sequence[ReadSections]:
    return status_sections(container)


def entry_desk(container: BotContainer) -> EntryDesk:
    """Return the use cases that show customers the steps for entering a shared channel."""
    return EntryDesk(container.vip.show_vip(), container.vip.invites())


def _asked_for(dispatcher: Dispatcher, container: BotContainer) -> dict[str, Any]:
    """Return the dependencies of the handlers by parameter name: shared use cases and objects of the container."""
    desks, providers = _desks(container), {**container.core.providers, **container.providers}
    handlers = (
        handler
        for router in dispatcher.chain_tail
        for observer in router.observers.values()
        for handler in observer.handlers
    )
    parameters = {name for handler in handlers for name in handler.params}
    return desks | {name: providers[name]() for name in parameters if name in providers and name not in desks}


def _desks(container: BotContainer) -> dict[str, Any]:
    support = container.settings().support_contact
    desk, card = entry_desk(container), status_card(container)
    verify_desk = VerifyDesk(
        verify_payments=container.verify_payments(),
        find_lapsed=container.find_lapsed(),
        show_status=container.show_status(),
        card=card,
        clock=container.core.clock(),
    )
    return {
        "change_desk": ChangeDesk(container.change_plan()),
        "checkout_desk": CheckoutDesk(
            browse_plans=container.core.browse_plans(),
            show_offers=container.show_offers(),
            show_status=container.show_status(),
            card=card,
            choose_method=container.choose_method(),
            start_checkout=container.start_checkout(),
            give_free_plan=container.give_free_plan(),
            gateways=container.core.gateways(),
            report_problem=container.report_problem(),
            verify=verify_desk,
            policy=container.core.policy(),
            declare_before_payment=container.declare_before_payment(),
            support=support,
        ),
        "channel_readers": channel_readers(container),
        "customer_messages": customer_messages(container),
        "data_buttons": data_buttons(container),
        "receipt_rows": receipt_rows(container),
        "hidden_commands": hidden_commands(container.core.features()),
        "code_desk": CodeDesk(
            activate_token=container.vip.activate_token(),
            accept_terms=container.accept_terms(),
            entry=desk,
            card=card,
            policy=container.core.policy(),
            support=support,
            code_tries=container.code_tries(),
            typed_codes=typed_codes(container),
        ),
        "entry_desk": desk,
        "late_commands": late_commands(container),
        "openings": openings(container),
        "pauses": providers_with_pauses(container.core),
        "plan_desk": PlanDesk(
            browse_plans=container.core.browse_plans(),
            show_offers=container.show_offers(),
            show_status=container.show_status(),
            card=card,
            change_plan=container.change_plan(),
            choose_method=container.choose_method(),
            open_card_checkout=OpenCardCheckout(
                container.start_checkout(), container.report_problem(), container.core.clock()
            ),
            gateways=container.core.gateways(),
            policy=container.core.policy(),
            support=support,
            read_lines=plan_lines(container),
            plan_buttons=plan_buttons(container),
        ),
        "show_step": ShowStep(container.remember_pay_message(), container.keep_card()),
        "staff_messages": staff_messages(container),
        "status_card": card,
        "support_contact": support,
        "verify_desk": verify_desk,
    }
