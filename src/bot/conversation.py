"""The dispatcher: all routers, and what their handlers are given by name."""

from typing import Any

from aiogram import Dispatcher, F, Router
from aiogram.enums import ChatType

from bot.middlewares.meeting import Meeting
from bot.panel.services import panel_services
from bot.routers.alarms import alarms_router
from bot.routers.cancel import cancel_router
from bot.routers.change import ChangeDesk, change_router
from bot.routers.channels import channels_router
from bot.routers.checkout import CheckoutDesk, checkout_router
from bot.routers.codes import CodeDesk, codes_router
from bot.routers.fallback import fallback_router
from bot.routers.panel import panel_router
from bot.routers.plans import PlanDesk, plans_router
from bot.routers.reach import reach_router
from bot.routers.receipts import receipts_router
from bot.routers.start import start_router
from bot.routers.status import StatusCard, status_router
from bot.routers.support import support_router
from bot.routers.sweeps import sweeps_router
from bot.routers.verify import VerifyDesk, verify_router
from bot.routers.vip import VipDesk, vip_router
from bot.routers.why import why_router
from subscriptions.bootstrap.bot import BotContainer


def build_dispatcher(container: BotContainer) -> Dispatcher:
    """Handlers' errors come out of `feed_update`: no error handler is registered that could swallow them."""
    dispatcher = Dispatcher(disable_fsm=True)
    dispatcher.workflow_data.update(_use_cases(container))
    dispatcher.include_routers(channels_router(), reach_router(), _private(container))
    return dispatcher


def _private(container: BotContainer) -> Router:
    """Chats with one person; nobody is answered anywhere else."""
    private = Router(name="private")
    private.message.filter(F.chat.type == ChatType.PRIVATE, F.from_user)
    private.callback_query.filter(F.message.chat.type == ChatType.PRIVATE)
    meeting = Meeting(container.core.meet_customer(), container.appoint_owners())
    private.message.middleware(meeting)
    private.callback_query.middleware(meeting)
    private.include_routers(
        panel_router(container.panel.dialogues()),
        start_router(),
        plans_router(),
        checkout_router(),
        verify_router(),
        status_router(),
        why_router(),
        receipts_router(),
        support_router(),
        cancel_router(),
        change_router(),
        vip_router(),
        alarms_router(),
        sweeps_router(),
        codes_router(),
        fallback_router(),
    )
    return private


def status_card(container: BotContainer) -> StatusCard:
    """The card of `/estado`, also for messages that are brought up to date."""
    support = container.core.settings().support_contact
    return StatusCard(
        container.show_status(),
        container.renew_invite(),
        _vip_desk(container),
        change_plan=container.plan_changes(),
        support=support,
    )


def _vip_desk(container: BotContainer) -> VipDesk:
    vip = container.vip()
    return VipDesk(vip.show_vip(), vip.vip_entry(), vip.invites())


def _use_cases(container: BotContainer) -> dict[str, Any]:
    support = container.core.settings().support_contact
    vip, vip_desk, card = container.vip(), _vip_desk(container), status_card(container)
    desk = CheckoutDesk(
        browse_plans=container.core.browse_plans(),
        start_checkout=container.start_checkout(),
        show_status=container.show_status(),
        card=card,
        gateways=container.core.gateways(),
        report_problem=container.report_problem(),
        policy=container.core.policy(),
        support=support,
    )
    verify = VerifyDesk(
        verify_payments=container.verify_payments(),
        show_status=container.show_status(),
        card=card,
        clock=container.core.clock(),
    )
    return {
        "accept_terms": container.accept_terms(),
        "browse_plans": container.core.browse_plans(),
        "cancel_subscription": container.cancel_subscription(),
        "change_desk": ChangeDesk(container.plan_changes()),
        "checkout_desk": desk,
        "code_desk": CodeDesk(
            activate_token=vip.activate_token(),
            vip=vip_desk,
            card=card,
            policy=container.core.policy(),
            support=support,
        ),
        "explain_access": container.explain_access(),
        "decide_sweep": container.decide_sweep(),
        "door": container.door(),
        "join_desk": container.core.join_desk(),
        "mark_unreachable": container.mark_unreachable(),
        "meet_customer": container.core.meet_customer(),
        "note_cancel_reason": container.note_cancel_reason(),
        "owners": container.owners(),
        "plan_desk": PlanDesk(
            browse_plans=container.core.browse_plans(),
            show_status=container.show_status(),
            card=card,
            change_plan=container.plan_changes(),
            support=support,
        ),
        "panel": panel_services(container.panel(), container.vip()),
        "policy": container.core.policy(),
        "remember_pay_message": container.remember_pay_message(),
        "gateways": container.core.gateways(),
        "show_receipts": container.show_receipts(),
        "show_status": container.show_status(),
        "status_card": card,
        "support_contact": support,
        "undo_cancellation": container.undo_cancellation(),
        "undo_sweep": container.undo_sweep(),
        "verify_desk": verify,
        "vip_desk": vip_desk,
        "watch_rights": container.watch_rights(),
    }
