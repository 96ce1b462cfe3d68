"""Claims: the text's numbers against the results."""

import numpy as np
import pytest
import torch

from nnlab import claim
from nnlab.claims import numbers_in
from nnlab.errors import FalseClaim


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("w is 10.063 and b −2.342", ["10.063", "−2.342"]),
        ("1,801 of 14 447", ["1,801", "14 447"]),
        ("a 3e-8 gradient, x2 and layer-1", ["3e-8", "1"]),
        ("97.5 %, then 3.", ["97.5", "3"]),
        ("(0, 1)", ["0", "1"]),
    ],
)
def test_numerals_are_found_as_written(text, found):
    assert numbers_in(text) == found


def test_numbers_must_agree_to_the_written_digits():
    claim("it is 7.33", 7.3349)
    claim("it is 7.33", np.float32(7.3251))
    claim("it is 7.33", torch.tensor(7.33))
    for off in 7.336, 7.324, -7.33, float("nan"), float("inf"):
        with pytest.raises(FalseClaim, match="computed"):
            claim("it is 7.33", off)


def test_every_numeral_is_compared():
    with pytest.raises(FalseClaim, match="computed: 4 where it says 3"):
        claim("from 2 to 3", 2, 4)
    with pytest.raises(FalseClaim, match="2 numerals"):
        claim("from 2 to 3", 2)


@pytest.mark.parametrize("true", [True, np.True_, torch.tensor(True)])
def test_a_truth_is_enough_for_a_sentence_without_compared_numbers(true):
    claim("all 20 seeds agree", true)


@pytest.mark.parametrize("false", [False, np.False_, torch.tensor(False)])
def test_a_falsehood_fails(false):
    with pytest.raises(FalseClaim, match="this is not so"):
        claim("the loss falls", false)


def test_a_claim_without_a_value_fails():
    with pytest.raises(FalseClaim, match="names no value"):
        claim("the loss falls")


def test_exponents_and_thousands():
    claim("about 3e-8", 3.2e-8)
    claim("1 801 or 1,801 parameters", 1801, 1801)
    with pytest.raises(FalseClaim):
        claim("about 3e-8", 3.6e-8)
