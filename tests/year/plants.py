"""The planted errors, each with the guarantee that it violates and the span that reveals it."""

from __future__ import annotations

from tests.support.of_features import of_features
from tests.year.planting import (
    ANOTHER,
    FAILING,
    LEAVING,
    LOST,
    SHUFFLED,
    SILENT,
    SOURCE,
    WARNED,
    Change,
    Plant,
)

PLANTS = (
    Plant(
        "no unique payment key",
        (
            Change(
                "migrations/versions/baseline/184_keep_site_pictures.py",
                "        CONSTRAINT one_payment_per_provider_key UNIQUE (provider, payment_key),\n",
                "",
            ),
            Change(
                f"{SOURCE}/domain/services/payment_decisions.py",
                "    if purchase.recorded_payment is not None:\n"
                "        return outcomes.CountedBefore(_subscription_to_sync(purchase, fact))\n",
                "",
            ),
        ),
        ("one payment per provider key",),
    ),
    Plant(
        "kick without verify",
        (
            Change(
                f"{SOURCE}/infrastructure/telegram/bot_chat_membership.py",
                "        if _is_inside(await self._member(chat, person)):\n"
                '            raise RetryLater("the person is still inside after the ban")\n',
                "",
            ),
        ),
        # The second promise, if the first customer who stays inside is one whose access is only paused.
        (
            "who is out by the record is out",
            "whoever should be out is out within the hour",
            "only the payer is inside",
        ),
        span=ANOTHER,
    ),
    Plant(
        "extend on failed payment",
        (
            Change(
                f"{SOURCE}/domain/services/payment_decisions.py",
                "    if is_about_money(event):\n",
                "    if event.kind in {PaymentEventKind.PAYMENT_COMPLETED, PaymentEventKind.PAYMENT_FAILED}:\n",
            ),
        ),
        ("a payment is what the provider took", "time comes from what was paid or given, once"),
        span=FAILING,
    ),
    Plant(
        "ledger in arrival order",
        (
            Change(
                f"{SOURCE}/domain/entities/ledger.py",
                "for entry in sorted(grants, key=fold_order):",
                "for entry in sorted(grants, key=lambda entry: (entry.created_at, entry.id or 0)):",
            ),
        ),
        ("access_until is the fold over the ledger",),
        span=SHUFFLED,
    ),
    Plant(
        "reminder not keyed",
        (
            Change(
                f"{SOURCE}/application/subscriptions/remind.py",
                "subscription.customer_id, reminder.kind, reminder.key)",
                "subscription.customer_id, reminder.kind, str(new_uuid()))",
            ),
            Change(
                f"{SOURCE}/application/subscriptions/remind.py",
                "from subscriptions.domain.ids import SubscriptionId\n",
                "from subscriptions.domain.ids import SubscriptionId, new_uuid\n",
            ),
        ),
        ("each reminder once",),
        span=WARNED,
    ),
    Plant(
        "approve any requester",
        (
            Change(
                f"{SOURCE}/application/access/join_desk.py",
                "return Decision(is_ours=True, admit=False, is_customer=access is not None)\n",
                "return Decision(is_ours=True, admit=True, is_customer=access is not None)\n",
            ),
        ),
        ("only the payer gets in",),
    ),
    Plant(
        "create without look",
        (
            Change(
                f"{SOURCE}/application/channels/make_channel.py",
                "await self._look(channel, asked_before, telegram) if asked_before is not None else ()",
                "()[:0]",
            ),
        ),
        ("one channel per personal subscription",),
        span=ANOTHER,
    ),
    Plant(
        "refund ignored",
        (
            Change(
                f"{SOURCE}/domain/services/payment_decisions.py",
                "    if event.kind in REVERSALS:\n",
                "    if event.kind is PaymentEventKind.REFUND:\n        return outcomes.NothingToSync()\n"
                "    if event.kind in REVERSALS:\n",
            ),
        ),
        ("a full refund is taken over", "money that left is heard of in time"),
        span=ANOTHER,
    ),
    Plant(
        "grace from now instead of period end",
        (
            Change(
                f"{SOURCE}/domain/services/access_policy.py",
                "    return begins + grace if begins is not None else subscription.access_until\n",
                "    if begins is None:\n"
                "        return subscription.access_until\n"
                "    return max(subscription.synced_at or begins, begins) + grace\n",
            ),
        ),
        ("whoever should be out is out within the hour",),
        span=FAILING,
    ),
    Plant(
        "access taken at cancel",
        (
            Change(
                f"{SOURCE}/application/access/kinds/personal_channel/kind.py",
                "        if access_policy.lets_in(subscription, entitlement.grace, entitlement.now):\n"
                "            await self.grant(uow, entitlement)\n"
                "        elif subscription.is_paused or not subscription.live:\n",
                "        if subscription.canceled_at is None and subscription.live and not subscription.is_paused:\n"
                "            await self.grant(uow, entitlement)\n"
                "        else:\n",
            ),
            Change(
                f"{SOURCE}/application/payments/apply_event.py",
                "if subscription.is_paused or state_before != state_of(subscription):",
                "if subscription.is_paused or subscription.canceled_at is not None:",
            ),
        ),
        ("nobody is removed by mistake",),
        span=LEAVING,
    ),
    Plant(
        "time runs out in a dispute",
        (
            Change(
                f"{SOURCE}/infrastructure/repositories/subscription_repository.py",
                'not_like(f"%{DISPUTE}%")',
                'not_like("%nothing%")',
            ),
            Change(
                f"{SOURCE}/domain/services/access_policy.py",
                "    return subscription.on_hold\n",
                "    return False and subscription.on_hold\n",
            ),
        ),
        ("no time runs out while a payment is disputed",),
        span=LEAVING,
    ),
    Plant(
        "a stage may be skipped",
        (
            Change(
                f"{SOURCE}/domain/entities/vip_entry.py",
                "if from_stage != self.vip_entry_stage or from_stage not in {FIRST_STAGE, SECOND_STAGE}:",
                "if self.vip_entry_stage is None or from_stage not in {FIRST_STAGE, SECOND_STAGE}:",
            ),
        ),
        ("the stages are passed in their order",),
    ),
    Plant(
        "a way into the VIP channel before the third stage",
        (
            Change(
                f"{SOURCE}/domain/entities/vip_entry.py",
                "return self.vip_entry_stage is None or self.has_valid_token",
                "return True",
            ),
        ),
        ("no link into the VIP channel before the third stage",),
    ),
    Plant(
        "the bulk expiry removes whose other VIP plan runs",
        (
            Change(
                f"{SOURCE}/application/expiry/expire_vip.py",
                "            await grant_shared.settle_all(uow, resource, batch, now)\n",
                "            channel = await uow.resources.channel(resource.id)\n"
                "            if channel is not None:\n"
                "                accesses = await uow.of(VIP_KEY).accesses(channel.id, batch)\n"
                "                for access in accesses:\n"
                "                    access.end(is_shared=True)\n"
                "                await uow.of(VIP_KEY).save_accesses(accesses)\n",
            ),
        ),
        (
            "nobody is put out of the VIP channel while a plan of theirs opens it",
            "who has a right to the VIP channel has a way in within the hour, or there is an alarm",
        ),
        span=ANOTHER,
    ),
    Plant(
        "a code may be used twice",
        (
            Change(
                f"{SOURCE}/application/vip/activate_token.py",
                "    if token.used_at is not None:\n        return TokenRefusal.USED\n",
                "",
            ),
            Change(
                f"{SOURCE}/infrastructure/repositories/vip_repository.py",
                "                _TOKENS.used_at.is_(None),\n                _TOKENS.revoked_at.is_(None),\n",
                "                _TOKENS.revoked_at.is_(None),\n",
            ),
        ),
        ("a code works once, while it is good",),
    ),
    Plant(
        "nobody asks what happened",
        (
            Change(
                f"{SOURCE}/application/inbox/watch_providers.py",
                "    elif now - received_until >= ASKED_EVERY:\n",
                "    elif now - received_until >= 99 * EACH_EVERY:\n",
            ),
        ),
        ("money that came is heard of in time", "money that left is heard of in time"),
        span=SILENT,
    ),
    Plant(
        "a silence that nobody hears of",
        (
            Change(
                f"{SOURCE}/application/catalog/watch_webhooks.py",
                "await _find_silence(uow, provider, last_received_at, now), now)",
                "None, now)",
            ),
        ),
        ("webhooks that stop are told to the owners",),
        span=SILENT,
    ),
    Plant(
        "staff is put out",
        (
            Change(
                f"{SOURCE}/application/access/membership.py",
                "    if await _is_entitled(uow, person):\n        return Membership.EXEMPT\n",
                "",
            ),
        ),
        ("staff and the whitelisted are never put out",),
        span=FAILING,
    ),
    Plant(
        "a database that was brought back goes unnoticed",
        (
            Change(
                f"{SOURCE}/infrastructure/jobs/returning.py",
                "                if recorded not in {None, MOVED_MARK, identity}:\n",
                "                if recorded is None and MOVED_MARK is None:\n",
            ),
        ),
        ("that hours were lost is told",),
        span=LOST,
    ),
    *of_features("plants", "PLANTS").values(),
)
