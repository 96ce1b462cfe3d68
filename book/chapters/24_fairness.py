# ---
# jupyter: {kernelspec: {display_name: Python 3, language: python, name: python3}}
# ---

# %% [markdown]
# # Fairness, measured
#
# A lender trains a model on its past decisions. The column that says to which group an applicant belongs is deleted
# first: "Our model does not see the group. So it cannot discriminate." Then somebody counts who gets a loan.
#
# **Is a model fair that does not look?** And what does "fair" mean, when it is to be a number? This chapter counts. You
# write the measures by hand and compare them with a library, you see why two of them contradict each other on
# a public data set, find the columns that give the group away, repair a model in three ways, and say how far each
# number can be trusted. At the end we open a column that no real lender has, and it changes the verdict.
#
# You need the confusion matrix of {doc}`chapter 01 <01_learning_from_data>` and the bootstrap of
# {doc}`chapter 12 <12_model_selection>`. Reading takes about an hour, the seven exercises about two.
#
# ```{note}
# This chapter explains ideas, and nothing in it is legal advice. Groups of people have the names that the data give
# them.
# ```

# %% tags=["parameters"]
SEED = 0
FAST = False  # nothing to shorten: the whole chapter takes seconds
DEVICE = None  # no network is trained

# %%
import numpy as np
import pandas as pd
from fairlearn import metrics as fl
from fairlearn.postprocessing import ThresholdOptimizer
from fairlearn.reductions import DemographicParity, ExponentiatedGradient
from matplotlib import pyplot as plt
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from nnlab import answer, check, data, hint
from nnlab import plot, progress, seed_everything
from nnlab.data.lending import lending

plot.use_style()
seed_everything(SEED)
BLUE, ORANGE, GREEN, RED = (plot.PALETTE[n] for n in ("blue", "orange", "green", "red"))
GREY, INK = (plot.PALETTE[n] for n in ("grey", "ink"))
DASHED = (0, (5, 2))

# %% [markdown]
# ## A lender that does not look
#
# The lender is made up, and so are its 10 000 applicants. Each belongs to group A or B; this is the
# **{term}`protected attribute`**, the one that is not to count. The other columns are a postcode from 1 to 10, the
# income on paper and the debts in thousand euros, and the years in the present employment. `label` is what the lender
# decided in the past: 1, granted. Half of the applicants train a logistic regression, the others test it.

# %%
past = lending(10_000, seed=0).drop(columns="merit")  # `merit` comes back at the end
train, test = train_test_split(past, test_size=5000, random_state=0)
paper = ["income", "debts", "employed"]


def train_on(columns, target, **how):
    """A logistic regression from these columns of `train` to `target`."""
    kinds = [c for c in columns if c in ("postcode", "group")]
    numbers = [c for c in columns if c not in kinds]
    steps = (StandardScaler(), numbers), (OneHotEncoder(), kinds)
    model = make_pipeline(make_column_transformer(*steps), LogisticRegression())
    return model.fit(train[columns], target, **how)


blind = train_on([*paper, "postcode"], train.label)  # no group
said = blind.predict(test[[*paper, "postcode"]])
print(f"it decides as the lender did in {np.mean(said == test.label):.3f} of the cases")
for name in "AB":
    print(f"granted in group {name}: {said[test.group == name].mean():.3f}")

# %% [markdown]
# The model never saw the group, and it grants a loan to 0.638 of group A and to 0.371 of group B. That is not yet a
# proof of anything: perhaps fewer of B can pay. To say more, we need words for *who* is treated alike.

# %% [markdown]
# ## Four rates, three demands
#
# Write $y = 1$ for the outcome that is predicted (the label says "granted") and $\hat y = 1$ for a prediction of it.
# Inside one group, a confusion matrix has four cells, and four shares of it matter here. They differ in *whom they
# divide by*:
#
# | rate | share of … | … among |
# |---|---|---|
# | **{term}`selection rate`** | $\hat y = 1$ | all of the group |
# | true positive rate, TPR | $\hat y = 1$ | those with $y = 1$ |
# | {term}`false positive rate`, FPR | $\hat y = 1$ | those with $y = 0$ |
# | precision, also positive predictive value, PPV | $y = 1$ | those with $\hat y = 1$ |
#
# Most definitions of fairness between groups demand that some of these be equal in all of them
# {cite:p}`barocas2023fairness`:
#
# - **{term}`Demographic parity`**: equal selection rates. The question of somebody who asks how the loans are
#   *distributed*.
# - **{term}`Equalised odds`**: equal TPR *and* equal FPR {cite:p}`hardt2016equality`. Only the TPR equal is called
#   **{term}`equal opportunity`**. The question of somebody who is *judged*: "I am one of those who repay. Is my chance
#   as good as theirs?"
# - **{term}`Predictive parity`**: equal PPV. Of a score it is asked at every value: a score that is {term}`calibrated`
#   in every group fulfils it. The question of somebody who *decides*: "The model says yes. Does that mean the same for
#   both?"
#
# A gap is the largest rate of all groups minus the smallest; 0 is parity. For equalised odds it is the larger one of
# the two gaps.

# %% [markdown]
# ## Exercise 24.1: Four rates by hand
#
# Write two functions, with NumPy only. `y` and `yhat` are arrays of zeros and ones, `group` an array of names.
#
# - `rates(y, yhat, group)` returns a dict: for each name of a group a list of four numbers, in the order of the table:
#   selection rate, TPR, FPR, PPV. A share of nobody is `np.nan`.
# - `gaps(y, yhat, group)` returns two numbers: the gaps of demographic parity and of equalised odds.


# %%
def rates(y, yhat, group):
    """For each group: [selection rate, TPR, FPR, PPV]."""
    ### BEGIN SOLUTION: for each group four means, each over the people of its row
    found = {}
    for name in np.unique(group):
        truth, guess = y[group == name], yhat[group == name]
        among = (
            guess,
            guess[truth == 1],
            guess[truth == 0],
            truth[guess == 1],
        )
        found[name] = [part.mean() if len(part) else np.nan for part in among]
    return found
    ### END SOLUTION


def gaps(y, yhat, group):
    """The gaps (demographic parity, equalised odds) over all groups."""
    ### BEGIN SOLUTION: the largest minus the smallest of each rate
    table = np.array(list(rates(y, yhat, group).values()))
    gap = table.max(axis=0) - table.min(axis=0)
    return gap[0], max(gap[1], gap[2])
    ### END SOLUTION


# %%
check("24.1")

# %%
rates, gaps = answer("24.1")
names = ["selection rate", "TPR", "FPR", "PPV"]
groups = test.group.to_numpy(str)
seen = pd.DataFrame(rates(test.label.to_numpy(), said, groups), names)
plot.table(seen.T.rename_axis("group"), "The model that does not look, by group.")

# %% [markdown]
# Judged by the lender's own decisions, the model is not bad at all. Of those who were granted a loan in the past, it
# finds nearly the same share in both groups: the two TPRs differ by 0.045. The FPRs differ by 0.111. Remember the
# small gap. We come back to it.
#
# In practice you take a library. **fairlearn** {cite:p}`weerts2023fairlearn` computes any function of `y` and `yhat`
# group by group. It must give what you have written.

# %%
rng = np.random.default_rng(SEED)
worst = 0.0
for _ in range(12):
    y, yhat = rng.integers(0, 2, size=(2, 400))
    who = rng.choice(["north", "south", "west"], size=400)
    rate_of = {"a": fl.selection_rate, "b": fl.true_positive_rate}
    rate_of |= {"c": fl.false_positive_rate, "d": lambda t, p: t[p == 1].mean()}
    frame = fl.MetricFrame(
        metrics=rate_of, y_true=y, y_pred=yhat, sensitive_features=who
    )
    mine = pd.DataFrame(rates(y, yhat, who), ["a", "b", "c", "d"]).T
    parity = fl.demographic_parity_difference(y, yhat, sensitive_features=who)
    odds = fl.equalized_odds_difference(y, yhat, sensitive_features=who)
    apart = abs(np.array(gaps(y, yhat, who)) - [parity, odds]).max()
    worst = max(worst, abs(mine - frame.by_group).to_numpy().max(), apart)
print("largest difference below 1e-12:", worst < 1e-12)

# %% tags=["claim"]
from nnlab import claim

claim(
    "to 0.638 of group A and to 0.371 of group B",
    said[test.group == "A"].mean(),
    said[test.group == "B"].mean(),
)
claim("the two TPRs differ by 0.045", seen.A["TPR"] - seen.B["TPR"])
claim("The FPRs differ by 0.111", seen.A["FPR"] - seen.B["FPR"])
claim("It must give what you have written", bool(worst < 1e-12))

# %% [markdown]
# ## A public quarrel: COMPAS
#
# In some courts of the United States a commercial score, COMPAS, tells the judge from 1 to 10 how high the risk is
# that a defendant offends again. In 2016 journalists of ProPublica published scores and later charges of defendants
# in one county of Florida, and wrote that the score was biased against black defendants
# {cite:p}`angwin2016machine,larson2016how`. The company answered with a report on the same data: it was not
# {cite:p}`dieterich2016compas`. Three researchers came to the same result {cite:p}`flores2016false`. Do the
# calculation of both sides yourself. As ProPublica did, we call a score of 5 or more "high" (for the company, 5 to 7
# is "medium" {cite:p}`larson2016how`), and look at the two largest groups.
#
# ```{warning}
# These are real people. What is recorded, and called $y$ here, is a new *charge* within two years, not an offence: an
# offence that nobody noticed is not in it, and a charge without an offence is. {cite:t}`barenstein2019propublica` found
# that the published table keeps too many of those who were charged again: the share of $y = 1$ and the PPV come out too
# large, while TPR and FPR hardly change.
# ```

# %%
compas = data.load("compas")
largest = ["African-American", "Caucasian"]
two = compas[compas.race.isin(largest)]
charged, race = two.two_year_recid.to_numpy(), two.race.to_numpy(str)
high = (two.decile_score >= 5).to_numpy(int)
quarrel = pd.DataFrame(rates(charged, high, race), names).T
quarrel.insert(0, "people", two.race.value_counts())
quarrel.insert(1, "charged again", two.groupby("race").two_year_recid.mean())
plot.table(quarrel.rename_axis("group"), "COMPAS: a score of 5 or more is called high.")

# %% [markdown]
# **ProPublica looked at the FPR.** Of the black defendants who were *not* charged again, 0.448 had been called high;
# of the white ones, 0.235. The share that was wrongly taken for dangerous is nearly twice as large. And of those who
# *were* charged again, a larger share of the white ones had been called low: 0.477 to 0.280.
#
# **The company looked at the PPV, and at the whole score.** Of the black defendants with a high score, 0.630 were
# charged again; of the white ones, 0.591. So "high" means about the same for both, and so does nearly every single
# score:

# %% tags=["hide-input"]
parts = two.groupby(["race", "decile_score"]).two_year_recid.agg(["mean", "size"])
for name, mark, color in zip(largest, "os", (BLUE, ORANGE), strict=True):
    part = parts.loc[name]
    error = 1.96 * np.sqrt(part["mean"] * (1 - part["mean"]) / part["size"])
    shift = 0.08 if mark == "s" else -0.08
    look = {"fmt": mark, "markersize": 5, "capsize": 2, "color": color}
    plt.errorbar(part.index + shift, part["mean"], error, label=name, **look)
plt.axvline(4.5, color=INK, linestyle=DASHED, lw=1)
plt.text(4.6, 0.93, "high", color=INK)
plt.xticks(range(1, 11))
plt.ylim(0, 1)
plt.xlabel("COMPAS score")
plt.ylabel("share charged again in two years")
plt.legend(loc="lower right")
plot.show(
    "Share charged again over the score from 1 to 10, for two groups. Both rise from "
    "0.2 at score 1 to between 0.7 and 0.8 at score 10, and lie within each other's "
    "error bars at most scores.",
    "At the same score, about the same share is charged again (bars: 95 %).",
)

# %% [markdown]
# Both are right about their numbers. So why does nobody build a score that is equal in all of them? Because one of the
# columns was not made by the score. The share charged again, the **base rate** $p$, is 0.514 in one group and 0.394 in
# the other, and it ties the rest together.
#
# Count in a group of $n$ people. Positive are $np$, of whom $\text{TPR} \cdot np$ are called high. This is the share
# PPV of all who are called high, so $\text{TPR} \cdot np / \text{PPV}$ are called high, and the share $1 -
# \text{PPV}$ of these wrongly. Divide by the $n (1 - p)$ negative people:
#
# ```{math}
# :label: eq-forced-fpr
# \text{FPR} = \frac{p}{1 - p} \cdot \frac{1 - \text{PPV}}{\text{PPV}} \cdot \text{TPR} .
# ```
#
# In words: the base rate, the PPV and the TPR *force* the FPR {cite:p}`chouldechova2017fair`. If two groups have the
# same PPV and the same TPR but different base rates, their FPRs differ, by arithmetic; no algorithm can help. Any two
# of the three rates can be equal, not all three, unless nobody is wrongly called high (PPV = 1).
# {cite:t}`kleinberg2017inherent` prove the like for calibrated scores.

# %% [markdown]
# ## Exercise 24.2: What a promise forces
#
# A supplier promises: "Our score has the same PPV and the same TPR in all your groups." Write
# `forced_fpr(p, ppv, tpr)`: the FPR in a group with base rate `p`, one number. Some promises cannot be kept at all:
# the FPR would have to be above 1. Then return `np.nan`. All three numbers are above 0, `p` is below 1, the others are
# at most 1.


# %%
def forced_fpr(p, ppv, tpr):
    """The FPR that a base rate, a PPV and a TPR force; nan where none is possible."""
    ### BEGIN SOLUTION: the formula, and nan above 1
    fpr = p / (1 - p) * (1 - ppv) / ppv * tpr
    return fpr if fpr <= 1 else np.nan
    ### END SOLUTION


# %%
check("24.2")

# %%
forced_fpr = answer("24.2")
for name, p in two.groupby("race").two_year_recid.mean().items():
    print(f"PPV 0.6 and TPR 0.6 for {name}: FPR {forced_fpr(p, 0.6, 0.6):.3f}")

# %% [markdown]
# With a PPV of 0.6 and a TPR of 0.6 for both, the FPRs are 0.424 and 0.260. With these base rates, no
# such score could have ended the quarrel.
#
# Then equalise the FPR, and pay elsewhere. Call black defendants high from 7 on, and white ones from 5 on:

# %%
stricter = np.where(race == "African-American", 7, 5)
mended = (two.decile_score.to_numpy() >= stricter).astype(int)
after = pd.DataFrame(rates(charged, mended, race), names).T
plot.table(after.rename_axis("group"), "High from 7 on, and from 5 on.")
between = two[two.decile_score.isin([5, 6])].groupby("race").two_year_recid
print(between.agg(["size", "mean"]).round(3))

# %% [markdown]
# Now TPR and FPR are nearly equal: 0.514 and 0.523, 0.249 and 0.235. This is nearly equalised odds. What it
# costs: the PPVs are 0.095 apart. And look at the people with a score of 5 or 6: 749 black defendants are now called
# low, 435 white ones high, although about the same share of both was charged again, 0.522 and 0.510. Two people with
# the same score are treated differently because of their group, on purpose.
#
# Which is worse? The data cannot say. Here are both answers, each as strong as we can make it.
#
# - *For equal FPR.* The harm is to be treated as a danger without being one, and it falls on one group far more often
#   {cite:p}`angwin2016machine`. Its base rate may be higher because it is watched more closely
#   {cite:p}`lum2016predict`; a score that is calibrated to such records hands this on.
# - *For calibration.* A score is a measurement. Those who decide need it to mean the same for everyone; a threshold for
#   each group means to hold people of one group at a risk at which others go free, and it can make decisions worse
#   for the safety of all, of that group too {cite:p}`flores2016false,corbettdavies2023measure`.

# %% [markdown]
# ## Exercise 24.3: Find the bug
#
# A friend checks ProPublica's number. "A false alarm is somebody called high who was not charged again. So I take the
# people who were called high, and count who was not charged. The journalists are wrong: the white defendants have
# *more* false alarms!"


# %%
def friends_rates(y, yhat, group):
    """The friend's false positive rate of each group."""
    found = {}
    for name in np.unique(group):
        called = (group == name) & (yhat == 1)
        found[name] = np.mean(y[called] == 0)
    return found


for name, rate in friends_rates(charged, high, race).items():
    print(f"{name}: {rate:.3f}")

# %% [markdown]
# 1. Set `diagnosis` to one letter:
#    - **A**: The groups have different sizes, so the two means cannot be compared.
#    - **B**: He divides by those who were called high. The FPR divides by those who were not charged again.
#    - **C**: He counts the missed cases too, those called low who were charged again.
#    - **D**: He should have used another threshold for each group.
#    - **E**: He is right; the journalists exchanged the groups.
# 2. Write `false_positive_rates(y, yhat, group)`: a dict with the FPR of each group, `np.nan` where nobody has `y = 0`.

# %%
### BEGIN SOLUTION: one letter, "A" to "E"
diagnosis = "B"
### END SOLUTION


def false_positive_rates(y, yhat, group):
    """A dict: the false positive rate of each group."""
    ### BEGIN SOLUTION: among those with y = 0, the share with yhat = 1
    found = {}
    for name in np.unique(group):
        uncharged = (group == name) & (y == 0)
        found[name] = np.mean(yhat[uncharged] == 1) if uncharged.any() else np.nan
    return found
    ### END SOLUTION


# %%
check("24.3")

# %% [markdown]
# The friend's 0.370 and 0.409 are $1 - \text{PPV}$: the company's number. The words "false alarms" fit both
# questions. When you read such a rate, ask: *among whom?*

# %% tags=["claim"]
black, white = (quarrel.loc[name] for name in largest)
claim("0.448 had been called high; of the white ones, 0.235", black.FPR, white.FPR)
claim("0.630 were charged again; of the white ones, 0.591", black.PPV, white.PPV)
claim("nearly twice as large", bool(1.8 < black.FPR / white.FPR < 2))
claim("called low: 0.477 to 0.280", 1 - white.TPR, 1 - black.TPR)
claim(
    "is 0.514 in one group and 0.394 in the other",
    black["charged again"],
    white["charged again"],
)
forced = [
    g["charged again"] / (1 - g["charged again"]) * (1 - g.PPV) / g.PPV * g.TPR
    for g in (black, white)
]
claim("force the FPR", bool(np.allclose(forced, [black.FPR, white.FPR], atol=1e-12)))
twice = [forced_fpr(g["charged again"], 0.6, 0.6) for g in (black, white)]
claim("the FPRs are 0.424 and 0.260", *twice)
claim(
    "0.514 and 0.523, 0.249 and 0.235",
    *after.TPR,
    *after.FPR,
)
claim("the PPVs are 0.095 apart", after.PPV.iloc[0] - after.PPV.iloc[1])
claim("749 black defendants are now called low, 435 white ones high", *between.size())
claim("0.522 and 0.510", *between.mean())
claim("0.370 and 0.409 are", *friends_rates(charged, high, race).values())

# %% [markdown]
# ## How sure? Error bars on small groups
#
# The table of COMPAS had two groups. The data have six, and some are small.

# %%
everyone = compas.race.to_numpy(str)
every_high = (compas.decile_score >= 5).to_numpy(int)
uncharged = (compas.two_year_recid == 0).to_numpy()
rng = np.random.default_rng(SEED)
bars = {}
for name in compas.race.value_counts().index:
    flags = every_high[uncharged & (everyone == name)]  # 1: a false positive
    again = rng.choice(flags, size=(2000, len(flags))).mean(axis=1)
    bars[name] = [len(flags), flags.mean(), *np.quantile(again, [0.025, 0.975])]
columns = ["not charged again", "FPR", "from", "to"]
bars = pd.DataFrame(bars, columns).T.astype({"not charged again": int})
plot.table(bars.rename_axis("group"), "COMPAS: FPR of six groups, bootstrap 95 %.")

# %% [markdown]
# The bootstrap of chapter 12 draws people again, with replacement, 2000 times. Of the Native American defendants, eight
# were not charged again. Their FPR is 0.375 with an interval from 0.125 to 0.75: this says next to nothing. And an
# audit that reports the *largest gap of all groups* finds a gap whenever some group is small. Suppose that all six
# groups had the same true FPR, 0.32:

# %%
sizes = bars["not charged again"].to_numpy()
chance = rng.binomial(sizes, 0.32, size=(4000, 6)) / sizes
spread = chance.max(axis=1) - chance.min(axis=1)
big = chance[:, :3].max(axis=1) - chance[:, :3].min(axis=1)
print(f"gap by chance: six groups {spread.mean():.2f}, largest three {big.mean():.2f}")

# %% [markdown]
# Without any difference in truth, the largest gap of the six groups is 0.20 on average, and 0.03 among the three
# largest. A maximum minus a minimum is never negative, and noise only makes it larger. So give each rate its count
# and its interval. It does not follow that small groups do not matter: too little is known *about them*, and that is
# a finding.
#
# ```{tip}
# Where a count is 0, the bootstrap draws 0 every time, and its interval has no width. That is not certainty. Use an
# interval for shares then, such as Wilson's (`scipy.stats.binomtest(0, 10).proportion_ci(method="wilson")`).
# ```

# %% [markdown]
# ## Exercise 24.4: The interval of a gap
#
# Write `gap_interval(yhat, first, draws)`. `yhat` holds zeros and ones, `first` is true for the people of the first
# group and false for those of the second. Each row of `draws` `(m, n)` holds the row numbers of one bootstrap sample.
# For each sample, compute the selection rate of the first group minus that of the second. Return the 0.025 and the
# 0.975 quantile (`np.quantile`) of the `m` gaps. Every sample has people of both groups.


# %%
def gap_interval(yhat, first, draws):
    """The middle 95 % (low, high) of the gap over bootstrap samples."""
    ### BEGIN SOLUTION: draw person by person, the decision together with the group
    found = []
    for rows in draws:
        drawn, among = yhat[rows], first[rows]
        found.append(drawn[among].mean() - drawn[~among].mean())
    low, high = np.quantile(found, [0.025, 0.975])
    return low, high
    ### END SOLUTION


# %%
check("24.4")

# %% [markdown]
# Try it on 1000 credits of a German bank {cite:p}`hofmann1994statlog`. A bad credit costs five times as much as a good
# one that was refused, so a loan is granted where the probability of "good" is above $5/6$. The age is not given to the
# model. The groups: up to 25 years, and older. (Sex would be the usual choice, but cannot be read from this table:
# {cite:t}`gromping2019south` found that one of its codes mixes single men with women.)

# %%
gap_interval = answer("24.4")
credit = data.load("german_credit")
inputs = pd.get_dummies(credit.drop(columns=["credit_risk", "age"])).astype(float)
good = (credit.credit_risk == "good").to_numpy(int)
fit_rows, new_rows = train_test_split(
    np.arange(1000), test_size=500, random_state=SEED, stratify=good
)
bank = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=500))
bank.fit(inputs.iloc[fit_rows], good[fit_rows])
granted = bank.predict_proba(inputs.iloc[new_rows])[:, 1] > 5 / 6
older = (credit.age.iloc[new_rows] > 25).to_numpy()
draws = np.random.default_rng(SEED).integers(500, size=(2000, 500))
low, high_end = gap_interval(granted.astype(int), older, draws)
age_gap = granted[older].mean() - granted[~older].mean()
print(f"{(~older).sum()} young of 500; gap {age_gap:.2f}, {low:.2f} to {high_end:.2f}")

# %% [markdown]
# The older customers are ahead by 0.15. With 97 young customers among 500, the interval goes from 0.05 to 0.25: there
# is a gap, but its size is hardly known: the upper end is more than four times the lower one. (And this is for one
# trained model. Another half of the customers for training gives another model, and another gap.)

# %% tags=["claim"]
native = bars.loc["Native American"]
claim("defendants, eight were not charged again", bool(native.iloc[0] == 8))
claim(
    "is 0.375 with an interval from 0.125 to 0.75",
    native.FPR,
    native["from"],
    native["to"],
)
claim("the largest gap of the six groups is 0.20", spread.mean())
claim("and 0.03 among the three largest", big.mean())
claim("are ahead by 0.15", age_gap)
claim("With 97 young customers among 500", (~older).sum(), len(older))
claim("from 0.05 to 0.25", low, high_end)
claim("more than four times the lower one", bool(high_end / low > 4))

# %% [markdown]
# ## Proxies: the attribute that was deleted is still there
#
# Back to the lender. How can a model that does not see the group reproduce the gap? A **{term}`proxy`** is a column
# from which the protected attribute can be guessed. To find it, turn the question round: *predict the attribute.*
#
# ## Exercise 24.5: Find the proxy
#
# Write `guess_group(values, group, new_values)`: guess the group of new people from one column. `values` (numbers or
# text) and `group` (0 or 1) belong to known people. For each of the new values return the group that is most frequent
# among the known people *with the same value*; for a value that no known person has, the group that is most frequent
# among all known people. There are no ties.


# %%
def guess_group(values, group, new_values):
    """The guessed group (0 or 1) for each of the new values."""
    ### BEGIN SOLUTION: the majority for each value, that of all for new values
    overall = int(np.mean(group) > 0.5)
    majority = {v: int(np.mean(group[values == v]) > 0.5) for v in np.unique(values)}
    return np.array([majority.get(v, overall) for v in new_values])
    ### END SOLUTION


# %%
check("24.5")

# %%
guess_group = answer("24.5")


def proxies(known, new, is_group, columns):
    """For each column: the share of new people whose group it tells."""
    right = {}
    for column in columns:
        one, other = known[column].to_numpy(), new[column].to_numpy()
        one, other = (c.astype(str) if c.dtype == object else c for c in (one, other))
        guess = guess_group(one, is_group(known), other)
        right[column] = np.mean(guess == is_group(new))
    return pd.Series(right).sort_values(ascending=False)


def in_b(frame):
    return (frame.group == "B").to_numpy(int)


print(f"always A: {1 - in_b(test).mean():.3f}")
lender_proxies = proxies(train, test, in_b, [*paper, "postcode"])
print(lender_proxies.round(3).to_string())

# %% [markdown]
# From the postcode alone, the group is guessed right in 0.852 of the cases; to say A always is right in 0.597. The
# other columns tell next to nothing in this way (a guess value by value does not see that the incomes of B are lower on
# the whole). So the *postcode* carries the group into the model. Now leave it out too:

# %%
no_postcode = train_on(paper, train.label).predict(test[paper])
with_group = train_on([*paper, "postcode", "group"], train.label)
with_group = with_group.predict(test[[*paper, "postcode", "group"]])
kept = {"with the group": with_group, "without": said, "and no postcode": no_postcode}
label = test.label.to_numpy()
rows = [[n, gaps(label, d, groups)[0], np.mean(d == label)] for n, d in kept.items()]
table = pd.DataFrame(rows, columns=["columns", "gap", "accuracy on labels"])
plot.table(table, "What leaving columns out does to the gap in selection rates.")

# %% [markdown]
# The gap falls from 0.403 to 0.267 and to 0.142; each step costs accuracy, 0.834, 0.816 and 0.793. It does not
# fall to 0. Of the columns that are left, the income of group B is lower on paper. Is it a proxy too, or a good reason?
# Nobody can tell from these columns. We shall see.

# %% [markdown]
# With real people proxies are everywhere. The Adult data {cite:p}`kohavi1996scaling` come from a US census survey of
# 1994: who earned more than 50 000 dollars in a year? The attribute to protect is the sex.

# %%
adult = data.load("adult").drop(columns="fnlwgt")
adult_known, adult_new = train_test_split(adult, test_size=0.5, random_state=SEED)


def female(frame):
    return (frame.sex == "Female").to_numpy(int)


others = adult.columns.drop(["sex", "income"])
print(f"always male: {1 - female(adult_new).mean():.3f}")
adult_proxies = proxies(adult_known, adult_new, female, others)
print(adult_proxies.head(4).round(3).to_string())

# %%
codes = OrdinalEncoder().fit(adult)


def tree(target, *, without):
    """The answers for `adult_new` of a tree that was trained without some columns."""
    coded = (codes.transform(f) for f in (adult_known, adult_new))
    coded = [pd.DataFrame(f, columns=adult.columns) for f in coded]
    known, new = (f.drop(columns=["income", *without]) for f in coded)
    model = DecisionTreeClassifier(min_samples_leaf=50, random_state=SEED)
    return model.fit(known, coded[0][target]).predict(new)


is_female = female(adult_new)
told = np.mean((tree("sex", without=["sex"]) == 0) == is_female)  # code 0: Female
print(f"all of them together, by a decision tree: {told:.3f}")

# %%
rich = (adult_new.income == ">50K").to_numpy(int)
left_out = [[], ["sex"], ["sex", "relationship"]]
left_out.append(["sex", "relationship", "marital_status"])
rows = []
for columns in left_out:
    guess = tree("income", without=columns).astype(int)
    row = [", ".join(columns) or "nothing", gaps(rich, guess, is_female)[0]]
    rows.append([*row, np.mean(guess == rich)])
adult_table = pd.DataFrame(rows, columns=["left out", "gap", "accuracy"])
plot.table(adult_table, "Adult: the predicted share above 50 000 dollars, men − women.")

# %% [markdown]
# `relationship` is a proxy by its meaning: husbands are men. But even when it is left out together with `sex`, the gap
# stays at 0.184, as if nothing had happened. Only when the marital status goes too does it fall, to 0.100, and the
# accuracy with it, from 0.855 to 0.839. From all other columns together, the sex of 0.837 of the people is guessed
# right. To leave out one column after the other is a chase; it ends with no columns. **A model that does not look at
# the attribute is not a model that does not know it.**

# %% tags=["claim"]
claim("right in 0.852 of the cases", lender_proxies["postcode"])
claim("to say A always is right in 0.597", 1 - in_b(test).mean())
claim("tell next to nothing", bool((lender_proxies.drop("postcode") < 0.61).all()))
claim("from 0.403 to 0.267 and to 0.142", *table.gap)
claim("0.834, 0.816 and 0.793", *table["accuracy on labels"])
claim("the gap stays at 0.184", adult_table.gap[2])
claim("does it fall, to 0.100", adult_table.gap[3])
claim("from 0.855 to 0.839", *adult_table.accuracy[2:])
claim(
    "as if nothing had happened", bool(abs(adult_table.gap[:3].diff()[1:]).max() < 2e-3)
)
claim("of 0.837 of the people is guessed right", told)

# %% [markdown]
# ## Formal and substantial fairness
#
# Behind the measures stand two ideas of equality, and people who mean the one often do not hear the other
# {cite:p}`barnard2000substantive,wachter2021bias`.
#
# - **{term}`Formal fairness`**: the same rule for everyone, and the attribute is no part of it. Nobody is asked where
#   they come from. What the rule leads to is not its concern.
# - **{term}`Substantial fairness`** (also *substantive*): look at what the rule leads to. Where people start from
#   unequal positions, the same rule hands the inequality on; so it should be compensated, if need be with a look at
#   the attribute.
#
# Both ideas have entered the law. Two examples. In the European Union, the Directive on racial equality forbids
# *direct* discrimination, to treat somebody less favourably on grounds of racial or ethnic origin. It also forbids
# *indirect* discrimination: an apparently neutral criterion that puts people of one origin at a particular
# disadvantage, unless it is objectively justified by a legitimate aim, and the means are appropriate and necessary
# {cite:p}`eu2000directive` (Article 2(2)). In the United States, the Supreme Court held in 1971 that practices which
# are "fair in form, but discriminatory in operation" break the law on employment unless they are shown to be related
# to the job {cite:p}`griggs1971`. A proxy looks neutral, too. Whether one falls under such a rule is a question for
# lawyers, not for this chapter.
#
# Both ideas have a strong objection. Against the formal one: our lender that "does not look" is formally fair, with a
# gap of 0.267. Against the substantial one: who compensates must record the attribute, decide which
# inequality counts, and treat two people with equal papers differently.
#
# To look is not always to favour. Without the attribute nobody could have computed a single table of this chapter. The
# EU's AI Act, as published in 2024, counts systems that judge whether people are creditworthy as high-risk (Annex III,
# point 5(b)). Where it is strictly necessary, and under conditions, it allows providers of such systems to process
# special categories of personal data in order to find and correct bias (Article 10(5)) {cite:p}`eu2024ai`. A regulation
# of 2026 amends the Act {cite:p}`eu2026omnibus`; this paragraph describes it before the change.

# %% [markdown]
# ## Exercise 24.6: Who asks for what?
#
# Six people speak. Which demand is each one's? Set the name to one letter.
#
# - **A**: formal fairness, the attribute is no part of the rule
# - **B**: demographic parity
# - **C**: equal TPR
# - **D**: equal FPR
# - **E**: predictive parity
#
# 1. `defendant`: "I was never charged again. Among all who never were, those of my group were called dangerous more
#    often."
# 2. `judge`: "When I read *high*, it must mean the same chance of a new charge, whoever stands before me."
# 3. `borrower`: "I would repay. Those of my group who repay should get a loan as often as others who repay."
# 4. `inspector`: "I change the entry for sex in a file and nothing else. The answer must stay the same."
# 5. `mayor`: "Both halves of the city pay for these nursery places. The same share of the applicants of each half
#    should get one, whatever the records say about need."
# 6. `nurse`: "Of the patients who do need intensive care, no group may be missed more often than another."
#
# Then the disagreement. A score makes false positives, and has the same TPR in two groups. It cannot satisfy both the
# defendant and the judge, however it was trained and wherever its thresholds lie. Why? Set `disagreement`:
#
# - **A**: the score was trained on too few people
# - **B**: one of them has miscounted
# - **C**: the groups differ in their base rates
# - **D**: the same threshold was used for both groups

# %%
### BEGIN SOLUTION: one letter
defendant = "D"
### END SOLUTION
### BEGIN SOLUTION: one letter
judge = "E"
### END SOLUTION
### BEGIN SOLUTION: one letter
borrower = "C"
### END SOLUTION
### BEGIN SOLUTION: one letter
inspector = "A"
### END SOLUTION
### BEGIN SOLUTION: one letter
mayor = "B"
### END SOLUTION
### BEGIN SOLUTION: one letter
nurse = "C"
### END SOLUTION
### BEGIN SOLUTION: one letter, "A" to "D"
disagreement = "C"
### END SOLUTION

# %%
check("24.6")

# %% [markdown]
# ## Mitigation: before, in and after training
#
# Suppose it has been decided that the selection rates of the lender's model should come closer. There are three places
# to act.
#
# **Before training**: change the data. {cite:t}`kamiran2012data` count each training case with a weight, such that in
# the weighted data group and label are independent, while the shares of the groups and of the labels stay as they were.
# This is **{term}`reweighing`**. With $P$ for shares of the training cases,
#
# ```{math}
# :label: eq-reweighing
# w = \frac{P(\text{group}) \cdot P(\text{label})}{P(\text{group and label})} ,
# ```
#
# in words: how frequent the pair would be without a connection, over how frequent it is.

# %%
by_group = train.groupby("group").label.transform("size") / len(train)
by_label = train.groupby("label").group.transform("size") / len(train)
by_both = train.groupby(["group", "label"]).income.transform("size") / len(train)
weight = by_group * by_label / by_both
how = {"logisticregression__sample_weight": weight}
reweighed = train_on([*paper, "postcode"], train.label, **how)
reweighed = reweighed.predict(test[[*paper, "postcode"]])
shown = train.assign(weight=weight).groupby(["group", "label"]).weight.first()
print(shown.round(2).to_string())

# %% [markdown]
# A granted loan in group B counts 1.52 times, one in group A 0.82 times. **In training**: put the demand into the
# optimisation. `ExponentiatedGradient` {cite:p}`agarwal2018reductions` trains the same kind of model again and again,
# with weights that punish what breaks the demand, and draws lots among the results for each applicant. **After
# training**: keep the scores and change the thresholds. `ThresholdOptimizer` {cite:p}`hardt2016equality` chooses them
# for each group; it must know the group of every new applicant.

# %%
train_X = blind[0].transform(train[[*paper, "postcode"]])
test_X = blind[0].transform(test[[*paper, "postcode"]])
inside = ExponentiatedGradient(
    LogisticRegression(), DemographicParity(difference_bound=0.01)
)
inside.fit(train_X, train.label, sensitive_features=train.group)


def thresholds(demand):
    """Decisions for the test cases with thresholds that fulfil a demand on `train`."""
    how = {"predict_method": "predict_proba", "prefit": True}
    after = ThresholdOptimizer(estimator=blind[-1], constraints=demand, **how)
    after.fit(train_X, train.label, sensitive_features=train.group)
    chosen = after.predict(test_X, sensitive_features=test.group, random_state=SEED)
    return np.asarray(chosen, dtype=int)


# %%
decisions = {
    "no mitigation": said,
    "before: reweighing": reweighed,
    "in: reduction": inside.predict(test_X, random_state=SEED),
    "after: thresholds": thresholds("demographic_parity"),
    "after: equalised odds": thresholds("equalized_odds"),
}
rows = [[n, *gaps(label, d, groups), np.mean(d == label)] for n, d in decisions.items()]
columns = ["mitigation", "gap in selection", "gap in odds", "accuracy on labels"]
gap_of = pd.DataFrame(rows, columns=columns).set_index("mitigation")
plot.table(gap_of, "The lender's model, mitigated in three places (5000 test cases).")

# %% [markdown]
# Reweighing promises no particular gap; here the gap is 0.163. The other two were asked for parity on the
# training cases and give about that on new ones: 0.012 and 0.006. But look along their rows. The gap in the *odds* has
# grown, from 0.111 to 0.161 and to 0.188, and the accuracy has fallen from 0.816 to about 0.75. The last row was
# asked for equalised odds instead. It gets them within 0.02, and keeps a gap of 0.190 in the selection rates. No row is
# small in both gaps.

# %% [markdown]
# ## Exercise 24.7: A threshold policy
#
# Do the last kind by hand. Write `grant(score, group, shares)`: in each group, grant to those with the highest
# scores, as many as the group's share. `score` has one number for each applicant, `group` a whole number (0, 1, 2,
# …), and `shares[g]` is the share of group number `g` that is to be granted. In a group of `m` people these are
# `shares[g] * m` people, rounded to the nearest whole number. Return zeros and ones, in the order of the applicants.
# No two scores of a group are equal.


# %%
def grant(score, group, shares):
    """1 for the highest scores of each group, as many as its share."""
    ### BEGIN SOLUTION: group by group, sort the scores and grant from the top
    decision = np.zeros(len(score), dtype=int)
    for g in np.unique(group):
        rows = np.flatnonzero(group == g)
        many = round(float(shares[g] * len(rows)))
        best = rows[np.argsort(-score[rows])[:many]]
        decision[best] = 1
    return decision
    ### END SOLUTION


# %%
check("24.7")

# %% [markdown]
# With it you can draw the whole trade-off, and not only its ends: move the two shares step by step from those of the
# blind model to one common share.

# %%
grant = answer("24.7")
score = blind.predict_proba(test[[*paper, "postcode"]])[:, 1]
test_b = (test.group == "B").to_numpy()
ends = np.array([said[~test_b].mean(), said[test_b].mean()])  # A, B
steps = np.linspace(0, 1, 11)
policies = []
for step in steps:
    shares = (1 - step) * ends + step * said.mean()
    policies.append(np.asarray(grant(score, test_b.astype(int), shares)))
curve = [[gaps(label, d, groups)[0], np.mean(d == label)] for d in policies]
gap, agreement = np.array(curve).T

# %% tags=["hide-input"]
plt.plot(gap, agreement, "o-", color=BLUE, markersize=4, label="shares moved by hand")
marks = zip(decisions, "*Ds^v", (INK, GREEN, ORANGE, RED, GREY), strict=True)
for name, mark, color in marks:
    at = gap_of.loc[name]
    spot = at["gap in selection"], at["accuracy on labels"]
    plt.plot(*spot, mark, color=color, markersize=8, label=name)
plt.xlabel("gap in selection rates")
plt.ylabel("accuracy on labels")
plt.legend(loc="lower right", fontsize=8)
plot.show(
    "Accuracy on the labels over the gap in selection rates. A curve rises from 0.75 "
    "at gap 0 to 0.816 at gap 0.27. No mitigation is at its upper right end, the "
    "reduction and the thresholds at its lower left end, reweighing and equalised odds "
    "in the middle.",
    "Less gap, less agreement with the lender's past. All points lie near one curve.",
)

# %% [markdown]
# The curve is often shown as *the price of fairness*: 0.07 of accuracy for parity. Where to stop is a decision about
# values, not a result; the curve only shows what is possible. But before you accept the price, ask in what it is
# counted. "Accuracy" is agreement with `label`.

# %% tags=["claim"]
claim(
    "counts 1.52 times, one in group A 0.82 times",
    *(shown["B", 1], shown["A", 1]),
)
claim("the gap is 0.163", gap_of["gap in selection"].iloc[1])
claim("0.012 and 0.006", *gap_of["gap in selection"].iloc[2:4])
claim(
    "from 0.111 to 0.161 and to 0.188",
    *gap_of["gap in odds"].iloc[[0, 2, 3]],
)
claim("from 0.816 to about 0.75", *gap_of["accuracy on labels"].iloc[[0, 3]])
claim("keeps a gap of 0.190", gap_of["gap in selection"].iloc[4])
claim("within 0.02", bool(gap_of["gap in odds"].iloc[4] < 0.02))
claim(
    "No row is small in both gaps",
    bool((gap_of.iloc[:, :2].max(axis=1) > 0.1).all()),
)
claim("0.07 of accuracy for parity", agreement[0] - agreement[-1])

# %% [markdown]
# ## What the label hides
#
# The label is not the truth. It is what the lender *did*. Our lender is made up, so we can open the column that no real
# lender has: `merit`, 1 for those who would repay.

# %%
whole = lending(10_000, seed=0)
merit = whole.merit.loc[test.index].to_numpy()
for name in "AB":
    own = (test.group == name).to_numpy()
    good_ones = own & (merit == 1)
    print(f"group {name}: would repay {merit[own].mean():.3f}", end=", ")
    print(f"granted in the past {label[own].mean():.3f}", end=", ")
    print(f"of those who would repay {label[good_ones].mean():.3f}")

# %% [markdown]
# In both groups about the same share would repay, 0.548 and 0.563. But of those who would, the lender had granted a
# loan to all of group A, and to 0.623 of group B. The base rates that differed were the lender's, not the
# applicants'. Now compute the table of mitigations once more, with `merit` in the place of `label`.

# %%
rows = []
for name, d in decisions.items():
    row = [name, gaps(merit, d, groups)[1]]
    rows.append([*row, np.mean(d == label), np.mean(d == merit)])
columns = ["mitigation", "gap in odds (merit)", "accuracy on labels"]
truth_table = pd.DataFrame(rows, columns=[*columns, "accuracy on merit"])
plot.table(truth_table, "The same decisions, judged by merit.")
gain = (decisions["after: thresholds"] == merit).astype(float) - (said == merit)
draws = np.random.default_rng(SEED).integers(5000, size=(1000, 5000))
low_gain, high_gain = np.quantile(gain[draws].mean(axis=1), [0.025, 0.975])
print(f"gain by thresholds {gain.mean():.3f}, 95 %: {low_gain:.3f} to {high_gain:.3f}")

# %% tags=["hide-input"]
agreement_merit = [np.mean(d == merit) for d in policies]
plt.plot(gap, agreement, "o-", color=BLUE, markersize=4, label="on labels")
plt.plot(gap, agreement_merit, "s-", color=ORANGE, markersize=4, label="on merit")
plt.xlabel("gap in selection rates")
plt.ylabel("accuracy")
plt.legend()
plot.show(
    "Accuracy over the gap in selection rates for the policies that were moved by "
    "hand. On the labels it rises with the gap, from 0.75 to 0.82. On merit it falls, "
    "from 0.785 at gap 0 to 0.76 at gap 0.27.",
    "The price of fairness has the opposite sign, once it is counted in merit.",
)

# %% [markdown]
# On the labels, parity costs accuracy: 0.816 becomes 0.748. On merit it *gains*: 0.758 becomes 0.780. The metric had
# inherited the bias of the label. What fell was the agreement with an unfair past. The gain of
# 0.022 is more than noise: drawn anew, person by person, it lies between 0.012 and 0.032.
#
# Look at the row of equalised odds, too. Judged by the labels it was nearly perfect; judged by merit its gap is
# 0.203, because it asks the model to treat those alike whom *the lender* treated alike. {cite:t}`wachter2021bias`
# call such measures bias-preserving: they take the label for the truth. Demographic parity does not look at the label
# at all. That saved it here, where merit is equal in both groups. Where it is not, parity would miss the merit, and
# the label could not tell you so.

# %% [markdown]
# ### When fairness needs the attribute
#
# One question is open. Even a model trained on *merit* might not be fair. The income of group B stands lower on paper,
# because a part of it is on no paper. Train on merit, without the group and with it:

# %%
target = whole.merit.loc[train.index]
unaware = train_on(paper, target).predict(test[paper])
aware = train_on([*paper, "group"], target).predict(test[[*paper, "group"]])
for name, d in (("without the group", unaware), ("with the group", aware)):
    gap_d, right_d = gaps(merit, d, groups)[0], np.mean(d == merit)
    print(f"{name:18} gap {gap_d:.3f}, accuracy on merit {right_d:.3f}")

# %% [markdown]
# Without the group the gap is 0.131. With it the gap is 0.009, and the accuracy is higher: the model learns that the
# same income on paper stands for more in group B. To ignore the attribute was to read a bent ruler as if it were
# straight {cite:p}`dwork2012fairness`. The same column widened the gap when the target was the biased label
# (the gap of 0.403 above). The attribute is a tool: what it does depends on the target.

# %% tags=["claim"]
share_merit = [merit[~test_b].mean(), merit[test_b].mean()]
claim("0.548 and 0.563", *share_merit)
claim("to all of group A", bool(label[~test_b & (merit == 1)].all()))
claim("to 0.623 of group B", label[test_b & (merit == 1)].mean())
by_merit = truth_table.set_index("mitigation")
claim("0.816 becomes 0.748", *by_merit["accuracy on labels"].iloc[[0, 3]])
claim("0.758 becomes 0.780", *by_merit["accuracy on merit"].iloc[[0, 3]])
claim("The gain of 0.022", gain.mean())
claim("it lies between 0.012 and 0.032", low_gain, high_gain)
claim("judged by merit its gap is 0.203", by_merit["gap in odds (merit)"].iloc[4])
claim(
    "Without the group the gap is 0.131. With it the gap is 0.009",
    *(gaps(merit, d, groups)[0] for d in (unaware, aware)),
)
claim(
    "the accuracy is higher", bool(np.mean(aware == merit) > np.mean(unaware == merit))
)

# %% [markdown]
# ### Your label hides something too
#
# You will never have the column `merit`. What you can do is ask how the label came to be. Four usual answers:
#
# | what the label is | case | what it hides |
# |---|---|---|
# | a past decision | credit: granted or not | the habits of those who decided |
# | an outcome known only after a yes | credit: repaid or not | what the refused would have done: **{term}`selective labels`** {cite:p}`lakkaraju2017selective` |
# | a cheap stand-in for what is meant | triage: the cost of care, taken for the need of it | who gets less care for the same need |
# | a trace of being watched | recidivism: a new charge | offences where nobody looks {cite:p}`lum2016predict` |
#
# The third is no invention. A score used in US hospitals predicted future *costs* in order to find patients who need
# more care. At the same score, black patients were sicker than white ones, since less money was spent on
# them. The authors estimate that a remedy would raise the share of black patients among those who get extra help from
# 17.7 to 46.5 %, and show that another label, nearer to the need, takes much of the bias away
# {cite:p}`obermeyer2019dissecting`. **The label was the bug.**
#
# In a recommender the label is a click. What does it hide? Everything that was never shown.

# %%
progress()

# %% [markdown]
# ## Recap
#
# - Rates differ in whom they divide by. Ask of each: *among whom?*
# - Demographic parity, equalised odds and predictive parity are three different demands, of different people. fairlearn
#   computes all of them.
# - Base rate, PPV and TPR force the FPR. With different base rates and false positives, PPV, TPR and FPR cannot all
#   be equal: COMPAS is both "fair" and "unfair". Which counts is a matter of values, to be argued.
# - A gap needs an interval, and the largest of many gaps is large by chance.
# - Leaving out the attribute does not remove it: proxies keep it. Formal fairness asks for one rule, substantial
#   fairness for what it leads to.
# - Mitigation works before, in or after training, and moves along a trade-off. It fulfils the demand that you chose,
#   and no other.
# - Metrics inherit the label. Ask how it came to be before you optimise anything.

# %% [markdown]
# ## Test yourself
#
# ```{quiz}
# - question: "Of 200 people who repay, a model grants 150; of 100 who do not, 30. What is the PPV? (three decimals)"
#   number: 0.833
#   tolerance: 0.001
#   why: It grants 180 loans, 150 of them to people who repay. 150 / 180 = 0.833.
# - question: "Two groups have base rates 0.5 and 0.2. A classifier that makes false positives has the same PPV and the same TPR in both. What follows?"
#   options:
#     - right: Its FPR is four times as large in the first group
#       why: "The factor $p/(1-p)$ is 1 in the first group and 0.25 in the second."
#     - wrong: Its FPR is equal as well
#       why: Only where the base rates are equal, or where there are no false positives.
#     - wrong: It cannot exist
#       why: It can; only its FPRs cannot be equal.
#     - wrong: The threshold must be different in the two groups
#       why: That may be, but it does not follow.
# - question: Which of these can reduce a gap that comes in by a proxy?
#   options:
#     - wrong: deleting the protected attribute
#       why: The proxy is still there. On Adult nothing changed at all.
#     - right: reweighing the training cases
#       why: In the weighted data the label no longer goes with the group, so the proxy says less about the label.
#     - right: a threshold for each group
#       why: It acts on the decision, whatever way the group came into the score.
#     - wrong: more data of the same kind
#       why: They teach the same connection, more precisely.
# - question: An audit of ten groups, some with fewer than 20 people, reports a largest gap of 0.2. What do you ask first?
#   options:
#     - wrong: which group the engineers belong to
#       why: It does not change what was measured.
#     - right: how large a gap chance alone gives with these group sizes
#       why: A maximum minus a minimum over small groups is large without any true difference.
#     - wrong: whether the accuracy is high enough
#       why: Accuracy over all does not say how certain the rates of small groups are.
# - question: The labels are past decisions that were unfair to group B. You demand equalised odds on these labels and get it. What have you got?
#   options:
#     - wrong: a model that is fair to those who deserve a yes
#       why: Among those of B who deserve it, many have the label 0. They are not in the TPR that was equalised.
#     - right: a model that treats alike those whom the past treated alike
#       why: It keeps the bias of the label. In our table a gap of 0.2 was left on merit.
#     - wrong: demographic parity
#       why: Only if the base rates of the labels were equal, and they are not.
# ```

# %% [markdown]
# ## Further reading
#
# - {cite:t}`barocas2023fairness` is the textbook, free on the web; its third chapter holds the three demands.
# - {cite:t}`chouldechova2017fair` and {cite:t}`kleinberg2017inherent` prove the impossibility, in few pages.
# - {cite:t}`corbettdavies2023measure` argue against most parity measures; read them beside {cite:t}`wachter2021bias`.
# - {cite:t}`selbst2019fairness` describe what is lost when a social question becomes a measure.
# - {cite:t}`ding2021retiring` replace the Adult data by newer and larger ones, and say what is wrong with the old.
# - {cite:t}`weerts2023fairlearn` present fairlearn; its user guide discusses each measure and its limits.
