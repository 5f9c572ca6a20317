"""The card before a cancellation promises only what canceling leaves."""

from bot.screens import cancel
from bot.texts import texts_for
from scripts import contact_samples as samples

ES = texts_for("es")


def test_what_is_paid_is_kept_and_the_undo_promised() -> None:
    card = cancel.card(ES, samples.LIVE, several=False).text
    assert "Mantendrás el acceso" in card
    assert "deshacerlo" in card


def test_who_cancels_with_a_charge_outstanding_is_told_that_it_ends_with_what_is_paid() -> None:
    late = samples.STATES["a charge failed"]
    card = cancel.card(ES, late, several=False).text
    assert "termina con lo pagado" in card
    assert "deshacer" not in card
    assert "termina con lo pagado" in cancel.done(ES, "retabet", late.access_until, owing=True).text
