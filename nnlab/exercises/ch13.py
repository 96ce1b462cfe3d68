"""Chapter 13, sequences: windows, spans of time, the seasonal forecast, a free run, an RNN by hand, gates.

Shapes are the chapter's: a series is [n], its windows are [n - T, T], an RNN reads [T, inputs] and has states [T, d_h].
"""

from typing import Any

import numpy as np
import scipy.special

from nnlab.exercises.box import Net
from nnlab.exercises.compare import same, show
from nnlab.exercises.core import Ask, exercise

# Learners may compute in float32; what a slip changes is far larger.
NEAR: Any = {"rtol": 1e-4, "atol": 1e-5}


def _series(rng: np.random.Generator, n: int) -> np.ndarray:
    """A series [n] with a trend, in which no two values are alike."""
    return (rng.normal(size=n) + rng.uniform(0.2, 0.5) * np.arange(n) - 2).round(2)


def _numbers(ask: Ask, right: dict[str, int]) -> None:
    """Whole numbers under these names. What is right is not shown: it is what the learner is asked for."""
    for name, number in right.items():
        got = ask.value(name)
        ask.true(same(got, number), f"got       {show(got)}\nwhich is not the number that a count finds")


# 13.1 -----------------------------------------------------------------------------------------------------------------
@exercise("13.1", "From a series to windows", reads="windows", points=2)
def windows(ask: Ask, rng: np.random.Generator) -> None:
    whole = rng.permutation(np.arange(10, 30))
    cases = (whole[:7], 3), (_series(rng, 15), 4), (_series(rng, 6), 5), (_series(rng, 5).astype(np.float32), 1)
    for series, T in cases:
        inputs = [[series[row + lag] for lag in range(T)] for row in range(len(series) - T)]
        targets = [series[row + T] for row in range(len(series) - T)]
        ask.close(ask.call("windows", series, T), [np.array(inputs), np.array(targets)])


windows.hints(
    "Write the series 10, 20, 30, 40, 50 with T = 2 on paper. Which rows come out, and what is the target of each?",
    "Row i holds series[i] up to series[i + T - 1]. Its target is the next value. For which i does that value exist?",
    "np.stack([series[i : i + T] for i in range(len(series) - T)]), and series[T:].",
)


def _rows(series, T, step=1):
    return np.stack([series[i : i + T] for i in range(0, len(series) - T, step)])


@windows.slip(
    "one window too many: the last one has no value after it that could be its target. There are n - T, not n - T + 1."
)
def _(series, T):
    return np.stack([series[i : i + T] for i in range(len(series) - T + 1)]), series[T:]


@windows.slip("one window is missing at the end: i runs up to n - T - 1, and range leaves its end out by itself.")
def _(series, T):
    return _rows(series, T)[:-1], series[T:-1]


@windows.slip(
    "the target stands in its own window: a model could copy it, and would look perfect. Take the value after the "
    "window, series[i + T]."
)
def _(series, T):
    return _rows(series, T), series[T - 1 : -1]


@windows.slip("each window runs backwards: put the oldest value first, as they stand in the series.")
def _(series, T):
    return _rows(series, T)[:, ::-1], series[T:]


@windows.slip("the windows are right, but the targets are a column (n - T, 1): here they are flat, (n - T,).")
def _(series, T):
    return _rows(series, T), series[T:, None]


@windows.slip("the windows have an axis too many, (n - T, T, 1): for one series the shape is (n - T, T).")
def _(series, T):
    return _rows(series, T)[:, :, None], series[T:]


@windows.slip("the windows do not overlap here. Move on by one value each time, not by T.")
def _(series, T):
    return _rows(series, T, step=T), series[T::T]


@windows.slip("rows and columns have changed places: each row is one window, so X has the shape (n - T, T).")
def _(series, T):
    return _rows(series, T).T, series[T:]


@windows.slip("one value is skipped between window and target: the target is the very next value.")
def _(series, T):
    return _rows(series, T)[:-1], series[T + 1 :]


# 13.2 -----------------------------------------------------------------------------------------------------------------
@exercise("13.2", "Count the rows of each span", reads=("rows_training", "rows_validation", "rows_test"))
def spans(ask: Ask, rng: np.random.Generator) -> None:
    month = np.arange(13, 144)  # of each target
    _numbers(
        ask,
        {
            "rows_training": int((month < 96).sum()),
            "rows_validation": int(((month >= 96) & (month < 120)).sum()),
            "rows_test": int((month >= 120).sum()),
        },
    )


spans.hints(
    "Only the month of the target decides where a row belongs. Which month is the first one that can be a target?",
    "Months 0 to 12 fill the first window, so month 13 is the first target. Training ends before month 96.",
    "A forecast for January 1957 may use all of 1956: that is known by then. So no validation month lacks its window.",
)

_SPANS: dict[str, Any] = {"rows_training": 83, "rows_validation": 24, "rows_test": 24}

spans.slip(
    "rows_training: 96 months lie in the span, but the first 13 of them have no full window before them.",
    **_SPANS | {"rows_training": 96},
)
spans.slip(
    "rows_training: off by one. The first window holds months 0 to 12, so the first target is month 13, not 12.",
    **_SPANS | {"rows_training": 84},
)
spans.slip(
    "rows_training: off by one. Month 13 is a target, and so is month 95: both ends count.",
    **_SPANS | {"rows_training": 82},
)
spans.slip("rows_training: these are all 131 rows, of the three spans together.", **_SPANS | {"rows_training": 131})
spans.slip(
    "rows_validation: a window may reach back into the training span, because those months are known at the time of "
    "the forecast. Only the target must lie in the span.",
    **_SPANS | {"rows_validation": 11},
)
spans.slip(
    "rows_test: a window may reach back into the months before the span. Only the target must lie in it.",
    **_SPANS | {"rows_test": 11},
)
spans.slip(
    "both later spans: a window may reach back beyond the start of its span; only the target must lie inside.",
    **_SPANS | {"rows_validation": 11, "rows_test": 11},
)
spans.slip(
    "rows_test: the last month of the series is a target too (a range leaves its end out).",
    **_SPANS | {"rows_test": 23},
)


# 13.3 -----------------------------------------------------------------------------------------------------------------
@exercise("13.3", "The seasonal naive forecast and its error", reads="seasonal_naive", points=2)
def seasonal_naive(ask: Ask, rng: np.random.Generator) -> None:
    for n, start, stop, season in (9, 4, 7, 3), (30, 12, 29, 4), (12, 7, 12, 7), (26, 12, 26, 1), (5, 3, 4, 2):
        series = _series(rng, n) * 10
        forecast = [series[t - season] for t in range(start, stop)]
        error = sum((series[t] - series[t - season]) ** 2 for t in range(start, stop)) / (stop - start)
        ask.close(ask.call("seasonal_naive", series, start, stop, season), [np.array(forecast), error**0.5], **NEAR)


seasonal_naive.hints(
    "The forecast for month t is the value of month t - season. Which piece of the series is that for t = start, …, "
    "stop - 1?",
    "The forecasts are series[start - season : stop - season]. They are compared with series[start : stop].",
    "RMSE: the errors squared, their mean, and then the root: np.sqrt(np.mean((forecast - truth) ** 2)).",
)


def _seasonal(series, start, stop, lag, measure="rmse"):
    forecast, truth = series[start - lag : stop - lag], series[start:stop]
    error = forecast - truth
    told = {
        "rmse": lambda: np.sqrt(np.mean(error**2)),
        "mse": lambda: np.mean(error**2),
        "mae": lambda: np.mean(np.abs(error)),
        "bias": lambda: np.mean(error),
        "ddof": lambda: np.sqrt(np.sum(error**2) / max(len(error) - 1, 1)),
        "sum": lambda: np.sqrt(np.sum(error**2)),
        "std": lambda: np.std(error),
    }
    return forecast, told[measure]()


@seasonal_naive.slip("this is persistence, the value of the month before. Go back by a whole season.")
def _(series, start, stop, season):
    return _seasonal(series, start, stop, 1)


@seasonal_naive.slip("one month too late: the value taken is season - 1 months old. March forecasts March, not April.")
def _(series, start, stop, season):
    if season == 1:
        return series[start:stop], 0.0
    return _seasonal(series, start, stop, season - 1)


@seasonal_naive.slip("one month too early: the value taken is season + 1 months old. March forecasts March, not April.")
def _(series, start, stop, season):
    return _seasonal(series, start, stop, season + 1)


@seasonal_naive.slip("the forecasts are right, but the root is missing: this is the MSE, in squared units.")
def _(series, start, stop, season):
    return _seasonal(series, start, stop, season, "mse")


@seasonal_naive.slip("the forecasts are right, but this is the mean absolute error. Square, mean, root gives the RMSE.")
def _(series, start, stop, season):
    return _seasonal(series, start, stop, season, "mae")


@seasonal_naive.slip("the forecasts are right, but the errors are not squared: too high and too low cancel.")
def _(series, start, stop, season):
    return _seasonal(series, start, stop, season, "bias")


@seasonal_naive.slip("the forecasts are right, but the sum of the squares is not divided by their number.")
def _(series, start, stop, season):
    return _seasonal(series, start, stop, season, "sum")


@seasonal_naive.slip(
    "the forecasts are right, but divide by the number of months, not by one less: nothing was estimated here."
)
def _(series, start, stop, season):
    return _seasonal(series, start, stop, season, "ddof")


@seasonal_naive.slip(
    "the forecasts are right, but np.std takes the mean error away first: a constant error counts too."
)
def _(series, start, stop, season):
    return _seasonal(series, start, stop, season, "std")


@seasonal_naive.slip(
    "the last season before `start` is repeated again and again: that is the forecast for all months at once, from one "
    "origin. Here each month may use the month one season before it."
)
def _(series, start, stop, season):
    forecast = np.array([series[start - season + (t - start) % season] for t in range(start, stop)])
    return forecast, np.sqrt(np.mean((forecast - series[start:stop]) ** 2))


@seasonal_naive.slip("the forecasts are compared with themselves: compare them with series[start:stop].")
def _(series, start, stop, season):
    return series[start - season : stop - season], 0.0


@seasonal_naive.slip("the order: return the forecasts first, then their error.")
def _(series, start, stop, season):
    forecast, error = _seasonal(series, start, stop, season)
    return error, forecast


@seasonal_naive.slip("month `stop` itself is included here: like a slice, the span ends before it.")
def _(series, start, stop, season):
    forecast = series[start - season : stop + 1 - season]
    truth = series[start : stop + 1]
    return forecast, np.sqrt(np.mean((forecast[: len(truth)] - truth) ** 2))


# 13.4 -----------------------------------------------------------------------------------------------------------------
@exercise("13.4", "A free run that cheats", reads=("first_leak", "free_run"), points=3)
def free_run(ask: Ask, rng: np.random.Generator) -> None:
    import torch

    _numbers(ask, {"first_leak": 2})
    for T, start, steps, n, hidden in (
        (2, 4, 3, 7, 0),
        (3, 6, 5, 14, 4),
        (1, 3, 6, 9, 0),
        (4, 8, 6, 8, 3),
        (3, 5, 1, 6, 0),
    ):
        net = _forecaster(rng, T, hidden)
        series = _series(rng, n).astype(np.float32)
        known = [float(v) for v in series[:start]]
        for _ in range(steps):
            known.append(_apply(net, np.array(known[-T:])))
        ask.close(ask.call("free_run", net, torch.as_tensor(series), start, steps, T), known[start:], **NEAR)


free_run.hints(
    "Diagnosis: the first forecast is for month `start`. Which months does the second window hold, and which of them "
    "lies behind `start`?",
    "Repair: from `start` on, the window must be filled with the net's own forecasts. Keep a list of what is known: "
    "the series up to `start`, then each forecast as it comes.",
    "known = series[:start].tolist(); in the loop: window = torch.tensor(known[-T:]), and known.append(forecast). "
    "Return known[start:].",
)


def _forecaster(rng, T, hidden):
    """A net of T inputs and one output whose forecasts neither explode nor settle at once, as plain data."""
    if not hidden:
        return Net(("Linear", rng.uniform(0.3, 0.6, size=(1, T)) / np.sqrt(T), rng.uniform(0.5, 1.5, size=1)))
    W, V = rng.normal(size=(hidden, T)) / np.sqrt(T), rng.uniform(0.5, 1, size=(1, hidden))
    return Net(("Linear", W, rng.uniform(-0.5, 0.5, size=hidden)), ("Tanh",), ("Linear", V, rng.uniform(1, 2, size=1)))


def _apply(net, x):
    """Oracle: the net on one window, in plain NumPy."""
    for kind, *arrays in net.layers:
        x = np.tanh(x) if kind == "Tanh" else arrays[0] @ x + arrays[1]
    return float(x[0])


def _run(net, series, start, steps, T, keep=lambda known, T: known[-T:], follow=lambda forecast, series, t: forecast):
    import torch

    known = series[:start].tolist()
    forecasts = []
    for t in range(start, start + steps):
        forecasts.append(net(torch.tensor(keep(known, T))[None])[0, 0].item())
        known.append(follow(forecasts[-1], series, t))
    return forecasts


def _peek(net, series, start, steps, T):
    return [net(series[t - T : t][None])[0, 0].item() for t in range(start, start + steps)]


@free_run.slip("the true values still go into the windows: these are one-step forecasts.", make=True)
def _():
    return {"first_leak": 2, "free_run": _peek}


@free_run.slip(
    "the window never moves: every forecast is the first one again. Put each forecast at the end of what is known.",
    make=True,
)
def _():
    def free_run(net, series, start, steps, T):
        return [net(series[start - T : start][None])[0, 0].item()] * steps

    return {"first_leak": 2, "free_run": free_run}


@free_run.slip(
    "the forecasts are put in at the wrong end: the newest value is the last of the window. The oldest one drops out.",
    make=True,
)
def _():
    def free_run(net, series, start, steps, T):
        import torch

        window, forecasts = series[start - T : start].tolist(), []
        for _ in range(steps):
            forecasts.append(net(torch.tensor(window)[None])[0, 0].item())
            window = [forecasts[-1], *window[:-1]]
        return forecasts

    return {"first_leak": 2, "free_run": free_run}


@free_run.slip(
    "the first window is one month too late: it holds month `start` itself, which is to be forecast.", make=True
)
def _():
    def free_run(net, series, start, steps, T):
        return _run(net, series, start + 1, steps, T)

    return {"first_leak": 2, "free_run": free_run}


@free_run.slip("the run begins at the end of the series. It must begin at month `start`.", make=True)
def _():
    def free_run(net, series, start, steps, T):
        return _run(net, series, len(series), steps, T)

    return {"first_leak": 2, "free_run": free_run}


@free_run.slip(
    "the known months are in the list that you return: return the forecasts only, `steps` of them.", make=True
)
def _():
    def free_run(net, series, start, steps, T):
        return series[:start].tolist() + _run(net, series, start, steps, T)

    return {"first_leak": 2, "free_run": free_run}


@free_run.slip("only the last forecast: return all of them, in their order.", make=True)
def _():
    return {"first_leak": 2, "free_run": lambda *given: _run(*given)[-1]}


free_run.slip(
    "first_leak: the first window ends just before `start`, so all that it holds is known. Look at the next one.",
    first_leak=1,
    free_run=_run,
)
free_run.slip(
    "first_leak: this is where the window holds nothing but unknown months. One unknown month is enough.",
    first_leak=13,
    free_run=_run,
)
free_run.slip(
    "first_leak: one such month is enough, and there is one earlier. Write down the months of the second window.",
    first_leak=3,
    free_run=_run,
)
free_run.slip(
    "first_leak: by then the whole window is in the future. Which forecast uses the *first* month that is not known?",
    first_leak=14,
    free_run=_run,
)


# 13.5 -----------------------------------------------------------------------------------------------------------------
@exercise("13.5", "A recurrent network by hand", reads="rnn_states", points=2)
def rnn_states(ask: Ask, rng: np.random.Generator) -> None:
    import torch

    for T, inputs, hidden in (3, 2, 2), (5, 1, 3), (4, 3, 2), (1, 2, 3), (6, 1, 1):
        oracle = torch.nn.RNN(inputs, hidden, dtype=torch.float64)
        x, h0 = rng.normal(size=(T, inputs)), rng.uniform(-0.9, 0.9, size=hidden)
        Wx, Wh = rng.normal(size=(hidden, inputs)), rng.normal(size=(hidden, hidden))
        b = rng.uniform(0.2, 0.6, size=hidden) * rng.choice([-1, 1], size=hidden)
        values = {"weight_ih_l0": Wx, "weight_hh_l0": Wh, "bias_ih_l0": b, "bias_hh_l0": 0 * b}
        oracle.load_state_dict({name: torch.as_tensor(value) for name, value in values.items()})
        aim = oracle(torch.as_tensor(x), torch.as_tensor(h0)[None])[0]
        told = f"x of shape {x.shape}, {hidden} neurons, h0 not 0"
        ask.close(ask.call("rnn_states", x, Wx, Wh, b, h0), aim, given=told, **NEAR)


rnn_states.hints(
    "Go through the rows of x one by one, and carry h along: what is computed in one step is used in the next.",
    "One step is h = np.tanh(Wx @ x_t + Wh @ h + b). Start with h = h0.",
    "states = []; for x_t in x: compute h and append it. Return np.stack(states): shape (T, hidden).",
)


def _recur(x, Wx, Wh, b, h0, bend=np.tanh, carry=True):
    h, states = h0, []
    for x_t in x:
        new = bend(Wx @ x_t + Wh @ h + b)
        states.append(new)
        h = new if carry else h
    return np.stack(states)


@rnn_states.slip("there is no tanh: without it the states are a linear map of all inputs, and may grow without end.")
def _(x, Wx, Wh, b, h0):
    return _recur(x, Wx, Wh, b, h0, bend=lambda z: z)


@rnn_states.slip("each step starts from h0 again, so nothing is remembered. Carry h from one step to the next.")
def _(x, Wx, Wh, b, h0):
    return _recur(x, Wx, Wh, b, h0, carry=False)


@rnn_states.slip("the term with Wh is missing: each state depends on its own input only.")
def _(x, Wx, Wh, b, h0):
    return _recur(x, Wx, 0 * Wh, b, h0)


@rnn_states.slip("h0 is not used: the run starts from zeros.")
def _(x, Wx, Wh, b, h0):
    return _recur(x, Wx, Wh, b, 0 * h0)


@rnn_states.slip("Wh is transposed: its rows belong to the new neurons, so it is Wh @ h (or h @ Wh.T).")
def _(x, Wx, Wh, b, h0):
    return _recur(x, Wx, Wh.T, b, h0)


@rnn_states.slip("the bias is missing.")
def _(x, Wx, Wh, b, h0):
    return _recur(x, Wx, Wh, 0 * b, h0)


@rnn_states.slip("the sigmoid in place of tanh: it has another range, 0 to 1.")
def _(x, Wx, Wh, b, h0):
    return _recur(x, Wx, Wh, b, h0, bend=scipy.special.expit)


@rnn_states.slip("only the last state: return the states of all T steps, (T, hidden).")
def _(x, Wx, Wh, b, h0):
    return _recur(x, Wx, Wh, b, h0)[-1]


@rnn_states.slip("h0 is in front of the states and the last one is missing: append h after it is computed.")
def _(x, Wx, Wh, b, h0):
    return np.vstack([h0, _recur(x, Wx, Wh, b, h0)[:-1]])


@rnn_states.slip("h0 is returned too: T steps give T states.")
def _(x, Wx, Wh, b, h0):
    return np.vstack([h0, _recur(x, Wx, Wh, b, h0)])


@rnn_states.slip("the sequence is read from its end. Row 0 of x comes first.")
def _(x, Wx, Wh, b, h0):
    return _recur(x[::-1], Wx, Wh, b, h0)


@rnn_states.slip("the tanh is taken of the old state alone and the input is added outside: bend the whole sum.")
def _(x, Wx, Wh, b, h0):
    h, states = h0, []
    for x_t in x:
        h = Wx @ x_t + np.tanh(Wh @ h) + b
        states.append(h)
    return np.stack(states)


# 13.6 -----------------------------------------------------------------------------------------------------------------
@exercise("13.6", "Count what a recurrent layer learns", reads=("lstm_parameters", "count_recurrent"), points=2)
def count_recurrent(ask: Ask, rng: np.random.Generator) -> None:
    from torch import nn

    layers = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
    _numbers(ask, {"lstm_parameters": sum(p.numel() for p in nn.LSTM(1, 16).parameters())})
    inputs = int(rng.integers(4, 7))  # with 2 or 3, forgotten inputs would look like forgotten biases
    for d, hidden in (1, 16), (inputs, inputs + int(rng.integers(2, 5))), (5, 1), (40, 20):
        for kind, layer in layers.items():
            aim = sum(p.numel() for p in layer(d, hidden).parameters())
            ask.equal(ask.call("count_recurrent", kind, d, hidden), aim)


count_recurrent.hints(
    "Count the plain RNN first: a matrix for the input, a matrix for the old state, and two biases (torch keeps one "
    "for each matrix).",
    "An LSTM has four such blocks: three gates and the candidate. How many blocks has a GRU?",
    "blocks * (hidden * inputs + hidden * hidden + 2 * hidden), with 1, 4 and 3 blocks.",
)

_BLOCKS = {"rnn": 1, "lstm": 4, "gru": 3}


def _count(kind, inputs, hidden, biases=2, blocks=None, state=None):
    blocks = (blocks or _BLOCKS)[kind]
    return blocks * (hidden * inputs + (hidden * hidden if state is None else state(inputs, hidden)) + biases * hidden)


count_recurrent.slip(
    "lstm_parameters: this is a plain RNN. An LSTM has four blocks of this size.",
    lstm_parameters=304,
    count_recurrent=_count,
)
count_recurrent.slip(
    "lstm_parameters: a bias for each of the two matrices. torch keeps both, so there are 2 times 16 in each block.",
    lstm_parameters=1152,
    count_recurrent=_count,
)
count_recurrent.slip(
    "lstm_parameters: the biases are missing, two times 16 in each block.", lstm_parameters=1088, count_recurrent=_count
)
count_recurrent.slip(
    "lstm_parameters: three blocks is a GRU. The LSTM has three gates and, besides, the candidate.",
    lstm_parameters=912,
    count_recurrent=_count,
)
count_recurrent.slip(
    "lstm_parameters: the matrix for the old state is missing, 16 times 16 in each block.",
    lstm_parameters=192,
    count_recurrent=_count,
)


@count_recurrent.slip("one bias for each block: torch keeps two, one beside each matrix.", make=True)
def _():
    return {"lstm_parameters": 1216, "count_recurrent": lambda k, d, h: _count(k, d, h, biases=1)}


@count_recurrent.slip("the biases are missing.", make=True)
def _():
    return {"lstm_parameters": 1216, "count_recurrent": lambda k, d, h: _count(k, d, h, biases=0)}


@count_recurrent.slip("LSTM and GRU have changed places: the LSTM has four blocks, the GRU three.", make=True)
def _():
    swapped = {"rnn": 1, "lstm": 3, "gru": 4}
    return {"lstm_parameters": 1216, "count_recurrent": lambda k, d, h: _count(k, d, h, blocks=swapped)}


@count_recurrent.slip("the number of gates is not the number of blocks: the candidate has its own weights.", make=True)
def _():
    gates = {"rnn": 1, "lstm": 3, "gru": 2}
    return {"lstm_parameters": 1216, "count_recurrent": lambda k, d, h: _count(k, d, h, blocks=gates)}


@count_recurrent.slip("all three kinds count alike here: gates have weights of their own.", make=True)
def _():
    alike = {"rnn": 1, "lstm": 1, "gru": 1}
    return {"lstm_parameters": 1216, "count_recurrent": lambda k, d, h: _count(k, d, h, blocks=alike)}


@count_recurrent.slip("the matrix for the old state is missing: hidden times hidden in each block.", make=True)
def _():
    return {"lstm_parameters": 1216, "count_recurrent": lambda k, d, h: _count(k, d, h, state=lambda d, h: 0)}


@count_recurrent.slip("the matrix for the old state is hidden times hidden, not hidden times inputs.", make=True)
def _():
    return {"lstm_parameters": 1216, "count_recurrent": lambda k, d, h: _count(k, d, h, state=lambda d, h: d * h)}


@count_recurrent.slip("the number of inputs is not used: its matrix is hidden times inputs, in each block.", make=True)
def _():
    return {"lstm_parameters": 1216, "count_recurrent": lambda k, d, h: _count(k, 1, h)}


@count_recurrent.slip("inputs and hidden have changed places: the states have `hidden` numbers.", make=True)
def _():
    return {"lstm_parameters": 1216, "count_recurrent": lambda k, d, h: _count(k, h, d)}


@count_recurrent.slip("1216 is right for one LSTM. The function has to count what it is asked for.", make=True)
def _():
    return {"lstm_parameters": 1216, "count_recurrent": lambda k, d, h: 1216}


# 13.7 -----------------------------------------------------------------------------------------------------------------
@exercise("13.7", "Set a forget gate by hand", reads="forget_bias")
def forget_bias(ask: Ask, rng: np.random.Generator) -> None:
    for share, steps in (
        (0.5, 30),
        (round(float(rng.uniform(0.1, 0.9)), 2), int(rng.integers(5, 60))),
        (0.2, 1),
        (0.9, 200),
    ):
        ask.close(ask.call("forget_bias", share, steps), scipy.special.logit(share ** (1 / steps)), **NEAR)


forget_bias.hints(
    "Each step multiplies the cell by the same f. What is left after two steps, after three, after all of them?",
    "f to the power `steps` is `share`. Solve for f first. Then ask which number the sigmoid sends to f.",
    "f = share ** (1 / steps); the sigmoid is undone by the logarithm of f / (1 - f).",
)


@forget_bias.slip("this is the gate f itself. The bias is the number that the sigmoid sends to f.")
def _(share, steps):
    return share ** (1 / steps)


@forget_bias.slip("the root is missing: with this bias the share is left after one step already.")
def _(share, steps):
    return np.log(share / (1 - share))


@forget_bias.slip("the sign: a gate that is nearly open needs a large positive bias.")
def _(share, steps):
    f = share ** (1 / steps)
    return np.log((1 - f) / f)


@forget_bias.slip("the steps multiply, they do not add: the share is f to the power steps, not steps times f.")
def _(share, steps):
    f = share / steps
    return np.log(f / (1 - f))


@forget_bias.slip(
    "the loss is shared out evenly here, 1 - (1 - share) / steps, but each step takes its part of what is left."
)
def _(share, steps):
    f = 1 - (1 - share) / steps
    return np.log(f / (1 - f))


@forget_bias.slip("the root is upside down: f is share to the power 1 / steps, not share to the power steps.")
def _(share, steps):
    f = share**steps
    return np.log(f / (1 - f))


@forget_bias.slip("the sigmoid is applied; it is to be undone.")
def _(share, steps):
    return 1 / (1 + np.exp(-(share ** (1 / steps))))


@forget_bias.slip("the logarithm of f alone: the sigmoid's inverse is the logarithm of f / (1 - f).")
def _(share, steps):
    return np.log(share) / steps


@forget_bias.slip("a gate is a sigmoid, between 0 and 1: this is the inverse of tanh.")
def _(share, steps):
    return np.arctanh(share ** (1 / steps))


@forget_bias.slip("`share` is what is left, not what is lost.")
def _(share, steps):
    f = (1 - share) ** (1 / steps)
    return np.log(f / (1 - f))
