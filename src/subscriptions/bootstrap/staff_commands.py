"""All acts of staff. A new one is its file and its line here; every face is drawn from this list."""

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import Final, get_type_hints

from subscriptions.application.access.extend_access import ExtendAccess
from subscriptions.application.access.give_time import GiveTime
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.grant_plan import GrantPlan
from subscriptions.application.access.remove_access import RemoveAccess
from subscriptions.application.access.renew_invite import RenewInvite
from subscriptions.application.access.repair_access import RepairAccess
from subscriptions.application.access.resend_invite import ResendInvite
from subscriptions.application.access.restore_access import RestoreAccess
from subscriptions.application.access.suspend_access import SuspendAccess
from subscriptions.application.alarms.settle_alarm import SettleAlarm
from subscriptions.application.broadcasts.broadcast_changes import (
    EditBroadcast,
    ResumeBroadcast,
    RetryBroadcast,
    StopBroadcast,
    WithdrawBroadcast,
)
from subscriptions.application.broadcasts.compose_broadcast import AimBroadcast, ComposeBroadcast, LinkBroadcast
from subscriptions.application.broadcasts.staff_broadcasts import broadcast_finder
from subscriptions.application.broadcasts.start_broadcast import DiscardBroadcast, StartBroadcast, TestBroadcast
from subscriptions.application.catalog.arrange_method import HideMethod, LowerMethod, RaiseMethod, ShowMethod
from subscriptions.application.catalog.change_plan import (
    ActivatePlan,
    DeletePlan,
    HonourCodes,
    RefuseCodes,
    WithdrawPlan,
)
from subscriptions.application.catalog.method_prices import MethodPrices
from subscriptions.application.catalog.plan_catalog import PlanCatalog
from subscriptions.application.catalog.plan_files import ImportPlans
from subscriptions.application.catalog.price_plan import ChangePrice, SetMethodPrice
from subscriptions.application.catalog.save_plan import SavePlan
from subscriptions.application.dto.policy import Policy
from subscriptions.application.expiry.decide_sweep import ConfirmSweep, HoldSweep, UndoSweep, find_sweep
from subscriptions.application.expiry.start_sweep import StartSweep
from subscriptions.application.inbox.repeat_work import RepeatJob, RepeatWebhook, find_job, find_webhook
from subscriptions.application.invoices.amend_invoice import AmendInvoice
from subscriptions.application.invoices.void_invoice import VoidInvoice
from subscriptions.application.outbox.endpoints import (
    AddEndpoint,
    ChangeEndpoint,
    RemoveEndpoint,
    RepeatDelivery,
    ReplayEndpoint,
    ResumeEndpoint,
    RotateEndpoint,
    TryEndpoint,
    find_delivery,
    find_endpoint,
)
from subscriptions.application.partners.add_partner import AddPartner
from subscriptions.application.partners.change_terms import ChangeTerms, EndPartner
from subscriptions.application.partners.record_payout import RecordPayout
from subscriptions.application.payments.awaited_payments import AwaitedPayments
from subscriptions.application.payments.confirm_by_hand import ConfirmPayment, RefusePayment
from subscriptions.application.payments.send_evidence import SendEvidence
from subscriptions.application.payments.send_receipt import SendReceipt
from subscriptions.application.payments.want_refund import WantRefund
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.application.promotions.make_promotion import MakePromotion
from subscriptions.application.promotions.stop_promotion import StopPromotion
from subscriptions.application.reconciliation.start_reconciliation import StartReconciliation
from subscriptions.application.record.choose_record_channel import ChooseRecordChannel
from subscriptions.application.record.choose_tip_reminder import ChooseTipReminder
from subscriptions.application.record.choose_withdrawn_rule import ChooseWithdrawnRule
from subscriptions.application.record.publish_tip_by_staff import PublishTip
from subscriptions.application.record.publish_tips import PublishTips
from subscriptions.application.record.revise_tip import ReviseTip, WithdrawTip
from subscriptions.application.record.settle_tip import CorrectResult, SettleTip
from subscriptions.application.record.settle_tips import SettleTips
from subscriptions.application.record.tip_messages import TipMessages
from subscriptions.application.resources.add_content import AddContent
from subscriptions.application.resources.add_resource import AddResource
from subscriptions.application.resources.arrange_group import ArrangeGroup
from subscriptions.application.resources.attach_resource import AttachResource, DetachResource
from subscriptions.application.resources.change_content import ChangeContent
from subscriptions.application.resources.change_entry import ChangeEntry
from subscriptions.application.resources.change_resource import DeleteResource, RenameResource, RetireResource
from subscriptions.application.resources.replace_resource import ReplaceResource
from subscriptions.application.settings.change_setting import ChangeSetting, RestoreSetting, setting_finder
from subscriptions.application.staff.answer_question import AnswerQuestion, SettleQuestion
from subscriptions.application.staff.api_keys import ConfirmKey, MakeKey, RevokeKey
from subscriptions.application.staff.bar_customer import BlockCustomer, UnblockCustomer
from subscriptions.application.staff.command import StaffCommand, SubjectKind
from subscriptions.application.staff.move_account import AgreeMove, MoveAccount, StopMove
from subscriptions.application.staff.note_customer import NoteCustomer
from subscriptions.application.staff.run_command import FindSubject, RunCommand
from subscriptions.application.staff.set_role import SetRole
from subscriptions.application.subscriptions.change_renewals import (
    CancelRenewals,
    KeepRenewals,
    PauseRenewals,
    ResumeRenewals,
)
from subscriptions.application.subscriptions.offer_pages import OfferPages
from subscriptions.application.team.invite_colleague import ConfirmInvitation, InviteColleague, RevokeInvitation
from subscriptions.application.team.own_roles import ChangeRole, MakeRole, RemoveRole
from subscriptions.application.team.reset_factor import ResetFactor
from subscriptions.application.texts.edit_text import EditText, RestoreText, text_finder
from subscriptions.application.views.staff_subjects import (
    code_finder,
    find_access,
    find_alarm,
    find_customer,
    find_invitation,
    find_key,
    find_payment,
    find_plan,
    find_promotion,
    find_question,
    find_resource,
    find_role,
    find_subscription,
    method_finder,
    partner_finder,
    shop_finder,
    tip_finder,
)
from subscriptions.application.vip.make_code import MakeCode
from subscriptions.application.vip.revoke_code import RevokeCode
from subscriptions.application.vip.set_up_channel import SetUpChannel
from subscriptions.application.withdrawals.withdraw_contract import WithdrawContract
from subscriptions.application.withdrawals.withdraw_for_customer import WithdrawForCustomer
from subscriptions.bootstrap.outbox import NO_SEALS
from subscriptions.bootstrap.settings_in_force import NO_SETTINGS
from subscriptions.bootstrap.texts import TEXTS
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.outbox import Seals
from subscriptions.domain.ports.payment_gateway import GatewayRegistry
from subscriptions.domain.ports.setting_catalog import SettingCatalog
from subscriptions.domain.ports.text_catalog import TextCatalog
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.code_seal import KEYLESS, CodeSeal

COMMANDS: Final[Mapping[str, type[StaffCommand]]] = {
    command.name: command
    for command in (
        GrantPlan,
        NoteCustomer,
        BlockCustomer,
        UnblockCustomer,
        MoveAccount,
        AgreeMove,
        StopMove,
        SetRole,
        ResetFactor,
        MakeRole,
        ChangeRole,
        RemoveRole,
        InviteColleague,
        ConfirmInvitation,
        RevokeInvitation,
        ExtendAccess,
        SuspendAccess,
        RestoreAccess,
        RemoveAccess,
        ResendInvite,
        OfferPages,
        MakeCode,
        RevokeCode,
        ActivatePlan,
        WithdrawPlan,
        HonourCodes,
        RefuseCodes,
        DeletePlan,
        SavePlan,
        ImportPlans,
        ChangePrice,
        SetMethodPrice,
        MakePromotion,
        StopPromotion,
        ShowMethod,
        HideMethod,
        RaiseMethod,
        LowerMethod,
        SettleAlarm,
        RepairAccess,
        ConfirmPayment,
        RefusePayment,
        RepeatJob,
        RepeatWebhook,
        StartReconciliation,
        StartSweep,
        ConfirmSweep,
        HoldSweep,
        UndoSweep,
        WithdrawForCustomer,
        CancelRenewals,
        KeepRenewals,
        PauseRenewals,
        ResumeRenewals,
        WantRefund,
        SendReceipt,
        SendEvidence,
        AmendInvoice,
        VoidInvoice,
        EditText,
        RestoreText,
        ChangeSetting,
        RestoreSetting,
        ChooseWithdrawnRule,
        ChooseRecordChannel,
        ChooseTipReminder,
        PublishTip,
        PublishTips,
        SettleTip,
        SettleTips,
        CorrectResult,
        ReviseTip,
        WithdrawTip,
        AddResource,
        AddContent,
        ChangeContent,
        RenameResource,
        ArrangeGroup,
        ChangeEntry,
        AttachResource,
        DetachResource,
        RetireResource,
        DeleteResource,
        ReplaceResource,
        SetUpChannel,
        AddPartner,
        ChangeTerms,
        EndPartner,
        RecordPayout,
        MakeKey,
        ConfirmKey,
        RevokeKey,
        AddEndpoint,
        ChangeEndpoint,
        RotateEndpoint,
        TryEndpoint,
        ResumeEndpoint,
        ReplayEndpoint,
        RemoveEndpoint,
        RepeatDelivery,
        AnswerQuestion,
        SettleQuestion,
        ComposeBroadcast,
        AimBroadcast,
        LinkBroadcast,
        TestBroadcast,
        StartBroadcast,
        DiscardBroadcast,
        StopBroadcast,
        ResumeBroadcast,
        RetryBroadcast,
        EditBroadcast,
        WithdrawBroadcast,
    )
}
SUBJECTS: Final[Mapping[SubjectKind, FindSubject]] = {
    SubjectKind.CUSTOMER: find_customer,
    SubjectKind.INVITATION: find_invitation,
    SubjectKind.ROLE: find_role,
    SubjectKind.SUBSCRIPTION: find_subscription,
    SubjectKind.ACCESS: find_access,
    SubjectKind.PAYMENT: find_payment,
    SubjectKind.TEXT: text_finder(TEXTS),
    SubjectKind.PLAN: find_plan,
    SubjectKind.SWEEP: find_sweep,
    SubjectKind.ALARM: find_alarm,
    SubjectKind.PROMOTION: find_promotion,
    SubjectKind.RESOURCE: find_resource,
    SubjectKind.JOB: find_job,
    SubjectKind.WEBHOOK: find_webhook,
    SubjectKind.KEY: find_key,
    SubjectKind.ENDPOINT: find_endpoint,
    SubjectKind.DELIVERY: find_delivery,
    SubjectKind.QUESTION: find_question,
}


def run_command(
    units: UnitOfWorkFactory,
    clock: Clock,
    staff_desk: StaffDesk,
    policy: Policy,
    gateways: GatewayRegistry,
    renew_invite: RenewInvite,
    plan_catalog: PlanCatalog,
    seal: CodeSeal = KEYLESS,
    seals: Seals = NO_SEALS,
    settings: SettingCatalog = NO_SETTINGS,
) -> RunCommand:
    """The runner. What an act needs it gets by the type of its fields. seal: of the process that has a key of codes.
    seals: of one that keeps endpoints' secrets. settings: of one whose settings are chosen at run time."""
    grant_access = GrantAccess(policy)
    awaited_payments = AwaitedPayments(clock, gateways)
    withdraw_contract = WithdrawContract(units, gateways, clock, policy)
    messages = TipMessages(TEXTS)
    parts_by_type = (
        policy,
        renew_invite,
        withdraw_contract,
        grant_access,
        GiveTime(grant_access),
        plan_catalog,
        seal,
        awaited_payments,
        PublishTip(policy, messages),
        messages,
        SettleTip(),
    )
    parts: dict[type, object] = {type(part): part for part in (*parts_by_type, MethodPrices(gateways))}
    parts[GatewayRegistry] = gateways
    parts[TextCatalog] = TEXTS
    parts[Seals] = seals
    parts[SettingCatalog] = settings
    commands = [_build(command, parts) for command in COMMANDS.values()]
    find_shop = shop_finder(clock, policy)
    finders = {
        SubjectKind.SHOP: find_shop,
        SubjectKind.BROADCAST: broadcast_finder(find_shop),
        SubjectKind.TIP: tip_finder(clock, policy),
        SubjectKind.CODE: code_finder(seal),
        SubjectKind.PAYMENT_METHOD: method_finder(gateways),
        SubjectKind.PARTNER: partner_finder(clock),
        SubjectKind.SETTING: setting_finder(settings),
        SubjectKind.AWAITED_PAYMENT: awaited_payments.find,
    }
    return RunCommand(units, clock, staff_desk, commands, {**SUBJECTS, **finders})


_needs = cache(get_type_hints)
"""By class: taking the annotations apart is all that making a runner costs."""


def _build(command: type[StaffCommand], parts: Mapping[type, object]) -> StaffCommand:
    needs = _needs(command)
    return command(**{each.name: parts[needs[each.name]] for each in fields(command)})
