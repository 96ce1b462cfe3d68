"""`claim`: the book's sentences, held to the numbers that the chapter computes.

A claim quotes its sentence. The build refuses a claim whose quotation does not stand in the chapter's text
(`nnlab.course.source`), and the claim refuses a quotation whose numbers the results deny. So a number in the text
cannot be changed, nor a result, without the other.
"""

import re
from typing import Any

from nnlab.errors import FalseClaim

_NUMBER = re.compile(r"(?<![\w.])[-−+]?(?:\d{1,3}(?:[ , ]\d{3})+|\d+)(?:\.\d+)?(?:e[-−+]?\d+)?(?!\w)")


def numbers_in(quotation: str) -> list[str]:
    """The numerals of a sentence, as they are written.

    >>> numbers_in("After 1 000 epochs the slope is 10.063, not −3")
    ['1 000', '10.063', '−3']
    """
    return _NUMBER.findall(quotation)


def claim(quotation: str, *values: Any) -> None:
    """Assert that `values` are what `quotation`, a piece of the chapter's text, says.

    A truth value (`bool`) must be true. The other values are numbers, one for each numeral of the quotation in order:
    each must round to its numeral at the number of decimals that are written.

    Raises:
        FalseClaim: what the sentence says and what was computed differ, or there is nothing to compare.

    >>> claim("the loss falls to 7.33", 7.3342)
    >>> claim("the loss falls to 7.34", 7.3342)
    Traceback (most recent call last):
    nnlab.errors.FalseClaim: the text says "the loss falls to 7.34"; computed: 7.3342 where it says 7.34
    """
    plain = [v.item() if hasattr(v, "item") else v for v in values]  # out of NumPy and torch
    truths = [v for v in plain if isinstance(v, bool)]
    figures = [float(v) for v in plain if not isinstance(v, bool)]
    if not values:
        raise FalseClaim(f'the claim "{quotation}" names no value: give the results that it speaks of')
    if not all(truths):
        raise FalseClaim(f'the text says "{quotation}"; this is not so')
    if not figures:
        return
    stated = numbers_in(quotation)
    if len(stated) != len(figures):
        raise FalseClaim(
            f'the claim "{quotation}" holds {len(stated)} numerals {stated} and was given {len(figures)} numbers: '
            "quote fewer words, or give one number for each numeral"
        )
    wrong = [f"{v:.6g} where it says {s}" for s, v in zip(stated, figures, strict=True) if not _agrees(s, v)]
    if wrong:
        raise FalseClaim(f'the text says "{quotation}"; computed: {"; ".join(wrong)}')


def _agrees(numeral: str, value: float) -> bool:
    text = re.sub(r"[ , +]", "", numeral).replace("−", "-")
    mantissa, _, exponent = text.partition("e")
    decimals = len(mantissa.partition(".")[2])
    unit = 10.0 ** (int(exponent or 0) - decimals)
    # Half a unit of the last digit, and a hair more: 0.125 may be written 0.12 or 0.13.
    return abs(float(text) - value) <= 0.5 * unit * (1 + 1e-9)
