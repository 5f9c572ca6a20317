"""Payment for a gift: customers who withdrew repeatedly must make the declaration first, as for their own purchase."""

from __future__ import annotations

from bot import callbacks
from bot.declarations import Boxes
from bot.screens import Screen
from bot.texts import texts_for
from features.gifts.chat import GiftDesk
from features.gifts.use_cases.has_open_purchase import HasOpenPurchase
from features.gifts.use_cases.show_gift import ShowGift
from subscriptions.application.alarms.alarms import ReportProblem
from subscriptions.application.checkout.check_order import CheckOrder, VerifyPayments
from subscriptions.application.checkout.pay_messages import FindLapsed
from subscriptions.application.people.customers import AcceptTerms
from subscriptions.application.withdrawals.declare_before_payment import DeclareBeforePayment
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.withdrawal import DeclarationKind
from subscriptions.domain.ports.repositories.withdrawals import WITHDRAWALS_KEY
from subscriptions.domain.services.code_seal import CodeSeal
from tests.fakes.shop import Shop
from tests.unit.application.withdrawals.test_declarations import withdrawn_twice

__all__ = ["withdrawn_twice"]
ES = texts_for("es")


def desk_of(shop: Shop) -> GiftDesk:
    units, clock = shop.units, shop.clock
    return GiftDesk(
        choose_method=shop.choose,
        start_checkout=shop.start,
        accept_terms=AcceptTerms(units, clock, shop.policy),
        show_gift=ShowGift(units, clock, CodeSeal()),
        has_open_purchase=HasOpenPurchase(units),
        show_deals=shop.deals,
        verify_payments=VerifyPayments(units, CheckOrder(units, shop.gateways, clock)),
        find_lapsed=FindLapsed(units, clock),
        report_problem=ReportProblem(units, clock),
        gateways=shop.gateways,
        clock=clock,
        policy=shop.policy,
        declare_before_payment=DeclareBeforePayment(units, clock, shop.policy),
    )


def buttons_of(screen: Screen) -> list[str]:
    rows = screen.markup.inline_keyboard if screen.markup is not None else []
    return [each.callback_data or "" for row in rows for each in row]


async def test_customer_who_withdrew_twice_can_buy_a_gift_only_with_both_boxes_ticked(
    withdrawn_twice: tuple[Shop, Customer, ServicePlan],
) -> None:
    shop, ana, plan = withdrawn_twice
    desk = desk_of(shop)
    for boxes in (None, Boxes(begins=True, acknowledges=False, words="una")):
        step = await desk.pay(ana, ES, plan.soft_id, "acme", is_agreed=False, boxes=boxes)
        assert step.checkout is None
        assert callbacks.declare("begin", plan.soft_id) in buttons_of(step.screen)
        assert callbacks.pay_for_another("acme", plan.soft_id) in buttons_of(step.screen)
    both = Boxes(begins=True, acknowledges=True, words="las dos")
    step = await desk.pay(ana, ES, plan.soft_id, "acme", is_agreed=False, boxes=both)
    assert step.checkout is not None
    async with shop.units() as uow:
        (declared,) = await uow.of(WITHDRAWALS_KEY).declarations_of(step.checkout.order_id)
    assert (declared.kind, declared.complete) == (DeclarationKind.CONTENT, True)
