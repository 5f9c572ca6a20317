"""Findings of random lives as stories: each fixed fault stays fixed."""

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
    "who has two plans is erased, in the one order of locks": [
        Step("buy", 4, 0),
        Step("buy", 12, 1),
        Step("erase", 0, 1),
    ],
    "what ends as soon as its provider is asked ends in the one order of locks": [
        Step("buy", 37, 0),
        Step("refund", 202, 0, late=3),
    ],
    "days for a friend that ran are not taken from a month that was paid later": [
        Step("buy", 9, 48 * DAYS),
        Step("refund", 0, 1),
    ],
    "who came by a link and began with a trial brings their friend a week with the first payment": [Step("buy", 3, 0)],
    "who pays twice at once brings their friend a week all the same": [Step("pages", 0, 0)],
    "no charge is told to who is kept out, also with a month to be left out": [
        Step("buy", 0, 0),
        Step("pause", 0, 0),
        Step("suspend", 0, 0),
    ],
    "a gift of the plan that somebody goes over to waits until they have": [
        Step("buy", 0, 0),
        Step("change", 1, 0),
        Step("gift", 2, 0),
    ],
    "who is let in again within a month left out has the days that stood still": [
        Step("buy", 0, 0),
        Step("pause", 0, 32 * DAYS),
        Step("suspend", 0, 8 * DAYS),
        Step("restore", 0, 0),
    ],
    "who cancels while a bank asks has what begins uncharged, and not a day more": [
        Step("buy", 0, 24 * DAYS),
        Step("dispute", 0, 13 * DAYS),
        Step("cancel", 0, 0),
        Step("dispute_won", 0, 0),
    ],
    "what was agreed before a cancellation is not agreed again beside what was bought since": [
        Step("buy", 1, 0),
        Step("change", 1, 0),
        Step("cancel", 0, 2 * DAYS),
        Step("buy", 0, 0),
        Step("keep", 0, 0),
    ],
    "who cancels after a charge was put off is out when what they have is over": [
        Step("buy", 0, 13 * DAYS),
        Step("gift", 3, 13 * DAYS),
        Step("refund", 1, 0),
        Step("cancel", 0, 0),
    ],
    "a charge that was put off comes nearer once, and is not put off again and again": [
        Step("buy", 1, 30 * DAYS),
        Step("refund", 0, 0),
    ],
    "days given for longer than a month left out are had in it, and the charge after it comes": [
        Step("buy", 0, 0),
        Step("pause", 0, 0),
        Step("code", 18, 0),
    ],
    "who cancels in a month left out has the days of their own all the same": [
        Step("buy", 1, 0),
        Step("pause", 0, 30 * DAYS),
        Step("cancel_there", 0, 0),
    ],
    "who has days for all of a month leaves none out": [Step("buy", 0, 0), Step("code", 18, 0), Step("pause", 0, 0)],
    "what stood still of a payment goes back with it": [
        Step("buy", 6, 0),
        Step("suspend", 0, 2 * DAYS),
        Step("restore", 0, 0),
        Step("refund", 0, 0),
    ],
    "what a bank takes back was not had while they were kept out, and other days are": [
        Step("buy", 9, 8 * DAYS),
        Step("dispute", 0, 24 * DAYS),
        Step("dispute_lost", 0, 0),
    ],
    "who goes over to a plan is charged what they agreed to, though it was edited since": [
        Step("buy", 0, 0),
        Step("change", 1, 0),
        Step("edit", 2, 0),
    ],
    "who keeps after all what was agreed is not had to pay what the plan costs since": [
        Step("buy", 0, 0),
        Step("change", 1, 0),
        Step("cancel", 0, 0),
        Step("edit", 2, 0),
        Step("keep", 0, 0),
    ],
    "a charge that failed is not tried again while its customer is kept out, and is once they are let in": [
        Step("buy", 3, 0),
        Step("bank", 0, 13 * DAYS),
        Step("friend", 0, 2 * DAYS),
        Step("bank", 0, 0),
        Step("suspend", 0, 40 * DAYS),
        Step("restore", 0, 9 * DAYS),
    ],
    "who is kept out in the days of grace is charged once they are let in, and has the month": [
        Step("buy", 0, 0),
        Step("bank", 0, 38 * DAYS),
        Step("suspend", 0, 0),
        Step("bank", 0, 40 * DAYS),
        Step("restore", 0, 9 * DAYS),
    ],
    "who has days left beside a gift that a bank asks about is not put out": [
        Step("gift", 3, 2 * DAYS),
        Step("code", 12, 24 * DAYS),
        Step("dispute", 0, 0),
    ],
    "who goes on early and whose bank refuses is told the charge after the month left out": [
        Step("buy", 0, 0),
        Step("pause", 0, 32 * DAYS),
        Step("bank", 0, 10 * DAYS),
        Step("go_on", 0, 0),
    ],
    "who is given back their money hears until when they have access without the week for a friend": [
        Step("buy", 0, 24),
        Step("refund", 0, 0),
    ],
    "who is given back an earlier month hears that their access goes on": [
        Step("buy", 0, 40 * DAYS),
        Step("refund", 0, 0),
    ],
    "who is given back what is over, and has days since by a code, is not told that access ended": [
        Step("pages", 1, 24 * DAYS),
        Step("cancel", 1, 14 * DAYS),
        Step("code", 7, 0),
        Step("refund", 1, 0),
    ],
    "who keeps it after all within a month left out is charged after it, and told so": [
        Step("buy", 315, 0),
        Step("pause", 812, 4 * DAYS),
        Step("code", 348, 13 * DAYS),
        Step("gift", 423, 13 * DAYS),
        Step("cancel_there", 463, 0),
        Step("keep", 128, 0),
    ],
    "a week for a friend goes back with the payment it was given for, and not with another": [
        Step("buy", 3, 0),
        Step("buy", 1, 0, late=3),
        Step("friend", 0, 49),
        Step("refund", 0, 0),
    ],
    "of two payments the one that is heard of first brings a friend their week": [
        Step("buy", 197, 0, late=3),
        Step("buy", 450, 5),
        Step("refund", 877, 0),
    ],
    "what was paid second goes back, and what was there goes on": [
        Step("pages", 396, 1, late=3),
        Step("buy", 84, 0, late=3),
    ],
    "a plan for life that is paid twice, for nobody had heard of the first, is paid for once": [
        Step("buy", 90, 1, late=3),
        Step("buy", 552, 24),
    ],
    "who pays on the provider's page while kept out has it afterwards": [
        Step("buy", 3, 0),
        Step("bank", 0, 13 * DAYS),
        Step("friend", 0, 2 * DAYS),
        Step("suspend", 0, 4),
        Step("retry", 0, 9 * DAYS),
        Step("restore", 0, 0),
    ],
    "days of grace that were promised are had after a rest of ours, though the provider gave up meanwhile": [
        Step("buy", 3, 0),
        Step("bank", 0, 17 * DAYS),
        Step("suspend", 0, 0),
        Step("restore", 0, 9 * DAYS),
    ],
    "a charge that is owed when somebody is let in again leaves its days of grace": [
        Step("buy", 3, 0),
        Step("bank", 0, 15 * DAYS),
        Step("suspend", 0, 10 * DAYS),
        Step("restore", 0, 9 * DAYS),
    ],
    "whom we let in in a period that nobody paid stays until the next charge, whatever goes back": [
        Step("buy", 0, 24 * DAYS),
        Step("suspend", 0, 8 * DAYS),
        Step("restore", 0, 8 * DAYS),
        Step("refund", 0, 0),
    ],
    "days that staff took are not taken again with a week that goes back": [
        Step("buy", 0, 4 * DAYS),
        Step("staff_days", 3, 26 * DAYS),
        Step("refund", 0, 0),
    ],
    "who is kept out and given their money back is not told that what they were given is over": [
        Step("buy", 0, 24 * DAYS),
        Step("cancel", 0, 0),
        Step("staff_days", 6, 8 * DAYS),
        Step("suspend", 0, 13 * DAYS),
        Step("code", 3, 8 * DAYS),
        Step("refund", 0, 0),
    ],
    "a month by another way begins at once where the first payment comes too late to count": [
        Step("buy", 0, 0, late=3),
        Step("buy", 14, 0),
    ],
    "who waits outside for the charge after a month left out has the whole of what it pays": [
        Step("buy", 0, 29 * DAYS),
        Step("pause", 0, 0),
        Step("bank", 0, 32 * DAYS),
        Step("nothing", 0, 30),
        Step("retry", 0, 0),
    ],
    "who has nothing running when their first payment is heard of has no week for it": [
        Step("buy", 2, 0, late=3),
        Step("gift", 0, 0),
    ],
    "who goes over to a plan by a charge that failed comes back into a chat they had left": [
        Step("buy", 8, 13 * DAYS),
        Step("pages", 3, 0),
        Step("bank", 0, 0),
        Step("change", 0, 0),
    ],
    "a trial that begins for who was forgotten is never charged": [Step("buy", 3, 2, late=3), Step("erase", 0, 0)],
    "days that staff took of a second payment are not taken of the first once the second goes back": [
        Step("buy", 19, 13 * DAYS),
        Step("buy", 19, 0),
        Step("staff_days", 15, 0),
        Step("withdraw", 0, 0),
    ],
    "who is let in again within a trial is on trial still": [
        Step("buy", 3, 0),
        Step("suspend", 0, 0),
        Step("restore", 0, 0),
        Step("change", 0, 0),
    ],
    "who cancels a trial while kept out, keeps it after all and is let in is on trial still": [
        Step("buy", 3, 0),
        Step("suspend", 0, 0),
        Step("cancel", 0, 0),
        Step("keep", 0, 0),
        Step("restore", 0, 0),
        Step("change", 0, 0),
    ],
    "the difference for a dearer plan, paid while a charge is owed, leaves the days of grace as they are": [
        Step("buy", 0, 0),
        Step("bank", 0, 29 * DAYS),
        Step("nothing", 0, 9 * DAYS),
        Step("nothing", 0, 30),
        Step("dearer_there", 0, 0),
    ],
    "a charge that is taken after all has ended counts for nothing, and brings nobody a week": [
        Step("buy", 3, 0),
        Step("bank", 0, 24 * DAYS),
        Step("retry", 0, 0),
        Step("code", 15, 0),
    ],
    "who had one payment taken back by a bank and is given back the other brings nobody a second time": [
        Step("pages", 2, 0),
        Step("dispute", 1, 0),
        Step("dispute_lost", 0, 0),
        Step("refund", 0, 0),
        Step("buy", 2, 0),
    ],
    "whose bank takes back what runs is not told that the rest renews": [
        Step("buy", 0, 0),
        Step("code", 18, 0),
        Step("dispute", 0, 24),
        Step("dispute_lost", 0, 0),
    ],
    "who is kept out by staff as well is told no end when their bank takes a payment back": [
        Step("buy", 4, 0),
        Step("code", 16, 0),
        Step("dispute", 0, 24),
        Step("suspend", 0, 0),
        Step("dispute_lost", 0, 0),
    ],
    "who is kept out is told no end when the money of a gift goes back": [
        Step("gift", 3, 0),
        Step("code", 18, 0),
        Step("suspend", 0, 4 * DAYS),
        Step("refund", 0, 0),
    ],
    "who owes a charge and is given back an earlier month is not told that nothing is charged any more": [
        Step("buy", 0, 40 * DAYS),
        Step("bank", 0, 28 * DAYS),
        Step("refund", 0, 0),
    ],
    "who is kept out and given back an earlier month is not told that nothing is charged any more": [
        Step("buy", 0, 72 * DAYS),
        Step("suspend", 0, 0),
        Step("refund", 1, 0),
    ],
    "who is let in by staff before a dispute is heard of hears that it goes on, and is out once it is": [
        Step("buy", 111, 0),
        Step("suspend", 1, 0),
        Step("dispute", 1, 0, late=3),
        Step("restore", 1, 0),
    ],
    "whose charge failed hears of a lost dispute until when they stay, as they were told": [
        Step("buy", 639, 4 * DAYS),
        Step("buy", 490, 24 * DAYS),
        Step("cancel", 273, 13 * DAYS),
        Step("code", 402, 49),
        Step("dispute", 153, 0),
        Step("bank", 842, 13 * DAYS),
        Step("buy", 677, 4 * DAYS),
        Step("dispute_lost", 829, 0),
    ],
    "whose gift is disputed before they have days of their own is out while it lasts": [
        Step("gift", 943, 0),
        Step("dispute", 299, 0, late=3),
        Step("code", 154, 0),
    ],
    "who had all of a gift is not told that another one is over when its money goes back": [
        Step("gift", 258, 24 * DAYS),
        Step("nothing", 288, 8 * DAYS),
        Step("gift", 705, 0),
        Step("refund", 239, 0),
    ],
    "who canceled in a month left out and is given back what they had is not told that access goes on": [
        Step("buy", 7, 24 * DAYS),
        Step("pause", 705, 13 * DAYS),
        Step("cancel_there", 340, 8 * DAYS),
        Step("refund", 495, 0),
    ],
    "a month in coins that is heard of after a gift begins after it, and lasts as that month does": [
        Step("buy", 947, 0, late=3),
        Step("gift", 620, 0),
    ],
    "who was brought by a friend and is given back all is told so, and not of an end besides": [
        Step("buy", 4, 0),
        Step("refund", 0, 0),
    ],
    "who is given back all and buys again is not told that it is over while the second payment is under way": [
        Step("buy", 207, 0),
        Step("refund", 939, 0, late=3),
        Step("pages", 274, 0, late=3),
    ],
    "who buys again within the last hours may be told that it is over before their payment is heard of": [
        Step("buy", 4, 37 * DAYS - 2),
        Step("buy", 4, 0, late=3),
    ],
    "whose bank takes back what was over before they bought again hears that what they have goes on": [
        Step("buy", 0, DAYS),
        Step("cancel", 0, 48 * DAYS),
        Step("buy", 0, DAYS),
        Step("dispute", 0, DAYS),
        Step("dispute_lost", 0, 0),
    ],
    "whose bank takes back what was paid once and is over hears until when they have what they bought since": [
        Step("buy", 4, 40 * DAYS),
        Step("buy", 4, DAYS),
        Step("dispute", 0, DAYS),
        Step("dispute_lost", 0, 0),
    ],
    "who pays what the provider gave up charging is not told that a charge failed": [
        Step("buy", 0, 0),
        Step("bank", 0, 38 * DAYS),
        Step("nothing", 0, 22),
        Step("retry", 0, 0, late=3),
    ],
    "who is moved to a dearer plan at the provider after its price changed goes over to it": [
        Step("buy", 0, 0),
        Step("bank", 0, 29 * DAYS),
        Step("nothing", 0, 30),
        Step("edit", 1, 8 * DAYS),
        Step("dearer_there", 0, 0),
    ],
    "who withdraws from a gift they opened themselves hears an end without the week for a friend": [
        Step("code", 206, 0, late=3),
        Step("gift", 815, 0),
        Step("withdraw", 933, 0),
    ],
    "who stays until the next charge, though nobody paid for it, is not led into a chat made anew": [
        Step("buy", 988, 24 * DAYS),
        Step("code", 705, 8 * DAYS),
        Step("refund", 102, 0),
        Step("lost", 2, 0),
    ],
    "a month to be left out that passes while its customer is kept out is over with it": [
        Step("buy", 142, 8 * DAYS),
        Step("pause", 676, 0),
        Step("suspend", 963, 24 * DAYS),
        Step("buy", 486, 4 * DAYS),
        Step("credit", 64, 24 * DAYS),
        Step("restore", 904, 0),
    ],
    "a charge put off for a gift that goes back comes nearer once the bank's question is over": [
        Step("buy", 441, 24 * DAYS),
        Step("gift", 132, 0),
        Step("dispute", 512, 0),
        Step("refund", 682, 49),
        Step("dispute_won", 539, 0),
    ],
    "who opened a code before their trial was heard of is offered no other plan within it": [
        Step("buy", 94, 0, late=3),
        Step("code", 75, 0),
        Step("nothing", 306, DAYS),
        Step("change", 587, 0),
    ],
    "who cancels at the provider, when all they had went back, is out at the next look": [
        Step("pages", 149, 0),
        Step("part_refund", 269, 24 * DAYS),
        Step("refund", 348, 0),
        Step("buy", 453, 4 * DAYS),
        Step("buy", 764, DAYS),
        Step("buy", 428, 49),
        Step("cancel_there", 649, 0),
        Step("nothing", 0, 1),
    ],
    "whose unpaid plan goes over to one that was given back hears of its end as well": [
        Step("buy", 0, 0),
        Step("bank", 0, 29 * DAYS),
        Step("pages", 427, 8 * DAYS),
        Step("refund", 392, 0),
        Step("dearer_there", 0, 0),
        Step("nothing", 0, 8 * DAYS),
    ],
    "who bought the agreed plan apart, not heard of yet, keeps the first as it is": [
        Step("buy", 1, 0),
        Step("change", 0, 0),
        Step("cancel", 0, 0),
        Step("buy", 933, 0, late=3),
        Step("keep", 0, 0),
    ],
    "who bought the agreed plan apart keeps the first as it is, though the page's hour is over": [
        Step("buy", 1, 0),
        Step("change", 0, 0),
        Step("cancel", 0, 0),
        Step("buy", 933, 1, late=3),
        Step("keep", 0, 0),
    ],
    "who begins a trial again before the first was heard of has one, and is charged once": [
        Step("buy", 682, 1, late=3),
        Step("buy", 843, 0),
        Step("nothing", 0, 10 * DAYS),
        Step("nothing", 0, 20 * DAYS),
    ],
    "who cancels a trial that began twice, the first not heard of yet, is never charged": [
        Step("buy", 640, 1, late=3),
        Step("buy", 262, 0),
        Step("cancel", 648, 0),
        Step("nothing", 0, 60 * DAYS),
    ],
    "a month in coins that is heard of after another begins after it": [
        Step("code", 84, 0),
        Step("buy", 623, 1, late=3),
        Step("buy", 14, 0),
    ],
    "who has the refund of a period that their balance at the provider paid has it no more": [
        Step("buy", 679, 0),
        Step("credit", 705, 8 * DAYS),
        Step("nothing", 0, 24 * DAYS),
        Step("refund", 953, 0),
    ],
    "a ban lifted while staff suspends lets nobody in": [
        Step("buy", 198, 0),
        Step("ban", 30, 0),
        Step("suspend", 189, 0),
        Step("pardon", 130, 0),
    ],
    "a ban by hand after staff let the customer in holds again": [
        Step("buy", 133, 0),
        Step("ban", 258, 0),
        Step("pardon", 997, 0),
        Step("ban", 467, 0),
    ],
    "the hold for bans ends once the plan opens another chat": [
        Step("buy", 0, 0),
        Step("ban", 52, 0),
        Step("ban", 882, 0),
        Step("dearer_there", 0, 0),
    ],
    "a notice sent as charges are let go names what is charged": [
        Step("buy", 199, 0),
        Step("claim", 838, 24 * DAYS),
        Step("coupon", 556, 0),
        Step("friend", 604, 13 * DAYS),
        Step("ban", 984, 0),
        Step("pardon", 815, 0),
    ],
    "given days are had in a pause without a date": [Step("buy", 189, 0), Step("pause_there", 660, 0)],
    "time left by a suspension is had in a pause without a date": [
        Step("buy", 520, 24 * DAYS),
        Step("pause_there", 758, 0),
        Step("suspend", 518, 24 * DAYS),
        Step("restore", 864, 0),
    ],
    "a pause without a date that ends in an unpaid period lasts until the next charge": [
        Step("buy", 0, 0),
        Step("pause_there", 421, 8 * DAYS),
        Step("nothing", 879, 30 * DAYS),
        Step("go_on_there", 8, 0),
    ],
    "given days in a period that a pause without a date left unpaid end before the next charge": [
        Step("buy", 142, 8 * DAYS),
        Step("pause_there", 420, 24 * DAYS),
        Step("go_on_there", 253, 0),
    ],
    "who cancels in such a period is out once the given days are over": [
        Step("buy", 142, 8 * DAYS),
        Step("pause_there", 420, 24 * DAYS),
        Step("go_on_there", 253, 0),
        Step("cancel", 0, 0),
    ],
    "a seller's new pause, while the customer waits for the charge after an earlier one, is not ended": [
        Step("buy", 0, 0),
        Step("pause_there", 421, 24 * DAYS),
        Step("nothing", 0, 13 * DAYS),
        Step("go_on_there", 8, 2 * DAYS),
        Step("pause_there", 421, 0),
    ],
    "who loses a dispute in a period that began uncharged has the given days alone": [
        Step("pages", 313, 0),
        Step("buy", 660, 0),
        Step("dispute", 880, 24 * DAYS),
        Step("bank", 523, 8 * DAYS),
        Step("dispute_lost", 88, 0, late=3),
    ],
    "days for a friend are unused by the time of the refund": [
        Step("buy", 750, 0),
        Step("part_refund", 319, 8 * DAYS, late=3),
        Step("club", 696, 0),
    ],
}


OF_FEATURES = {"gift": "gifts", "claim": "claim", "friend": "refer", "take_in": "importing"}
ABSENT = {act for act, use in OF_FEATURES.items() if use not in of_features("lives", "TOWN")}
"""Acts of features whose folders were removed."""
PLAYED = [story for story, steps in MENDED.items() if ABSENT.isdisjoint(step.act for step in steps)]


@pytest.mark.exhaustive
@pytest.mark.parametrize("story", PLAYED)
@pytest.mark.parametrize("moves", [True, False])
@pytest.mark.usefixtures("quiet")
async def test_fixed_fault_stays_fixed(story: str, *, moves: bool) -> None:
    reported = await lived(MENDED[story], moves=moves)
    assert reported.broken is None, f"\n{reported}"
