"""Constants that are shown: one rule for all that people read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossgp.analysis.card import make_card
from lossgp.analysis.figures import label_of
from lossgp.expressions import Loss, LossPair, zoo
from lossgp.expressions.display import difference
from lossgp.expressions.rounding import ROUNDING, short_constants, short_pair
from lossgp.results.formulas import short

LOSS = Loss.parse("sin(-3.0084683155673995*p)*y + p")


def test_all_that_people_read_has_the_same_constants():
    short_form = short_constants(LOSS).text()
    assert short_form == "sin(-3.0085 * y_pred) * y_real + y_pred"
    assert short(LOSS) == short_form
    card = make_card(LOSS, closed_form=False)
    assert dict(card.formulas("text"))["l"] == short_form
    assert "3.0084683155673995" in dict(card.formulas(exact=True))["l"]
    assert label_of("loss", LOSS, longest=80).startswith("loss:  sin(-3.0085·p)")


@settings(max_examples=20)
@given(st.from_type(Loss))
def test_short_constants_leave_the_loss_nearly_the_same(loss):
    simple = loss.simplified()
    gap = max(ROUNDING, difference(loss, simple))
    assert difference(loss, short_constants(loss)) <= gap
    assert len(short_constants(loss).text()) <= len(simple.text())


@pytest.mark.parametrize("written", ["1.7976931348623157e308*p*y*1e-308", "min(p, 1 - 1e-7)*y"])
def test_constants_that_cannot_be_shorter_stay(written):
    loss = Loss.parse(written)
    assert difference(loss, short_constants(loss)) <= ROUNDING


def test_what_is_published_is_shown_as_published():
    assert short_constants(zoo.ganetic) == zoo.ganetic
    pair = LossPair.of(zoo.one_sided_smoothing)
    assert short_pair(pair) == pair
