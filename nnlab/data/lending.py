"""A lender's past, made up, in which one thing is known that no real table holds: who would have repaid."""

import numpy as np
import pandas as pd

from nnlab.errors import BadData

_SHARE_OF_B = 0.4
_IN_OWN_HALF = 0.85  # of each group, in the five postcodes where most of it lives
_NOT_ON_PAPER = 0.3  # of what B earns, at most
_DOUBTFUL = 0.32  # a chance of repaying this near to one half
_REFUSED_IN_DOUBT = 0.8  # of B's doubtful applicants who would repay
_GRANTED_IN_DOUBT = 0.45  # of A's doubtful applicants who would not


def lending(rows: int = 10_000, seed: int = 0, *, bias: float = 1.0) -> pd.DataFrame:
    """Applicants for a loan, the decision that a lender took on each in the past, and what each would have done.

    Nobody here exists. One row is one applicant; the columns are

    - `group`: A or B (two in five), the attribute to protect
    - `postcode`: 1 to 10; most of A lives in 1 to 5, most of B in 6 to 10
    - `income`: income on paper, thousand euros a year
    - `debts`: debts, thousand euros
    - `employed`: years in the present employment
    - `merit`: 1 if the applicant would repay, else 0: no real lender has this column
    - `label`: 1 if the lender granted the loan, else 0: what a model is trained on

    Merit depends on what the household can really spend, on its debts and on its years of employment, in the same way
    in both groups, and on the postcode not at all. Two things are not alike: a part of what B earns is on no paper; and
    in doubtful cases the lender refused many of B who would repay, and granted some of A who would not. `bias` scales
    both: at 0 the lender granted what merit asks, and all incomes are on paper.

    Raises `BadData` for less than one row, or a bias outside 0 to 1.

    >>> past = lending(1000)
    >>> past.columns.tolist()
    ['group', 'postcode', 'income', 'debts', 'employed', 'merit', 'label']
    >>> just = lending(1000, bias=0)
    >>> bool((just.label == just.merit).all()), bool((just.merit == past.merit).all())
    (True, True)
    """
    if rows < 1:
        raise BadData(f"rows was {rows}; a table has one row or more")
    if not 0 <= bias <= 1:
        raise BadData(f"bias was {bias}; it goes from 0 (a just lender) to 1")
    rng = np.random.default_rng(seed)
    b = rng.random(rows) < _SHARE_OF_B
    upper = b == (rng.random(rows) < _IN_OWN_HALF)
    postcode = rng.integers(1, 6, size=rows) + 5 * upper
    means = rng.lognormal(3.5, 0.4, rows)  # what the household can spend
    debts = rng.gamma(2.0, 6.0, rows)
    employed = rng.gamma(1.5, 4.0, rows)
    pull = 4.6 * (np.log(means) - 3.5) - 0.14 * (debts - 12.0) + 0.17 * (employed - 6.0) + 0.35
    chance = 1 / (1 + np.exp(-pull))
    merit = rng.random(rows) < chance
    doubtful = np.abs(chance - 0.5) < _DOUBTFUL
    whim = rng.random(rows)
    refused = b & merit & doubtful & (whim < bias * _REFUSED_IN_DOUBT)
    granted = ~b & ~merit & doubtful & (whim < bias * _GRANTED_IN_DOUBT)
    on_paper = 1 - bias * _NOT_ON_PAPER * b * rng.random(rows)
    return pd.DataFrame(
        {
            "group": np.where(b, "B", "A"),
            "postcode": postcode,
            "income": (means * on_paper).round(1),
            "debts": debts.round(1),
            "employed": employed.round(1),
            "merit": merit.astype(np.int64),
            "label": ((merit & ~refused) | granted).astype(np.int64),
        }
    )
