# ---
# jupyter: {kernelspec: {display_name: Python 3, language: python, name: python3}}
# ---

# %% [markdown]
# # Sequences: what comes next?
#
# It is the end of 1958. An airline company knows how many passengers flew in each month of the last ten years. It must
# order fuel for next month, and aeroplanes for the next two years. **How many people will fly?**
#
# So far the rows of your data had no order. You could shuffle them and lose nothing. Here the order is the whole point:
# what comes next depends on what came before. This changes how you prepare the data, how you split it, and what you
# must compare a network with. It also brings a new kind of network, one that has a memory.
#
# You need the training loop ({doc}`chapter 02 <02_regression_as_a_network>`), the multilayer perceptron
# ({doc}`chapter 06 <06_multilayer_perceptron>`) and the idea of a validation set (chapters 11 and 12). Reading takes
# about an hour and the seven exercises about two; `hint("13.1")` and its like help where you are stuck.

# %% tags=["parameters"]
SEED = 0
FAST = False  # True: two seeds in place of three for the recurrent networks
DEVICE = None  # networks this small are quickest on the CPU

# %%
from functools import partial

import numpy as np
import pandas as pd
import torch
from matplotlib import dates
from matplotlib import pyplot as plt
from torch import nn

from nnlab import answer, check, data, fit, hint
from nnlab import plot, progress, seed_everything

plot.use_style()
seed_everything(SEED)
BLUE, ORANGE, GREEN = (plot.PALETTE[n] for n in ("blue", "orange", "green"))
GREY, INK, RULE = (plot.PALETTE[n] for n in ("grey", "ink", "rule"))
DASHED, DOTTED = (0, (5, 2)), (0, (1, 1.4))


def label_months():
    """Labels for an axis of months, with a tick for each January, and a legend."""
    plt.gca().xaxis.set_major_locator(dates.YearLocator())
    plt.gca().xaxis.set_major_formatter(dates.DateFormatter("%Y"))
    plt.xlabel("month")
    plt.ylabel("passengers [thousands]")
    plt.legend(loc="upper left", fontsize=9)


# %% [markdown]
# ## Twelve years of months
#
# The data are famous: the passengers of international airlines, month by month, from January 1949 to December 1960
# {cite:p}`box1976time`. Numbers that are measured one after the other, at equal steps of time, form a
# {term}`time series`. We count months from 0, so $y_t$ is the number of passengers in month $t$, in thousands, and $t$
# runs from 0 to 143.

# %%
frame = data.load("air_passengers")
months = frame.index
y = frame["passengers"].to_numpy(dtype=float)  # thousands
print(len(y), "months, from", months[0].date(), "to", months[-1].date())
print("first year:", y[:12].astype(int))
print("last year: ", y[-12:].astype(int))

# %% tags=["hide-input"]
plt.plot(months, y, color=BLUE)
plt.ylim(0, 660)
plt.xlabel("month")
plt.ylabel("passengers [thousands]")
plot.show(
    "Monthly passengers from 1949 to 1960. The curve rises from about 110 to about "
    "450 thousand. Each year has the same shape, with a peak in July and August and a "
    "low in November, and the swing between peak and low grows with the level.",
    "The series. It grows, it repeats each year, and its swing grows with it.",
)

# %% [markdown]
# You see three things. The level grows: there is a **trend**. Each year has the same shape: there is a
# **season** of 12 months. And the swing of the year grows with the level: the distance between the highest and the
# lowest month is 44 thousand in 1949 and 232 thousand in 1960.
#
# The third point says that the season does not *add* a number to the level, it *multiplies* it. A summer month is not
# "80 thousand more", it is "a third more". So look at the logarithm, which turns products into sums.

# %% tags=["claim"]
from nnlab import claim

swing = np.ptp(y.reshape(12, 12), axis=1)
claim(
    "lowest month is 44 thousand in 1949 and 232 thousand in 1960",
    swing[0],
    1949,
    swing[-1],
    1960,
)

# %% [markdown]
# ## Logarithms and differences
#
# The difference of two logarithms in a row is the **growth** of one month:
#
# ```{math}
# :label: eq-seq-growth
# g_t = \log y_t - \log y_{t-1} = \log \frac{y_t}{y_{t-1}} ,
# \qquad\text{so}\qquad
# y_t = y_{t-1}\, e^{g_t} .
# ```
#
# In words: how much more than last month, as a share. For small values $g_t \approx (y_t - y_{t-1}) / y_{t-1}$, so
# $g_t = 0.05$ is about 5 % more. A model that predicts $g_t$ has predicted $y_t$ too, because $y_{t-1}$ is known.

# %%
logs = np.log(y)
growth = np.diff(logs)  # growth[0] belongs to month 1: one number fewer than months
print("growth of February 1949:", growth[0].round(3), "=", np.log(118 / 112).round(3))

# %% tags=["hide-input"]
figure, (top, bottom) = plt.subplots(2, 1, figsize=(6.4, 4.8), sharex=True)
top.plot(months, logs, color=BLUE)
top.set_ylabel("log(passengers)")
top.set_title("the logarithm: the swing no longer grows")
bottom.plot(months[1:], growth, color=GREEN)
bottom.set_ylabel("growth in a month")
bottom.set_xlabel("month")
bottom.set_title("its differences: no trend is left")
plot.show(
    "Two curves over the months. Above, the logarithm of the passengers rises with a "
    "yearly swing of about equal size. Below, the growth from month to month swings "
    "around zero between -0.22 and 0.22, with the same pattern each year.",
    "The same series as logarithm and as growth.",
)

# %% [markdown]
# Why this matters for a network: it can only work well on inputs that resemble those of training. The passengers of
# 1960 are larger than anything before. Their *growth* is not.

# %%
early, late = slice(None, 120), slice(120, None)  # before 1959; 1959 and 1960
above = (y[late] > y[early].max()).mean()
growth_above = (growth[119:] > growth[:119].max()).mean()
print(f"above all earlier months: passengers {above:.0%}, growth {growth_above:.0%}")

# %% [markdown]
# Of the last two years' months, 25 % lie above everything seen before, and 0 % of their growth rates do. Working with
# logarithms and differences does not make a network clever. It asks it a question that it has seen.

# %% tags=["claim"]
claim("25 % lie above everything seen before, and 0 %", 100 * above, 100 * growth_above)

# %% [markdown]
# ## Split in time
#
# You learned to shuffle before you split. **Not here.** A forecast is made from the past, for the future. A test that
# mixes them answers a question that nobody asks: "what was the traffic in May, if you know April and June?"
#
# We cut the twelve years into three spans, in order:
#
# - **training**, 1949 to 1956 (months 0 to 95): parameters, means and standard deviations come from here only;
# - **validation**, 1957 and 1958 (months 96 to 119): here we choose between models, as often as we like;
# - **test**, 1959 and 1960 (months 120 to 143): an envelope that we open once, at the end of the chapter.

# %%
VALIDATION, TEST, END = 96, 120, 144  # the first month of each span, and the end

# %% [markdown]
# One honest remark before we begin. This series has been printed in textbooks for fifty years, and whoever writes or
# reads about it knows how it goes on. (You have even seen the curve above.) "Never touched" means: no number of this
# chapter was chosen with the help of the test span. It cannot mean that nobody has ever looked.

# %% [markdown]
# ## Windows
#
# A network wants rows: inputs and a target. We cut them out of the series with a sliding {term}`window`: $T$ values in
# a row are the inputs, and the next value is the target. Then the window moves on by one. A model that predicts a
# series from its own past values is called an {term}`autoregression` ("regression on itself").

# %% tags=["hide-input"]
figure, ax = plt.subplots(figsize=(6.4, 2.5))
for row in range(4):
    ax.text(8.15, 0.37 - row, f"row {row}", va="center")
    for lag, value in enumerate(y[:8].astype(int)):
        inside, target = row <= lag < row + 4, lag == row + 4
        color = BLUE if inside else ORANGE if target else RULE
        ax.add_patch(plt.Rectangle((lag, -row), 0.9, 0.75, fill=False, ec=color, lw=2))
        weight = "bold" if target else "normal"
        ax.text(lag + 0.45, 0.37 - row, value, ha="center", va="center", weight=weight)
ax.set(xlim=(-0.1, 9.2), ylim=(-3.2, 0.95))
ax.axis("off")
plot.show(
    "The first eight values of the series, 112, 118, 132, 129, 121, 135, 148, 148, "
    "written four times below each other. In row 0 the first four are framed as "
    "inputs and the fifth as the target; in each further row the frames move one step"
    " to the right.",
    "Windows of T = 4: inputs with a blue frame, the target bold with an orange frame.",
)

# %% [markdown]
# ## Exercise 13.1: from a series to windows
#
# Write `windows(series, T)` for a series of shape `(n,)`. Return two arrays: the windows, of shape `(n - T, T)`, with
# the oldest value first; and the targets, of shape `(n - T,)`. Row $i$ holds the values $i$ to $i + T - 1$, and its
# target is the value $i + T$.


# %%
def windows(series, T):
    """Inputs (n - T, T) and targets (n - T,) of a series (n,)."""
    ### BEGIN SOLUTION: all windows, and the value after each
    rows = [series[i : i + T] for i in range(len(series) - T)]
    return np.stack(rows), series[T:]
    ### END SOLUTION


# %%
check("13.1")

# %% [markdown]
# We take windows of **13 months** of logarithms. They hold 12 growth rates, one full year. From now on every
# forecaster in this chapter, simple or not, is a function with the same shape: it takes windows of 13 logarithms,
# $(n, 13)$, and gives the next logarithm, $(n, 1)$.

# %%
windows = answer("13.1")
T = 13
window_logs, next_logs = windows(logs, T)
X = torch.tensor(window_logs, dtype=torch.float32)  # (131, 13)
Y = torch.tensor(next_logs, dtype=torch.float32)[:, None]  # (131, 1)
month = np.arange(T, END)  # the month of each row's target
print(X.shape, Y.shape)

# %% [markdown]
# ## Exercise 13.2: count the rows of each span
#
# The 131 rows are divided by the month of their **target**. How many rows have a target in the training span (months 0
# to 95), in the validation span (96 to 119), in the test span (120 to 143)? Work it out with a pencil first. Take care:
# three whole numbers, and two of them are easier than most people think.

# %%
### BEGIN SOLUTION: the number of rows with a target in months 0 to 95
rows_training = 96 - 13
### END SOLUTION
### BEGIN SOLUTION: the number of rows with a target in months 96 to 119
rows_validation = 120 - 96
### END SOLUTION
### BEGIN SOLUTION: the number of rows with a target in months 120 to 143
rows_test = 144 - 120
### END SOLUTION

# %%
check("13.2")

# %% [markdown]
# ## What a forecast must beat
#
# Before any network comes the {term}`baseline`. For a time series there are two that cost nothing:
#
# $$
# \begin{aligned}
# \text{persistence:}    \quad & \hat y_t = y_{t-1} & & \text{next month is like this month,} \\
# \text{seasonal naive:} \quad & \hat y_t = y_{t-12} & & \text{next month is like the same month a year ago.}
# \end{aligned}
# $$
#
# We measure the error in passengers, as the root of the mean squared error over the months of a span:
#
# ```{math}
# :label: eq-seq-rmse
# \text{RMSE} = \sqrt{ \frac1n \sum_t (\hat y_t - y_t)^2 } .
# ```
#
# Its unit is that of $y$, thousands of passengers.

# %% [markdown]
# ## Exercise 13.3: the seasonal naive forecast and its error
#
# For the months `start`, …, `stop - 1` of a series, forecast each month by the value one `season` before it. Return the
# forecasts, shape `(stop - start,)`, and their RMSE, one number. You may rely on `start >= season`.


# %%
def seasonal_naive(series, start, stop, season):
    """Forecasts (stop - start,) from one season before, and their RMSE."""
    ### BEGIN SOLUTION: the forecasts, and the root of their mean squared error
    forecast = series[start - season : stop - season]
    error = np.sqrt(np.mean((forecast - series[start:stop]) ** 2))
    return forecast, error
    ### END SOLUTION


# %%
check("13.3")

# %%
seasonal_naive = answer("13.3")
_, naive_error = seasonal_naive(y, VALIDATION, TEST, 12)
_, persistence_error = seasonal_naive(y, VALIDATION, TEST, 1)  # a season of length 1
print(f"persistence    {persistence_error:5.1f} thousand passengers")
print(f"seasonal naive {naive_error:5.1f} thousand passengers")

# %% [markdown]
# On the 24 months of validation the seasonal naive forecast errs by 31.7 thousand passengers, persistence by 44.0. A
# network that does not beat 31.7 has not even learned that summer comes again.
#
# There is a third one, nearly as cheap: **the growth of a year ago**. If May had 5 % more than April last year, then so
# it will be this year: $\hat g_t = g_{t-12}$, or $\hat y_t = y_{t-1}\, y_{t-12} / y_{t-13}$. It follows the level *and*
# the season. Here are all three as forecasters of logarithms.


# %%
def persistence(logs):
    """Next log (n, 1) from windows (n, 13): the last one again."""
    return logs[:, -1:]


def last_year(logs):
    """Seasonal naive: the log of 12 months before the target."""
    return logs[:, -12:-11]


def last_years_growth(logs):
    """The last log, plus the growth of 12 months before the target."""
    return logs[:, -1:] + logs[:, -12:-11] - logs[:, -13:-12]


# %%
def one_step(forecaster, start, stop):
    """Forecasts of months start … stop - 1, each from the true months before it."""
    rows = (month >= start) & (month < stop)
    with torch.no_grad():
        return forecaster(X[rows])[:, 0].double().exp().numpy()


def rmse(forecast, start, stop):
    """In thousands of passengers."""
    return np.sqrt(np.mean((forecast - y[start:stop]) ** 2))


rules = {
    "persistence": persistence,
    "seasonal naive": last_year,
    "last year's growth": last_years_growth,
}
rule_errors = {}
for name, rule in rules.items():
    rule_errors[name] = rmse(one_step(rule, VALIDATION, TEST), VALIDATION, TEST)
    print(f"{name:18} {rule_errors[name]:.1f}")

# %% [markdown]
# Last year's growth errs by 10.0 thousand passengers only, on the validation span. No parameter was fitted. Keep this
# number in mind when a network impresses you.

# %% tags=["claim"]
claim(
    "seasonal naive forecast errs by 31.7 thousand passengers, persistence by 44.0",
    naive_error,
    persistence_error,
)
claim("Last year's growth errs by 10.0", rule_errors["last year's growth"])

# %% [markdown]
# ## A common experiment, and what is wrong with it
#
# Now a network. Let us first repeat an experiment that you find in many tutorials, in every detail:
#
# 1. scale **all** passengers to the interval from −1 to 1, by the smallest and the largest of the 144 months;
# 2. cut windows of 12 months; the first 105 rows are for training, the last 27 for the test;
# 3. train a 12-64-32-1 network with ReLU for 100 epochs of Adam with batches of 32;
# 4. print the loss of the last batch of each epoch, and the mean squared error on the test rows;
# 5. plot the forecasts of the test rows, and call them autoregression.

# %%
scaled = 2 * (y - y.min()) / (y.max() - y.min()) - 1  # looks into the test span!
inputs, targets = windows(scaled, 12)
old_X = torch.tensor(inputs, dtype=torch.float32)
old_Y = torch.tensor(targets, dtype=torch.float32)[:, None]


def common_experiment(train, test, seed):
    """MSE on the test rows, forecasts (scaled), and the history of the run."""
    seed_everything(seed)
    first, second, last = nn.Linear(12, 64), nn.Linear(64, 32), nn.Linear(32, 1)
    net = nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), last)
    rows = old_X[train], old_Y[train]
    history = fit(net, rows, loss=nn.MSELoss(), lr=0.001, epochs=100, batch_size=32)
    with torch.no_grad():
        forecast = net(old_X[test])
    error = ((forecast - old_Y[test]) ** 2).mean().item()
    return error, forecast[:, 0].numpy(), history


# %%
past, future = np.arange(105), np.arange(105, 132)
runs = [common_experiment(past, future, seed) for seed in range(4)]
old_errors = np.array([error for error, _, _ in runs])
old_train = np.array([history.loss[-1] for _, _, history in runs])
print("MSE on the test rows, four seeds:", old_errors.round(3))
print("mean training loss of the last epoch:", old_train.round(4))

# %% [markdown]
# Four seeds give 0.04 to 0.08 on the test rows. Is that small? The training loss is below 0.002, so one would like to
# say so. The same rows with the same scaling, for three forecasters without any hidden layer:

# %%
lagged = np.column_stack([inputs, np.ones(len(inputs))])
weights = np.linalg.lstsq(lagged[past], targets[past], rcond=None)[0]
old_rules = {
    "linear autoregression, 12 months": lagged[future] @ weights,
    "seasonal naive": inputs[future, 0],
    "persistence": inputs[future, -1],
}
old_mse = {name: np.mean((f - targets[future]) ** 2) for name, f in old_rules.items()}
unit = (y.max() - y.min()) / 2  # thousands of passengers for 1 on the scaled axis
rows = [(name, error, unit * error**0.5) for name, error in old_mse.items()]
seeds = old_errors.mean(), unit * np.sqrt(old_errors).mean()
rows.append(("network, mean of four seeds", *seeds))
table = pd.DataFrame(rows, columns=["forecaster", "MSE (scaled)", "RMSE [thousands]"])
plot.table(table, "The common experiment and three baselines, 27 months.", digits=4)

# %% tags=["hide-input"]
when, back = months[-27:], y.min() + unit
plt.plot(months[90:], y[90:], color=INK, label="passengers")
for k, (_, forecast, _) in enumerate(runs):
    label = "network, four seeds" if k == 0 else None
    plt.plot(when, back + unit * forecast, color=ORANGE, lw=0.9, ls="-", label=label)
linear_line = back + unit * old_rules["linear autoregression, 12 months"]
plt.plot(when, linear_line, color=BLUE, ls=DASHED, label="linear autoregression")
label_months()
plot.show(
    "Passengers from 1956 to 1960 and, for the last 27 months, forecasts. The linear "
    "autoregression follows the true curve closely. The four networks stay too low, "
    "above all in 1960: they miss the peak of 1959 by about 50 thousand and that of "
    "1960 by about 100 thousand.",
    "The common experiment. The higher the level, the worse the networks.",
)

# %% [markdown]
# The network is **worse than all three**: the seasonal naive forecast has 0.0332, persistence has 0.0384, and a linear
# model of the same 12 inputs has 0.00495. Every seed loses against every one of them. The curve in the figure looks
# like a forecast, because it goes up and down at the right times. It goes up and down because its *inputs* do.
#
# What went wrong? Five things, and you may meet each of them again:
#
# - **No baseline.** Without the three lines of the table, the error of the network is just a number.
# - **The wrong question.** The levels of the test span lie above those of training: rows for training end at 505
#   thousand, the test goes up to 622. The network was never shown such inputs, and a ReLU network goes on outside its
#   data in an arbitrary direction ({doc}`chapter 03 <03_lines_to_curves>`). The linear model is lucky: the continuation of a line is a line.
# - **The scaler saw everything.** Its largest value, 622, is from the test span. Knowing how high the curve will rise
#   is a part of the answer. It did not help here. It is a leak all the same.
# - **The printed loss is that of the last batch.** 105 rows in batches of 32 leave 9 for the last. A mean over 9 random
#   rows jumps; it says little about the epoch.
# - **The forecasts are one-step forecasts.** Each one uses the true 12 months before it. For January 1960 the network
#   was given December 1959. Whoever orders aeroplanes for two years does not have that. More on this below.

# %% tags=["claim"]
claim("Four seeds give 0.04 to 0.08", old_errors.min(), old_errors.max())
claim("The training loss is below 0.002", bool(old_train.max() < 0.002))
claim("seasonal naive forecast has 0.0332", old_mse["seasonal naive"])
claim("persistence has 0.0384", old_mse["persistence"])
linear_mse = old_mse["linear autoregression, 12 months"]
claim("a linear model of the same 12 inputs has 0.00495", 12, linear_mse)
claim("Every seed loses against every", old_errors.min() > max(old_mse.values()))
claim("end at 505 thousand, the test goes up to 622", y[:117].max(), y[117:].max())
claim("105 rows in batches of 32 leave 9", 105, 32, 105 % 32)

# %% [markdown]
# And what if we had shuffled before the split, as for other data? The same network, the same numbers of rows, but the
# 27 test rows drawn at random from all twelve years:

# %%
shuffled = [np.random.default_rng(seed).permutation(132) for seed in range(3)]
mixed = [common_experiment(p[:105], p[105:], s)[0] for s, p in enumerate(shuffled)]
factor = old_errors.mean() / np.mean(mixed)
print(f"the split in time is worse by the factor {factor:.0f}")

# %% [markdown]
# Shuffled, the same network looks more than five times better. It has not become better. For a test month it has now
# seen months before *and after* it, at the same level. The good number is an answer to the easy question.

# %% tags=["claim"]
claim("the same network looks more than five times better", bool(factor > 5))

# %% [markdown]
# ## A plain opponent: linear autoregression
#
# The linear model was the best in the table, so it deserves a fair chance on the better question too. Two versions:
#
# ```{math}
# :label: eq-seq-ar
# \log \hat y_t = b + \sum_{j=1}^{12} w_j \log y_{t-j}
# \qquad\text{or}\qquad
# \hat g_t = b + \sum_{j=1}^{12} w_j\, g_{t-j} .
# ```
#
# Statisticians call such a model AR(12): an autoregression of order 12. It has 13 parameters, found by
# least squares from the training months only. No step size, no epochs, no seeds.


# %%
def linear_ar(stop, on_growth):
    """AR(12) fitted to the targets before month `stop`: a forecaster."""
    rows = month < stop
    lags = np.diff(window_logs) if on_growth else window_logs[:, 1:]  # (131, 12)
    target = next_logs - window_logs[:, -1] if on_growth else next_logs
    columns = np.column_stack([lags, np.ones(len(lags))])
    theta = np.linalg.lstsq(columns[rows], target[rows], rcond=None)[0]
    w, b = torch.tensor(theta[:-1, None], dtype=torch.float32), float(theta[-1])
    if on_growth:
        return lambda logs: logs[:, -1:] + logs.diff(dim=1) @ w + b
    return lambda logs: logs[:, 1:] @ w + b


# %%
ar_errors = {}
for name, on_growth in ("on logarithms", False), ("on growth", True):
    forecaster = linear_ar(VALIDATION, on_growth)
    ar_errors[name] = rmse(one_step(forecaster, VALIDATION, TEST), VALIDATION, TEST)
    print(f"AR(12) {name:13} {ar_errors[name]:.1f} thousand passengers (validation)")

# %% [markdown]
# On the validation span the linear model on growth errs by 14.5 thousand, on logarithms by 22.1. Differences help it
# too. Both are far better than seasonal naive (31.7), and behind last year's growth (10.0), which has no parameters.

# %% tags=["claim"]
claim("the linear model on growth errs by 14.5 thousand", ar_errors["on growth"])
claim("on logarithms by 22.1", ar_errors["on logarithms"])
best_rule = rule_errors["last year's growth"]
claim("behind last year's growth", best_rule < min(ar_errors.values()))

# %% [markdown]
# ## The network, done right
#
# The network gets the same 12 growth rates. It standardises them with the mean and the standard deviation of the
# **training** months, and predicts the next growth. Around it we put a module that translates: logarithms in, next
# logarithm out. So the loss is the mean squared error of a logarithm, and its root is about a relative error.


# %%
class OnGrowth(nn.Module):
    """Windows of logs (n, 13) -> next log (n, 1), by a net on scaled growth (n, 12)."""

    def __init__(self, net, known_growth):
        super().__init__()
        self.net = net
        self.mean = float(known_growth.mean())
        self.std = float(known_growth.std())

    def forward(self, logs):
        scaled = (logs.diff(dim=1) - self.mean) / self.std
        return logs[:, -1:] + self.net(scaled) * self.std + self.mean


# %%
def train_before(stop, make_net, epochs, lr, seed):
    """A net trained on the targets before month `stop`; its history on the 24 after."""
    seed_everything(seed)
    forecaster = OnGrowth(make_net(), growth[: stop - 1])  # growth of months < stop
    rows, later = month < stop, (month >= stop) & (month < stop + 24)
    validation = (X[later], Y[later]) if stop < TEST else None
    history = fit(
        forecaster,
        (X[rows], Y[rows]),
        loss=nn.MSELoss(),
        lr=lr,
        epochs=epochs,
        batch_size=None,  # 83 rows: all in one batch
        validation=validation,
    )
    return forecaster, history


# %% [markdown]
# Look at the line `validation = ...`: when we train for the final test, the function does not hand over any row of the
# test span. What must not be used should not be within reach.
#
# Two numbers are to be chosen: how many hidden neurons, and how many epochs. The validation span chooses. Because 83
# rows are few and each start of the weights ends somewhere else, we choose by the **mean over five seeds**.


# %%
def mlp(hidden):
    """A factory of networks 12-hidden-1."""
    return lambda: nn.Sequential(nn.Linear(12, hidden), nn.Tanh(), nn.Linear(hidden, 1))


curves = {}  # hidden neurons -> validation losses (5 seeds, 150 epochs)
for hidden in 8, 16, 32:
    runs = [train_before(VALIDATION, mlp(hidden), 150, 0.003, s)[1] for s in range(5)]
    curves[hidden] = np.array([history.val_loss for history in runs])
means = {hidden: losses.mean(axis=0) for hidden, losses in curves.items()}
for hidden, losses in means.items():
    text = f"{np.sqrt(losses.min()):.4f} after {losses.argmin() + 1} epochs"
    print(f"{hidden:2} hidden neurons: lowest root of the validation loss {text}")
HIDDEN = min(means, key=lambda hidden: means[hidden].min())
EPOCHS = int(means[HIDDEN].argmin()) + 1
count = sum(p.numel() for p in mlp(HIDDEN)().parameters())
print(f"chosen: {HIDDEN} neurons, {EPOCHS} epochs; {count} parameters, 83 rows")

# %% [markdown]
# The choice falls on 32 hidden neurons and about 50 epochs. The network has 449 parameters for 83 rows, and only the
# early end keeps it from learning the rows by heart ({doc}`chapter 11 <11_overfitting>`). Its relative error on the
# validation span is about 3 %.
#
# Be careful with that 3 %. Of 450 candidates (three widths, 150 epochs) we took the one that did best *on these 24
# months*. The best of many is partly the luckiest of many. For an honest number there is the envelope.

# %% tags=["claim"]
claim("The choice falls on 32 hidden", HIDDEN)
claim("about 50 epochs", bool(40 <= EPOCHS <= 65))
claim("The network has 449 parameters for 83 rows", count, (month < VALIDATION).sum())
claim("on the validation span is about 3 %", 100 * np.sqrt(means[HIDDEN].min()))
claim("Of 450 candidates", sum(len(m) for m in means.values()))

# %% [markdown]
# ## One step, or all the way alone
#
# Two questions stood at the beginning: fuel for next month, aeroplanes for two years. They need two different kinds of
# forecast.
#
# - A {term}`one-step forecast` uses the true months up to the one before. After each month the truth comes in.
# - A {term}`free-running forecast` starts from one month and goes on alone: the first forecast enters the window for
#   the second, and so on. After $T$ steps nothing in the window is measured any more.
#
# The second is harder, because errors feed on errors. And it is easy to believe that one has made the second kind when
# one has made the first.

# %% [markdown]
# ## Exercise 13.4: a free run that cheats
#
# The function below should forecast the months `start`, …, `start + steps - 1` **alone**, from what is known before
# month `start`. `net` takes a tensor of shape `(1, T)` and gives `(1, 1)`; `series` is a tensor `(n,)`. The function
# runs without an error and its curve looks excellent. It cheats.
#
# ```python
# def free_run(net, series, start, steps, T):
#     forecasts = []
#     for t in range(start, start + steps):
#         window = series[t - T : t]
#         forecasts.append(net(window[None])[0, 0].item())
#     return forecasts
# ```
#
# **Diagnosis:** let `T` be 13. Which forecast is the first one whose window holds a value that is not known at `start`?
# Put its number into `first_leak`, counted from 1 (the forecast for month `start` is number 1). **Repair:** write the
# function without the leak. It returns a list of `steps` plain numbers. It must also work when the series ends at
# `start`.

# %%
### BEGIN SOLUTION: the number of the first forecast that uses an unknown value
first_leak = 2
### END SOLUTION


# %%
def free_run(net, series, start, steps, T):
    """`steps` forecasts from month `start` on, each fed back into the window."""
    ### BEGIN SOLUTION: the loop, fed with its own forecasts
    known = series[:start].tolist()
    for _ in range(steps):
        window = torch.tensor(known[-T:])
        known.append(net(window[None])[0, 0].item())
    return known[start:]
    ### END SOLUTION


# %%
check("13.4")

# %%
_, free_run = answer("13.4")  # it reads two names: a pair
log_series = torch.tensor(logs, dtype=torch.float32)


def alone(forecaster, start, stop):
    """Forecasts of the months start … stop - 1 from the months before start."""
    series = log_series.clone()  # a function that writes into its input does no harm
    return np.exp(free_run(forecaster, series, start, stop - start, T))


net, _ = train_before(VALIDATION, mlp(HIDDEN), EPOCHS, 0.003, seed=0)
net_one, net_alone = one_step(net, VALIDATION, TEST), alone(net, VALIDATION, TEST)
naive_alone = alone(last_year, VALIDATION, TEST)
one_error, alone_error = (rmse(f, VALIDATION, TEST) for f in (net_one, net_alone))
print(f"network, one step:     {one_error:.1f} thousand passengers")
print(f"network, alone:        {alone_error:.1f}")
print(f"seasonal naive, alone: {rmse(naive_alone, VALIDATION, TEST):.1f}")

# %% tags=["hide-input"]
span = months[VALIDATION:TEST]
shown = slice(VALIDATION - 24, TEST)
plt.plot(months[shown], y[shown], color=INK, label="passengers")
plt.plot(span, net_one, "o", color=BLUE, ms=4, label="network, one step")
plt.plot(span, net_alone, color=ORANGE, ls=DASHED, label="network, alone")
plt.plot(span, naive_alone, color=GREY, ls=DOTTED, label="seasonal naive, alone")
plt.axvline(months[VALIDATION - 1], color=GREY, lw=1)
label_months()
plot.show(
    "Passengers from 1955 to 1958. From January 1957 on there are three forecasts. The "
    "one-step forecasts lie close to the truth. The free run of the network keeps the "
    "yearly shape and is too high in 1958. The seasonal naive forecast repeats the "
    "year 1956 twice and is too low.",
    "Validation span: one step at a time, and two years alone. The grey line marks the "
    "last month that the free runs know.",
)

# %% [markdown]
# Alone, the network's error is more than twice its one-step error. In 1958 the airlines grew more slowly than before,
# and the free run, which knows nothing after 1956, could not see it. The seasonal naive forecast, alone, repeats 1956
# twice.
#
# What not to conclude: a free run over one span is **one** experiment, though it has 24 points. Its errors belong
# together: if the level is missed in the first months, all later months are missed too.

# %% tags=["claim"]
claim("more than twice its one-step error", alone_error > 2 * one_error)
yearly = y.reshape(12, 12).sum(axis=1)
slowest = bool((yearly[1:10] / yearly[:9]).argmin() == 8)
claim("In 1958 the airlines grew more slowly than before", slowest)

# %% [markdown]
# ## A network that reads: the recurrent cell
#
# The MLP has a window of fixed length. It has a weight of its own for each place in it: what it learns about "three
# months ago" does not help it with "four months ago". And it cannot take a longer window. How would you read a sequence
# of any length? One element at a time, and you would keep in mind what matters.
#
# A {term}`recurrent neural network` (RNN) does just this {cite:p}`elman1990finding`. It keeps a vector $h_t$ of $d_h$
# numbers, the {term}`hidden state`: all that it remembers after step $t$. In each step it takes in the new input $x_t$
# *and its own last state*, with the **same** weights in all steps:
#
# ```{math}
# :label: eq-seq-rnn
# h_t = \tanh\bigl( W_x\, x_t + W_h\, h_{t-1} + b \bigr) .
# ```
#
# $W_x$ has the shape $(d_h, d)$ for inputs of $d$ numbers, $W_h$ has the shape $(d_h, d_h)$, and $b$ has $d_h$ numbers.
# The first state $h_0$ is zero unless you say otherwise. The sum in the bracket is that of an ordinary layer which gets
# the input and the old state side by side. There is nothing else to it.

# %% tags=["hide-input"]
figure, ax = plt.subplots(figsize=(7.2, 2.9))


def arrow(start, end):
    style = {"arrowstyle": "-|>", "color": INK, "lw": 1.2, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, start, arrowprops=style)


def word(x, y, text):
    ax.text(x, y, text, ha="center", va="center")


for x, index in (0.3, "t"), (3.2, "1"), (5.2, "2"), (7.2, "3"):
    ax.add_patch(plt.Rectangle((x - 0.5, -0.4), 1, 0.8, fill=False, ec=BLUE, lw=2))
    arrow((x, -1.2), (x, -0.4))
    word(x, 0, "cell")
    word(x, -1.4, f"$x_{index}$")
ax.plot([0.8, 1.05, 1.05, -0.55, -0.55], [0, 0, 0.8, 0.8, 0], color=INK, lw=1.2)
arrow((-0.56, 0), (-0.2, 0))
word(0.3, 1, "$h_t$")
word(1.65, 0, "=")
for k, (start, end) in enumerate(((2.2, 2.7), (3.7, 4.7), (5.7, 6.7), (7.7, 8.8))):
    arrow((start, 0), (end, 0))
    word((start + end) / 2, 0.25, f"$h_{k}$")
ax.add_patch(plt.Circle((9.15, 0), 0.35, fill=False, ec=ORANGE, lw=2))
word(9.15, 0, r"$\hat y$")
ax.set(xlim=(-0.7, 9.7), ylim=(-1.6, 1.3), aspect="equal")
ax.axis("off")
plot.show(
    "Left: one cell with an input x and an arrow that leads its state back into "
    "itself. Right: the same cell drawn three times in a row. Each copy gets its own "
    "input from below and the state of the copy before from the left; the last state "
    "goes into an output neuron.",
    "The loop, and the same loop unrolled over three steps. All copies share their "
    "weights.",
)

# %% [markdown]
# The right half of the drawing is the loop {term}`unrolled <unrolling>`. It shows that an RNN over $T$ steps *is* a
# feed-forward network: $T$ layers deep, with the same weights in each layer. So backpropagation works as it does
# everywhere. It only has to add up what the copies contribute, because they share the weights. It is then called
# **backpropagation through time**.
#
# Let us do one step by hand. Take $d = 1$, $d_h = 2$, the input $x_1 = 1$ and the state $h_0 = (0, 0.5)$:
#
# $$
# W_x = \begin{pmatrix} 1 \\ -1 \end{pmatrix}, \quad
# W_h = \begin{pmatrix} 0.5 & 2 \\ 0 & 1 \end{pmatrix}, \quad
# b = \begin{pmatrix} 0 \\ 0.5 \end{pmatrix}
# \quad\Longrightarrow\quad
# h_1 = \tanh \begin{pmatrix} 1 + 0 + 1 + 0 \\ -1 + 0 + 0.5 + 0.5 \end{pmatrix}
#     = \tanh \begin{pmatrix} 2 \\ 0 \end{pmatrix}
#     \approx \begin{pmatrix} 0.964 \\ 0 \end{pmatrix} .
# $$

# %% tags=["claim"]
claim(r"\approx \begin{pmatrix} 0.964 \\ 0 \end{pmatrix}", np.tanh(2), np.tanh(0))

# %% [markdown]
# ## Exercise 13.5: a recurrent network by hand
#
# Write {eq}`eq-seq-rnn` as a loop over a whole sequence, in NumPy. `x` has the shape `(T, d)`, a row for each step;
# `Wx` is `(d_h, d)`, `Wh` is `(d_h, d_h)`, `b` and `h0` are `(d_h,)`. Return all states $h_1, \dots, h_T$ as one array
# of shape `(T, d_h)`.


# %%
def rnn_states(x, Wx, Wh, b, h0):
    """The states (T, d_h) of a recurrent network that reads x (T, d)."""
    ### BEGIN SOLUTION: one state after the other
    h, states = h0, []
    for x_t in x:
        h = np.tanh(Wx @ x_t + Wh @ h + b)
        states.append(h)
    return np.stack(states)
    ### END SOLUTION


# %%
check("13.5")

# %%
rnn_states = answer("13.5")
seed_everything(SEED)
layer = nn.RNN(1, 16, batch_first=True)  # batch_first: inputs (n, T, d)
year = torch.tensor(growth[:12] / growth.std(), dtype=torch.float32)[:, None]
ours = rnn_states(
    year.numpy(),
    layer.weight_ih_l0.detach().numpy(),
    layer.weight_hh_l0.detach().numpy(),
    (layer.bias_ih_l0 + layer.bias_hh_l0).detach().numpy(),
    np.zeros(16),
)
theirs = layer(year[None])[0][0].detach().numpy()  # (12, 16)
apart = np.abs(ours - theirs).max()
print(f"states of shape {ours.shape}; equal to nn.RNN: {apart < 1e-6}")

# %% [markdown]
# Your loop and `nn.RNN` give the same 12 states of 16 numbers. To predict from them, we put one linear layer on the
# last state. (`kind` is `nn.RNN`; two more kinds come below.)


# %%
class Reader(nn.Module):
    """Read (n, T) numbers one by one, then say one number: (n, 1)."""

    def __init__(self, kind, hidden):
        super().__init__()
        self.cell = kind(1, hidden, batch_first=True)
        self.head = nn.Linear(hidden, 1)

    def forward(self, x):
        states, _ = self.cell(x[:, :, None])  # (n, T, 1) -> (n, T, hidden)
        return self.head(states[:, -1])


# %% tags=["claim"]
claim("Your loop and `nn.RNN` give the same 12 states of 16 numbers", *ours.shape)
claim("Your loop and `nn.RNN` give the same", bool(apart < 1e-6))

# %% [markdown]
# ## Why a plain RNN forgets
#
# What must an RNN do to learn that the *first* element of a long sequence matters? A signal must travel from the loss,
# at the end, back to that element. Apply the chain rule to {eq}`eq-seq-rnn`. The derivative of $\tanh$ is
# $1 - \tanh^2$, so one step back multiplies by the matrix
#
# ```{math}
# :label: eq-seq-jacobian
# \frac{\partial h_t}{\partial h_{t-1}} = \operatorname{diag}\bigl(1 - h_t^2\bigr)\, W_h ,
# \qquad\text{and}\qquad
# \frac{\partial h_T}{\partial h_1} = \prod_{t=T}^{2} \operatorname{diag}\bigl(1 - h_t^2\bigr)\, W_h .
# ```
#
# ("diag" is the matrix with these numbers on its diagonal and 0 elsewhere.) A product of $T - 1$ factors! For one
# neuron with weight $w$ each factor is at most $|w|$, and mostly smaller, because $1 - h_t^2 < 1$. With $w = 0.9$ and
# 30 factors at most 0.042 of the signal is left. With $w = 0.5$ it is less than one part in a billion. That is the
# **vanishing gradient** of deep networks ({doc}`chapter 10 <10_signals_in_deep_nets>`), and worse: here all factors
# have the *same* matrix {cite:p}`bengio1994learning`. If $W_h$ is large, the product can also explode. Then one cuts
# the gradient to a largest length before the step, which is called **gradient clipping**
# {cite:p}`pascanu2013difficulty`.

# %% tags=["claim"]
claim("With $w = 0.9$ and 30 factors at most 0.042", 0.9, 30, 0.9**30)
claim("With $w = 0.5$ it is less than one part in a billion", bool(0.5**30 < 1e-9))

# %% [markdown]
# Do not believe it, measure it. We let a layer of 16 neurons read random sequences of 40 numbers, and ask how strongly
# the last state depends on each input: the derivative of the sum of the last state with respect to $x_t$, as a root
# mean square over 64 sequences.


# %%
def reach(layer, steps=40):
    """RMS over 64 sequences of d(sum of the last state) / d x_t: (steps,)."""
    signs = torch.randint(0, 2, (64, steps), generator=torch.Generator().manual_seed(1))
    x = (2.0 * signs - 1)[:, :, None].requires_grad_()
    layer(x)[0][:, -1].sum().backward()
    return x.grad[:, :, 0].pow(2).mean(dim=0).sqrt().numpy()


seed_everything(SEED)
first, last = reach(nn.RNN(1, 16, batch_first=True))[[0, -1]]
print(f"plain RNN: influence of the last input {last:.1e}, of the first {first:.1e}")

# %% [markdown]
# The first of 40 inputs has less than a millionth of the influence of the last one. This is not about how much an RNN
# *can* store. It is about what gradient descent can *find*. (One remedy is to start $W_h$ at the identity matrix, with
# ReLU in place of $\tanh$: then the state is kept at first {cite:p}`le2015simple`.)

# %% tags=["claim"]
claim("less than a millionth of the influence of the last", bool(first < 1e-6 * last))

# %% [markdown]
# ## Gates: LSTM
#
# The trouble is the product of matrices. In 1997 came a cure {cite:p}`hochreiter1997long`: give the cell a second
# state that is not multiplied by a matrix at all. In the **long short-term memory** (LSTM) this is the
# {term}`cell state` $c_t$. It is changed only by **gates**: vectors of numbers between 0 (closed) and 1 (open), which
# multiply number by number ($\odot$). Each {term}`gate` is a small layer of its own that looks at the input and the old
# state {cite:p}`gers2000learning`:
#
# ```{math}
# :label: eq-seq-lstm
# \begin{aligned}
# i_t &= \sigma(W_{xi} x_t + W_{hi} h_{t-1} + b_i) & &\text{input gate: what is written} \\
# f_t &= \sigma(W_{xf} x_t + W_{hf} h_{t-1} + b_f) & &\text{forget gate: what is kept} \\
# o_t &= \sigma(W_{xo} x_t + W_{ho} h_{t-1} + b_o) & &\text{output gate: what is shown} \\
# \tilde c_t &= \tanh(W_{xc} x_t + W_{hc} h_{t-1} + b_c) & &\text{candidate: what could be written} \\
# c_t &= f_t \odot c_{t-1} + i_t \odot \tilde c_t & &\text{the cell: keep some, add some} \\
# h_t &= o_t \odot \tanh(c_t) & &\text{the state that is passed on}
# \end{aligned}
# ```
#
# The line for $c_t$ is the important one. Along it, one step back multiplies by $f_t$, number by number, and by nothing
# else: the direct path from $c_T$ to $c_1$ has the factor $f_2\, f_3 \cdots f_T$. **If the network opens the forget
# gate, $f \approx 1$, the signal passes unchanged.** If it closes it, the cell forgets, on purpose.
#
# ## Gates: GRU
#
# The **gated recurrent unit** (GRU) saves the second state and one block of weights {cite:p}`cho2014learning`:
#
# ```{math}
# :label: eq-seq-gru
# \begin{aligned}
# r_t &= \sigma(W_{xr} x_t + W_{hr} h_{t-1} + b_r) & &\text{reset gate} \\
# z_t &= \sigma(W_{xz} x_t + W_{hz} h_{t-1} + b_z) & &\text{update gate: what is kept} \\
# \tilde h_t &= \tanh\bigl(W_{xn} x_t + b_{xn} + r_t \odot (W_{hn} h_{t-1} + b_{hn})\bigr) & &\text{candidate} \\
# h_t &= z_t \odot h_{t-1} + (1 - z_t) \odot \tilde h_t & &\text{a mean of old and new}
# \end{aligned}
# ```
#
# With $z = 1$ the old state stays, with $z = 0$ it is replaced. (These are the formulas of torch. Some papers write $z$
# and $1 - z$ the other way round. Look before you compare.)
#
# Do the formulas say what torch computes? torch keeps the blocks of an LSTM below each other in one matrix, in the
# order $i, f, \tilde c, o$; those of a GRU in the order $r, z, \tilde h$. Here is the LSTM:

# %%
seed_everything(SEED)
x, h, c = torch.randn(5, 3), torch.randn(5, 4), torch.randn(5, 4)  # 5 samples
cell = nn.LSTMCell(3, 4)
with torch.no_grad():
    sums = x @ cell.weight_ih.T + cell.bias_ih + h @ cell.weight_hh.T + cell.bias_hh
    i, f, candidate, o = sums.chunk(4, dim=1)
    new_c = f.sigmoid() * c + i.sigmoid() * candidate.tanh()
    ours = o.sigmoid() * new_c.tanh(), new_c
    gap = max((a - b).abs().max() for a, b in zip(ours, cell(x, (h, c)), strict=True))
print("equal to torch:", bool(gap < 1e-6))

# %% [markdown]
# ## Exercise 13.6: count what a recurrent layer learns
#
# Gates cost parameters. **First a number:** how many does `nn.LSTM(1, 16)` learn? Put it into `lstm_parameters`. Use a
# pencil, and remember that torch keeps *two* bias vectors in each block, one beside each matrix. **Then the rule:**
# `count_recurrent(kind, inputs, hidden)`, where `kind` is `"rnn"`, `"lstm"` or `"gru"`.

# %%
### BEGIN SOLUTION: the number of parameters of nn.LSTM(1, 16)
lstm_parameters = 4 * (16 * 1 + 16 * 16 + 2 * 16)
### END SOLUTION


# %%
def count_recurrent(kind, inputs, hidden):
    """The number of weights and biases of one recurrent layer of torch."""
    ### BEGIN SOLUTION: blocks, times what one block holds
    blocks = {"rnn": 1, "lstm": 4, "gru": 3}[kind]
    return blocks * (hidden * inputs + hidden * hidden + 2 * hidden)
    ### END SOLUTION


# %%
check("13.6")

# %%
_, count_recurrent = answer("13.6")
print({kind: count_recurrent(kind, 1, 16) for kind in ("rnn", "lstm", "gru")})

# %% [markdown]
# The length of the sequence is not in the formula. An RNN of 16 neurons has 304 parameters for windows of 12 months and
# for windows of 12 000; the LSTM has 1216 and the GRU 912.

# %% tags=["claim"]
claim("An RNN of 16 neurons has 304 parameters", 16, count_recurrent("rnn", 1, 16))
claim("the LSTM has 1216", count_recurrent("lstm", 1, 16))
claim("the GRU 912", count_recurrent("gru", 1, 16))

# %% [markdown]
# ## A gate must be open before it can learn
#
# A gate is a sigmoid. With small random weights its sum is near 0, so it starts near $\sigma(0) = 0.5$: half open. What
# does that do to the memory? After 30 steps $0.5^{30}$ is left, less than a billionth. **An LSTM with torch's usual
# start forgets as fast as a plain RNN.** The gate *could* open, but for that it must get a signal, and the signal must
# come through the gate.
#
# The cure is one line: start the bias of the forget gate at a positive number {cite:p}`jozefowicz2015empirical`. How
# large?

# %% [markdown]
# ## Exercise 13.7: set a forget gate by hand
#
# Suppose that the forget gate depends on its bias only, $f = \sigma(b_f)$, and that nothing is written. After `steps`
# steps a part of the cell state shall be left: `share`, a number between 0 and 1. Return the bias $b_f$, one number.


# %%
def forget_bias(share, steps):
    """The bias b_f for which `share` of the cell is left after `steps` steps."""
    ### BEGIN SOLUTION: the gate first, then its bias
    f = share ** (1 / steps)
    return np.log(f / (1 - f))
    ### END SOLUTION


# %%
check("13.7")

# %%
forget_bias = answer("13.7")
half_after_30 = forget_bias(0.5, 30)
open_gate = 1 / (1 + np.exp(-3))
print(f"to keep half of the cell over 30 steps: bias {half_after_30:.2f}")
print(f"with bias 3 the gate is {open_gate:.3f}; left after 30: {open_gate**30:.2f}")

# %% [markdown]
# To keep half of the cell over 30 steps the bias must be 3.76. We shall use a round 3: the gate is then 0.953 open and
# 0.23 of the cell is left after 30 steps. In torch the forget gate is the second of the LSTM's four blocks. In the
# GRU, the gate that keeps is $z_t$, and it is the second block too, so one function opens both.


# %%
def open_gates(layer, bias=3.0):
    """Start the second block's bias of an LSTM (forget) or GRU (update) at `bias`."""
    hidden = layer.hidden_size
    with torch.no_grad():
        layer.bias_ih_l0[hidden : 2 * hidden] = bias
    return layer


gate_reaches = {}
for kind in nn.RNN, nn.LSTM, nn.GRU:
    seed_everything(SEED)
    layer = kind(1, 16, batch_first=True)
    gate_reaches[kind.__name__] = reach(layer)
    if kind is not nn.RNN:
        gate_reaches[f"{kind.__name__}, gate open"] = reach(open_gates(layer))

# %% tags=["hide-input"]
looks = (INK, "-"), (ORANGE, DOTTED), (ORANGE, "-"), (BLUE, DOTTED), (BLUE, DASHED)
for (name, r), (color, line) in zip(gate_reaches.items(), looks, strict=True):
    plt.plot(39 - np.arange(40), r, color=color, ls=line, label=name)
plt.yscale("log")
plt.gca().invert_xaxis()
plt.xlabel("steps before the end")
plt.ylabel("influence on the last state")
plt.legend(loc="upper left", bbox_to_anchor=(1, 1), fontsize=9)
plot.show(
    "The influence of each input on the last state, on a logarithmic axis. For the "
    "plain RNN, the LSTM and the GRU as torch starts them it falls by seven powers of"
    " ten or more over 39 steps. For LSTM and GRU with open gates it stays nearly "
    "level.",
    "Before any training: the gates let the past through only if they start open.",
)

# %% [markdown]
# With the usual start the three kinds of layer forget alike: the first input has less than a millionth of the last
# one's influence. Their lines are nearly straight on the logarithmic axis: the same factor in each step, as the product
# says. With open gates the first input has at least a tenth of the last one's influence. The gates alone are not the
# cure, then. Gates that start open are.

# %% tags=["claim"]
ratio = {name: float(r[0] / r[-1]) for name, r in gate_reaches.items()}
claim("To keep half of the cell over 30 steps the bias must be 3.76", 30, half_after_30)
claim("the gate is then 0.953 open and 0.23", open_gate, open_gate**30)
claim("$0.5^{30}$ is left, less than a billionth", bool(0.5**30 < 1e-9))
claim(
    "the first input has less than a millionth of the last one's influence",
    max(ratio[k] for k in ("RNN", "LSTM", "GRU")) < 1e-6,
)
claim(
    "With open gates the first input has at least a tenth",
    min(ratio["LSTM, gate open"], ratio["GRU, gate open"]) > 0.1,
)

# %% [markdown]
# ## A task that needs memory
#
# Does it matter for learning? Here is the smallest task that needs a memory and nothing else. The network reads 30
# signs, each −1 or 1 at random. Then it must say what the **first** one was. The other 29 are there to disturb.
# Guessing gives 0.5.
#
# All networks have 16 neurons and see the same 200 batches of 32 fresh sequences. The learning rate is 0.01, gradients
# are clipped at length 1.


# %%
def reader_of(kind, gates_open=False):
    """A reader with 16 neurons."""
    reader = Reader(kind, 16)
    if gates_open:
        open_gates(reader.cell)
    return reader


def recall(kind, gates_open, seed, steps=200, length=30):
    """Share of 1000 new sequences whose first sign is recalled after training."""
    seed_everything(seed)
    reader = reader_of(kind, gates_open)
    optimizer = torch.optim.Adam(reader.parameters(), lr=0.01)
    draw = torch.Generator().manual_seed(seed)  # the same sequences for every network
    loss_of = nn.BCEWithLogitsLoss()
    for _ in range(steps):
        signs = 2.0 * torch.randint(0, 2, (32, length), generator=draw) - 1
        loss = loss_of(reader(signs), (signs[:, :1] > 0).float())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
        optimizer.step()
    signs = 2.0 * torch.randint(0, 2, (1000, length), generator=draw) - 1
    with torch.no_grad():
        return ((reader(signs) > 0) == (signs[:, :1] > 0)).float().mean().item()


# %%
SEEDS = range(2 if FAST else 3)
tasks = {
    "RNN": (nn.RNN, False),
    "LSTM": (nn.LSTM, False),
    "LSTM, gate open": (nn.LSTM, True),
    "GRU, gate open": (nn.GRU, True),
}
recalled = {k: np.array([recall(*t, s) for s in SEEDS]) for k, t in tasks.items()}
rows = [(name, s.mean(), s.min(), s.max()) for name, s in recalled.items()]
table = pd.DataFrame(rows, columns=["network", "mean", "worst seed", "best seed"])
plot.table(table, "Share of the first signs recalled. Guessing gives 0.5.", digits=2)

# %% [markdown]
# With open gates, LSTM and GRU recall more than nine of ten first signs on average. The LSTM with its usual start
# guesses with every seed, as the figure had promised. The plain RNN is a lottery: a lucky seed may find the way,
# another one guesses.
#
# The sampling error is small: with 1000 sequences a guesser's share has a standard deviation of 0.016. The spread
# between the seeds is what counts. And the limits of the statement: 200 updates, 16 neurons, 30 steps. Trained for
# longer, the losers may well find it.

# %% tags=["claim"]
gated = min(recalled[k].mean() for k in ("LSTM, gate open", "GRU, gate open"))
claim("LSTM and GRU recall more than nine of ten first signs", bool(gated > 0.9))
claim("guesses with every seed", bool(recalled["LSTM"].max() < 0.56))
claim("another one guesses", bool(recalled["RNN"].min() < 0.56))
claim("standard deviation of 0.016", (0.25 / 1000) ** 0.5)

# %% [markdown]
# ## Recurrent networks for the passengers
#
# Back to the airline. The three kinds of reader take the place of the MLP: each reads the 12 scaled growth rates one by
# one. The number of epochs is chosen on the validation span, as before, by the mean over the seeds. Twelve steps are
# short, so we leave torch's usual start.

# %%
READ_EPOCHS, READ_LR = 130, 0.03
read_epochs, read_curves = {}, {}
for kind in nn.RNN, nn.LSTM, nn.GRU:
    name, make = kind.__name__, partial(reader_of, kind)  # make() is reader_of(kind)
    runs = [train_before(VALIDATION, make, READ_EPOCHS, READ_LR, s)[1] for s in SEEDS]
    read_curves[name] = np.mean([history.val_loss for history in runs], axis=0)
    read_epochs[name] = int(read_curves[name].argmin()) + 1
for name, losses in {**read_curves, "MLP": means[HIDDEN]}.items():
    print(f"{name:4} lowest root of the validation loss: {np.sqrt(losses.min()):.4f}")

# %% [markdown]
# On the validation span all three stay behind the MLP. A likely reason: the MLP has weights of its own for "12 months
# ago". The reader must carry that month through 12 steps.

# %% tags=["claim"]
lowest = min(losses.min() for losses in read_curves.values())
claim("all three stay behind the MLP", bool(lowest > 1.1 * means[HIDDEN].min()))

# %% [markdown]
# ## Opening the envelope
#
# Everything is chosen: windows, widths, epochs, rates. Now each model is trained again on **all** months before 1959
# (it would be foolish not to use the last two years that we know), with ten seeds for the MLP, and the test span is
# opened. Once, for all models at the same time. Every model gives two numbers: one step, and 24 months alone.

# %%
fixed = rules | {
    "AR(12) on logarithms": linear_ar(TEST, on_growth=False),
    "AR(12) on growth": linear_ar(TEST, on_growth=True),
}
models = {name: [forecaster] for name, forecaster in fixed.items()}
nets = {"MLP": (mlp(HIDDEN), EPOCHS, 0.003, range(10))}
for kind in nn.RNN, nn.LSTM, nn.GRU:
    epochs = read_epochs[kind.__name__]
    nets[kind.__name__] = partial(reader_of, kind), epochs, READ_LR, SEEDS
for name, (make, epochs, lr, seeds) in nets.items():
    models[name] = [train_before(TEST, make, epochs, lr, s)[0] for s in seeds]

# %%
# The test span, touched here for the first time and the last.
steps_ahead, runs_alone = (
    {name: np.array([run(m, TEST, END) for m in ms]) for name, ms in models.items()}
    for run in (one_step, alone)
)


def over_seeds(forecasts):
    """Mean and standard deviation over seeds of the RMSE; no deviation for one seed."""
    errors = [rmse(f, TEST, END) for f in forecasts]
    return np.mean(errors), np.std(errors, ddof=1) if len(errors) > 1 else None


rows = [
    (name, len(ms), *over_seeds(steps_ahead[name]), *over_seeds(runs_alone[name]))
    for name, ms in models.items()
]
columns = ["forecaster", "seeds", "one step", "± seeds", "alone", "± seeds "]
results = pd.DataFrame(rows, columns=columns).set_index("forecaster")
told = "RMSE on the test span, 1959 and 1960, in thousands of passengers."
plot.table(results, told, digits=1)

# %% [markdown]
# **Does the network beat the seasonal naive forecast on a span that was never touched? Yes, clearly, in both ways.**
# One step: about 17 thousand passengers against 50. Alone over 24 months: about 20 against 77. (The ± in the table is
# the standard deviation over the seeds.) Each of the ten seeds wins, in both.
#
# **Does it beat the linear model? No.** The autoregression on growth, 13 numbers found by least squares, has 16.5 one
# step ahead and 16.0 alone. One step ahead the two cannot be told apart. Alone, the linear model has the smaller mean
# error, and it has no seeds to choose from.

# %%
linear_misses = np.abs(steps_ahead["AR(12) on growth"] - y[TEST:])[0]  # (24,)
net_misses = np.abs(steps_ahead["MLP"] - y[TEST:]).mean(axis=0)  # (24,), mean of seeds
lead = net_misses - linear_misses  # above 0: the linear model is nearer
standard_error = lead.std(ddof=1) / np.sqrt(len(lead))
print(f"mean lead of the linear model: {lead.mean():.2f} thousand passengers a month")
print(f"its standard error over 24 months: {standard_error:.2f}")

# %% [markdown]
# Month by month, the mean difference between the two is smaller than its standard error: nothing. (The months are not
# independent of each other, so the true error is rather larger.) With 24 test months you can tell a factor of three,
# but not a few per cent.
#
# Two more things stand in the table.
#
# - *Last year's growth*, the winner of the validation span with 10.0, has 19.7 on the test span. What is best on 24
#   months need not be best on the next 24. Alone it errs by 75.2. It repeats the growth of 1958 for two years, and in
#   1958 there was hardly any: from 336 thousand in December 1957 to 337 thousand in December 1958.
# - Alone, the recurrent networks err far more than the MLP on average, and the seed decides how much: the worst of them
#   errs by more than 50. Where a long memory was needed, open gates won. Here the memory brings nothing.

# %% tags=["claim"]
one, free, naive = results["one step"], results["alone"], "seasonal naive"
claim("about 17 thousand passengers against 50", one["MLP"], one[naive])
claim("over 24 months: about 20 against 77", 24, free["MLP"], free[naive])
worst_one = max(rmse(f, TEST, END) for f in steps_ahead["MLP"])
worst_alone = max(rmse(f, TEST, END) for f in runs_alone["MLP"])
claim("Each of the ten seeds wins", worst_one < one[naive], worst_alone < free[naive])
linear = "AR(12) on growth"
claim("has 16.5 one step ahead and 16.0 alone", one[linear], free[linear])
claim("the linear model has the smaller mean error", bool(free[linear] < free["MLP"]))
claim("smaller than its standard error", bool(abs(lead.mean()) < standard_error))
year = "last year's growth"
claim("with 10.0, has 19.7 on the test span", rule_errors[year], one[year])
claim("Alone it errs by 75.2", free[year])
claim(
    "from 336 thousand in December 1957 to 337 thousand in December 1958",
    *(y[107], 1957, y[119], 1958),
)
readers = [rmse(f, TEST, END) for k in read_epochs for f in runs_alone[k]]
claim(
    "err far more than the MLP on average", bool(np.mean(readers) > 1.5 * free["MLP"])
)
claim("the worst of them errs by more than 50", bool(max(readers) > 50))
claim("beats seasonal naive about threefold", bool(2.5 < one[naive] / one["MLP"] < 3.5))

# %% tags=["hide-input"]
span = months[TEST:]
plt.plot(months[TEST - 12 :], y[TEST - 12 :], color=INK, label="passengers")
middle, spread = runs_alone["MLP"].mean(axis=0), runs_alone["MLP"].std(axis=0, ddof=1)
plt.plot(span, middle, color=ORANGE, ls=DASHED, label="MLP, alone (ten seeds)")
plt.fill_between(span, middle - spread, middle + spread, color=ORANGE, alpha=0.2, lw=0)
linear_run = runs_alone["AR(12) on growth"][0]
looks = {"color": BLUE, "ls": (0, (6, 2, 1, 2)), "label": "AR(12) on growth, alone"}
plt.plot(span, linear_run, **looks)
naive_run = runs_alone["seasonal naive"][0]
plt.plot(span, naive_run, color=GREY, ls=DOTTED, label="seasonal naive, alone")
label_months()
plot.show(
    "Passengers in 1958 to 1960. From January 1959 on, the free runs of the MLP and "
    "of the linear autoregression follow the two yearly waves closely, both to within"
    " about 40 thousand. The seasonal naive forecast repeats 1958 twice and is far "
    "too low in 1960.",
    "Two years alone, from December 1958. The band is one standard deviation over ten"
    " seeds.",
)

# %% [markdown]
# What you should not conclude: that networks are useless for time series. This is *one* series of 144 months with a
# plain season. With thousands of related series, with weather and prices as further inputs, or with text and sound,
# networks win, and by much. But in a comparison over about a thousand monthly series, simple statistical methods were
# more accurate than the networks of the time {cite:p}`makridakis2018statistical`. The baseline decides, not the
# fashion.

# %%
progress()

# %% [markdown]
# ## Recap
#
# - A time series has an order. Split it in time, scale with the training months only, and open the test span once.
# - Windows make rows of a series: $T$ values in, the next one out. Only the month of the target decides the span.
# - Name the baselines first: persistence, seasonal naive, last year's growth, a linear autoregression.
# - Logarithms and differences turn a growing series into a question that looks alike in every year.
# - A one-step forecast gets the truth after each month; a free-running one feeds on itself. Say which you made.
# - An RNN is one cell, applied again and again. Unrolled, it is as deep as the sequence is long, and its gradient
#   is a product of as many matrices.
# - LSTM and GRU have a path without a matrix, with gates. The gates must start open for that path to be of use.
# - Here the network beats seasonal naive about threefold and, one step ahead, ties with a linear model of 13 numbers.
#   Both belong in the report.

# %% [markdown]
# ## Test yourself
#
# ```{quiz}
# - question: A series has 100 values. How many windows of 24 values with a next value as target does it give?
#   number: 76
#   why: "The last window must end before the last value, which is its target: $100 - 24 = 76$."
# - question: You forecast sales and split 500 windows at random into training and test. The test error is very small. What is the likeliest reason?
#   options:
#     - wrong: The model has learned the season well.
#       why: Perhaps, but this test cannot tell. It would be small without any season too.
#     - right: Test windows overlap with training windows from just before and just after them.
#       why: The model has seen the neighbours on both sides. A real forecast never has the one from the future.
#     - wrong: 500 windows are too few for a test.
#       why: Then the error would be uncertain, but not too small on average.
# - question: Which of these are leaks from the test span?
#   options:
#     - right: Scaling by the smallest and the largest value of the whole series.
#       why: The largest value of a growing series lies in the test span.
#     - wrong: A window for the first test month that holds validation months.
#       why: Those months are known when the forecast is made.
#     - right: Choosing the number of epochs by the lowest test error.
#       why: Then the test has become a validation span, and its error is too good.
#     - wrong: Training again on training and validation months before the test.
#       why: All of these are in the past at that time. It is what one would do in practice.
# - question: How many parameters does `nn.GRU(2, 5)` have?
#   number: 135
#   why: "Three blocks of $5 \\cdot 2 + 5 \\cdot 5 + 2 \\cdot 5 = 45$ numbers."
# - question: A forget gate stays at 0.9. Which share of the cell state is left after 20 steps?
#   number: 0.12
#   tolerance: 0.005
#   why: "$0.9^{20} \\approx 0.12$. A gate that is 'almost open' forgets quickly."
# ```

# %% [markdown]
# ## Further reading
#
# - {cite:t}`hyndman2021forecasting` is the textbook of forecasting to begin with, free to read; it starts with the
#   naive methods.
# - {cite:t}`box1976time` is where this series became famous, with logarithms and differences of lag 1 and lag 12.
# - {cite:t}`makridakis2018statistical` compares networks and simple methods on about a thousand series.
# - {cite:t}`bengio1994learning` shows why gradient descent cannot easily learn long memory;
#   {cite:t}`pascanu2013difficulty` adds clipping.
# - {cite:t}`hochreiter1997long` is the LSTM; {cite:t}`gers2000learning` added the forget gate, and
#   {cite:t}`cho2014learning` is the GRU.
# - {cite:t}`jozefowicz2015empirical` tried thousands of cells and found how much the bias of the forget gate matters.
