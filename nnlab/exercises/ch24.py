"""The exercises of chapter 24, fairness: cases, oracles, hints and slips.

The oracles count person by person in plain loops; the forced FPR comes from two linear equations.
"""

from collections import Counter
from typing import Any

import numpy as np

from nnlab.exercises.box import Plain
from nnlab.exercises.compare import show
from nnlab.exercises.core import Ask, exercise

Case = tuple[np.ndarray, np.ndarray, np.ndarray]


def _people(rng: np.random.Generator, n: int, names: tuple[str, ...]) -> Case:
    """y, yhat and group of `n` people; in each group all four cells of the confusion matrix are filled."""
    cells = np.array([(t, p, g) for g in range(len(names)) for t in (0, 1) for p in (0, 1)])
    more = n - len(cells)
    group = rng.choice(len(names), size=more, p=rng.dirichlet(np.full(len(names), 4.0)))
    y = rng.random(more) < rng.uniform(0.2, 0.8, size=len(names))[group]
    found, flagged = rng.uniform(0.4, 0.9, size=len(names)), rng.uniform(0.1, 0.6, size=len(names))
    yhat = rng.random(more) < np.where(y, found[group], flagged[group])
    everyone = rng.permutation(np.vstack([cells, np.column_stack([y, yhat, group]).astype(int)]))
    return everyone[:, 0], everyone[:, 1], np.array(names)[everyone[:, 2]]


def _share(flags: list[bool]) -> float:
    return sum(flags) / len(flags) if flags else float("nan")


def _numbers(reply: Plain) -> Plain:
    """Truth values count as the zeros and ones that are asked for."""
    reply = np.asarray(reply) if isinstance(reply, list) and all(isinstance(r, bool) for r in reply) else reply
    return reply.astype(int) if isinstance(reply, np.ndarray) and reply.dtype.kind == "b" else reply


# 24.1 -----------------------------------------------------------------------------------------------------------------
def _counted(y: np.ndarray, yhat: np.ndarray, group: np.ndarray) -> dict[str, list[float]]:
    """Oracle: one person after the other."""
    found = {}
    for name in sorted(set(group.tolist())):
        people = [(t, p) for t, p, g in zip(y.tolist(), yhat.tolist(), group.tolist(), strict=True) if g == name]
        found[name] = [
            _share([p == 1 for _, p in people]),
            _share([p == 1 for t, p in people if t == 1]),
            _share([p == 1 for t, p in people if t == 0]),
            _share([t == 1 for t, p in people if p == 1]),
        ]
    return found


@exercise("24.1", "Four rates by hand", reads=("rates", "gaps"), points=2)
def four_rates(ask: Ask, rng: np.random.Generator) -> None:
    cases = [_people(rng, 60, ("A", "B")), _people(rng, 90, ("north", "south", "west"))]
    for y, yhat, group in cases:
        ask.close(ask.call("rates", y, yhat, group), _counted(y, yhat, group))
    y, yhat, group = cases[0]
    nobody = np.where(group == "B", 0, yhat)  # nobody of B is selected: no PPV
    ask.close(ask.call("rates", y, nobody, group), _counted(y, nobody, group))
    last = np.array([1]), np.array([1]), np.array(["one"])  # one person: no FPR
    ask.close(ask.call("rates", *last), _counted(*last))
    for largest in 1, 2, 3:  # the TPR, the FPR, the PPV differs most
        while True:
            y, yhat, group = _people(rng, 61, ("B", "C", "A") if largest == 2 else ("B", "A"))
            table = list(_counted(y, yhat, group).values())
            gap = [max(column) - min(column) for column in zip(*table, strict=True)]
            clear = gap[largest] > 0.03 + max(gap[k] for k in (1, 2, 3) if k != largest)
            if clear and (len(table) == 2 or abs(table[0][0] - table[1][0]) < gap[0] - 0.03):
                break  # of three groups, the first two are not the farthest apart
        ask.close(ask.call("gaps", y, yhat, group), [gap[0], max(gap[1], gap[2])])


four_rates.hints(
    "Take one group first: truth = y[group == name], guess = yhat[group == name]. Which of these people does each row "
    "of the table divide by?",
    "guess[truth == 1] are the predictions for those with y = 1; their mean is the TPR. For the PPV it is the other "
    "way round: truth[guess == 1]. A mean over an empty array is to be np.nan: ask for its length first.",
    "gaps: put the rates into an array with a row for each group. The largest minus the smallest in column 0; then the "
    "same in columns 1 and 2, and the larger of these two.",
)


def _rates(y, yhat, group, parts=None, empty=np.nan):
    """The four shares of each group; `parts` gives other ones for (truth, guess)."""
    usual = lambda t, p: (p, p[t == 1], p[t == 0], t[p == 1])  # noqa: E731
    found = {}
    for name in np.unique(group):
        truth, guess = y[group == name], yhat[group == name]
        found[name] = [q.mean() if len(q) else empty for q in (parts or usual)(truth, guess)]
    return found


def _table(y, yhat, group):
    table = np.array(list(_rates(y, yhat, group).values()))
    return table.max(axis=0) - table.min(axis=0)


def _gaps(y, yhat, group):
    gap = _table(y, yhat, group)
    return gap[0], max(gap[1], gap[2])


def _first(rates: Any = _rates, gaps: Any = _gaps) -> dict[str, Any]:
    return {"rates": rates, "gaps": gaps}


@four_rates.slip("TPR and PPV are exchanged: the TPR divides by those with y = 1, the PPV by the selected.", make=True)
def _():
    return _first(lambda y, yhat, g: _rates(y, yhat, g, lambda t, p: (p, t[p == 1], p[t == 0], p[t == 1])))


@four_rates.slip("the FPR is divided by the selected (this is 1 − PPV). It is a share of those with y = 0.", make=True)
def _():
    return _first(lambda y, yhat, g: _rates(y, yhat, g, lambda t, p: (p, p[t == 1], 1 - t[p == 1], t[p == 1])))


@four_rates.slip("TPR and FPR are divided by the whole group. They are shares of those with y = 1, y = 0.", make=True)
def _():
    return _first(lambda y, yhat, g: _rates(y, yhat, g, lambda t, p: (p, p * t, p * (1 - t), t[p == 1])))


@four_rates.slip("the first number is the base rate, the mean of y. The selection rate is the mean of yhat.", make=True)
def _():
    return _first(lambda y, yhat, g: _rates(y, yhat, g, lambda t, p: (t, p[t == 1], p[t == 0], t[p == 1])))


@four_rates.slip("the third number is the true negative rate; the FPR is 1 minus it.", make=True)
def _():
    return _first(lambda y, yhat, g: _rates(y, yhat, g, lambda t, p: (p, p[t == 1], 1 - p[t == 0], t[p == 1])))


@four_rates.slip("the second number is the share of the missed (1 − TPR).", make=True)
def _():
    return _first(lambda y, yhat, g: _rates(y, yhat, g, lambda t, p: (p, 1 - p[t == 1], p[t == 0], t[p == 1])))


@four_rates.slip("0 where nobody is counted: a share of nobody is unknown, np.nan.", make=True)
def _():
    return _first(lambda y, yhat, g: _rates(y, yhat, g, empty=0.0))


@four_rates.slip("equalised odds looks at the FPR as well: this is the gap of the TPR alone.", make=True)
def _():
    return _first(gaps=lambda y, yhat, g: tuple(_table(y, yhat, g)[:2]))


@four_rates.slip("the gap of the FPR alone: equalised odds is the larger one of the gaps of TPR and FPR.", make=True)
def _():
    return _first(gaps=lambda y, yhat, g: tuple(_table(y, yhat, g)[[0, 2]]))


@four_rates.slip("the gaps of TPR and FPR are added up; the larger one of the two is asked for.", make=True)
def _():
    return _first(gaps=lambda y, yhat, g: (_table(y, yhat, g)[0], _table(y, yhat, g)[1:3].sum()))


@four_rates.slip("the mean of the gaps of TPR and FPR; the larger one is asked for.", make=True)
def _():
    return _first(gaps=lambda y, yhat, g: (_table(y, yhat, g)[0], _table(y, yhat, g)[1:3].mean()))


@four_rates.slip("the smaller one of the gaps of TPR and FPR; the larger one is asked for.", make=True)
def _():
    return _first(gaps=lambda y, yhat, g: (_table(y, yhat, g)[0], _table(y, yhat, g)[1:3].min()))


@four_rates.slip("the PPV does not belong to equalised odds, only TPR and FPR.", make=True)
def _():
    return _first(gaps=lambda y, yhat, g: (_table(y, yhat, g)[0], _table(y, yhat, g)[1:4].max()))


@four_rates.slip(
    "first group minus last: with three groups the largest gap may lie elsewhere, and none is below 0.", make=True
)
def _():
    def signed(y, yhat, group):
        rows = list(_rates(y, yhat, group).values())
        gap = np.array(rows[0]) - np.array(rows[-1])
        return gap[0], max(gap[1], gap[2])

    return _first(gaps=signed)


# 24.2 -----------------------------------------------------------------------------------------------------------------
@exercise("24.2", "What a promise forces", reads="forced_fpr", points=1)
def forced_fpr(ask: Ask, rng: np.random.Generator) -> None:
    fixed = [(0.5, 0.6, 0.7), (0.3, 0.6, 0.7), (0.4, 1.0, 0.5), (0.05, 0.4, 1.0), (0.8, 0.4, 0.9)]
    drawn = [tuple(map(float, rng.uniform(0.1, 0.9, size=3).round(2))) for _ in range(6)]
    for p, ppv, tpr in fixed + drawn:
        # The shares of true and of false positives: TP = tpr p, and (1 - ppv) TP - ppv FP = 0.
        _, false = np.linalg.solve(np.array([[1.0, 0.0], [1 - ppv, -ppv]]), np.array([tpr * p, 0.0]))
        fpr = float(false) / (1 - p)
        if abs(fpr - 1) > 1e-6:
            ask.close(ask.call("forced_fpr", p, ppv, tpr), fpr if fpr < 1 else float("nan"))


forced_fpr.hints(
    "Take 1000 people and p = 0.3: how many have y = 1, how many of these are called high? They are the share PPV of "
    "all who are called high.",
    "p / (1 - p) * (1 - ppv) / ppv * tpr. And then: can a share be larger than 1?",
)


@forced_fpr.slip("a rate above 1 is returned: such a classifier cannot exist. Return np.nan then.")
def _(p, ppv, tpr):
    return p / (1 - p) * (1 - ppv) / ppv * tpr


@forced_fpr.slip("cut off at 1: the promise cannot be kept, and that is another thing than an FPR of 1.")
def _(p, ppv, tpr):
    return min(p / (1 - p) * (1 - ppv) / ppv * tpr, 1.0)


def _possible(value):
    return value if value <= 1 else np.nan


@forced_fpr.slip("p / (1 − p) is upside down.")
def _(p, ppv, tpr):
    return _possible((1 - p) / p * (1 - ppv) / ppv * tpr)


@forced_fpr.slip("(1 − PPV) / PPV is upside down: a perfect PPV must give the FPR 0.")
def _(p, ppv, tpr):
    return _possible(p / (1 - p) * ppv / (1 - ppv) * tpr if ppv < 1 else np.inf)


@forced_fpr.slip("the TPR is missing: only those who are found count in the PPV.")
def _(p, ppv, tpr):
    return _possible(p / (1 - p) * (1 - ppv) / ppv)


@forced_fpr.slip("1 − TPR are those who are missed; the formula needs those who are found.")
def _(p, ppv, tpr):
    return _possible(p / (1 - p) * (1 - ppv) / ppv * (1 - tpr))


@forced_fpr.slip("1 − PPV is a share of those who are called high; the FPR is a share of those with y = 0.")
def _(p, ppv, tpr):
    return 1 - ppv


@forced_fpr.slip("the base rate is missing: it is the whole point.")
def _(p, ppv, tpr):
    return _possible((1 - ppv) / ppv * tpr)


@forced_fpr.slip("these are false positives as a share of all people. Divide by 1 − p, the share of those with y = 0.")
def _(p, ppv, tpr):
    return _possible(p * (1 - ppv) / ppv * tpr)


@forced_fpr.slip("the division by PPV is missing.")
def _(p, ppv, tpr):
    return _possible(p / (1 - p) * (1 - ppv) * tpr)


# 24.3 -----------------------------------------------------------------------------------------------------------------
@exercise("24.3", "Find the bug", reads=("diagnosis", "false_positive_rates"), points=2)
def false_alarms(ask: Ask, rng: np.random.Generator) -> None:
    ask.diagnosis("B", "ABCDE", "does not explain why he finds the opposite of what the journalists found")
    for names, n in (("A", "B"), 50), (("x", "y", "z"), 80):
        y, yhat, group = _people(rng, n, names)
        for truth in y, np.where(group == names[0], 1, y):  # in the second round, nobody of the first group has y = 0
            aim = {name: row[2] for name, row in _counted(truth, yhat, group).items()}
            ask.close(ask.call("false_positive_rates", truth, yhat, group), aim)


false_alarms.hints(
    "Whom does he divide by? Compare with the row FPR of the table of four rates.",
    "The mean must run over the people of the group with y = 0, and count those with yhat = 1.",
)


def _bug(function: Any = None, diagnosis: str = "B") -> dict[str, Any]:
    right = lambda y, yhat, g: {k: v[2] for k, v in _rates(y, yhat, g).items()}  # noqa: E731
    return {"diagnosis": diagnosis, "false_positive_rates": function or right}


def _one_rate(part, empty=np.nan):
    return lambda y, yhat, g: {k: v[0] for k, v in _rates(y, yhat, g, lambda t, p: (part(t, p),), empty).items()}


@false_alarms.slip("not A: a share does not grow with the size of a group; it only becomes more certain.", make=True)
def _():
    return _bug(diagnosis="A")


@false_alarms.slip("not C: he looks only at people with yhat = 1, so none of the missed is counted.", make=True)
def _():
    return _bug(diagnosis="C")


@false_alarms.slip("not D: both camps used the same threshold for both groups, and so did he.", make=True)
def _():
    return _bug(diagnosis="D")


@false_alarms.slip("not E: the names are right. He answers another question than the FPR.", make=True)
def _():
    return _bug(diagnosis="E")


@false_alarms.slip(
    "this is the friend's number: the share of those called high. Divide by those with y = 0.", make=True
)
def _():
    return _bug(_one_rate(lambda t, p: 1 - t[p == 1]))


@false_alarms.slip("divided by the whole group: only those with y = 0 can be a false positive.", make=True)
def _():
    return _bug(_one_rate(lambda t, p: p * (1 - t)))


@false_alarms.slip("the share of those with y = 1 who are called high is the TPR.", make=True)
def _():
    return _bug(_one_rate(lambda t, p: p[t == 1]))


@false_alarms.slip("the share of those with y = 0 who were left alone: the FPR is 1 minus it.", make=True)
def _():
    return _bug(_one_rate(lambda t, p: 1 - p[t == 0]))


@false_alarms.slip("the missed are counted, y = 1 and yhat = 0: that is the false negative rate.", make=True)
def _():
    return _bug(_one_rate(lambda t, p: 1 - p[t == 1]))


@false_alarms.slip("0 where nobody has y = 0: the rate is unknown there, np.nan.", make=True)
def _():
    return _bug(_one_rate(lambda t, p: p[t == 0], empty=0.0))


@false_alarms.slip("divided by the people with y = 0 of all groups: each group has its own.", make=True)
def _():
    def pooled(y, yhat, group):
        return {g: np.sum((group == g) & (y == 0) & (yhat == 1)) / max(np.sum(y == 0), 1) for g in np.unique(group)}

    return _bug(pooled)


# 24.4 -----------------------------------------------------------------------------------------------------------------
@exercise("24.4", "The interval of a gap", reads="gap_interval", points=2)
def gap_interval(ask: Ask, rng: np.random.Generator) -> None:
    for n, m, share in (30, 50, 0.5), (45, 41, 0.75), (60, 80, 0.3):
        first = rng.permutation(n) < share * n
        yhat = (rng.random(n) < np.where(first, 0.7, 0.35)).astype(int)
        if n == 45:
            yhat = 1 - yhat  # the second group is ahead
        draws = rng.integers(n, size=(m, n))
        draws[:, 0], draws[:, 1] = np.flatnonzero(first)[0], np.flatnonzero(~first)[0]  # people of both groups
        one = first[draws].astype(float)
        granted = yhat[draws].astype(float)
        found = (granted * one).sum(axis=1) / one.sum(axis=1) - (granted * (1 - one)).sum(axis=1) / (1 - one).sum(
            axis=1
        )
        ask.close(ask.call("gap_interval", yhat, first, draws), np.percentile(found, [2.5, 97.5]), rtol=1e-6)


gap_interval.hints(
    "A bootstrap sample draws people. A person brings the decision and the group: yhat[rows] and first[rows].",
    "For each row of draws: drawn[among].mean() - drawn[~among].mean(), where drawn and among are what was drawn. "
    "Collect the m gaps, and call np.quantile once.",
)


def _gap_samples(yhat, first, draws, group=None):
    return np.array(
        [yhat[r][g].mean() - yhat[r][~g].mean() for r, g in ((r, first[r] if group is None else group) for r in draws)]
    )


@gap_interval.slip("the decisions are drawn, but the groups stay where they are: draw them together, first[rows].")
def _(yhat, first, draws):
    return np.quantile(_gap_samples(yhat, first, draws, first), [0.025, 0.975])


@gap_interval.slip("these are the middle 90 %: 0.025 and 0.975 leave 2.5 % on each side.")
def _(yhat, first, draws):
    return np.quantile(_gap_samples(yhat, first, draws), [0.05, 0.95])


@gap_interval.slip("second group minus first: the sign is turned.")
def _(yhat, first, draws):
    return np.quantile(-_gap_samples(yhat, first, draws), [0.025, 0.975])


@gap_interval.slip("without their sign the gaps cannot show that the other group may be ahead.")
def _(yhat, first, draws):
    return np.quantile(np.abs(_gap_samples(yhat, first, draws)), [0.025, 0.975])


@gap_interval.slip("mean ± 1.96 standard deviations is another interval; here the quantiles of the gaps are asked for.")
def _(yhat, first, draws):
    found = _gap_samples(yhat, first, draws)
    return found.mean() - 1.96 * found.std(), found.mean() + 1.96 * found.std()


@gap_interval.slip("the smallest and the largest gap: with more samples this interval would grow on and on.")
def _(yhat, first, draws):
    found = _gap_samples(yhat, first, draws)
    return found.min(), found.max()


@gap_interval.slip("high before low: return the smaller end first.")
def _(yhat, first, draws):
    return np.quantile(_gap_samples(yhat, first, draws), [0.975, 0.025])


@gap_interval.slip("the interval of the first group's rate alone: subtract the other group's in each sample.")
def _(yhat, first, draws):
    return np.quantile([yhat[r][first[r]].mean() for r in draws], [0.025, 0.975])


@gap_interval.slip("the ends of two intervals are subtracted. Take the gap in each sample, and quantiles at the end.")
def _(yhat, first, draws):
    one, two = ([yhat[r][g[r]].mean() for r in draws] for g in (first, ~first))
    return np.quantile(one, [0.025, 0.975]) - np.quantile(two, [0.025, 0.975])


@gap_interval.slip("the rates are divided by all people of the sample: each group has its own number of people.")
def _(yhat, first, draws):
    return np.quantile([np.mean(yhat[r] * np.where(first[r], 1, -1)) for r in draws], [0.025, 0.975])


# 24.5 -----------------------------------------------------------------------------------------------------------------
@exercise("24.5", "Find the proxy", reads="guess_group", points=2)
def guess_group(ask: Ask, rng: np.random.Generator) -> None:
    kinds = np.array(["baker", "driver", "nurse", "smith", "teacher"]), np.arange(10, 15), np.array(["p", "q", "r"])
    for kind, most in zip(kinds, (0, 1, 0), strict=True):
        values, group = [], []
        for k, value in enumerate(kind[:-1]):
            many = 2 * int(rng.integers(3, 9)) + 1
            fewer = int(rng.integers(many // 4 + 1, many // 2 + 1))
            values += [value] * many
            group += [k % 2] * (many - fewer) + [1 - k % 2] * fewer
        values += [kind[most]] * 60  # so that this is the majority of all
        group += [most] * 60
        order = rng.permutation(len(values))
        known, groups = np.array(values)[order], np.array(group)[order]
        for value, turn in zip(kind[:3], (1, 1, -1), strict=True):  # neither the first nor the last tells the majority
            groups[known == value] = np.sort(groups[known == value])[::turn]
        new = rng.permutation(np.concatenate([kind, rng.choice(kind, size=6)]))  # the last value is known of nobody
        of_value = {v: Counter(groups[known == v].tolist()).most_common(1)[0][0] for v in set(known.tolist())}
        got = _numbers(ask.call("guess_group", known, groups, new))
        ask.close(got, [of_value.get(v, most) for v in new.tolist()])


guess_group.hints(
    "For one value v: group[values == v] are the groups of the known people with this value. When is 1 the majority?",
    "Where the mean of zeros and ones is above 0.5, the ones are the majority. Make a dict from value to majority with "
    "np.unique(values).",
    "dict.get(value, other) gives `other` for a value that is not in the dict: the majority of all known people.",
)


def _majority(values, group, new_values, unseen=None, rule=None):
    overall = int(np.mean(group) > 0.5) if unseen is None else unseen
    rule = rule or (lambda own: int(np.mean(own) > 0.5))
    found = {v: rule(group[values == v]) for v in np.unique(values)}
    return np.array([found.get(v, overall) for v in new_values])


@guess_group.slip("the majority of all, for everybody: the value has not been used.")
def _(values, group, new_values):
    return np.full(len(new_values), int(np.mean(group) > 0.5))


@guess_group.slip("for an unknown value you guess always 0: take the majority of all known people.")
def _(values, group, new_values):
    return _majority(values, group, new_values, unseen=0)


@guess_group.slip("for an unknown value you guess always 1: take the majority of all known people.")
def _(values, group, new_values):
    return _majority(values, group, new_values, unseen=1)


@guess_group.slip("these are shares; the guess is a group, 0 or 1.")
def _(values, group, new_values):
    return _majority(values, group, new_values, unseen=np.mean(group), rule=np.mean)


@guess_group.slip("the minority is guessed: 0 and 1 are exchanged.")
def _(values, group, new_values):
    return 1 - _majority(values, group, new_values)


@guess_group.slip("one person of group 1 is enough for you. The most frequent group is asked for.")
def _(values, group, new_values):
    return _majority(values, group, new_values, rule=lambda own: int(own.any()))


@guess_group.slip(
    "you compare shares within each group: how usual is the value there? Count the people with the value, instead."
)
def _(values, group, new_values):
    usual = {v: int(np.mean(values[group == 1] == v) > np.mean(values[group == 0] == v)) for v in np.unique(values)}
    return np.array([usual.get(v, int(np.mean(group) > 0.5)) for v in new_values])


@guess_group.slip("the group of the last known person with this value. The majority of all of them is asked for.")
def _(values, group, new_values):
    return _majority(values, group, new_values, rule=lambda own: int(own[-1]))


@guess_group.slip("the group of the first known person with this value. The majority of all of them is asked for.")
def _(values, group, new_values):
    return _majority(values, group, new_values, rule=lambda own: int(own[0]))


@guess_group.slip("one guess for each known person: the guesses are for the new values.")
def _(values, group, new_values):
    return _majority(values, group, values)


# 24.6 -----------------------------------------------------------------------------------------------------------------
_SAID = {"defendant": "D", "judge": "E", "borrower": "C", "inspector": "A", "mayor": "B", "nurse": "C"}
_ALL: dict[str, Any] = _SAID | {"disagreement": "C"}


@exercise("24.6", "Who asks for what?", reads=tuple(_ALL), points=2)
def who_asks(ask: Ask, rng: np.random.Generator) -> None:
    for name, right in _ALL.items():
        letter, choice = ask.letters(name), "ABCD" if name == "disagreement" else "ABCDE"
        told = f"got       {show(ask.replies[-1])}\none letter is expected, {choice[0]} to {choice[-1]}"
        ask.true(letter in tuple(choice), told, given=name)
        what = "is not the reason" if name == "disagreement" else "is not what this person asks for"
        ask.true(letter == right, f"{letter} {what}", given=name)


who_asks.hints(
    "Ask of each sentence: among whom is counted? Among all, those with y = 1, those with y = 0, or the selected?",
    "A person who says what she is (would repay, was never charged, needs care) divides by y. A person who reads the "
    "model's answer divides by yhat. The missed are 1 − TPR.",
    "The disagreement: which of the four numbers in the formula of exercise 24.2 is not made by the score?",
)

for _name, _letter, _why in (
    ("defendant", "C", "he speaks of people who were not charged, y = 0. The TPR counts those with y = 1."),
    ("defendant", "E", "he counts among the harmless, not among those called dangerous."),
    ("defendant", "B", "he does not ask for equal shares of all, only of those who were never charged again."),
    ("defendant", "A", "he compares shares of two groups; he does not say that the entry for the group was used."),
    ("judge", "D", "the judge starts from the answer *high*, and asks what comes of it: among those called high."),
    ("judge", "A", "the judge asks what *high* means, not what the score has looked at."),
    ("judge", "C", "the judge starts from the answer *high*; the TPR starts from those who are charged again."),
    ("judge", "B", "it may be that more of one group are high, as long as *high* means the same."),
    ("borrower", "B", "she does not ask for equal shares of all, only among those who repay."),
    ("borrower", "D", "she speaks of those who repay, y = 1; the FPR counts those who do not."),
    ("borrower", "E", "she starts from those who repay, not from those who were granted a loan."),
    ("borrower", "A", "she compares how often two groups get a loan; what the model looks at is not her question."),
    ("inspector", "B", "one file, changed in one place: no shares of groups are compared."),
    ("inspector", "C", "one file, changed in one place: no rates of groups are compared."),
    ("mayor", "C", "'whatever the records say' leaves y out, and the TPR needs y."),
    ("mayor", "A", "the mayor looks at what comes out for each half, so at the attribute."),
    ("mayor", "E", "'whatever the records say' leaves y out, and the PPV needs y."),
    ("nurse", "D", "to be missed happens to those who need care, y = 1. The FPR counts those who do not."),
    ("nurse", "B", "the nurse speaks only of those who need care, not of all patients."),
    ("nurse", "E", "the nurse starts from those who need care, not from those who are admitted."),
    ("disagreement", "A", "more people make the numbers more certain; the formula forces the FPR all the same."),
    ("disagreement", "B", "both have counted correctly. They divide by different people."),
    ("disagreement", "D", "other thresholds exchange one gap for the other, as in the table with 7 and 5."),
):
    who_asks.slip(f"{_name}: {_why}", **_ALL | {_name: _letter})


# 24.7 -----------------------------------------------------------------------------------------------------------------
@exercise("24.7", "A threshold policy", reads="grant", points=2)
def grant(ask: Ask, rng: np.random.Generator) -> None:
    for sizes in (10, 15), (7, 1, 12), (9, 0, 14):
        group = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
        score = rng.permutation(len(group)) / 8 + rng.choice([-1.0, 0.0, 0.5]) - group  # no two are equal in a group
        many = [int(rng.integers(1, size)) if size > 1 else size for size in sizes]
        # Shares that are no whole number of people; the nearest is below, above, below.
        off = rng.uniform(0.2, 0.4, size=len(sizes)) * (-1) ** np.arange(len(sizes))
        shares = [float(np.clip((k + o) / max(m, 1), 0, 1)) for k, o, m in zip(many, off, sizes, strict=True)]
        if len(sizes) == 2:
            many[1], shares[1] = 0, 0.0
        if sizes[1] == 0:
            many[0], shares[0] = sizes[0], 1.0
        aim = [0] * len(group)
        for g, k in enumerate(many):
            rows = sorted((r for r in range(len(group)) if group[r] == g), key=lambda r: -score[r])
            for r in rows[:k]:
                aim[r] = 1
        ask.close(_numbers(ask.call("grant", score, group, shares)), aim)


grant.hints(
    "One group at a time: rows = np.flatnonzero(group == g) are its places among all applicants.",
    "np.argsort(-score[rows]) puts the highest first. The first `many` of these, seen as places among all: "
    "rows[np.argsort(-score[rows])[:many]].",
    "many = round(shares[g] * len(rows)): the nearest whole number, not int(...), which cuts off.",
)


def _granted(score, group, shares, count=None, key=None):
    decision = np.zeros(len(score), dtype=int)
    for g in np.unique(group):
        rows = np.flatnonzero(group == g)
        many = (count or (lambda g, m: round(float(shares[g] * m))))(g, len(rows))
        decision[rows[np.argsort((key or np.negative)(score[rows]))[:many]]] = 1
    return decision


@grant.slip("one threshold for everybody: the share is kept over all, and not in each group.")
def _(score, group, shares):
    total = sum(round(float(shares[g] * np.sum(group == g))) for g in np.unique(group))
    decision = np.zeros(len(score), dtype=int)
    decision[np.argsort(-score)[:total]] = 1
    return decision


@grant.slip("the lowest scores are granted: np.argsort begins with the smallest.")
def _(score, group, shares):
    return _granted(score, group, shares, key=lambda s: s)


@grant.slip("int() cuts off; the nearest whole number is asked for.")
def _(score, group, shares):
    return _granted(score, group, shares, count=lambda g, m: int(shares[g] * m))


@grant.slip("always rounded up; the nearest whole number is asked for.")
def _(score, group, shares):
    return _granted(score, group, shares, count=lambda g, m: int(np.ceil(shares[g] * m)))


@grant.slip("the mean of the shares for every group: each has its own.")
def _(score, group, shares):
    return _granted(score, group, shares, count=lambda g, m: round(float(np.mean(shares)) * m))


@grant.slip("the share is taken of all applicants; it is the share of the group.")
def _(score, group, shares):
    return _granted(score, group, shares, count=lambda g, m: round(float(shares[g]) * len(score)))


@grant.slip("the share of the refused: 1 − shares[g] of the group are granted here.")
def _(score, group, shares):
    return _granted(score, group, shares, count=lambda g, m: m - round(float(shares[g] * m)))


@grant.slip("the places within the group were taken for places among all applicants: rows[...] leads back.")
def _(score, group, shares):
    decision = np.zeros(len(score), dtype=int)
    for g in np.unique(group):
        own = score[group == g]
        decision[np.argsort(-own)[: round(float(shares[g] * len(own)))]] = 1
    return decision


@grant.slip("group after group, or sorted by score: the decisions are to stand in the order of the applicants.")
def _(score, group, shares):
    many = [(round(float(shares[g] * np.sum(group == g))), np.sum(group == g)) for g in np.unique(group)]
    return np.concatenate([np.repeat([1, 0], [k, m - k]) for k, m in many])


@grant.slip("the score is compared with the share: a share of people is not a height of the score.")
def _(score, group, shares):
    return (score > 1 - np.asarray(shares)[group]).astype(int)
