"""Functions that find the subject of a staff command by its id, together with the data about the subject that staff
see.
"""

from dataclasses import replace

from subscriptions.application.dto.policy import Policy
from subscriptions.application.dto.typed_answers import Fact
from subscriptions.application.dto.typed_moments import NOW, ZONE
from subscriptions.application.resources.arrange_group import group_facts
from subscriptions.application.staff.command import Subject, SubjectKind
from subscriptions.application.staff.subject_type import FindSubject, read_id
from subscriptions.application.subscriptions.money_left import left_of
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ids import (
    AccessId,
    CustomerId,
    PaymentId,
    PlanId,
    ResourceId,
    SubscriptionId,
    TelegramId,
)
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayRegistry
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import access_policy

_LONGEST_ID = 18
"""Maximum number of digits of an id that is looked up as a Telegram id. The database can store any such number;
Telegram ids are much shorter.
"""


async def find_customer(uow: UnitOfWork, text: str) -> Subject | None:
    """Return the customer with this id or Telegram id; None if there is none."""
    if text.isdecimal() and len(text) <= _LONGEST_ID:
        customer = await uow.customers.by_telegram_id(TelegramId(int(text)))
    else:
        key = read_id(text)
        customer = await uow.customers.get(CustomerId(key)) if key is not None else None
    return subject_of(str(customer.id), customer) if customer is not None else None


def subscription_finder(clock: Clock, policy: Policy) -> FindSubject:
    """Return a function that finds subscriptions by id. It also finds ended subscriptions; the command then raises
    NothingToDo.
    """

    async def find(uow: UnitOfWork, text: str) -> Subject | None:
        key = read_id(text)
        subscription = await uow.subscriptions.get(SubscriptionId(key)) if key is not None else None
        if subscription is None:
            return None
        customer, plan = await uow.customers.get(subscription.customer_id), await uow.plans.get(subscription.plan_id)
        if customer is None or plan is None:
            return None
        end = access_policy.shown_end(subscription, access_policy.grace_of(plan, policy.grace), clock.now())
        end_facts: dict[str, Fact] = {"until": end} if end is not None else {}
        return subject_of(str(subscription.id), customer, plan.label, plan=plan.label, **end_facts)

    return find


def shop_finder(clock: Clock, policy: Policy) -> FindSubject:
    """Return a function that always returns the shop as the subject. If the id of a plan is given, the plan is
    preselected. Times are parsed in the operator's time zone.
    """

    async def find(uow: UnitOfWork, text: str) -> Subject:
        key = read_id(text)
        plan = await uow.plans.get(PlanId(key)) if key is not None else None
        facts: dict[str, Fact] = {"plan": plan.soft_id} if plan is not None else {}
        return Subject(id=SubjectKind.SHOP, name="", facts=facts, reads=_moments(clock, policy))

    return find


async def find_plan(uow: UnitOfWork, text: str) -> Subject | None:
    """Return the plan with this id or slug; None if there is none."""
    key = read_id(text)
    plan = await (uow.plans.get(PlanId(key)) if key is not None else uow.plans.by_soft_id(text))
    if plan is None:
        return None
    facts: dict[str, Fact] = {"plan": plan.label, "costs": plan.price}
    return Subject(id=str(plan.id), name=plan.label, facts=facts, reads={"currency": plan.price.currency})


async def find_resource(uow: UnitOfWork, text: str) -> Subject | None:
    """Return the resource with this id or slug; None if there is none."""
    key = read_id(text)
    resource = await (uow.resources.get(ResourceId(key)) if key is not None else uow.resources.by_soft_id(text))
    if resource is None:
        return None
    channel = await uow.resources.channel(resource.id)
    title = channel.title if channel is not None else resource.title
    facts = {"title": title, "resource": resource.soft_id, **group_facts(resource)}
    return Subject(id=str(resource.id), name=title, facts=facts)


async def find_alarm(uow: UnitOfWork, text: str) -> Subject | None:
    """Return the alarm with this id; None if there is none. Closed alarms are found too; the command then raises
    NothingToDo.
    """
    key = read_id(text)
    alarm = await uow.alarms.get(key) if key is not None else None
    return Subject(id=str(alarm.id), name="", facts={"alarm": alarm.kind, **alarm.facts}) if alarm is not None else None


async def find_access(uow: UnitOfWork, text: str) -> Subject | None:
    """Return the access with this id, or the access that the alarm with this id is about; None if there is none."""
    key = read_id(text)
    alarm = await uow.alarms.get(key) if key is not None else None
    key = read_id(alarm.facts.get("access", "")) if alarm is not None else key
    access = await uow.accesses.get(AccessId(key)) if key is not None else None
    customer = await uow.customers.get(access.customer_id) if access is not None else None
    return subject_of(str(key), customer) if customer is not None else None


def method_finder(gateways: GatewayRegistry) -> FindSubject:
    """Return a function that finds configured payment methods by code."""

    async def find(_: UnitOfWork, text: str) -> Subject | None:
        if text not in gateways.enabled_names():
            return None
        name = gateways.descriptors()[text].list_name
        return Subject(id=text, name=name, facts={"method": name})

    return find


async def find_payment(uow: UnitOfWork, text: str) -> Subject | None:
    """Return the payment with this id; None if there is none."""
    key = read_id(text)
    payment = await uow.payments.get(PaymentId(key)) if key is not None else None
    customer = await uow.customers.get(payment.customer_id) if payment is not None else None
    if payment is None or customer is None:
        return None
    facts: dict[str, Fact] = {"of": payment.amount, "at": payment.occurred_at, "left": await left_of(uow, payment)}
    subject = subject_of(str(payment.id), customer, payment.reference, **facts)
    return replace(subject, reads={"currency": payment.amount.currency})


def _moments(clock: Clock, policy: Policy) -> dict[str, str]:
    return {NOW: clock.now().isoformat(), ZONE: policy.zones.home.key}


async def find_invitation(uow: UnitOfWork, text: str) -> Subject | None:
    """Return the invitation with this id, and the person who opened it; None if there is no such invitation."""
    key = read_id(text)
    invitation = await uow.invitations.get(key) if key is not None else None
    if invitation is None:
        return None
    opener = await uow.customers.by_telegram_id(invitation.opened_by) if invitation.opened_by is not None else None
    name = f"{opener.first_name} · {opener.mention} · {opener.telegram_id}" if opener is not None else "–"
    return Subject(id=str(invitation.id), name=name, facts={"name": name, "role": invitation.role})


async def find_role(uow: UnitOfWork, text: str) -> Subject | None:
    """Return the role with this name or id; None if there is none."""
    key, roles = read_id(text), await uow.own_roles.all()
    role = next((each for each in roles if each.name == text or (key is not None and each.id == key)), None)
    if role is None:
        return None
    facts: dict[str, Fact] = {"role": role.name, "permissions": ",".join(sorted(role.permissions))}
    return Subject(id=str(role.id), name=role.name, facts=facts)


def subject_of(subject: str, customer: Customer, *more: str, **facts: Fact) -> Subject:
    """Return the subject of commands that are about a customer.

    subject: id of the subject
    more: parts added to the display name after the customer's name
    facts: values for questions and messages about the subject
    """
    # A customer without @username is mentioned by first name, which is then not repeated.
    name = " · ".join(dict.fromkeys((customer.first_name, customer.mention, *more)))
    return Subject(id=subject, name=name, customer=customer, facts={"name": customer.mention, **facts})
