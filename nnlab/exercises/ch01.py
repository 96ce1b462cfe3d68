"""Chapter 01, learning from data: baseline, neighbours, folds, scores of a confusion matrix, averages, AUC, leaks.

Confusion matrices are the chapter's, and scikit-learn's: a row for each true class, a column for each predicted one.
"""

from typing import Any

import numpy as np

from nnlab.exercises.core import Ask, exercise

# Learners may round or compute in float32; what a slip changes is far larger.
NEAR: Any = {"rtol": 1e-4, "atol": 1e-6}


def _labels(matrix):
    """The true and the predicted class of every case that a confusion matrix counts."""
    true, predicted = np.indices(np.shape(matrix))
    return np.repeat(true.ravel(), np.ravel(matrix)), np.repeat(predicted.ravel(), np.ravel(matrix))


# 01.1 -----------------------------------------------------------------------------------------------------------------
def _classes(rng, names, common, counts_of_common, sizes):
    """Classes for training and test: `common` is the most frequent in training, and not in the test set."""
    others = [c for c in names if c != common]
    parts = []
    for size, count in zip(sizes, counts_of_common, strict=True):
        rest = [others[0]] * ((size - count + 1) // len(others)) + [others[-1]] * size
        inner = rng.permutation(np.array([common] * count + rest[2 : size - count]))
        parts.append(np.array([rest[0], *inner, rest[1]]))  # nobody is right who looks at one end only
    return parts


@exercise("01.1", "What guessing would get", reads="baseline_accuracy")
def baseline_accuracy(ask: Ask, rng: np.random.Generator) -> None:
    from sklearn.dummy import DummyClassifier

    train_size, test_size = 2 * int(rng.integers(8, 14)) + 1, 13
    cases = [
        _classes(rng, names, names[int(rng.integers(len(names)))], (train_size // 2 + 3, few), (train_size, test_size))
        for names, few in ((["ordinary", "good"], 4), ([0, 1], 5), ([-1, 2, 5], 3))
    ]
    cases += [[np.array([0, 0, 1]), np.array([0])], [np.array([1, 1, 0]), np.array([0, 0])]]
    for y_train, y_test in cases:
        model = DummyClassifier(strategy="most_frequent").fit(np.zeros((len(y_train), 1)), y_train)
        expected = model.score(np.zeros((len(y_test), 1)), y_test)
        ask.close(ask.call("baseline_accuracy", y_train, y_test), expected, **NEAR)


baseline_accuracy.hints(
    "Two steps. Which class occurs most often in y_train? And how large a share of y_test has this class?",
    "classes, counts = np.unique(y_train, return_counts=True) counts every class, words as well as numbers.",
    "The class is classes[counts.argmax()]. Comparing y_test with it gives truth values; their mean is a share.",
)


def _most_frequent(y):
    classes, counts = np.unique(y, return_counts=True)
    return classes[counts.argmax()]


@baseline_accuracy.slip(
    "the most frequent class was looked up in y_test. A guesser knows the training data only: take it from y_train."
)
def _(y_train, y_test):
    return np.mean(y_test == _most_frequent(y_test))


@baseline_accuracy.slip("this is the share of the class in y_train. The guess is judged on y_test.")
def _(y_train, y_test):
    return np.mean(y_train == _most_frequent(y_train))


@baseline_accuracy.slip("a number of cases, not a share: divide by the number of cases in y_test.")
def _(y_train, y_test):
    return np.sum(y_test == _most_frequent(y_train))


@baseline_accuracy.slip("percent: an accuracy is a number from 0 to 1.")
def _(y_train, y_test):
    return 100 * np.mean(y_test == _most_frequent(y_train))


@baseline_accuracy.slip(
    "one divided by the number of classes is what a fair die gets; this guesser is better informed."
)
def _(y_train, y_test):
    return 1 / len(np.unique(y_train))


@baseline_accuracy.slip(
    "this is the share of cases that the guess gets wrong. The accuracy is the share it gets right."
)
def _(y_train, y_test):
    return np.mean(y_test != _most_frequent(y_train))


@baseline_accuracy.slip("only the first case of y_train was looked at: count how often each class occurs in it.")
def _(y_train, y_test):
    return np.mean(y_test == y_train[0])


@baseline_accuracy.slip(
    "argmax gives the place of the class in the list of classes, not the class: take classes[counts.argmax()]."
)
def _(y_train, y_test):
    return np.mean(y_test == np.unique(y_train, return_counts=True)[1].argmax())


@baseline_accuracy.slip("this is the class itself. Return how often it is right in y_test.")
def _(y_train, y_test):
    return _most_frequent(y_train)


@baseline_accuracy.slip("the RAREST class of y_train: you need the one with the largest count, argmax.")
def _(y_train, y_test):
    classes, counts = np.unique(y_train, return_counts=True)
    return np.mean(y_test == classes[counts.argmin()])


# 01.2 -----------------------------------------------------------------------------------------------------------------
@exercise("01.2", "The neighbours vote", reads="vote", points=2)
def vote(ask: Ask, rng: np.random.Generator) -> None:
    from sklearn.neighbors import KNeighborsClassifier

    for n, d, k in (26, 4, 9), (23, 2, 7), (29, 3, 5), (11, 2, 3), (31, 3, 11), (19, 1, 1), (13, 2, 13), (35, 2, 15):
        while True:  # until the two usual distances disagree, where they can
            X = (rng.normal(size=(n, d)) * rng.uniform(0.5, 3, size=d) - 0.5).round(2)
            point = rng.normal(size=d).round(2)
            y = (X.sum(axis=1) + rng.normal(size=n) > np.median(X.sum(axis=1))).astype(int)
            y[:2] = 0, 1
            blocks = y[np.argsort(np.abs(X - point).sum(axis=1))[:k]].mean()
            if d == 1 or k == n or blocks != y[_nearest(X, point)[:k]].mean():
                break
        expected = KNeighborsClassifier(k).fit(X, y).predict_proba(point[None])[0, 1]
        ask.close(ask.call("vote", X, y, point, k), expected, **NEAR)


vote.hints(
    "First all n distances: the square of a distance is the sum of the squared differences, one term a feature.",
    "X - point subtracts the point from every row. Square it, and sum over axis=1: n numbers. The nearest rows have "
    "the smallest of these; the root changes nothing about their order.",
    "np.argsort(distances)[:k] gives the row numbers of the k nearest. y at these rows holds their classes, and the "
    "mean of zeros and ones is the share of the ones.",
)


def _nearest(X, point):
    return np.argsort(((X - point) ** 2).sum(axis=1))


@vote.slip("these are the k FARTHEST samples: sort the distances from small to large and take the first k.")
def _(X, y, point, k):
    return y[_nearest(X, point)[::-1][:k]].mean()


@vote.slip("the differences were added without squaring them, so that +2 and −2 cancel and a far sample can look near.")
def _(X, y, point, k):
    return y[np.argsort(np.abs((X - point).sum(axis=1)))[:k]].mean()


@vote.slip("the differences were added with their signs: square each of them first, so that all of them count as far.")
def _(X, y, point, k):
    return y[np.argsort((X - point).sum(axis=1))[:k]].mean()


@vote.slip("the squares were added over the samples (axis=0): that is a number for each feature. Sum over axis=1.")
def _(X, y, point, k):
    return y[np.argsort(((X - point) ** 2).sum(axis=0))[:k]].mean()


@vote.slip("the features were standardised first. Here the distances are those of the numbers as they are.")
def _(X, y, point, k):
    return y[_nearest(X / X.std(axis=0), point / X.std(axis=0))[:k]].mean()


@vote.slip("only the first feature went into the distance: sum over all features of a row, axis=1.")
def _(X, y, point, k):
    return y[_nearest(X[:, :1], point[:1])[:k]].mean()


@vote.slip(
    "the sum of |difference| is a distance too (city block), but asked is the straight line: squares before the sum."
)
def _(X, y, point, k):
    return y[np.argsort(np.abs(X - point).sum(axis=1))[:k]].mean()


@vote.slip("the number of ones among the neighbours; divide by k for the share.")
def _(X, y, point, k):
    return y[_nearest(X, point)[:k]].sum()


@vote.slip("this is the winner of the vote, 0 or 1. Asked is the share of the votes for class 1.")
def _(X, y, point, k):
    return int(y[_nearest(X, point)[:k]].mean() > 0.5)


@vote.slip("the first neighbour is left out, as if the point itself were one of the rows of X. It is not.")
def _(X, y, point, k):
    nearest = _nearest(X, point)[1 : k + 1]
    return y[nearest].mean() if len(nearest) else 0.0


@vote.slip("these are k + 1 neighbours: a slice [:k] already stops before k.")
def _(X, y, point, k):
    return y[_nearest(X, point)[: k + 1]].mean()


@vote.slip("the distances were sorted, but y was not: y[:k] are the first rows of the data. Use argsort for the rows.")
def _(X, y, point, k):
    return y[:k].mean()


@vote.slip("the share of class 1 in all of the data: only the k nearest samples have a vote.")
def _(X, y, point, k):
    return y.mean()


# 01.3 -----------------------------------------------------------------------------------------------------------------
@exercise("01.3", "The folds, by hand", reads="folds", points=2)
def folds(ask: Ask, rng: np.random.Generator) -> None:
    from sklearn.model_selection import KFold

    k = int(rng.integers(4, 7))
    uneven = k * int(rng.integers(2, 5)) + int(rng.integers(1, k - 1))
    even = k * int(rng.integers(2, 5))
    for n, parts in (uneven, k), (even, k), (int(rng.integers(5, 9)) * 2 + 1, 2), (7, 7), (10, 4):
        expected = [list(pair) for pair in KFold(parts).split(np.zeros(n))]
        got = ask.call("folds", n, parts)
        ask.close(_in_order(got), expected)


def _in_order(got):
    """The same pairs with their indices sorted, where they are pairs of lists: the order within a part is free."""
    try:
        return [[np.sort(part) for part in (train, test)] for train, test in got]
    except (TypeError, ValueError):  # no list of pairs: compared, and shown, as it is
        return got


folds.hints(
    "How many cases does each fold get? n // k, and the first n % k folds get one more. Check it for n = 10, k = 4.",
    "Walk along the cases: keep a `start`, and for each fold let `stop = start + size`. The test part is range(start, "
    "stop); then start = stop.",
    "The training part is everything else: [i for i in range(n) if not start <= i < stop]. Append the pair "
    "(train, test), in this order.",
)


def _pairs(n, bounds):
    return [([i for i in range(n) if not a <= i < b], list(range(a, b))) for a, b in bounds]


def _bounds(n, k):
    edges = np.cumsum([0] + [n // k + (j < n % k) for j in range(k)])
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))


@folds.slip("the last n % k cases are never tested: every case has to be in exactly one test part.")
def _(n, k):
    size = n // k
    return _pairs(n, [(j * size, (j + 1) * size) for j in range(k)])


@folds.slip(
    "all the cases that are left over went into the last fold. Spread them: one more for each of the first folds."
)
def _(n, k):
    size = n // k
    return _pairs(n, [(j * size, (j + 1) * size if j < k - 1 else n) for j in range(k)])


@folds.slip("there is a fold too many: the cases left over form one of their own. There must be k folds.")
def _(n, k):
    return _pairs(n, [(a, min(a + n // k, n)) for a in range(0, n, n // k)])


@folds.slip("the size was rounded up for all folds, so the last one gets too few cases (or is missing).")
def _(n, k):
    size = -(-n // k)
    return _pairs(n, [(a, min(a + size, n)) for a in range(0, n, size)])


@folds.slip("the two parts are exchanged: the large part is for training and stands first, the fold is the test part.")
def _(n, k):
    return [(test, train) for train, test in _pairs(n, _bounds(n, k))]


@folds.slip("the training part still holds the cases of the test part: the model would be tested on what it knows.")
def _(n, k):
    return [(list(range(n)), test) for _, test in _pairs(n, _bounds(n, k))]


@folds.slip(
    "a right k-fold, but not the one that is asked: here each fold is a block of neighbouring cases, not i % k."
)
def _(n, k):
    return [([i for i in range(n) if i % k != j], [i for i in range(n) if i % k == j]) for j in range(k)]


@folds.slip("cases are counted from 0 to n − 1, as Python does, and not from 1 to n.")
def _(n, k):
    return [([i + 1 for i in train], [i + 1 for i in test]) for train, test in _pairs(n, _bounds(n, k))]


@folds.slip("these are the test parts alone. Return pairs: (train, test).")
def _(n, k):
    return [test for _, test in _pairs(n, _bounds(n, k))]


@folds.slip("the training part holds only the cases before the fold. Those after it are for training too.")
def _(n, k):
    return [(list(range(a)), list(range(a, b))) for a, b in _bounds(n, k)]


# 01.4 -----------------------------------------------------------------------------------------------------------------
@exercise("01.4", "Five scores from four counts", reads="scores", points=2)
def scores(ask: Ask, rng: np.random.Generator) -> None:
    from sklearn import metrics

    drawn = [rng.permutation(np.arange(2, 60))[:4].reshape(2, 2) for _ in range(3)]
    drawn[0] = np.sort(drawn[0].ravel())[[3, 1, 0, 2]].reshape(2, 2)  # like the chapter's: most are true negatives
    drawn += [np.array([[int(rng.integers(5, 50)), 0], [0, int(rng.integers(3, 9))]])]
    drawn += [np.array([[int(rng.integers(50, 90)), 0], [int(rng.integers(5, 20)), 0]])]  # "never": precision is 0 / 0
    for matrix in drawn:
        y_true, y_pred = _labels(matrix)
        expected = {
            "accuracy": metrics.accuracy_score(y_true, y_pred),
            "recall": metrics.recall_score(y_true, y_pred),
            "precision": metrics.precision_score(y_true, y_pred, zero_division=0),
            "specificity": metrics.recall_score(y_true, y_pred, pos_label=0),
            "f1": metrics.f1_score(y_true, y_pred, zero_division=0),
        }
        ask.close(ask.call("scores", matrix), expected, **NEAR)


scores.hints(
    "Unpack the four counts first: (tn, fp), (fn, tp) = matrix. Then write each formula of the text as it stands.",
    "Two of the divisions can be 0 / 0: the precision where nothing is called positive, and F1 then too. A small "
    "function that returns 0.0 where the denominator is 0 deals with both.",
    "F1 can be written without precision and recall, 2·tp / (2·tp + fp + fn): one division in place of three.",
)


def _scores(matrix, **changed):
    """The five scores with some of them wrong: functions of (tn, fp, fn, tp, right scores)."""
    (tn, fp), (fn, tp) = np.asarray(matrix).tolist()

    def ratio(a, b):
        return a / b if b else 0.0

    right = {
        "accuracy": (tn + tp) / (tn + fp + fn + tp),
        "recall": ratio(tp, tp + fn),
        "precision": ratio(tp, tp + fp),
        "specificity": ratio(tn, tn + fp),
        "f1": ratio(2 * tp, 2 * tp + fp + fn),
    }
    return right | {name: f(tn, fp, fn, tp, right) for name, f in changed.items()}


@scores.slip("precision and recall are exchanged. Recall looks at a row (the truly positive), precision at a column.")
def _(matrix):
    return _scores(matrix, recall=lambda *c: c[-1]["precision"], precision=lambda *c: c[-1]["recall"])


@scores.slip(
    "this F1 is made of recall and ACCURACY, as some texts say. It is made of recall and precision; true negatives "
    "have no part in it."
)
def _(matrix):
    def f1(tn, fp, fn, tp, right):
        a, r = right["accuracy"], right["recall"]
        return 2 * a * r / (a + r) if r else 0.0

    return _scores(matrix, f1=f1)


@scores.slip(
    "F1 is not the ordinary mean (P + R) / 2 but the harmonic one, 2PR / (P + R): it stays near the smaller of the two."
)
def _(matrix):
    return _scores(matrix, f1=lambda *c: (c[-1]["precision"] + c[-1]["recall"]) / 2)


@scores.slip("the factor 2 of F1 is missing: when precision and recall are both 1, F1 must be 1.")
def _(matrix):
    return _scores(matrix, f1=lambda *c: c[-1]["f1"] / 2)


@scores.slip("the ½ before FP + FN (or the 2 before TP) is missing in F1: 2·tp / (2·tp + fp + fn).")
def _(matrix):
    return _scores(matrix, f1=lambda tn, fp, fn, tp, right: tp / (tp + fp + fn))


@scores.slip("the matrix is read as if its rows were the predictions: row 2 is (fn, tp), the truly positive cases.")
def _(matrix):
    return _scores(np.transpose(matrix))


@scores.slip(
    "the counts are read from the wrong corner: class 0 stands first, so tn is at the top left and tp at the end."
)
def _(matrix):
    return _scores(np.asarray(matrix)[::-1, ::-1])


@scores.slip("this specificity is the false positive rate fp / (tn + fp). Specificity is the rest of that row.")
def _(matrix):
    return _scores(matrix, specificity=lambda tn, fp, fn, tp, right: fp / (tn + fp))


@scores.slip("specificity stays in the row of the truly negative cases: tn / (tn + fp), not tn / (tn + fn).")
def _(matrix):
    return _scores(matrix, specificity=lambda tn, fp, fn, tp, right: tn / (tn + fn) if tn + fn else 0.0)


@scores.slip("the accuracy counts true positives only: a true negative is a right answer as well.")
def _(matrix):
    return _scores(matrix, accuracy=lambda tn, fp, fn, tp, right: tp / (tn + fp + fn + tp))


@scores.slip("where nothing is called positive, precision is 0 / 0, and here it came out as nan. Return 0 there.")
def _(matrix):
    (_, fp), (fn, tp) = np.asarray(matrix, dtype=float)
    p, r = tp / (tp + fp), tp / (tp + fn)
    return _scores(matrix, precision=lambda *c: p, f1=lambda *c: 2 * p * r / (p + r))


@scores.slip("where nothing is called positive the denominator of the precision is 0. Look before you divide: 0 there.")
def _(matrix):
    (_, fp), (fn, tp) = np.asarray(matrix).tolist()
    p, r = tp / (tp + fp), tp / (tp + fn)
    return _scores(matrix, precision=lambda *c: p, f1=lambda *c: 2 * p * r / (p + r))


# 01.5 -----------------------------------------------------------------------------------------------------------------
_SCREENING: dict[str, Any] = {
    "found": 90,
    "false_alarms": 990,
    "test_precision": 90 / 1080,
    "test_accuracy": 0.9,
    "nobody_accuracy": 0.99,
}


@exercise("01.5", "A test that is right nine times in ten", reads=tuple(_SCREENING))
def screening(ask: Ask, rng: np.random.Generator) -> None:
    from sklearn import metrics

    ill = np.arange(10_000) < 100
    rank = np.where(ill, np.arange(10_000), np.arange(10_000) - 100)  # among the ill, and among the healthy
    positive = np.where(ill, rank < 0.9 * 100, rank < 0.1 * 9900)
    right = {
        "found": np.sum(ill & positive),
        "false_alarms": np.sum(~ill & positive),
        "test_precision": metrics.precision_score(ill, positive),
        "test_accuracy": metrics.accuracy_score(ill, positive),
        "nobody_accuracy": metrics.accuracy_score(ill, np.zeros(10_000, dtype=bool)),
    }
    for name, value in right.items():
        got = ask.value(name)
        number = isinstance(got, int | float) and not isinstance(got, bool)
        near = number and abs(got - value) <= 6e-4  # three decimals of the precision are enough
        # The right number is not shown: it is what the learner is asked for.
        percent = number and got > 1 and isinstance(value, float)
        told = "cannot be a share: 50 % is 0.5" if percent else "is not what the counts give"
        ask.true(near, f"got       {got!r}\nwhich {told}")


screening.hints(
    "Do not multiply percentages; count people. How many of the 10 000 are ill, and how many are healthy?",
    "100 are ill: recall says how many of these are found. 9900 are healthy: specificity says how many of these get no "
    "alarm, and the rest of them do.",
    "Precision: of all people with an alarm (found + false_alarms), which share is ill? For the last number, everybody "
    "is told to be healthy, and 100 of these answers are wrong.",
)

screening.slip("found: recall is a share of the ILL, and there are 100 of them.", **_SCREENING | {"found": 9000})
screening.slip("found: this is the number of the ill. The test misses a tenth of them.", **_SCREENING | {"found": 100})
screening.slip("found: this is a share. Asked is a number of people.", **_SCREENING | {"found": 0.9})
screening.slip(
    "false_alarms: a tenth of the HEALTHY get a false alarm, and these are fewer than all the 10 000.",
    **_SCREENING | {"false_alarms": 1000},
)
screening.slip(
    "false_alarms: these are ill people whom the test misses (false negatives). False alarms are healthy people.",
    **_SCREENING | {"false_alarms": 10},
)
screening.slip(
    "false_alarms: these are the healthy people who get NO alarm (true negatives).",
    **_SCREENING | {"false_alarms": 8910},
)
screening.slip(
    "test_precision: this is the recall, the share of the ill who are found. Precision asks the other way round: "
    "of those with an alarm, how many are ill? Most people confuse the two, doctors too.",
    **_SCREENING | {"test_precision": 0.9},
)
screening.slip(
    "test_precision: found / false_alarms compares the two groups. Divide by all alarms, the right ones included.",
    **_SCREENING | {"test_precision": 90 / 990},
)
screening.slip(
    "test_precision: this is the share of the alarms that are FALSE. Precision is the share of the right ones.",
    **_SCREENING | {"test_precision": 990 / 1080},
)
screening.slip(
    "nobody_accuracy: the 100 ill people are told that they are healthy, and for them that is wrong.",
    **_SCREENING | {"nobody_accuracy": 1.0},
)
screening.slip(
    "test_precision: this is in percent, or the point is misplaced: a precision is between 0 and 1.",
    **_SCREENING | {"test_precision": 100 * 90 / 1080},
)
screening.slip(
    "test_precision: this is the share of ill people among all 10 000, as if the test told nothing.",
    **_SCREENING | {"test_precision": 0.01},
)
screening.slip(
    "nobody_accuracy: nobody is found, and still the answer “healthy” is right for all who are healthy.",
    **_SCREENING | {"nobody_accuracy": 0.0},
)
screening.slip(
    "nobody_accuracy: this is the share of its WRONG answers.",
    **_SCREENING | {"nobody_accuracy": 0.01},
)


# 01.6 -----------------------------------------------------------------------------------------------------------------
@exercise("01.6", "Macro, micro, weighted", reads="f1_averages", points=2)
def f1_averages(ask: Ask, rng: np.random.Generator) -> None:
    from sklearn.metrics import f1_score

    matrices = []
    for classes in 3, 4, 2:
        matrix = rng.integers(1, 30, size=(classes, classes))
        matrix[rng.integers(classes)] *= 5  # one class is much more frequent than the others
        matrices.append(matrix + np.diag(rng.integers(5, 40, size=classes)))
    never = matrices[0].copy()
    never[:, 1] = 0  # class 1 is never predicted
    for matrix in [*matrices, never]:
        y_true, y_pred = _labels(matrix)
        expected = {kind: f1_score(y_true, y_pred, average=kind) for kind in ("macro", "micro", "weighted")}
        ask.close(ask.call("f1_averages", matrix), expected, **NEAR)


f1_averages.hints(
    "Per class k: TP is the diagonal entry, FN is the rest of row k, FP the rest of column k.",
    "With arrays: tp = np.diag(cm), fn = cm.sum(axis=1) - tp, fp = cm.sum(axis=0) - tp. F1 of all classes at once: "
    "2 * tp / (2 * tp + fp + fn). Macro is its mean.",
    "Weighted: the mean of the F1 with the row sums (how many cases a class has) as weights. Micro: first sum tp, fp "
    "and fn over the classes, then use the formula once.",
)


def _averages(cm, **changed):
    cm = np.asarray(cm, dtype=float)
    tp = np.diag(cm)
    fn, fp = cm.sum(axis=1) - tp, cm.sum(axis=0) - tp
    f1 = 2 * tp / (2 * tp + fp + fn)
    right = {
        "macro": f1.mean(),
        "micro": 2 * tp.sum() / (2 * tp.sum() + fp.sum() + fn.sum()),
        "weighted": (f1 * (tp + fn)).sum() / cm.sum(),
    }
    return right | {name: f(cm, tp, fp, fn, f1) for name, f in changed.items()}


@f1_averages.slip("macro: the F1 of the mean precision and the mean recall. Take the F1 of each class, then the mean.")
def _(cm):
    def macro(cm, tp, fp, fn, f1):
        p, r = (tp / (tp + fp)).mean(), (tp / (tp + fn)).mean()
        return 2 * p * r / (p + r)

    return _averages(cm, macro=macro)


@f1_averages.slip(
    "weighted: by how often each class was PREDICTED (columns). The weights are the true counts, the row sums."
)
def _(cm):
    return _averages(cm, weighted=lambda cm, tp, fp, fn, f1: (f1 * (tp + fp)).sum() / cm.sum())


@f1_averages.slip("micro: the factor ½ before FP + FN (or the 2 before TP) is missing.")
def _(cm):
    return _averages(cm, micro=lambda cm, tp, fp, fn, f1: tp.sum() / (tp.sum() + fp.sum() + fn.sum()))


@f1_averages.slip("micro: true negatives were counted as successes. They have no part in F1.")
def _(cm):
    return _averages(cm, micro=lambda cm, tp, fp, fn, f1: 1 - (fp + fn).sum() / cm.sum() / len(cm))


@f1_averages.slip("macro and weighted are exchanged: macro treats all classes alike, weighted goes by their counts.")
def _(cm):
    right = _averages(cm)
    return right | {"macro": right["weighted"], "weighted": right["macro"]}


@f1_averages.slip("macro and micro are exchanged: macro is the mean over classes, micro counts over all cases first.")
def _(cm):
    right = _averages(cm)
    return right | {"macro": right["micro"], "micro": right["macro"]}


@f1_averages.slip("macro: the recall of each class in place of its F1: the predictions (columns) count too.")
def _(cm):
    return _averages(cm, macro=lambda cm, tp, fp, fn, f1: (tp / (tp + fn)).mean())


@f1_averages.slip("macro: a sum over the classes. Divide by how many classes there are.")
def _(cm):
    return _averages(cm, macro=lambda cm, tp, fp, fn, f1: f1.sum())


@f1_averages.slip("weighted: the weights do not sum to 1. Divide the counts by the number of all cases.")
def _(cm):
    return _averages(cm, weighted=lambda cm, tp, fp, fn, f1: (f1 * (tp + fn)).sum())


@f1_averages.slip("weighted: the recall of each class in place of its F1. Weighted recall is just the accuracy.")
def _(cm):
    return _averages(cm, weighted=lambda cm, tp, fp, fn, f1: tp.sum() / cm.sum())


@f1_averages.slip(
    "a class that is never predicted has the precision 0 / 0, and nan spreads. 2TP / (2TP + FP + FN) has no such gap."
)
def _(cm):
    cm = np.asarray(cm, dtype=float)
    tp = np.diag(cm)
    p, r = tp / cm.sum(axis=0), tp / cm.sum(axis=1)
    f1 = 2 * p * r / (p + r)
    return _averages(cm, macro=lambda *c: f1.mean(), weighted=lambda *c: (f1 * cm.sum(axis=1)).sum() / cm.sum())


@f1_averages.slip("the class that is never predicted was left out of the macro mean. Its F1 is 0, and 0 counts.")
def _(cm):
    return _averages(cm, macro=lambda cm, tp, fp, fn, f1: f1[tp > 0].mean())


# 01.7 -----------------------------------------------------------------------------------------------------------------
@exercise("01.7", "AUC is a share of pairs", reads="auc", points=2)
def auc(ask: Ask, rng: np.random.Generator) -> None:
    from sklearn.metrics import roc_auc_score

    for n, shift, digits in (9, 0.5, 1), (20, 0.4, 1), (31, -0.6, 1), (24, 1.0, 3), (40, 0.8, 0):
        y = np.zeros(n, dtype=int)
        y[: int(rng.integers(3, n // 2))] = 1
        score = (rng.normal(size=n) + shift * y).round(digits) + 0.0  # + 0.0: no −0.0 in what is shown
        positives, negatives = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
        if digits < 3:
            score[negatives[0]] = score[positives[0]]  # a tie at least; with few digits there are more
        order = rng.permutation(n)
        ask.close(ask.call("auc", y[order], score[order]), roc_auc_score(y, score), **NEAR)
    ask.close(ask.call("auc", np.array([0, 1]), np.array([-3.0, 5.0])), 1.0, **NEAR)
    ask.close(ask.call("auc", np.array([1, 0, 0]), np.array([7, 7, 7])), 0.5, **NEAR)


auc.hints(
    "Split the scores: positives = score[y == 1], negatives = score[y == 0]. How many pairs of one of each are there?",
    "Go through all pairs with two loops: a pair counts 1 if the positive's score is higher, ½ if both are equal, "
    "0 otherwise. Divide the sum by the number of pairs.",
    "Without loops: difference = positives[:, None] - negatives holds all pairs. Add the share of entries above 0 and "
    "half the share of entries that equal 0.",
)


def _differences(y, score):
    return score[y == 1][:, None] - score[y == 0]


@auc.slip("ties count nothing here. Where positive and negative have the same score, the pair counts one half.")
def _(y, score):
    return (_differences(y, score) > 0).mean()


@auc.slip("ties count as won here (>=). Where positive and negative have the same score, the pair counts one half.")
def _(y, score):
    return (_differences(y, score) >= 0).mean()


@auc.slip("the pairs with equal scores were left out of the count of pairs: they count one half, and they count.")
def _(y, score):
    d = _differences(y, score)
    return (d > 0).sum() / max((d != 0).sum(), 1)


@auc.slip("the wrong way round: a pair is won when the POSITIVE case has the higher score.")
def _(y, score):
    d = _differences(y, score)
    return (d < 0).mean() + (d == 0).mean() / 2


@auc.slip("the number of pairs won, not their share: divide by (number of positives) × (number of negatives).")
def _(y, score):
    d = _differences(y, score)
    return (d > 0).sum() + (d == 0).sum() / 2


@auc.slip("divided by all pairs of cases; only the pairs of one positive and one negative case count.")
def _(y, score):
    d = _differences(y, score)
    return ((d > 0).sum() + (d == 0).sum() / 2) / (len(y) * (len(y) - 1) / 2)


@auc.slip("the scores were turned into 0 and 1 by a threshold first. AUC uses the scores, at every threshold at once.")
def _(y, score):
    d = _differences(y, (score >= 0.5).astype(float))
    return (d > 0).mean() + (d == 0).mean() / 2


@auc.slip("by how much the scores differ does not matter, only which one is higher: this is a difference of means.")
def _(y, score):
    return _differences(y, score).mean()


@auc.slip(
    "sorted pairs in place of all pairs: the first positive was compared with the first negative only, and so on."
)
def _(y, score):
    pairs = list(zip(score[y == 1], score[y == 0], strict=False))
    return sum((p > q) + (p == q) / 2 for p, q in pairs) / len(pairs)


# 01.8 -----------------------------------------------------------------------------------------------------------------
def _neighbours(X_train, y_train, X_test, k=3):
    distances = ((X_test[:, None] - X_train) ** 2).sum(axis=2)
    return (y_train[np.argsort(distances, axis=1)[:, :k]].mean(axis=1) > 0.5).astype(int)


def _strongest(X, y, m):
    """The m columns whose correlation with y is the largest, as plain sums: the ranking of an F test of two classes."""
    X, y = X - X.mean(axis=0), y - y.mean()
    return np.sort(np.argsort(-np.abs(X.T @ y) / np.sqrt((X**2).sum(axis=0)))[:m])


def _accuracies(X, y, folds, m, scale="train", select="train", fit="train"):
    """Accuracy of each fold; `scale`, `select` and `fit` say which cases each step may see."""
    results = []
    for train, test in folds:
        seen = {"train": train, "test": test, "all": np.arange(len(y))}
        Z_train = Z_test = X
        if scale != "no":
            base, own = X[seen["train" if scale == "own" else scale]], X[seen["test" if scale == "own" else scale]]
            Z_train = (X - base.mean(axis=0)) / base.std(axis=0)
            Z_test = (X - own.mean(axis=0)) / own.std(axis=0)
        columns = _strongest(X[seen[select]], y[seen[select]], m)
        known = test if fit == "test" else train
        asked = test if fit == "train" else train
        predicted = _neighbours(Z_train[known][:, columns], y[known], Z_test[asked][:, columns])
        results.append(float(np.mean(predicted == y[asked])))
    return results


_WAYS: tuple[dict[str, str], ...] = (
    {},
    {"scale": "all", "select": "all"},
    {"scale": "all"},
    {"select": "all"},
    {"scale": "own"},
    {"select": "test"},
    {"scale": "test"},
    {"fit": "test"},
    {"fit": "asked"},
    {"scale": "no"},
)


def _leaky_case(rng, n, d, m, k):
    """Data on which every way to leak shows: X [n, d] of unequal scales with a few outliers, y [n], folds."""
    while True:
        y = rng.permutation(np.arange(n) % 2)
        X = rng.normal(size=(n, d)) + 0.5 * y[:, None] * (np.arange(d) < 3)
        X[rng.integers(n, size=4), rng.integers(d, size=4)] *= 8
        X = X * 10.0 ** rng.integers(-1, 2, size=d) + rng.uniform(-5, 5, size=d)
        parts = np.array_split(rng.permutation(n), k)
        folds = [(np.sort(np.concatenate(parts[:j] + parts[j + 1 :])), np.sort(parts[j])) for j in range(k)]
        told = [_accuracies(X, y, folds, m, **way) for way in _WAYS]
        if len({tuple(t) for t in told}) == len(told):
            return X, y, folds


@exercise("01.8", "Find the leaks", reads=("leaks", "cross_validate"), points=3)
def leaks(ask: Ask, rng: np.random.Generator) -> None:
    ask.true(
        ask.letters("leaks") == "AB",
        f"got       {ask.replies[-1]!r}\nwhich are not the lines in which a test case influences what the model learns",
    )
    for n, d, m, k in (36, 12, 4, 4), (30, 20, 5, 5), (42, 15, 3, 3):
        X, y, folds = _leaky_case(rng, n, d, m, k)
        ask.close(ask.call("cross_validate", X, y, folds, m), _accuracies(X, y, folds, m), **NEAR)


leaks.hints(
    "Ask of each line: if I changed the measurements or the class of one test case, would anything change in what the "
    "model is built from? There is more than one such line.",
    "Everything that is learned from data belongs into the loop: the mean and the standard deviation, the choice of "
    "columns, the model. Each is fitted to the rows `train` alone.",
    "model = make_pipeline(StandardScaler(), SelectKBest(k=m), KNeighborsClassifier(3)) is one model with three steps. "
    "Make it in the loop, fit it to X[train], y[train], and score it on X[test], y[test].",
)


def _leaking(sentence, lines=("A", "B"), **way):
    def names():
        return {"leaks": list(lines), "cross_validate": lambda X, y, folds, m: _accuracies(X, y, folds, m, **way)}

    leaks.slip(sentence, make=True)(names)


_leaking("leaks: B is one of them. But A also looks at all cases: at the mean and the spread of the test cases.", "B")
_leaking("leaks: A is one of them, and the smaller. B uses even the CLASSES of the test cases to choose columns.", "A")
_leaking("leaks: D is innocent: it fits the model to the training rows alone. What is in Z was spoiled before.", "ABD")
_leaking("leaks: E only measures. It has to use the test cases: that is what they are for.", "ABE")
_leaking("leaks: D and E are as they should be. The test cases have done harm before the loop begins.", "DE")
_leaking("cross_validate still does both steps before the loop, with all cases.", scale="all", select="all")
_leaking(
    "cross_validate: the columns are now chosen from the training rows, but the scaler still sees all rows.",
    scale="all",
)
_leaking(
    "cross_validate: the scaler is repaired, but the columns are still chosen with the test cases' classes.",
    select="all",
)
_leaking(
    "cross_validate: the test rows were scaled with their own mean and spread. Use those of the training rows: "
    "fit_transform for training, transform alone for the test.",
    scale="own",
)
_leaking("cross_validate: the columns are chosen on the test rows. The training rows have to choose.", select="test")
_leaking(
    "cross_validate: the scaler is fitted to the test rows. The training rows have to give mean and spread.",
    scale="test",
)
_leaking("cross_validate: train and test are exchanged: the model is fitted to the small part.", fit="test")
_leaking("cross_validate: the accuracy is that of the training rows. Measure on the test rows.", fit="asked")
_leaking("cross_validate: the scaler has gone. Keep all three steps, each fitted to the training rows.", scale="no")


@leaks.slip("cross_validate: this is the mean. Return the list, one accuracy for each fold.", make=True)
def _():
    return {"leaks": ["A", "B"], "cross_validate": lambda *given: float(np.mean(_accuracies(*given)))}
