"""The lender's past that is made up: what is alike in both groups, and what is not."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from nnlab.data.lending import lending
from nnlab.errors import BadData

PAST = lending(40_000)


def gap(column: str, frame: pd.DataFrame = PAST) -> float:
    means = frame.groupby("group")[column].mean()
    return means["A"] - means["B"]


def blind(frame: pd.DataFrame, *, postcode: bool) -> np.ndarray:
    """What a model says that was trained on the labels without the group."""
    inputs = StandardScaler().fit_transform(frame[["income", "debts", "employed"]])
    if postcode:
        inputs = np.hstack([inputs, pd.get_dummies(frame.postcode)])
    return LogisticRegression().fit(inputs, frame.label).predict(inputs)


def test_merit_is_alike_in_both_groups_and_the_label_is_not():
    assert abs(gap("merit")) < 0.015
    assert 0.27 < gap("label") < 0.33


def test_merit_does_not_depend_on_the_postcode_which_tells_the_group():
    by_postcode = PAST.groupby("postcode").merit.mean()
    assert sorted(by_postcode.index) == list(range(1, 11)) and by_postcode.max() - by_postcode.min() < 0.04
    share_of_b = (PAST.group == "B").groupby(PAST.postcode).mean()
    assert (share_of_b[:5] < 0.15).all() and (share_of_b[5:] > 0.75).all()


def test_a_blind_model_learns_the_gap_and_half_of_it_goes_with_the_postcode():
    with_postcode = PAST.assign(granted=blind(PAST, postcode=True))
    without = PAST.assign(granted=blind(PAST, postcode=False))
    assert gap("granted", with_postcode) == pytest.approx(0.25, abs=0.02)
    assert gap("granted", without) == pytest.approx(0.135, abs=0.02)


def test_the_model_that_agrees_more_with_the_labels_agrees_less_with_merit():
    worse, better = blind(PAST, postcode=True), blind(PAST, postcode=False)
    assert (worse == PAST.label).mean() > (better == PAST.label).mean() + 0.01
    assert (worse == PAST.merit).mean() < (better == PAST.merit).mean() - 0.01


def test_without_bias_the_lender_grants_what_merit_asks_and_incomes_are_alike():
    just = lending(40_000, bias=0)
    assert (just.label == just.merit).all() and just.merit.equals(PAST.merit)
    assert abs(gap("income", just)) < 0.5 < gap("income")


def test_the_same_seed_gives_the_same_past_and_another_another():
    assert lending(50, seed=3).equals(lending(50, seed=3))
    assert not lending(50, seed=3).equals(lending(50, seed=4))


def test_one_row_is_a_table():
    assert lending(1).shape == (1, 7)


@pytest.mark.parametrize("wrong", [{"rows": 0}, {"bias": -0.1}, {"bias": 1.5}, {"bias": float("nan")}])
def test_what_cannot_be_drawn_is_refused(wrong):
    with pytest.raises(BadData, match=next(iter(wrong))):
        lending(**wrong)
