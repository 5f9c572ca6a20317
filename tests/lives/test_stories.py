"""Findings of random histories as fixed stories: each fixed fault must remain fixed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.lives.life import Step, lived
from tests.support.of_features import of_features

DAYS = 24
Steps = Sequence[Step]

MENDED: dict[str, Steps] = {
    "customer banned from the personal channel stays in the plan's other chats until its time is over": [
        Step("buy", 820, 0),
        Step("leave", 502, 192),
        Step("gift", 466, 0),
        Step("ban", 508, 576),
        Step("refund", 697, 0),
        Step("friend", 856, 0),
        Step("refund", 684, 0),
    ],
    "customer with two plans is erased in the documented lock order": [
        Step("buy", 4, 0),
        Step("buy", 12, 1),
        Step("erase", 0, 1),
    ],
    "subscription that ends when its provider is queried follows the documented lock order": [
        Step("buy", 37, 0),
        Step("refund", 202, 0, late=3),
    ],
    "used referral days are not taken from a month that was paid later": [
        Step("buy", 9, 48 * DAYS),
        Step("refund", 0, 1),
    ],
    "referred customer who began with a trial earns the referral week with the first payment": [Step("buy", 3, 0)],
    "customer who pays two checkouts at once earns the referral week once": [Step("pages", 0, 0)],
    "suspended customer with a planned pause is sent no charge notice": [
        Step("buy", 0, 0),
        Step("pause", 0, 0),
        Step("suspend", 0, 0),
    ],
    "gift of the target plan waits until the plan change takes effect": [
        Step("buy", 0, 0),
        Step("change", 1, 0),
        Step("gift", 2, 0),
    ],
    "customer readmitted during a skipped month gets the suspended days back": [
        Step("buy", 0, 0),
        Step("pause", 0, 32 * DAYS),
        Step("suspend", 0, 8 * DAYS),
        Step("restore", 0, 0),
    ],
    "customer who cancels during a dispute keeps the uncharged days and no more": [
        Step("buy", 0, 24 * DAYS),
        Step("dispute", 0, 13 * DAYS),
        Step("cancel", 0, 0),
        Step("dispute_won", 0, 0),
    ],
    "plan change agreed before a cancellation is not restored beside a later purchase of that plan": [
        Step("buy", 1, 0),
        Step("change", 1, 0),
        Step("cancel", 0, 2 * DAYS),
        Step("buy", 0, 0),
        Step("keep", 0, 0),
    ],
    "customer who cancels after a postponed charge loses access at the end of the granted time": [
        Step("buy", 0, 13 * DAYS),
        Step("gift", 3, 13 * DAYS),
        Step("refund", 1, 0),
        Step("cancel", 0, 0),
    ],
    "postponed charge is brought forward once and not postponed again": [
        Step("buy", 1, 30 * DAYS),
        Step("refund", 0, 0),
    ],
    "granted days longer than a skipped month run in that month and the charge follows": [
        Step("buy", 0, 0),
        Step("pause", 0, 0),
        Step("code", 18, 0),
    ],
    "customer who cancels in a skipped month keeps the granted days": [
        Step("buy", 1, 0),
        Step("pause", 0, 30 * DAYS),
        Step("cancel_there", 0, 0),
    ],
    "customer with granted days for the whole month cannot skip it": [
        Step("buy", 0, 0),
        Step("code", 18, 0),
        Step("pause", 0, 0),
    ],
    "suspended days of a payment are reversed with its refund": [
        Step("buy", 6, 0),
        Step("suspend", 0, 2 * DAYS),
        Step("restore", 0, 0),
        Step("refund", 0, 0),
    ],
    "lost dispute takes only the unsuspended days of its payment and leaves other days": [
        Step("buy", 9, 8 * DAYS),
        Step("dispute", 0, 24 * DAYS),
        Step("dispute_lost", 0, 0),
    ],
    "plan change charges the agreed price although the plan was edited since": [
        Step("buy", 0, 0),
        Step("change", 1, 0),
        Step("edit", 2, 0),
    ],
    "undone cancellation restores the agreed price although the plan was edited since": [
        Step("buy", 0, 0),
        Step("change", 1, 0),
        Step("cancel", 0, 0),
        Step("edit", 2, 0),
        Step("keep", 0, 0),
    ],
    "failed charge is not retried during a suspension and is retried after the readmission": [
        Step("buy", 3, 0),
        Step("bank", 0, 13 * DAYS),
        Step("friend", 0, 2 * DAYS),
        Step("bank", 0, 0),
        Step("suspend", 0, 40 * DAYS),
        Step("restore", 0, 9 * DAYS),
    ],
    "customer suspended in the grace period is charged after the readmission and gets the month": [
        Step("buy", 0, 0),
        Step("bank", 0, 38 * DAYS),
        Step("suspend", 0, 0),
        Step("bank", 0, 40 * DAYS),
        Step("restore", 0, 9 * DAYS),
    ],
    "customer with other days left stays in during a dispute about a gift": [
        Step("gift", 3, 2 * DAYS),
        Step("code", 12, 24 * DAYS),
        Step("dispute", 0, 0),
    ],
    "customer who ends a skipped month early with a refusing bank is told the charge after that month": [
        Step("buy", 0, 0),
        Step("pause", 0, 32 * DAYS),
        Step("bank", 0, 10 * DAYS),
        Step("go_on", 0, 0),
    ],
    "refund message names the end of access without the referral week": [
        Step("buy", 0, 24),
        Step("refund", 0, 0),
    ],
    "refund of an earlier month says that access continues": [
        Step("buy", 0, 40 * DAYS),
        Step("refund", 0, 0),
    ],
    "refund of an ended plan does not announce an end while days by a code are left": [
        Step("pages", 1, 24 * DAYS),
        Step("cancel", 1, 14 * DAYS),
        Step("code", 7, 0),
        Step("refund", 1, 0),
    ],
    "cancellation undone in a skipped month leads to the announced charge after that month": [
        Step("buy", 315, 0),
        Step("pause", 812, 4 * DAYS),
        Step("code", 348, 13 * DAYS),
        Step("gift", 423, 13 * DAYS),
        Step("cancel_there", 463, 0),
        Step("keep", 128, 0),
    ],
    "referral week is reversed with its own payment and not with another": [
        Step("buy", 3, 0),
        Step("buy", 1, 0, late=3),
        Step("friend", 0, 49),
        Step("refund", 0, 0),
    ],
    "first of two payments to be received earns the referral week": [
        Step("buy", 197, 0, late=3),
        Step("buy", 450, 5),
        Step("refund", 877, 0),
    ],
    "second payment of a plan is refunded and the first stays": [
        Step("pages", 396, 1, late=3),
        Step("buy", 84, 0, late=3),
    ],
    "lifetime plan paid twice before the first event counts once": [
        Step("buy", 90, 1, late=3),
        Step("buy", 552, 24),
    ],
    "payment on the provider page during a suspension gives access afterwards": [
        Step("buy", 3, 0),
        Step("bank", 0, 13 * DAYS),
        Step("friend", 0, 2 * DAYS),
        Step("suspend", 0, 4),
        Step("retry", 0, 9 * DAYS),
        Step("restore", 0, 0),
    ],
    "promised grace period is kept after a suspension although the provider gave up": [
        Step("buy", 3, 0),
        Step("bank", 0, 17 * DAYS),
        Step("suspend", 0, 0),
        Step("restore", 0, 9 * DAYS),
    ],
    "charge due at the readmission keeps its grace period": [
        Step("buy", 3, 0),
        Step("bank", 0, 15 * DAYS),
        Step("suspend", 0, 10 * DAYS),
        Step("restore", 0, 9 * DAYS),
    ],
    "customer readmitted in an unpaid period stays until the next charge despite a refund": [
        Step("buy", 0, 24 * DAYS),
        Step("suspend", 0, 8 * DAYS),
        Step("restore", 0, 8 * DAYS),
        Step("refund", 0, 0),
    ],
    "days taken by staff are not taken again with a reversed referral week": [
        Step("buy", 0, 4 * DAYS),
        Step("staff_days", 3, 26 * DAYS),
        Step("refund", 0, 0),
    ],
    "suspended customer with a refund is not told that granted days ended": [
        Step("buy", 0, 24 * DAYS),
        Step("cancel", 0, 0),
        Step("staff_days", 6, 8 * DAYS),
        Step("suspend", 0, 13 * DAYS),
        Step("code", 3, 8 * DAYS),
        Step("refund", 0, 0),
    ],
    "month by another method begins at once if the first payment arrives too late to count": [
        Step("buy", 0, 0, late=3),
        Step("buy", 14, 0),
    ],
    "customer waiting for the charge after a skipped month gets the full period it pays": [
        Step("buy", 0, 29 * DAYS),
        Step("pause", 0, 0),
        Step("bank", 0, 32 * DAYS),
        Step("nothing", 0, 30),
        Step("retry", 0, 0),
    ],
    "customer without access when the first payment arrives gets no referral week": [
        Step("buy", 2, 0, late=3),
        Step("gift", 0, 0),
    ],
    "customer whose plan change follows a failed charge is readmitted to a chat left before": [
        Step("buy", 8, 13 * DAYS),
        Step("pages", 3, 0),
        Step("bank", 0, 0),
        Step("change", 0, 0),
    ],
    "trial that begins for an erased customer is never charged": [Step("buy", 3, 2, late=3), Step("erase", 0, 0)],
    "days taken by staff from a refunded second payment are not taken from the first": [
        Step("buy", 19, 13 * DAYS),
        Step("buy", 19, 0),
        Step("staff_days", 15, 0),
        Step("withdraw", 0, 0),
    ],
    "customer readmitted during a trial is still on trial": [
        Step("buy", 3, 0),
        Step("suspend", 0, 0),
        Step("restore", 0, 0),
        Step("change", 0, 0),
    ],
    "customer who cancels and resumes a trial during a suspension is still on trial": [
        Step("buy", 3, 0),
        Step("suspend", 0, 0),
        Step("cancel", 0, 0),
        Step("keep", 0, 0),
        Step("restore", 0, 0),
        Step("change", 0, 0),
    ],
    "difference paid for a dearer plan leaves the grace period of a failed charge unchanged": [
        Step("buy", 0, 0),
        Step("bank", 0, 29 * DAYS),
        Step("nothing", 0, 9 * DAYS),
        Step("nothing", 0, 30),
        Step("dearer_there", 0, 0),
    ],
    "charge taken after the end of a subscription gives nothing and earns no referral week": [
        Step("buy", 3, 0),
        Step("bank", 0, 24 * DAYS),
        Step("retry", 0, 0),
        Step("code", 15, 0),
    ],
    "customer who lost one payment by dispute and one by refund earns no second referral week": [
        Step("pages", 2, 0),
        Step("dispute", 1, 0),
        Step("dispute_lost", 0, 0),
        Step("refund", 0, 0),
        Step("buy", 2, 0),
    ],
    "lost dispute about the current period does not announce a renewal of the remaining days": [
        Step("buy", 0, 0),
        Step("code", 18, 0),
        Step("dispute", 0, 24),
        Step("dispute_lost", 0, 0),
    ],
    "lost dispute of a customer suspended by staff announces no end": [
        Step("buy", 4, 0),
        Step("code", 16, 0),
        Step("dispute", 0, 24),
        Step("suspend", 0, 0),
        Step("dispute_lost", 0, 0),
    ],
    "refund of a gift announces no end to a suspended customer": [
        Step("gift", 3, 0),
        Step("code", 18, 0),
        Step("suspend", 0, 4 * DAYS),
        Step("refund", 0, 0),
    ],
    "refund of an earlier month does not deny the charge of a customer in debt": [
        Step("buy", 0, 40 * DAYS),
        Step("bank", 0, 28 * DAYS),
        Step("refund", 0, 0),
    ],
    "refund of an earlier month does not deny the charge of a suspended customer": [
        Step("buy", 0, 72 * DAYS),
        Step("suspend", 0, 0),
        Step("refund", 1, 0),
    ],
    "customer readmitted by staff before a late dispute event is suspended by that event": [
        Step("buy", 111, 0),
        Step("suspend", 1, 0),
        Step("dispute", 1, 0, late=3),
        Step("restore", 1, 0),
    ],
    "lost dispute message of a customer in the grace period names the announced end": [
        Step("buy", 639, 4 * DAYS),
        Step("buy", 490, 24 * DAYS),
        Step("cancel", 273, 13 * DAYS),
        Step("code", 402, 49),
        Step("dispute", 153, 0),
        Step("bank", 842, 13 * DAYS),
        Step("buy", 677, 4 * DAYS),
        Step("dispute_lost", 829, 0),
    ],
    "customer with a disputed gift and later days is suspended during the dispute": [
        Step("gift", 943, 0),
        Step("dispute", 299, 0, late=3),
        Step("code", 154, 0),
    ],
    "refund of an unused second gift does not announce an end": [
        Step("gift", 258, 24 * DAYS),
        Step("nothing", 288, 8 * DAYS),
        Step("gift", 705, 0),
        Step("refund", 239, 0),
    ],
    "refund to a customer who canceled in a skipped month does not promise further access": [
        Step("buy", 7, 24 * DAYS),
        Step("pause", 705, 13 * DAYS),
        Step("cancel_there", 340, 8 * DAYS),
        Step("refund", 495, 0),
    ],
    "month paid by crypto and received after a gift begins after the gift and lasts one calendar month": [
        Step("buy", 947, 0, late=3),
        Step("gift", 620, 0),
    ],
    "full refund of a referred customer sends one message about the end": [
        Step("buy", 4, 0),
        Step("refund", 0, 0),
    ],
    "refund received during a second purchase announces no end": [
        Step("buy", 207, 0),
        Step("refund", 939, 0, late=3),
        Step("pages", 274, 0, late=3),
    ],
    "expiry message may precede the event of a purchase made in the last hours": [
        Step("buy", 4, 37 * DAYS - 2),
        Step("buy", 4, 0, late=3),
    ],
    "lost dispute about an ended period says that the later purchase continues": [
        Step("buy", 0, DAYS),
        Step("cancel", 0, 48 * DAYS),
        Step("buy", 0, DAYS),
        Step("dispute", 0, DAYS),
        Step("dispute_lost", 0, 0),
    ],
    "lost dispute about an ended one time purchase names the end of the later purchase": [
        Step("buy", 4, 40 * DAYS),
        Step("buy", 4, DAYS),
        Step("dispute", 0, DAYS),
        Step("dispute_lost", 0, 0),
    ],
    "payment after the provider gave up sends no failure message": [
        Step("buy", 0, 0),
        Step("bank", 0, 38 * DAYS),
        Step("nothing", 0, 22),
        Step("retry", 0, 0, late=3),
    ],
    "customer moved to a dearer plan at the provider after its price changed gets that plan": [
        Step("buy", 0, 0),
        Step("bank", 0, 29 * DAYS),
        Step("nothing", 0, 30),
        Step("edit", 1, 8 * DAYS),
        Step("dearer_there", 0, 0),
    ],
    "withdrawal from a gift opened by its payer names the end without the referral week": [
        Step("code", 206, 0, late=3),
        Step("gift", 815, 0),
        Step("withdraw", 933, 0),
    ],
    "customer in an unpaid period until the next charge is not invited to a recreated chat": [
        Step("buy", 988, 24 * DAYS),
        Step("code", 705, 8 * DAYS),
        Step("refund", 102, 0),
        Step("lost", 2, 0),
    ],
    "skipped month that passes during a suspension is over": [
        Step("buy", 142, 8 * DAYS),
        Step("pause", 676, 0),
        Step("suspend", 963, 24 * DAYS),
        Step("buy", 486, 4 * DAYS),
        Step("credit", 64, 24 * DAYS),
        Step("restore", 904, 0),
    ],
    "charge postponed for a refunded gift is brought forward after the dispute": [
        Step("buy", 441, 24 * DAYS),
        Step("gift", 132, 0),
        Step("dispute", 512, 0),
        Step("refund", 682, 49),
        Step("dispute_won", 539, 0),
    ],
    "customer with a code and a late trial event is offered no other plan during the trial": [
        Step("buy", 94, 0, late=3),
        Step("code", 75, 0),
        Step("nothing", 306, DAYS),
        Step("change", 587, 0),
    ],
    "customer with everything refunded who cancels at the provider loses access at the next check": [
        Step("pages", 149, 0),
        Step("part_refund", 269, 24 * DAYS),
        Step("refund", 348, 0),
        Step("buy", 453, 4 * DAYS),
        Step("buy", 764, DAYS),
        Step("buy", 428, 49),
        Step("cancel_there", 649, 0),
        Step("nothing", 0, 1),
    ],
    "unpaid plan changed to a refunded plan is announced when it ends": [
        Step("buy", 0, 0),
        Step("bank", 0, 29 * DAYS),
        Step("pages", 427, 8 * DAYS),
        Step("refund", 392, 0),
        Step("dearer_there", 0, 0),
        Step("nothing", 0, 8 * DAYS),
    ],
    "agreed plan bought separately and not yet reported leaves the first plan unchanged": [
        Step("buy", 1, 0),
        Step("change", 0, 0),
        Step("cancel", 0, 0),
        Step("buy", 933, 0, late=3),
        Step("keep", 0, 0),
    ],
    "agreed plan bought separately on an expired page leaves the first plan unchanged": [
        Step("buy", 1, 0),
        Step("change", 0, 0),
        Step("cancel", 0, 0),
        Step("buy", 933, 1, late=3),
        Step("keep", 0, 0),
    ],
    "trial begun twice before the first event is one trial and charged once": [
        Step("buy", 682, 1, late=3),
        Step("buy", 843, 0),
        Step("nothing", 0, 10 * DAYS),
        Step("nothing", 0, 20 * DAYS),
    ],
    "canceled trial that was begun twice is never charged": [
        Step("buy", 640, 1, late=3),
        Step("buy", 262, 0),
        Step("cancel", 648, 0),
        Step("nothing", 0, 60 * DAYS),
    ],
    "month paid by crypto and received after another begins after that month": [
        Step("code", 84, 0),
        Step("buy", 623, 1, late=3),
        Step("buy", 14, 0),
    ],
    "refund of a period paid from a provider balance takes that period": [
        Step("buy", 679, 0),
        Step("credit", 705, 8 * DAYS),
        Step("nothing", 0, 24 * DAYS),
        Step("refund", 953, 0),
    ],
    "ban lifted during a staff suspension admits no customer": [
        Step("buy", 198, 0),
        Step("ban", 30, 0),
        Step("suspend", 189, 0),
        Step("pardon", 130, 0),
    ],
    "ban by hand after a readmission by staff holds again": [
        Step("buy", 133, 0),
        Step("ban", 258, 0),
        Step("pardon", 997, 0),
        Step("ban", 467, 0),
    ],
    "hold for bans ends once the plan opens another chat": [
        Step("buy", 0, 0),
        Step("ban", 52, 0),
        Step("ban", 882, 0),
        Step("dearer_there", 0, 0),
    ],
    "charge notice sent when billing resumes names the charged amount": [
        Step("buy", 199, 0),
        Step("claim", 838, 24 * DAYS),
        Step("coupon", 556, 0),
        Step("friend", 604, 13 * DAYS),
        Step("ban", 984, 0),
        Step("pardon", 815, 0),
    ],
    "granted days give access during a pause without a date": [Step("buy", 189, 0), Step("pause_there", 660, 0)],
    "days left after a suspension give access during a pause without a date": [
        Step("buy", 520, 24 * DAYS),
        Step("pause_there", 758, 0),
        Step("suspend", 518, 24 * DAYS),
        Step("restore", 864, 0),
    ],
    "pause without a date that ends in an unpaid period lasts until the next charge": [
        Step("buy", 0, 0),
        Step("pause_there", 421, 8 * DAYS),
        Step("nothing", 879, 30 * DAYS),
        Step("go_on_there", 8, 0),
    ],
    "granted days in a period left unpaid by a pause without a date end before the next charge": [
        Step("buy", 142, 8 * DAYS),
        Step("pause_there", 420, 24 * DAYS),
        Step("go_on_there", 253, 0),
    ],
    "customer who cancels in an unpaid period loses access after the granted days": [
        Step("buy", 142, 8 * DAYS),
        Step("pause_there", 420, 24 * DAYS),
        Step("go_on_there", 253, 0),
        Step("cancel", 0, 0),
    ],
    "new pause by the seller while the customer waits for a charge is not ended": [
        Step("buy", 0, 0),
        Step("pause_there", 421, 24 * DAYS),
        Step("nothing", 0, 13 * DAYS),
        Step("go_on_there", 8, 2 * DAYS),
        Step("pause_there", 421, 0),
    ],
    "dispute lost in an uncharged period leaves the granted days only": [
        Step("pages", 313, 0),
        Step("buy", 660, 0),
        Step("dispute", 880, 24 * DAYS),
        Step("bank", 523, 8 * DAYS),
        Step("dispute_lost", 88, 0, late=3),
    ],
    "lost dispute ends the reminders of a failed charge and keeps the grace days": [
        Step("buy", 0, 0),
        Step("bank", 892, 24 * 24),
        Step("staff_days", 6, 24 * 13),
        Step("friend", 184, 0),
        Step("dispute", 0, 0),
        Step("dispute_lost", 0, 24 * 24),
    ],
    "dispute about a payment whose days staff took back is not judged": [
        Step("buy", 194, 0),
        Step("pages", 443, 0),
        Step("dispute", 901, 49),
        Step("staff_days", 305, 0),
        Step("part_dispute", 971, 0),
    ],
    "refund after the next charge was postponed past a suspension stops billing": [
        Step("buy", 0, 24 * DAYS),
        Step("suspend", 0, 8 * DAYS),
        Step("restore", 0, 2 * DAYS),
        Step("refund", 0, 8 * DAYS),
    ],
    "dispute lost after the next charge was postponed stops billing": [
        Step("buy", 0, 24 * DAYS),
        Step("suspend", 0, 8 * DAYS),
        Step("restore", 0, 8 * DAYS),
        Step("dispute", 0, 49),
        Step("dispute_lost", 0, 8 * DAYS),
    ],
    "dispute about the last payment suspends grace days that follow granted days": [
        Step("buy", 0, 13 * DAYS),
        Step("bank", 0, 23 * DAYS),
        Step("nothing", 0, 2 * DAYS),
        Step("dispute", 0, 2 * DAYS),
    ],
    "dispute about used time does not suspend days that cover an uncharged period": [
        Step("gift", 675, 0),
        Step("period", 890, 13 * DAYS),
        Step("club", 162, 24 * DAYS),
        Step("suspend", 578, 8 * DAYS),
        Step("restore", 541, 8 * DAYS),
        Step("club", 461, 0),
        Step("part_dispute", 526, 0),
    ],
    "notice of a plan change names the next charge after a credit at the provider": [
        Step("buy", 0, 0),
        Step("credit", 565, 0, late=3),
        Step("dearer_there", 0, 0),
    ],
    "notice of an immediate plan change names the charge of the change agreed for the renewal": [
        Step("pages", 987, 0),
        Step("change", 82, 0),
        Step("code", 311, 0),
        Step("change", 136, 0),
    ],
    "plan change of a canceled subscription announces no charge": [
        Step("buy", 0, 0),
        Step("cancel_there", 90, 0),
        Step("dearer_there", 0, 0),
    ],
    "plan change that takes effect during a dispute promises no access": [
        Step("buy", 36, 0),
        Step("change", 432, 0),
        Step("part_dispute", 42, 0),
    ],
    "referral days are unused at the time of the refund": [
        Step("buy", 750, 0),
        Step("part_refund", 319, 8 * DAYS, late=3),
        Step("club", 696, 0),
    ],
    "refund of a changed plan's first payment leaves the referral days of the plan in effect": [
        Step("buy", 0, 24),
        Step("change", 174, 96, late=3),
        Step("friend", 0, 192),
        Step("refund", 0, 0),
    ],
    "grace days of a cheaper plan follow the time of the more expensive one": [
        Step("pages", 130, 192),
        Step("change", 556, 192),
        Step("bank", 541, 5, late=3),
    ],
    "cancellation while granted days last and a charge is at the bank names that charge": [
        Step("buy", 994, 0),
        Step("cancel_later", 54, 0),
        Step("late_bank", 436, 0),
    ],
    "cheaper plan's charge that is decided after the other plan's days pays for the cheaper plan": [
        Step("buy", 267, 0),
        Step("late_bank", 11, 0),
        Step("change", 579, 0),
    ],
    "cheaper plan's charge that is paid after its bank refused it pays for the cheaper plan": [
        Step("buy", 267, 0),
        Step("late_bank", 347, 0),
        Step("change", 579, 0),
    ],
    "dispute about a payment whose time has not begun suspends access once it begins": [
        Step("buy", 4, 24),
        Step("buy", 4, 24),
        Step("dispute", 1, 40 * DAYS),
        Step("dispute_won", 0, 0),
    ],
    "bank's late refusal of the charge that ends a skipped month early is told, and no later charge is announced": [
        Step("buy", 0, 24),
        Step("pause", 0, 40 * DAYS),
        Step("late_bank", 341, 0),
        Step("go_on", 0, 0),
        Step("bank", 507, 40 * DAYS),
    ],
    "dispute lost while a charge is unpaid and referral days are left is told with the end of access": [
        Step("buy", 966, 5 * DAYS),
        Step("dispute", 0, 10 * DAYS),
        Step("dispute_won", 0, 0),
        Step("bank", 0, 20 * DAYS),
        Step("dispute", 0, 2 * DAYS),
        Step("dispute_lost", 0, 15 * DAYS),
    ],
    "parts of one payment that wait for two plans both begin": [
        Step("buy", 966, 24),
        Step("change", 721, 30 * DAYS),
        Step("change", 1, 8 * DAYS),
        Step("change", 1, 0),
        Step("cancel", 393, 40 * DAYS),
    ],
    "charge at the bank pays for the cheaper plan although the seller changes its price meanwhile": [
        Step("buy", 876, 0),
        Step("change", 909, 0),
        Step("late_bank", 531, 32 * DAYS),
        Step("moved_price", 192, 20 * DAYS),
    ],
    "dispute about a payment whose rest waits for an earlier plan suspends nothing while other time runs": [
        Step("buy", 457, 24),
        Step("staff_days", 6, 33 * DAYS),
        Step("change", 298, 40 * DAYS),
        Step("dispute", 1, 48),
    ],
    "dispute about a payment whose time is over suspends nothing": [
        Step("buy", 4, 40 * DAYS),
        Step("dispute", 0, 24),
        Step("dispute_lost", 0, 0),
    ],
    "dispute about a period that is over at the provider and has time left suspends access": [
        Step("buy", 0, 24),
        Step("staff_days", 6, 64 * DAYS),
        Step("dispute", 1, 5 * DAYS),
        Step("dispute_lost", 0, 0),
    ],
    "dispute that was won is opened again and lost": [
        Step("buy", 0, 24),
        Step("dispute", 0, 48),
        Step("dispute_won", 0, 24),
        Step("dispute", 0, 48),
        Step("dispute_lost", 0, 0),
    ],
    "refund of an earlier month while a charge is at the bank of a customer who canceled": [
        Step("buy", 0, 0),
        Step("late_bank", 172, 0),
        Step("cancel_later", 0, 40 * DAYS),
        Step("refund", 0, 0),
    ],
    "refund that withdraws referral days leaves access until the own postponed charge": [
        Step("pages", 545, 24 * DAYS),
        Step("buy", 0, 0),
        Step("friend", 0, 8 * DAYS),
        Step("refund", 0, 0),
    ],
    "charge that ends a skipped month and is at the bank for days pays for a whole period": [
        Step("buy", 0, 0),
        Step("late_bank", 177, 0),
        Step("pause", 0, 40 * DAYS),
        Step("go_on", 0, 0),
    ],
    "change to a plan whose purchase is at the bank is refused": [
        Step("buy", 358, 24),
        Step("late_bank", 302, 0),
        Step("buy", 331, 0),
        Step("change", 675, 40 * DAYS),
    ],
}


OF_FEATURES = {"gift": "gifts", "claim": "claim", "friend": "refer", "take_in": "importing"}
ABSENT = {act for act, use in OF_FEATURES.items() if use not in of_features("lives", "TOWN")}
"""Steps that need a feature whose folder was removed."""
PLAYED = [story for story, steps in MENDED.items() if ABSENT.isdisjoint(step.act for step in steps)]


@pytest.mark.exhaustive
@pytest.mark.parametrize("story", PLAYED)
@pytest.mark.parametrize("moves", [True, False])
@pytest.mark.usefixtures("quiet")
async def test_customer_history_that_revealed_a_fixed_fault_fulfils_every_guarantee(story: str, *, moves: bool) -> None:
    reported = await lived(MENDED[story], moves=moves)
    assert reported.broken is None, f"\n{reported}"
