"""Chapter 12, model selection: clean folds, a grid search, a halving's bill, a leak, a paired comparison, the ECE."""

from typing import Any

import numpy as np
import scipy.stats

from nnlab.exercises.box import Net
from nnlab.exercises.compare import same, show
from nnlab.exercises.core import exercise


def _folds(rng, n, sizes):
    """Index arrays of these sizes, in random order; together they are 0 to n - 1."""
    return np.split(rng.permutation(n), np.cumsum(sizes)[:-1])


def _told(X, folds, *more):
    """What a learner reads of the case, in a line."""
    sizes = ", ".join(str(len(held)) for held in folds)
    return "; ".join([f"X of shape {X.shape}", f"folds of {sizes} samples", *more])


# --- 12.1 ---


@exercise("12.1", "k-fold without a leak", reads="fold_errors", points=3)
def fold_errors(ask, rng):
    import torch

    for sizes, d, hidden in ((3, 4, 3), 2, 0), ((5, 4), 3, 3), ((1, 1, 2, 2), 1, 0):
        n, epochs, lr = sum(sizes), int(rng.integers(4, 7)), round(float(rng.uniform(0.05, 0.1)), 3)
        folds = _folds(rng, n, sizes)
        X = rng.normal(size=(n, d)) * rng.uniform(2, 5, size=d) + rng.uniform(-9, 9, size=d)
        for held in folds:  # one sample far out in each fold: a scaler that has seen it is another one
            X[held[0]] += rng.choice([-1, 1]) * rng.uniform(8, 12)
        y = (X / 4) @ rng.uniform(1, 2, size=(d, 1)) + rng.normal(size=(n, 1)) + 3
        X, y = X.astype(np.float32), y.astype(np.float32)
        net = _net(rng, d, hidden)
        expected = [_trained_error(net, X, y, held, lr, epochs) for held in folds]
        arrays = [torch.as_tensor(a) for a in (X, y)]
        got = ask.call("fold_errors", net, *arrays, [torch.as_tensor(held) for held in folds], lr, epochs)
        ask.close(got, expected, given=_told(X, folds, f"lr {lr}, {epochs} epochs"), rtol=2e-3, atol=1e-4)


def _net(rng, d, hidden):
    """A linear network, or one with a hidden layer of tanh neurons."""
    bias = rng.uniform(0.5, 1, size=1)
    if not hidden:
        return Net(("Linear", rng.normal(size=(1, d)), bias))
    first = ("Linear", rng.normal(size=(hidden, d)) / d**0.5, rng.uniform(0.2, 0.6, size=hidden))
    return Net(first, ("Tanh",), ("Linear", rng.normal(size=(1, hidden)), bias))


def _trained_error(net, X, y, held, lr, epochs):
    """Oracle: gradient descent in NumPy, derivatives written out by hand, in float64."""
    X, y = X.astype(float), y.astype(float)
    kept = np.array([i for i in range(len(X)) if i not in set(held.tolist())])
    Z = (X - np.mean(X[kept], axis=0)) / np.std(X[kept], axis=0)
    *first, (_, V, c) = net.layers
    W, b = first[0][1:] if first else (np.empty((0, 0)), np.empty(0))
    for _ in range(epochs + 1):
        A = np.tanh(Z @ W.T + b) if first else Z
        error = A @ V.T + c - y
        g = 2 * error[kept] / len(kept)
        if first:
            back = (g @ V) * (1 - A[kept] ** 2)
        held_error = float(np.mean(error[held] ** 2))
        V, c = V - lr * g.T @ A[kept], c - lr * g.sum(axis=0)
        if first:
            W, b = W - lr * back.T @ Z[kept], b - lr * back.sum(axis=0)
    return held_error  # of the weights before the last, superfluous step


fold_errors.hints(
    "For each fold, kept = all indices that are not in held. What may be computed from X[kept] only? And what must be "
    "as new for each fold?",
    "np.setdiff1d(np.arange(len(X)), held) gives kept. Mean and std come from X[kept]; use them for kept and held "
    "alike. copy.deepcopy(net) gives a network with the same weights that you may train.",
    "In the loop: mean, std; Z = (X - mean) / std; model = copy.deepcopy(net); an optimiser over model.parameters(); "
    "the steps on Z[kept], y[kept]; then, under torch.no_grad(), the mean squared error on Z[held], y[held].",
)


def _k_fold(net, X, y, folds, lr, epochs, *, scale="kept", fresh=True, train="kept", test="held", **how):
    """The loop with one thing wrong."""
    import copy

    import torch

    errors = []
    for held in folds:
        kept = torch.as_tensor(np.setdiff1d(np.arange(len(X)), held))
        rows = {"kept": kept, "held": held, "all": torch.arange(len(X))}
        Z = X
        if scale != "none":
            on = X[rows["kept" if scale == "each" else scale]]
            Z = (X - on.mean(0)) / on.std(0, correction=how.get("correction", 0))
        if scale == "each":
            Z = Z.clone()
            Z[held] = (X[held] - X[held].mean(0)) / X[held].std(0, correction=0)
        model = copy.deepcopy(net) if fresh else net
        optimizer = torch.optim.SGD(model.parameters(), lr=lr)
        for _ in range(epochs):
            if how.get("clear", True):
                optimizer.zero_grad()
            squares = (model(Z[rows[train]]) - y[rows[train]]) ** 2
            (squares.sum() if how.get("total") else squares.mean()).backward()
            optimizer.step()
        with torch.no_grad():
            errors.append(((model(Z[rows[test]]) - y[rows[test]]) ** 2).mean().item())
    return errors


@fold_errors.slip("the scaler has seen the held-out samples: take mean and standard deviation from X[kept] alone.")
def _(net, X, y, folds, lr, epochs):
    return _k_fold(net, X, y, folds, lr, epochs, scale="all")


@fold_errors.slip(
    "the first fold is right and the later ones are not: the network goes on from the last fold, where it was trained "
    "on samples that are held out now. Train a copy, copy.deepcopy(net)."
)
def _(net, X, y, folds, lr, epochs):
    return _k_fold(net, X, y, folds, lr, epochs, fresh=False)


@fold_errors.slip(
    "the held-out samples are scaled by their own mean and std. Use those of the kept samples for both: the network "
    "has learned in that scale."
)
def _(net, X, y, folds, lr, epochs):
    return _k_fold(net, X, y, folds, lr, epochs, scale="each")


@fold_errors.slip("X is used as it came: standardise it by the kept samples.")
def _(net, X, y, folds, lr, epochs):
    return _k_fold(net, X, y, folds, lr, epochs, scale="none")


@fold_errors.slip("the network is trained on all samples, those of the fold included: train on X[kept] only.")
def _(net, X, y, folds, lr, epochs):
    return _k_fold(net, X, y, folds, lr, epochs, train="all")


@fold_errors.slip("these are the errors on the samples that were trained on. Measure on the held-out ones.")
def _(net, X, y, folds, lr, epochs):
    return _k_fold(net, X, y, folds, lr, epochs, test="kept")


@fold_errors.slip("the two parts have changed places: `held` is the small part, on which you measure.")
def _(net, X, y, folds, lr, epochs):
    return _k_fold(net, X, y, folds, lr, epochs, scale="held", train="held", test="kept")


@fold_errors.slip("the gradients of the steps add up: call optimizer.zero_grad() before each backward().")
def _(net, X, y, folds, lr, epochs):
    return _k_fold(net, X, y, folds, lr, epochs, clear=False)


@fold_errors.slip("the loss is the sum of the squared errors. The mean is asked, so each step is n times too long.")
def _(net, X, y, folds, lr, epochs):
    return _k_fold(net, X, y, folds, lr, epochs, total=True)


@fold_errors.slip("torch divides by n - 1 unless you say std(0, correction=0), as the text asks.")
def _(net, X, y, folds, lr, epochs):
    return _k_fold(net, X, y, folds, lr, epochs, correction=1)


@fold_errors.slip("this is the mean over the folds. Return the list, with one error for each fold.")
def _(net, X, y, folds, lr, epochs):
    return float(np.mean(_k_fold(net, X, y, folds, lr, epochs)))


@fold_errors.slip("these are the roots of the errors. The mean squared error is asked.")
def _(net, X, y, folds, lr, epochs):
    return [e**0.5 for e in _k_fold(net, X, y, folds, lr, epochs)]


# --- 12.2 ---


def _ridge(X, y, rows, degree, alpha, X_new):
    """Oracle: the polynomial ridge fitted to these rows, by the normal equation; its predictions for X_new."""
    from itertools import combinations_with_replacement

    def powers(X):
        terms = (c for r in range(1, degree + 1) for c in combinations_with_replacement(range(X.shape[1]), r))
        return np.column_stack([np.prod(X[:, list(c)], axis=1) for c in terms])

    P, new = powers(X), powers(X_new)
    mean, std = P[rows].mean(axis=0), P[rows].std(axis=0)
    Z = (P[rows] - mean) / std
    weights = np.linalg.solve(Z.T @ Z + alpha * np.eye(Z.shape[1]), Z.T @ (y[rows] - y[rows].mean()))
    return (new - mean) / std @ weights + y[rows].mean()


def _grid_cases(rng):
    """Cases in which the usual mistakes change the result, each with its right answer."""
    for sizes, d, degrees, alphas in ((6, 7, 8), 2, (1, 2), (3.0, 0.1)), ((6, 5, 9), 1, (2, 1, 3), (0.01, 30)):
        pairs = [(degree, alpha) for degree in degrees for alpha in alphas]
        for _ in range(200):
            n = sum(sizes)
            X = rng.normal(size=(n, d)) * rng.uniform(1, 4, size=d) - rng.uniform(1, 3, size=d)
            y = X @ rng.uniform(-2, 2, size=d) + 0.3 * X[:, 0] ** 2 + 3 * rng.normal(size=n)
            folds, X_new, everything = (
                _folds(rng, n, sizes),
                rng.normal(size=(int(rng.integers(2, 5)), d)),
                np.arange(n),
            )
            errors, trained = np.empty((2, len(folds), len(pairs)))
            for f, held in enumerate(folds):
                kept = np.array([i for i in everything if i not in held])
                for p, pair in enumerate(pairs):
                    residual = _ridge(X, y, kept, *pair, X) - y
                    errors[f, p], trained[f, p] = np.mean(residual[held] ** 2), np.mean(residual[kept] ** 2)
            means = errors.mean(axis=0)
            best = int(np.argmin(means))
            mistaken = (
                len(pairs) - 1,
                np.argmin(errors.min(axis=0)),
                np.argmin(errors[-1]),
                np.argmin(trained.mean(axis=0)),
            )
            clear = np.diff(np.sort(means)[:2])[0] > 1e-3 * means[best] and mistaken[1] != mistaken[2]
            if clear and best not in mistaken:
                break
        answer = [*pairs[best], means[best], _ridge(X, y, everything, *pairs[best], X_new)]
        yield X, y, folds, degrees, alphas, X_new, answer


@exercise("12.2", "A grid search", reads="grid_search", points=3)
def grid_search(ask, rng):
    for *given, answer in _grid_cases(rng):
        X, _, folds, degrees, alphas, _ = given
        told = _told(X, folds, f"degrees {degrees}, alphas {alphas}")
        names = "the best degree", "the best alpha", "its CV error", "the predictions for X_new"
        got = ask.parts(ask.call("grid_search", *given), *names, given=told)
        for name, mine, right in zip(names, got, answer, strict=True):
            ask.close(mine, right, given=f"{told}: {name}", rtol=1e-5, atol=1e-7)


grid_search.hints(
    "Three loops in one another: degrees, alphas, folds. In the innermost one a new pipeline is fitted to X[kept] and "
    "measured on X[held].",
    "After the folds take the mean of their errors. Keep the pair whose mean is lowest; start with a best error of "
    "np.inf.",
    "After all loops make the pipeline of the best pair once more, fit it on X and y, all of them, and predict X_new. "
    "Return degree, alpha, error, predictions.",
)


def _search(X, y, folds, degrees, alphas, X_new, *, merge=np.mean, pick=min, refit="all", test="held", leak=False):
    """The search with one thing wrong."""
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    found = []
    for degree in degrees:
        for alpha in alphas:
            errors = []
            for held in folds:
                kept = np.arange(len(X)) if leak else np.setdiff1d(np.arange(len(X)), held)
                model = make_pipeline(PolynomialFeatures(degree), StandardScaler(), Ridge(alpha))
                model.fit(X[kept], y[kept])
                rows = held if test == "held" else kept
                errors.append(np.mean((model.predict(X[rows]) - y[rows]) ** 2))
            found.append((merge(errors), degree, alpha, model))
    error, degree, alpha, last = pick(found, key=lambda f: f[0])
    if refit == "all":
        last = make_pipeline(PolynomialFeatures(degree), StandardScaler(), Ridge(alpha)).fit(X, y)
    if refit == "last":
        last = make_pipeline(PolynomialFeatures(degrees[-1]), StandardScaler(), Ridge(alphas[-1])).fit(X, y)
    return degree, alpha, error, last.predict(X_new)


@grid_search.slip(
    "pair and error are right, but the predictions come from a model that lacks a fold. Fit the best pair once more, "
    "on all samples."
)
def _(X, y, folds, degrees, alphas, X_new):
    return _search(X, y, folds, degrees, alphas, X_new, refit="none")


@grid_search.slip(
    "pair and error are right, but the final model has the last pair of the loops: after the loops degree and alpha "
    "hold what came last, not what was best."
)
def _(X, y, folds, degrees, alphas, X_new):
    return _search(X, y, folds, degrees, alphas, X_new, refit="last")


@grid_search.slip("this is the pair with the highest error. An error is to be low: take the minimum.")
def _(X, y, folds, degrees, alphas, X_new):
    return _search(X, y, folds, degrees, alphas, X_new, pick=max)


@grid_search.slip("this pair has the best single fold. Take the mean over the folds first, then compare.")
def _(X, y, folds, degrees, alphas, X_new):
    return _search(X, y, folds, degrees, alphas, X_new, merge=min)


@grid_search.slip("only the last fold counts here: collect the errors of all folds, then take their mean.")
def _(X, y, folds, degrees, alphas, X_new):
    return _search(X, y, folds, degrees, alphas, X_new, merge=lambda errors: errors[-1])


@grid_search.slip("the pair is right, but its error is the sum over the folds: divide by their number.")
def _(X, y, folds, degrees, alphas, X_new):
    return _search(X, y, folds, degrees, alphas, X_new, merge=sum)


@grid_search.slip("the errors are measured on the samples that were trained on, so the most flexible pair looks best.")
def _(X, y, folds, degrees, alphas, X_new):
    return _search(X, y, folds, degrees, alphas, X_new, test="kept")


@grid_search.slip("each model was trained on all samples, also on those that it is measured on: fit on X[kept].")
def _(X, y, folds, degrees, alphas, X_new):
    return _search(X, y, folds, degrees, alphas, X_new, leak=True)


@grid_search.slip("the pair is right, but its error is the root of what is asked: the mean squared error, no root.")
def _(X, y, folds, degrees, alphas, X_new):
    return _search(X, y, folds, degrees, alphas, X_new, merge=lambda errors: np.sqrt(np.mean(errors)))


@grid_search.slip("the order: degree first, then alpha, the CV error, the predictions.")
def _(X, y, folds, degrees, alphas, X_new):
    degree, alpha, error, predicted = _search(X, y, folds, degrees, alphas, X_new)
    return error, degree, alpha, predicted


# --- 12.3 ---


@exercise(
    "12.3",
    "The bill of successive halving",
    reads=("on_rung", "halving_epochs", "full_epochs", "same_price"),
    points=2,
)
def bill(ask, rng):
    # Oracle: every single epoch of every network, one by one.
    alive, trained, rungs = list(range(27)), [0] * 27, []
    for until in 1, 3, 9, 27:
        rungs.append(len(alive))
        for network in alive:
            while trained[network] < until:
                trained[network] += 1
        alive = alive[: len(alive) // 3]
    paid = sum(trained)
    right = {
        "on_rung": rungs,
        "halving_epochs": paid,
        "full_epochs": sum(27 for _ in range(27)),
        "same_price": max(s for s in range(28) if s * 27 <= paid),
    }
    for name, number in right.items():
        got = ask.value(name)
        # The right number is not shown: it is what the learner is asked for.
        ask.true(same(got, number), f"got       {show(got)}\nwhich is not what the book-keeping gives", given=name)


bill.hints(
    "Make a table with one row for each rung: how many settings train, how many epochs each has had before, how many "
    "it has after.",
    "A network that survives is trained on. On the second rung it goes from 1 to 3 epochs, so it costs 2, not 3.",
    "The rungs cost 27 · 1, 9 · 2, 3 · 6 and 1 · 18. Add them. Then divide by the 27 epochs of one full training.",
)

_BILL: dict[str, Any] = {"on_rung": [27, 9, 3, 1], "halving_epochs": 81, "full_epochs": 729, "same_price": 3}

bill.slip(
    "halving_epochs: this lets the survivors start again on each rung. They are trained on: the second rung costs 2 "
    "epochs a network, not 3.",
    **_BILL | {"halving_epochs": 108, "same_price": 4},
)
bill.slip(
    "halving_epochs: this counts each network once for each rung. Later rungs train for more epochs.",
    **_BILL | {"halving_epochs": 40, "same_price": 1},
)
bill.slip(
    "halving_epochs: this is the length of the longest training, 27. Add up the epochs of all networks.",
    **_BILL | {"halving_epochs": 27, "same_price": 1},
)
bill.slip(
    "on_rung: the best third is kept, not the best half.",
    **_BILL | {"on_rung": [27, 13, 6, 3]},
)
bill.slip(
    "on_rung: these are the survivors after each rung. Asked is how many train on it, and all 27 train on the first.",
    **_BILL | {"on_rung": [9, 3, 1, 1]},
)
bill.slip(
    "on_rung: these are the epochs until which the rungs train. Asked is how many settings train on each.",
    **_BILL | {"on_rung": [1, 3, 9, 27]},
)
bill.slip("full_epochs: 27 settings, and 27 epochs for each: multiply.", **_BILL | {"full_epochs": 54})
bill.slip(
    "same_price: one setting of the random search trains for all 27 epochs. How often is that in the price of the "
    "halving? Do not divide full_epochs by it: that is how many times cheaper the halving is.",
    **_BILL | {"same_price": 9},
)
bill.slip(
    "same_price: one setting of the random search trains for all 27 epochs, not for one.",
    **_BILL | {"same_price": 81},
)


# --- 12.4 ---


def _noise_case(rng, sizes, d, m):
    """Labels of both classes in every part, and features that are noise, a few of them a little less."""
    n = sum(sizes)
    y = rng.permutation(np.arange(n) % 2)
    X = rng.normal(size=(n, d)) * rng.uniform(0.9, 1.1, size=d) + rng.normal(size=d)
    X[:, :3] += 0.8 * y[:, None]
    return X, y, _folds(rng, n, sizes), m


def _selected_accuracy(X, y, held, m):
    """Oracle in NumPy: the m features with the largest |correlation| among the kept, then the nearer mean."""
    kept = np.array([i for i in range(len(y)) if i not in set(held.tolist())])
    centred, signs = X[kept] - X[kept].mean(axis=0), y[kept] - y[kept].mean()
    correlation = np.abs(signs @ centred) / np.sqrt((centred**2).sum(axis=0))
    best = np.argsort(correlation)[-m:]
    means = [X[np.ix_(kept[y[kept] == c], best)].mean(axis=0) for c in (0, 1)]
    right = [int(np.argmin([np.sum((X[i, best] - mean) ** 2) for mean in means]) == y[i]) for i in held]
    return np.mean(right)


@exercise("12.4", "Find the leak", reads=("leaking_line", "fold_accuracies"), points=3)
def leak(ask, rng):
    line = ask.value("leaking_line")
    ask.true(same(line, 1), f"got       {show(line)}\nanother line is the one that leaks", given="leaking_line")
    for sizes, d, m in ((12, 12, 12), 150, 6), ((15, 10, 11), 300, 10), ((20, 20), 200, 8), ((14, 13, 13, 12), 120, 1):
        X, y, folds, m = _noise_case(rng, sizes, d, m)
        expected = [_selected_accuracy(X, y, held, m) for held in folds]
        ask.close(ask.call("fold_accuracies", X, y, folds, m), expected, given=_told(X, folds, f"m = {m}"))


leak.hints(
    "Ask of each line: whose labels does it use? A line may use the labels of the kept patients only.",
    "The selection is a part of the training, so it moves into the loop, behind `kept`.",
    "In the loop: select = SelectKBest(f_classif, k=m).fit(X[kept], y[kept]); then transform X[kept] for fit and "
    "X[held] for predict.",
)


def _accuracies(X, y, folds, m, *, choose="kept", train="kept", test="held", again=False):
    """The friend's function with the selection, the training or the measuring on these rows."""
    from sklearn.feature_selection import SelectKBest, f_classif
    from sklearn.neighbors import NearestCentroid

    found = []
    for held in folds:
        rows = {"kept": np.setdiff1d(np.arange(len(X)), held), "held": held, "all": np.arange(len(X))}
        select = SelectKBest(f_classif, k=X.shape[1] if choose == "none" else m)
        chosen_on = rows["all" if choose == "none" else choose]
        Z = select.fit(X[chosen_on], y[chosen_on]).transform(X)
        model = NearestCentroid().fit(Z[rows[train]], y[rows[train]])
        if again:
            Z = select.fit(X[held], y[held]).transform(X)
        found.append(np.mean(model.predict(Z[rows[test]]) == y[rows[test]]))
    return found


def _leak_slip(sentence, line=1, **how):
    leak.slip(sentence, make=True)(
        lambda: {"leaking_line": line, "fold_accuracies": lambda X, y, folds, m: _accuracies(X, y, folds, m, **how)}
    )


_leak_slip("line 2 only keeps the columns that were chosen before. Who chose them, and by whose labels?", line=2)
_leak_slip("line 3 uses no labels, only the numbers of the rows. Look further up.", line=3)
_leak_slip("line 4 is right: it fits on X[kept] and y[kept]. But what has X been through before?", line=4)
_leak_slip("line 5 is right: it predicts the held-out patients and does not look at their labels.", line=5)
_leak_slip(
    "the line is found, the function still leaks: the features are chosen on all patients, held-out ones included.",
    choose="all",
)
_leak_slip("the features are chosen on the held-out patients: choose on the kept ones.", choose="held")
_leak_slip(
    "no features are chosen any more. The selection is allowed; it only has to happen inside the fold.", choose="none"
)
_leak_slip("this is the accuracy on the patients that the model was fitted to: predict the held-out ones.", test="kept")
_leak_slip(
    "the classifier is fitted to all patients: only the selection had to move, the fit stays on kept.", train="all"
)


_leak_slip(
    "the held-out patients get features chosen on their own labels: transform them by the selection of the kept ones.",
    again=True,
)


@leak.slip("this is the mean of the accuracies. Return them all, one for each fold.", make=True)
def _():
    return {
        "leaking_line": 1,
        "fold_accuracies": lambda X, y, folds, m: float(np.mean(_accuracies(X, y, folds, m))),
    }


# --- 12.5 ---


@exercise("12.5", "Compare two models honestly", reads="paired", points=2)
def paired(ask, rng):
    for m in 5, 2, 12:
        level = rng.uniform(-20, 60, size=m)  # what the folds share
        a = level + rng.normal(size=m)
        b = level + rng.normal(size=m) + rng.choice([-1, 1]) * rng.uniform(0.5, 2)
        expected = [np.mean(b) - np.mean(a), scipy.stats.sem([float(v) - float(u) for u, v in zip(a, b, strict=True)])]
        ask.close(ask.call("paired", a, b), expected, given=f"a = {show(a)}, b = {show(b)}", rtol=1e-4, atol=1e-6)


paired.hints(
    "Take the differences first, one for each fold. From then on you have one list of m numbers, not two.",
    "The standard deviation with ddof=1 divides by m - 1. The standard error is that, divided by the root of m.",
    "difference = b - a; return difference.mean(), difference.std(ddof=1) / np.sqrt(len(difference)).",
)


def _deviation(a, b, ddof=1):
    return np.std(np.asarray(b) - np.asarray(a), ddof=ddof)


@paired.slip(
    "this standard error treats the two as separate samples: what the folds share has not cancelled. Take the "
    "differences first."
)
def _(a, b):
    return np.mean(b) - np.mean(a), np.sqrt((np.var(a, ddof=1) + np.var(b, ddof=1)) / len(a))


@paired.slip("this is the standard deviation of the differences. Divide it by the root of m: how sure is the mean?")
def _(a, b):
    return np.mean(b) - np.mean(a), _deviation(a, b)


@paired.slip("np.std divides by m unless you say ddof=1. The mean came from the same numbers, so divide by m - 1.")
def _(a, b):
    return np.mean(b) - np.mean(a), _deviation(a, b, 0) / np.sqrt(len(a))


@paired.slip("the standard deviation is divided by m; it must be divided by the root of m.")
def _(a, b):
    return np.mean(b) - np.mean(a), _deviation(a, b) / len(a)


@paired.slip("m - 1 stands in the standard deviation already (ddof=1). Divide that by the root of m, not of m - 1.")
def _(a, b):
    return np.mean(b) - np.mean(a), _deviation(a, b) / np.sqrt(len(a) - 1)


@paired.slip("this is two standard errors. One is asked.")
def _(a, b):
    return np.mean(b) - np.mean(a), 2 * _deviation(a, b) / np.sqrt(len(a))


@paired.slip("this is the square of the standard error: take the root.")
def _(a, b):
    return np.mean(b) - np.mean(a), _deviation(a, b) ** 2 / len(a)


@paired.slip("the sign: b - a is asked, so that a positive number says that b has the larger error.")
def _(a, b):
    return np.mean(a) - np.mean(b), _deviation(a, b) / np.sqrt(len(a))


@paired.slip(
    "the differences lost their signs: no absolute values here, a gain on one fold and a loss on another cancel."
)
def _(a, b):
    difference = np.abs(np.asarray(b) - np.asarray(a))
    return difference.mean(), difference.std(ddof=1) / np.sqrt(len(difference))


@paired.slip(
    "the pairing is lost: the errors were sorted, and now the best fold of one stands beside the best of the other."
)
def _(a, b):
    return np.mean(b) - np.mean(a), _deviation(np.sort(a), np.sort(b)) / np.sqrt(len(a))


@paired.slip("m is the number of folds, not that of all errors together.")
def _(a, b):
    return np.mean(b) - np.mean(a), _deviation(a, b) / np.sqrt(2 * len(a))


@paired.slip("only the mean difference: its standard error is asked as well.")
def _(a, b):
    return np.mean(b) - np.mean(a)


# --- 12.6 ---


@exercise("12.6", "The expected calibration error", reads="calibration_error", points=2)
def calibration_error(ask, rng):
    for n, bins in (12, 4), (60, 10), (25, 5), (7, 1), (3, 10):
        p = _off_the_edges(rng, n, bins)
        if n > 10:
            p[:3] = 0.0, 1.0, 1.0
            p[p > 0.5] = np.clip(p[p > 0.5] + 0.3, 0, 1)  # an empty bin, and bins of unequal size
            p = np.where((p * bins) % 1 > 0.98, p - 0.05 / bins, p)
        y = (rng.random(n) < 0.35 + 0.3 * p).astype(int)
        y[:3] = 1, 1, 0
        ask.close(ask.call("calibration_error", p, y, bins), _ece(p, y, bins), rtol=1e-4, atol=1e-6)


def _off_the_edges(rng, n, bins):
    """Probabilities that no rounding can move into another bin."""
    return (rng.integers(0, bins, size=n) + rng.uniform(0.05, 0.95, size=n)) / bins


def _ece(p, y, bins):
    """Oracle: SciPy's bins, whose last one is closed on the right as well."""
    edges = np.linspace(0, 1, bins + 1)
    counts = scipy.stats.binned_statistic(p, p, "count", edges).statistic
    gaps = np.abs(scipy.stats.binned_statistic(p, y - p, "sum", edges).statistic)
    assert counts.sum() == len(p)
    return gaps.sum() / len(p)


calibration_error.hints(
    "First find the bin of each sample: (p * bins) rounded down, and for p = 1 the last bin.",
    "Loop over the bins. `inside` is a mask; skip the bin if no sample is inside. Its weight is inside.mean().",
    "Add inside.mean() * abs(y[inside].mean() - p[inside].mean()) over the bins.",
)


def _binned(p, y, bins, *, weight=True, gap=abs, last=True, middle=False, merge=sum, threshold=False):
    """The ECE with one thing wrong."""
    p, y = np.asarray(p, float), np.asarray(y, float)
    which = (p * bins).astype(int)
    if last:
        which = np.minimum(which, bins - 1)
    y = (p > 0.5) == (y > 0.5) if threshold else y
    gaps = []
    for b in range(bins):
        inside = which == b
        if inside.any():
            said = (b + 0.5) / bins if middle else p[inside].mean()
            gaps.append((inside.mean() if weight else 1) * gap(y[inside].mean() - said))
    return merge(gaps)


@calibration_error.slip("every bin counts the same here: weight a bin by its share of the samples, n_j / n.")
def _(p, y, bins):
    return _binned(p, y, bins, weight=False, merge=np.mean)


@calibration_error.slip(
    "the distances are added up without weights: weight a bin by its share of the samples, n_j / n."
)
def _(p, y, bins):
    return _binned(p, y, bins, weight=False)


@calibration_error.slip(
    "bins above and bins below the diagonal cancel: take the absolute value of each bin's distance."
)
def _(p, y, bins):
    return _binned(p, y, bins, gap=lambda g: g)


@calibration_error.slip("the distances are squared. The ECE takes their absolute values.")
def _(p, y, bins):
    return _binned(p, y, bins, gap=lambda g: g**2)


@calibration_error.slip("p = 1 falls into a bin of its own behind the last one and is lost: put it into the last bin.")
def _(p, y, bins):
    return _binned(p, y, bins, last=False)


@calibration_error.slip("the middle of the bin stands in for the mean probability of the samples in it.")
def _(p, y, bins):
    return _binned(p, y, bins, middle=True)


@calibration_error.slip(
    "this is the largest distance of a bin (the maximum calibration error). The weighted mean is asked."
)
def _(p, y, bins):
    return _binned(p, y, bins, weight=False, merge=max)


@calibration_error.slip("nan: an empty bin has no mean. Skip it.")
def _(p, y, bins):
    p, y = np.asarray(p, float), np.asarray(y, float)
    which = np.minimum((p * bins).astype(int), bins - 1)
    masks = [which == b for b in range(bins)]
    return sum(m.mean() * abs(y[m].mean() - p[m].mean()) for m in masks)


@calibration_error.slip("this is the mean of |y - p| sample by sample. Take the means inside each bin first.")
def _(p, y, bins):
    return float(np.mean(np.abs(np.asarray(y) - np.asarray(p))))


@calibration_error.slip(
    "y was replaced by whether the decision was right. Here p is the probability of class 1, so compare it with how "
    "often y is 1."
)
def _(p, y, bins):
    return _binned(p, y, bins, threshold=True)


@calibration_error.slip("p = 0 falls into no bin here: bin j holds j / bins <= p, its left edge included.")
def _(p, y, bins):
    p, y = np.asarray(p, float), np.asarray(y, float)
    which = np.ceil(p * bins).astype(int) - 1
    masks = [which == b for b in range(bins)]
    return sum(m.mean() * abs(y[m].mean() - p[m].mean()) for m in masks if m.any())
