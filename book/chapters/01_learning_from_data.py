# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Learning from data
#
# A laboratory measures eleven things in every bottle that a winery sends: alcohol, acids, sugar, salt and so on. That
# costs little. Then a panel of tasters gives the wine a mark, and that costs a lot. So the winery asks: **can a
# machine tell from the measurements alone which wines are worth tasting?**
#
# Within an hour you will have a machine that is right for 85 of 100 wines. It sounds good, and yet it misses more
# than half of the good ones. This chapter shows how a machine learns from examples, and above all **how you find out
# whether it has learned anything.** Every later chapter relies on that.
#
# You need school mathematics and a little Python. Reading and doing the exercises takes about two and a half hours.

# %% tags=["parameters"]
SEED = 0
FAST = False  # nothing to shorten: the whole chapter takes seconds
DEVICE = None  # scikit-learn works on the processor

# %%
import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

from nnlab import answer, check, data, hint, plot, progress, seed_everything

plot.use_style()
seed_everything(SEED)

# %% [markdown]
# ## Three words: AI, machine learning, deep learning
#
# How could a program judge a wine? One way is to ask an expert and to write down what she says: "if there is at least
# 12 % alcohol and little vinegar, it is good". Somebody has to know the rule, and the number 12.
#
# The other way is to show the program many wines *with their marks* and to let it find the rule. The program then has
# numbers that are not written by anybody; they are computed from examples. This is **machine learning**. It is the
# better way where nobody can say the rule, where the rule has too many conditions, or where it changes and would have
# to be written again and again.

# %% tags=["hide-input"]
figure, ax = plt.subplots(figsize=(6.4, 3.0))
boxes = [
    (0, 3.0, "blue", "artificial intelligence", "does what seems to need a mind"),
    (0.35, 2.1, "green", "machine learning", "the rule is computed from examples"),
    (0.7, 1.2, "orange", "deep learning", "the rule is a network of many layers"),
]
for left, height, color, name, meaning in boxes:
    rectangle = plt.Rectangle(
        (left, left / 3), 9 - 2 * left, height, fill=False, linewidth=2
    )
    rectangle.set_edgecolor(plot.PALETTE[color])
    ax.add_patch(rectangle)
    top = left / 3 + height - 0.13
    ax.text(left + 0.2, top, name, va="top", weight="bold")
    ax.text(left + 0.2, top - 0.34, meaning, va="top", color=plot.PALETTE["muted"])
ax.set(xlim=(-0.1, 9.1), ylim=(-0.1, 3.1))
ax.axis("off")
plot.show(
    "Three boxes, one inside the other. The outer one is artificial intelligence, the "
    "middle one is machine learning, and the inner one is deep learning.",
    "Deep learning is a part of machine learning, and that is a part of AI.",
)

# %% [markdown]
# **Artificial intelligence** (AI) is the widest word: every program that does something for which we believe a mind
# is needed, also one whose rules were all written by hand. In **deep learning** the rule that is learned is a neural
# network of many layers, which can take raw pixels or sound {cite:p}`lecun2015deep`. The rest of the book is about
# networks. This chapter is about everything that comes *before* the choice of a model, and it holds for all of them.
# It uses simple models, so that nothing hides the point.

# %% [markdown]
# ## The examples
#
# The wines are real: 6497 samples of *vinho verde*, a wine from Portugal {cite:p}`cortez2009modeling`. We look at
# them before we do anything else.

# %%
wines = data.load("wine_quality")
print(len(wines), "wines,", len(wines.columns), "columns")
print("rows that repeat an earlier row:", wines.duplicated().sum())
three_wines = wines.iloc[[0, 2000, 4000]].T.rename_axis("column")
three_wines.columns = ["A", "B", "C"]
plot.table(three_wines, "Three of the wines: A, B and C.")

# %% [markdown]
# In the file, each row is one wine: a {term}`sample`, or case. (The table shows three of them, turned round.) Eleven
# columns hold what the laboratory measured; such a column is called a {term}`feature`. (`volatile_acidity` is acetic
# acid, that of vinegar.) `quality` is the mark, from 0 (bad) to 10 (excellent), the median of at least three tasters.
# `color` says red or white.
#
# And 1177 rows repeat an earlier row in *every* column. Perhaps a wine was entered twice, perhaps one winery sent two
# bottles of one barrel. We remove the repetitions now; you will see soon how much this matters.

# %%
wines = wines.drop_duplicates().reset_index(drop=True)
features = [name for name in wines.columns if name not in ("quality", "color")]
X = wines[features]  # shape (n, d): a row for each wine, a column for each feature
y = (wines["quality"] >= 7).to_numpy().astype(int)  # shape (n,): 1 = good, 0 = ordinary
print("X:", X.shape, " y:", y.shape)
print(f"good wines: {y.sum()}, a share of {y.mean():.3f}")

# %% tags=["claim"]
from nnlab import claim

claim("6497 samples of *vinho verde*", len(data.load("wine_quality")))
claim("1177 rows repeat an earlier row", len(data.load("wine_quality")) - len(wines))
claim(
    "5320 wines are left, and 1009 of them, 19 %, are good",
    len(y),
    y.sum(),
    100 * y.mean(),
)
claim("Eleven columns hold what the laboratory measured", len(features) == 11)
claim("$d = 11$ features for each of $n = 5320$ wines", len(features), len(y))

# %% [markdown]
# We call a wine **good** if its mark is 7 or more. 5320 wines are left, and 1009 of them, 19 %, are good. That is
# everything the machine gets: $d = 11$ features for each of $n = 5320$ wines in the table $X$, and for wine $i$ the
# answer $y_i$, which is 1 for good and 0 for ordinary. The answer is called the {term}`target`, or **label**.
#
# - If the target is a class, as here, the task is called **classification**.
# - If it is a quantity, such as a price or the litres in a tub ({doc}`chapter 02 <02_regression_as_a_network>`), the task is called **regression**.
#
# In both cases the examples come with their answers. This is **supervised learning**: somebody, here the tasters, has
# already given the right answers, and the machine imitates them.

# %% tags=["hide-input"]
figure, ax = plt.subplots()
bins = np.arange(8, 15.01, 0.25)
for value, color, label in ((0, "grey", "ordinary"), (1, "blue", "good")):
    ax.hist(
        X["alcohol"][y == value],
        bins,
        color=plot.PALETTE[color],
        histtype="stepfilled" if value == 0 else "step",
        linestyle="-",
        linewidth=2,
        label=label,
    )
ax.axvline(12, color=plot.PALETTE["red"], linestyle=(0, (5, 2)), label="the rule: 12 %")
ax.set(xlabel="alcohol [% of the volume]", ylabel="number of wines")
ax.legend()
plot.show(
    "Two histograms of alcohol. The ordinary wines have their peak between 9 and 10 "
    "per cent and become fewer towards 13. The good wines, far fewer, are spread from "
    "9 to 14 per cent with a peak between 12 and 13. A dashed line stands at 12.",
    "Alcohol of the ordinary and of the good wines. No line separates them.",
)

# %%
strong = X["alcohol"] >= 12
print(f"good wines with 12 % or more: {(strong & (y == 1)).sum()} of {y.sum()}")
print(f"wines with 12 % or more that are good: {y[strong].mean():.2f}")

# %% [markdown]
# Even the first half of the expert's rule is not bad. Wines with 12 % alcohol or more are good in 0.50 of the cases,
# against 0.19 of all wines. But it finds only 424 of the 1009 good ones. Alcohol alone does not decide. A machine can
# weigh all eleven features.

# %% tags=["claim"]
claim(
    "are good in 0.50 of the cases, against 0.19 of all wines",
    y[strong].mean(),
    y.mean(),
)
claim("it finds only 424 of the 1009 good ones", (strong & (y == 1)).sum(), y.sum())

# %% [markdown]
# ## Without a teacher: clusters
#
# What could a machine learn if nobody told it any answer? It can still look for **structure**: which wines resemble
# each other? That is **unsupervised learning**. A common form is *clustering*, which divides the samples into groups.
#
# The method **k-means** finds $k$ groups. It begins with $k$ points, the centres. Then it repeats two steps: every
# sample joins its nearest centre; every centre moves to the mean of its samples. It stops when nothing changes
# {cite:p}`lloyd1982least`.
#
# "Nearest" needs a distance, and here lies a trap. Sulfur dioxide is measured in numbers around 100, density in
# numbers around 1. In a distance the large numbers win, only because of their unit. So we {term}`standardise` every
# feature: from its values $x$ we subtract their mean $\bar x$ and divide by their standard deviation $s$,
#
# ```{math}
# :label: eq-standard
# \tilde x = \frac{x - \bar x}{s} .
# ```
#
# In words: how many typical deviations is this value away from the mean?

# %%
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler

X_standard = StandardScaler().fit_transform(X)
means = KMeans(2, n_init=10, random_state=SEED).fit(X_standard)
raw_means = KMeans(2, n_init=10, random_state=SEED).fit(X)
is_red = (wines["color"] == "red").to_numpy()
contents = pd.crosstab(pd.Series(means.labels_, name="cluster"), ~is_red)
contents["good"] = [y[means.labels_ == c].mean() for c in (0, 1)]
contents.columns = ["red", "white", "share of good"]
plot.table(
    contents, "What the two clusters consist of. The machine saw no colour and no mark."
)

# %% tags=["hide-input"]
figure, axes = plt.subplots(1, 2, figsize=(7.2, 3.4), sharey=True)
shown = np.random.default_rng(SEED).permutation(len(X))[:180]
panels = [
    ("what the machine finds", means.labels_, ("cluster 0", "cluster 1")),
    ("the colour, which it did not see", is_red, ("white", "red")),
]
for ax, (title, groups, names) in zip(axes, panels, strict=True):
    for group in (0, 1):
        inside = X.iloc[shown[groups[shown] == group]]
        ax.plot(
            inside["total_sulfur_dioxide"],
            inside["volatile_acidity"],
            plot.CLASS_MARKERS[group],
            color=plot.PALETTE[plot.CLASS_COLORS[group]],
            markersize=3,
            label=names[group],
        )
    ax.set(title=title, xlabel="sulfur dioxide [mg/dm³]")
    ax.legend(markerscale=2)
axes[0].set_ylabel("acetic acid [g/dm³]")
plot.show(
    "Two panels with the same 180 wines by sulfur dioxide and acetic acid. Left they "
    "are divided into two clusters: one with much sulfur dioxide and little acetic "
    "acid, one the other way round. Right they are divided by colour. The two "
    "pictures are nearly the same.",
    "180 of the wines in two of their eleven features, by cluster and by colour.",
)

# %% [markdown]
# The two clusters are the red and the white wines. 98.4 % of the wines lie in the cluster of their colour, though the
# machine saw no colour. We only told it to make two groups. (Without standardising it is 77.9 %.)
#
# Now what this does *not* show. The clusters have no names; it was you who recognised them. And they are of no use
# for the winery: the machine had no way to know that we care about the taste. In the one cluster 0.21 of the wines
# are good, in the other 0.13. **Unsupervised learning finds the structure that is strongest in the data, not the one
# that you need.** There is also no label to say whether the result is right. From here on, all learning is
# supervised.


# %% tags=["claim"]
def agreement(clusters):
    """Share of wines in the cluster of their colour, whichever cluster that is."""
    same = np.mean((clusters == clusters[np.flatnonzero(is_red)[0]]) == is_red)
    return 100 * max(same, 1 - same)


claim(
    "98.4 % of the wines lie in the cluster of their colour", agreement(means.labels_)
)
claim("(Without standardising it is 77.9 %.)", agreement(raw_means.labels_))
claim(
    "In the one cluster 0.21 of the wines are good, in the other 0.13",
    *sorted(contents["share of good"], reverse=True),
)

# %% [markdown]
# ## Three parts: training, validation, test
#
# A pupil who has seen the questions of an exam before can get every answer right and know nothing. It is the same
# with a machine. We want it to be right about wines that it has **not seen**: we want it to **generalise**. So some
# wines must be kept away from it. We divide them at random into three parts.
#
# - From the **training set** the machine learns.
# - On the **validation set** we compare machines and choose between them.
# - The **test set** stays in a locked drawer. It is opened once, at the very end, to say how good the chosen machine
#   is.
#
# Why is validation not enough? Because we choose. If you try twenty machines and take the one with the best
# validation result, a part of that result is luck, and the luck does not come with you to the next wines.

# %%
from sklearn.model_selection import train_test_split

X_rest, X_test, y_rest, y_test = train_test_split(
    X, y, test_size=0.2, stratify=y, random_state=SEED
)
X_train, X_val, y_train, y_val = train_test_split(
    X_rest, y_rest, test_size=0.25, stratify=y_rest, random_state=SEED
)  # a quarter of the 80 % that are left: 20 % of all
for name, labels in (("training", y_train), ("validation", y_val), ("test", y_test)):
    print(f"{name:10}: {len(labels)} wines, {labels.sum()} good")

# %% [markdown]
# (With data of your own, split before you look. Here no machine depends on what we saw.)
#
# `stratify=y` makes the share of good wines the same in all parts. 60, 20 and 20 % are our choice; 70, 20 and 10 % is
# another common one.  More important is the *number of rare cases*: our test set has 202 good wines. With 10 % it
# would have about 101, and every statement about good wines would be less certain.

# %% tags=["claim"]
claim("our test set has 202 good wines", y_test.sum())
claim("With 10 % it would have about 101", 100 * 0.1, 0.1 * y.sum())

# %% [markdown]
# ## What would guessing get?
#
# The simplest score of a classifier is its **accuracy**: the share of cases in which the predicted class $\hat y_i$
# is the true class $y_i$. Before any machine gets a score, ask what one gets *without looking at the wine*. The best
# blind guess is always the same class: the one that is most frequent in the training data. This is the
# {term}`baseline` of a classification. A machine that is not better has not yet shown that it has learned anything.
#
# ## Exercise 01.1: what guessing would get
#
# Write the accuracy of this guesser. It learns from `y_train` which class is most frequent. It is judged on `y_test`.
# Both are arrays of classes; the classes may be numbers or words, and there may be more than two.
#
# Run the check when you are done. When you are stuck, `hint("01.1")` gives a hint, and a further one each time you
# call it. The text then goes on with your answer (`answer("01.1")`), or with the book's if yours has not passed.


# %%
def baseline_accuracy(y_train, y_test):
    """Accuracy on y_test of always guessing the most frequent class of y_train."""
    ### BEGIN SOLUTION: a number from 0 to 1
    classes, counts = np.unique(y_train, return_counts=True)
    guess = classes[counts.argmax()]
    return np.mean(y_test == guess)
    ### END SOLUTION


# %%
check("01.1")

# %%
baseline_accuracy = answer("01.1")
baseline = baseline_accuracy(y_train, y_val)
print(f"accuracy of always saying “ordinary”: {baseline:.3f}")

# %% [markdown]
# Whoever says "ordinary" to every wine, asleep, is right with 0.810 of the validation wines.

# %% tags=["claim"]
claim("asleep, is right with 0.810 of the validation wines", baseline)

# %% [markdown]
# ## The first machine asks its neighbours
#
# Now four machines that learn, each with another idea. The **k nearest neighbours** method (kNN) has the simplest
# idea of all: *what is like a good wine is probably good.* To judge a new wine, it looks for the $k$ training wines
# with the smallest distance, and lets them vote. The distance of two wines with the features $x$ and $x'$ is that of
# geometry, with one term for each feature:
#
# ```{math}
# :label: eq-distance
# \operatorname{distance}(x, x') = \sqrt{ (x_1 - x'_1)^2 + \dots + (x_d - x'_d)^2 } .
# ```
#
# The features are standardised first, for the reason that you know. The share of the votes for "good" is the wine's
# **score**, written $\hat p$: the larger, the more the machine believes in the wine. A wine with a score of more than
# 0.5 is called good. (Do not mix it up with a score of the *machine*, such as the accuracy.)
#
# ## Exercise 01.2: the neighbours vote
#
# Return the share of class 1 among the `k` samples of `X` that are nearest to `point`. `X` has the shape `(n, d)`,
# `y` holds `n` zeros and ones, `point` has the shape `(d,)`. Take the numbers as they are; do not standardise here.


# %%
def vote(X, y, point, k):
    """Share of ones among the k nearest rows of X: a number from 0 to 1."""
    ### BEGIN SOLUTION: distances, the k nearest rows, their share of ones
    squares = ((X - point) ** 2).sum(axis=1)
    nearest = np.argsort(squares)[:k]
    return y[nearest].mean()
    ### END SOLUTION


# %%
check("01.2")

# %% [markdown]
# In practice a library does this fast. In scikit-learn {cite:p}`pedregosa2011scikit` every classifier of this chapter
# has the same four methods: `fit(X, y)` learns, `predict(X)` gives classes, `predict_proba(X)` gives scores, and
# `score(X, y)` gives the accuracy. `make_pipeline` joins several steps, so that the scaler and the classifier are
# fitted together: the mean and the standard deviation come from the training wines alone, and are then used for all
# others.

# %%
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

one_neighbour = make_pipeline(StandardScaler(), KNeighborsClassifier(1))
one_neighbour.fit(X_train, y_train)
print(f"training:   {one_neighbour.score(X_train, y_train):.3f}")
print(f"validation: {one_neighbour.score(X_val, y_val):.3f}")
print(f"baseline:   {baseline:.3f}")

# %% [markdown]
# With $k = 1$ the machine is right for all training wines: the nearest neighbour of a training wine is the wine
# itself. For new wines it is right with 0.793, which is *worse than the guesser who is asleep*. **The score on the
# training set does not tell how good a machine is on new cases.**

# %% tags=["claim"]
claim("right for all training wines", one_neighbour.score(X_train, y_train) == 1)
claim("For new wines it is right with 0.793", one_neighbour.score(X_val, y_val))
claim(
    "*worse than the guesser who is asleep*",
    one_neighbour.score(X_val, y_val) < baseline,
)

# %% [markdown]
# ## The trap of the repeated rows
#
# Now you can see why the 1177 repetitions had to go. Only here we keep them, for comparison, and do the same with ten
# random splits.


# %%
def ten_splits(table):
    """Accuracies on 20 % held back, for ten splits: 1-NN and the baseline, (10, 2)."""
    X, y = table[features], (table["quality"] >= 7).to_numpy().astype(int)
    results = []
    for seed in range(10):
        parts = train_test_split(X, y, test_size=0.2, stratify=y, random_state=seed)
        X_a, X_b, y_a, y_b = parts
        accuracy = one_neighbour.fit(X_a, y_a).score(X_b, y_b)
        results.append((accuracy, baseline_accuracy(y_a, y_b)))
    return np.array(results)


# %%
with_copies, without = ten_splits(data.load("wine_quality")), ten_splits(wines)
rows = [
    (name, r[:, 0].mean(), r[:, 0].std(ddof=1), r[:, 1].mean())
    for name, r in (("kept", with_copies), ("removed", without))
]
columns = ["repeated rows", "1-NN", "spread (±)", "baseline"]
copies = pd.DataFrame(rows, columns=columns)
plot.table(copies, "Accuracy of one neighbour (mean and spread of 10 splits).")

# %% [markdown]
# With the repetitions one neighbour reaches 0.863 and seems far better than the baseline, 0.803. Without them it has
# 0.806 and loses to 0.810. The difference is not skill. When a row stands in the table twice, one copy often lands in
# the training set and the other in the test set, and the machine just looks the answer up. Information about the test
# cases that gets into the training is called a **leak**. No error message tells you about it. Look for repetitions
# *before* you split.

# %% tags=["claim"]
claim(
    "one neighbour reaches 0.863 and seems far better than the baseline, 0.803",
    copies.iloc[0, 1],
    copies.iloc[0, 3],
)
claim(
    "Without them it has 0.806 and loses to 0.810", copies.iloc[1, 1], copies.iloc[1, 3]
)

# %% [markdown]
# ## The second machine adds up
#
# **Logistic regression** gives each feature a weight $w_j$ and adds up. A positive weight speaks for "good", a
# negative one against it, and $b$ is where the sum starts:
#
# ```{math}
# :label: eq-logistic
# \begin{aligned}
# z &= w_1 \tilde x_1 + w_2 \tilde x_2 + \dots + w_d \tilde x_d + b , \\[4pt]
# \hat p &= \sigma(z) = \frac{1}{1 + e^{-z}} .
# \end{aligned}
# ```
#
# The sum $z$ can be any number. The {term}`sigmoid` $\sigma$ ("sigma") sends it into the interval from 0 to 1, so that
# it can be read as a probability: $\sigma(0) = 0.5$, large sums come near 1, very negative sums come near 0. *Learning*
# means to find the weights that suit the training wines best. {doc}`Chapter 05 <05_logistic_by_hand>` does that by
# hand. In spite of its name this is a method for classification, and the first one to try: it is quick, and its weights
# can be read.

# %%
from sklearn.linear_model import LogisticRegression

logistic = make_pipeline(StandardScaler(), LogisticRegression()).fit(X_train, y_train)
weights = pd.Series(logistic[-1].coef_[0], index=features)
weights = weights.sort_values(key=abs, ascending=False).rename("weight").to_frame()
plot.table(weights.head(5), "The five largest weights.", digits=2)

# %% [markdown]
# The largest weight belongs to density, with a minus, and alcohol comes only fourth. Are dense wines bad wines? Take
# care. Density, sugar and alcohol depend on each other: sugar makes wine denser, alcohol makes it lighter. Such
# features share their work, and one can take over the work of another. So **a weight tells what the machine uses, and
# not what causes the taste.**

# %% tags=["claim"]
claim("The largest weight belongs to density", weights.index[0] == "density")
claim("density, with a minus", bool(weights["weight"].iloc[0] < 0))
claim("alcohol comes only fourth", weights.index[3] == "alcohol")

# %% [markdown]
# ## The third machine asks questions
#
# A **decision tree** asks one question after the other, such as "alcohol at most 11.5?", and goes left or right. The
# first question is the *root*; where no question follows, at a *leaf*, stands the answer. To learn, it tries all
# features and all thresholds, and takes the question after which the two groups are purest: as much as possible one
# class each. Then it does the same in each group {cite:p}`breiman1984classification`. The **depth** is the number of
# questions on the longest way.

# %%
from sklearn.tree import DecisionTreeClassifier, export_text

small_tree = DecisionTreeClassifier(max_depth=3, random_state=SEED)
small_tree.fit(X_train, y_train)
print(export_text(small_tree, feature_names=features, decimals=2))

# %% [markdown]
# A person can read and check it: that is the strength of a tree. Its weakness: change the training wines a little,
# and another question may come first, and then everything below it is different.
#
# (Some last questions have the same class on both sides. The score that a tree gives is the share of good training
# wines in the leaf. It differs on the two sides, but both shares are below one half.)
#
# ## The fourth machine asks a hundred others
#
# A **random forest** makes a strength of this weakness. It grows, say, 100 trees. Each gets its own random drawing of
# the training wines (some twice or more, some not at all), and at each question only a few features to choose from.
# So the trees make *different* mistakes, and in the mean of their votes many mistakes cancel
# {cite:p}`breiman2001random`.

# %%
from sklearn.ensemble import RandomForestClassifier

machines = {
    "1 neighbour": one_neighbour,
    "15 neighbours": make_pipeline(StandardScaler(), KNeighborsClassifier(15)),
    "logistic regression": logistic,
    "tree, depth 3": small_tree,
    "tree, any depth": DecisionTreeClassifier(random_state=SEED),
    "forest of 100 trees": RandomForestClassifier(
        n_estimators=100, min_samples_leaf=5, random_state=SEED
    ),  # every leaf keeps 5 training wines or more
}

# %%
rows = [("always “ordinary”", baseline_accuracy(y_train, y_train), baseline)]
for name, machine in machines.items():
    machine.fit(X_train, y_train)
    rows.append((name, machine.score(X_train, y_train), machine.score(X_val, y_val)))
first = pd.DataFrame(rows, columns=["machine", "training", "validation"])
plot.table(first, "Accuracies. The validation set has 1064 wines.")

# %% tags=["hide-input"]
from sklearn.base import clone

pair = ["alcohol", "volatile_acidity"]
figure, axes = plt.subplots(2, 2, figsize=(7.2, 6.2), sharex=True, sharey=True)
names = ["15 neighbours", "logistic regression", "tree, depth 3", "forest of 100 trees"]
few = np.random.default_rng(SEED).permutation(len(X_train))[:64]
for ax, name in zip(axes.flat, names, strict=True):
    plane = clone(machines[name]).fit(X_train[pair], y_train)
    plot.decision_boundary(
        plane, X_train[pair].iloc[few], y_train[few], ax=ax, resolution=60
    )
    ax.set(title=name, xlabel="alcohol [%]", ylabel="acetic acid [g/dm³]")
    ax.legend_.remove()
for ax in axes.flat:
    ax.label_outer()
plot.show(
    "Four panels: how four machines see the plane of alcohol and acetic acid. The "
    "neighbours give irregular islands, logistic regression one straight line, the "
    "tree one upright line, the forest a ragged border. In all of them wines "
    "with much alcohol are called good. Good wines are orange squares, ordinary wines "
    "blue circles.",
    "Four kinds of rule, learned from two features only. The orange area, with much "
    "alcohol, is called good. Of the training wines 64 are drawn: squares are good, "
    "circles ordinary.",
)

# %% [markdown]
# Look first at the table: two machines are right for every training wine, and they are the two worst in the
# validation column. Logistic regression is best there: 0.848 against 0.810. It even has a *better* result in
# validation than in training. That can happen by chance when a machine is simple; it is not a law that training is
# always better.
#
# Then look at the pictures. Each machine can draw only borders of its own kind: neighbours irregular ones, logistic
# regression a straight line, a tree upright and level lines (here a single one), a forest ragged lines. Which kind is
# the best depends on the data: you have to try.

# %% tags=["claim"]
table = first.set_index("machine")
ranked = table["validation"].sort_values()
perfect = table.index[table["training"] == 1]
claim("two machines are right for every training wine", len(perfect) == 2)
claim("the two worst in the validation column", set(ranked.index[:2]) == set(perfect))
claim("best there: 0.848 against 0.810", ranked.iloc[-1], baseline)
claim("Logistic regression is best there", ranked.index[-1] == "logistic regression")
claim("right for 85 of 100 wines", 100 * ranked.iloc[-1], 100)
claim(
    "*better* result in validation than in training",
    bool(
        table.loc["logistic regression", "validation"]
        > table.loc["logistic regression", "training"]
    ),
)

# %% [markdown]
# ## Too simple, too clever: under- and overfitting
#
# A tree with one question can say little. A tree with 400 leaves can learn every wine by heart. How deep should it
# be? The depth is not learned from the examples: *you* set it before. Such a number is called a **hyperparameter**;
# the $k$ of kNN is another. Let us try all depths up to 20.

# %%
depths = np.arange(1, 21)
curves = []
for depth in depths:
    tree = DecisionTreeClassifier(max_depth=depth, random_state=SEED)
    tree.fit(X_train, y_train)
    curves.append((tree.score(X_train, y_train), tree.score(X_val, y_val)))
train_curve, val_curve = np.array(curves).T

# %% tags=["hide-input"]
figure, ax = plt.subplots()
ax.plot(depths, train_curve, "o-", color=plot.PALETTE["blue"], label="training")
ax.plot(depths, val_curve, "s--", color=plot.PALETTE["orange"], label="validation")
ax.axhline(
    baseline, color=plot.PALETTE["muted"], linestyle=(0, (1, 1.4)), label="baseline"
)
ax.set(xlabel="depth of the tree", ylabel="accuracy", xticks=[1, 5, 10, 15, 20])
ax.legend()
plot.show(
    "Accuracy of a tree over its depth, from 1 to 20. The training curve rises from "
    "0.81 to 1. The validation curve rises a little, has its top at depth 3, and from "
    "depth 10 on it lies below the dotted line of the baseline, at 0.81.",
    "The deeper the tree, the better it knows the training wines, and only these.",
)

# %% [markdown]
# - On the left, at depth 1 and 2, the tree is as good as the baseline, in training *and* validation: it says
#   "ordinary" everywhere. A model that is too simple even for the training data **underfits**.
# - On the right the training accuracy is 1.000, and the validation accuracy 0.776 is below the baseline. A model that
#   follows accidents of the training data, which do not come again, **overfits**. You recognise it by the *gap*
#   between the curves.
# - Somewhere between lies the best depth. Here it seems to be 3, with 0.828.
#
# How sure is "3"? Each point of the validation curve comes from 1064 wines. If a machine is right for the share $q$
# of *all* wines, then its accuracy on $n$ random wines varies with a standard deviation, called the **standard
# error**, of
#
# ```{math}
# :label: eq-standard-error
# \text{standard error} = \sqrt{\frac{q\,(1 - q)}{n}} .
# ```
#
# For $q = 0.81$ and $n = 1064$ this is 0.012. A result of 0.828 means "0.83, plus or minus one or two hundredths".
# Many depths are that close together. So one validation set cannot say which is the best.

# %% tags=["claim"]
claim(
    "the training accuracy is 1.000, and the validation accuracy 0.776 is below",
    train_curve[-1],
    val_curve[-1],
)
claim("Here it seems to be 3, with 0.828", depths[val_curve.argmax()], val_curve.max())
claim(
    "For $q = 0.81$ and $n = 1064$ this is 0.012",
    baseline,
    len(y_val),
    np.sqrt(0.81 * 0.19 / len(y_val)),
)
claim("A tree with 400 leaves", bool(abs(tree.get_n_leaves() - 400) < 15))
claim(
    "at depth 1 and 2, the tree is as good as the baseline",
    bool(np.allclose(val_curve[:2], baseline)),
)

# %% [markdown]
# ## Use every case for both: cross-validation
#
# Which cases are in the validation set is chance. **k-fold cross-validation** lets every case be in it once. Divide
# the cases into $k$ parts, the *folds* (this $k$ has nothing to do with neighbours). Put one fold aside, train on the
# other $k - 1$, and measure on the one that was put aside. Do this $k$ times, each time with another fold. You get
# $k$ results: their mean is more certain than one of them, and their spread says how much chance there is
# {cite:p}`stone1974cross`.
#
# ```{table} Four folds: in each round another of the parts a, b, c, d is held back
# | round | a | b | c | d |
# |---|---|---|---|---|
# | 1 | **measure** | train | train | train |
# | 2 | train | **measure** | train | train |
# | 3 | train | train | **measure** | train |
# | 4 | train | train | train | **measure** |
# ```
#
# ## Exercise 01.3: the folds, by hand
#
# Return the $k$ rounds for $n$ cases that are numbered from 0 to $n - 1$: a list of $k$ pairs `(train, test)`, each a
# list (or an array) of case numbers. Each fold is a block of neighbouring cases, in order. If $k$ does not divide
# $n$, the *first* $n \bmod k$ folds (in Python `n % k`) have one case more than the others. Every case is tested
# exactly once. For example, `folds(3, 2)` is `[([2], [0, 1]), ([0, 1], [2])]`.


# %%
def folds(n, k):
    """A list of k pairs (train, test) of case numbers."""
    ### BEGIN SOLUTION: the k pairs
    pairs, start = [], 0
    for j in range(k):
        stop = start + n // k + (1 if j < n % k else 0)
        test = list(range(start, stop))
        train = [i for i in range(n) if i < start or i >= stop]
        pairs.append((train, test))
        start = stop
    return pairs
    ### END SOLUTION


# %%
check("01.3")

# %% [markdown]
# `folds` takes neighbouring cases together. That is only right if the order of the cases is random. In our file all
# red wines come first! But the random split has already mixed the rows of `X_rest`, which are the training and the
# validation wines together. The test set stays in its drawer.

# %%
folds = answer("01.3")

tuned = []
for depth in depths:
    tree = DecisionTreeClassifier(max_depth=depth, random_state=SEED)
    tuned.append([])
    for train, test in folds(len(X_rest), 10):
        tree.fit(X_rest.iloc[train], y_rest[train])
        tuned[-1].append(tree.score(X_rest.iloc[test], y_rest[test]))
tuned = np.array(tuned)  # shape (20, 10): a row for each depth
best = tuned.mean(axis=1).argmax()
print(f"best depth {depths[best]}: {tuned[best].mean():.3f}")

# %% tags=["hide-input"]
figure, ax = plt.subplots()
ax.errorbar(
    depths,
    tuned.mean(axis=1),
    yerr=tuned.std(axis=1, ddof=1),
    color=plot.PALETTE["orange"],
    marker="s",
    linestyle="--",
    capsize=3,
    label="mean of 10 folds ± standard deviation",
)
ax.axhline(
    baseline, color=plot.PALETTE["muted"], linestyle=(0, (1, 1.4)), label="baseline"
)
ax.set(xlabel="depth of the tree", ylabel="accuracy", xticks=[1, 5, 10, 15, 20])
ax.set_ylim(bottom=0.74)
ax.legend(loc="lower left")
plot.show(
    "Mean accuracy of ten folds over the depth, with bars of about plus and minus "
    "0.02. From depth 1 to 8 the means lie close together, between 0.81 and 0.82; "
    "then they fall to 0.78. The bars of the depths 1 to 8 overlap.",
    "Ten-fold cross-validation of the depth, on 4256 wines.",
)

# %% [markdown]
# Now the best depth is 5 and no longer 3. But the means of depth 1 to 7 differ by less than 0.007, and the folds of
# one depth differ by more than five times as much. The honest answer is: *depths 1 to 7 cannot be told apart, and a
# deep tree is worse.*
#
# When several settings are equally good, take the simplest. Here it asks one question and says "ordinary" to every
# wine, like the guesser. Even the best tree has 0.816, and the baseline has 0.810. All this work for one wine in a
# hundred? Either nothing can be learned from these features, or accuracy is the wrong thing to look at.

# %% tags=["claim"]
mean = tuned.mean(axis=1)
claim(
    "Now the best depth is 5 and no longer 3", depths[best], depths[val_curve.argmax()]
)
claim(
    "the means of depth 1 to 7 differ by less than 0.007",
    bool(np.ptp(mean[:7]) < 0.007),
)
claim(
    "the folds of one depth differ by more than five times as much",
    bool(np.ptp(tuned[:7], axis=1).min() > 5 * np.ptp(mean[:7])),
)
claim("the best tree has 0.816, and the baseline has 0.810", mean[best], baseline)
stump = DecisionTreeClassifier(max_depth=1, random_state=SEED).fit(X_rest, y_rest)
claim(
    'Here it asks one question and says "ordinary" to every wine',
    not stump.predict(X_rest).any(),
)

# %% [markdown]
# ## Which mistakes? The confusion matrix
#
# Take the best machine of the table, logistic regression, with its accuracy of 0.848. *What* does it get wrong? The
# {term}`confusion matrix` has a row for each true class and a column for each predicted class, and counts.

# %%
predicted = logistic.predict(X_val)
words = np.array(["ordinary", "good"])
plot.confusion_matrix(words[y_val], words[predicted], labels=words)
plot.show(
    "A confusion matrix of two classes. True ordinary: 823 predicted ordinary, 39 "
    "predicted good. True good: 123 predicted ordinary, 79 predicted good.",
    "Logistic regression on the 1064 validation wines.",
)

# %% [markdown]
# Of 202 good wines the machine finds 79. The other 123 would never be tasted. With an accuracy of 0.848 it misses
# most of what it is for.
#
# We look for good wines, so "good" is called the **positive** class, whatever we feel about it: in a hospital the
# positive class is the illness. The four counts have names:
#
# ```{table} The four counts of a two-class problem
# | | predicted negative | predicted positive |
# |---|---|---|
# | truly negative | **TN**, true negatives | **FP**, false positives: false alarms |
# | truly positive | **FN**, false negatives: missed | **TP**, true positives: found |
# ```
#
# From the four counts come all the usual scores. Read each one as a question.
#
# - $\text{accuracy} = \dfrac{TP + TN}{TP + FP + FN + TN}$. How many of all answers are right?
# - $\text{recall} = \dfrac{TP}{TP + FN}$. How many of the truly positive are found?
# - $\text{precision} = \dfrac{TP}{TP + FP}$. How many of the alarms are true?
# - $\text{specificity} = \dfrac{TN}{TN + FP}$. How many of the truly negative are left alone?
#
# Recall is also called *sensitivity* or *true positive rate*. Recall and specificity each stay in one *row* of the
# matrix; precision stays in a *column*. A machine that calls nothing positive has no alarms: its precision is $0/0$,
# and we set it to 0.

# %% tags=["claim"]
matrix_val = pd.crosstab(y_val, predicted).to_numpy()
claim(
    "Of 202 good wines the machine finds 79. The other 123",
    y_val.sum(),
    matrix_val[1, 1],
    matrix_val[1, 0],
)
claim("misses more than half of the good ones", matrix_val[1, 0] > y_val.sum() / 2)
claim("With an accuracy of 0.848 it misses most", (predicted == y_val).mean())

# %% [markdown]
# ### One number for two: F1
#
# Recall alone is easy: call every wine good, and you find all of them. Precision alone is easy too: call only the one
# safest wine good. A machine should have both. The **F1 score** combines **recall and precision** by their *harmonic
# mean*, which stays near the smaller of the two:
#
# ```{math}
# :label: eq-f1
# F_1 = \frac{2\, P\, R}{P + R} = \frac{2\,TP}{2\,TP + FP + FN} ,
# ```
#
# where $P$ is the precision and $R$ the recall. The second form follows when you put in the two fractions:
#
# $$
# \begin{aligned}
# \frac1{F_1} &= \frac12 \left( \frac1P + \frac1R \right) \\[8pt]
#   &= \frac12 \left( \frac{TP + FP}{TP} + \frac{TP + FN}{TP} \right) \\[8pt]
#   &= \frac{2\,TP + FP + FN}{2\,TP} .
# \end{aligned}
# $$
#
# ```{warning}
# You can read in some notes that F1 takes account of "recall and accuracy". That is wrong, and the formula shows it:
# accuracy needs $TN$, and there is no $TN$ in F1. This is why F1 is useful here: the many true negatives,
# which are easy, cannot make it look good.
# ```
#
# ## Exercise 01.4: five scores from four counts
#
# `matrix` is a confusion matrix as an array of shape `(2, 2)`, in the order of scikit-learn: class 0 (negative)
# stands first, so it holds `[[TN, FP], [FN, TP]]`. Return a dict with the keys `"accuracy"`, `"recall"`,
# `"precision"`, `"specificity"` and `"f1"`. There is at least one truly positive and one truly negative case. Where
# no case is predicted positive, the precision and F1 are 0.


# %%
def scores(matrix):
    """Five scores of the confusion matrix [[TN, FP], [FN, TP]], as a dict."""
    ### BEGIN SOLUTION: the five scores in a dict
    (tn, fp), (fn, tp) = matrix
    return {
        "accuracy": (tp + tn) / (tn + fp + fn + tp),
        "recall": tp / (tp + fn),
        "precision": tp / (tp + fp) if tp + fp > 0 else 0.0,
        "specificity": tn / (tn + fp),
        "f1": 2 * tp / (2 * tp + fp + fn),
    }
    ### END SOLUTION


# %%
check("01.4")

# %%
from sklearn.metrics import confusion_matrix

scores = answer("01.4")

answers = {
    "always “ordinary”": np.zeros_like(y_val),
    "always “good”": np.ones_like(y_val),
    **{name: machine.predict(X_val) for name, machine in machines.items()},
}
rows = {name: scores(confusion_matrix(y_val, p)) for name, p in answers.items()}
five = pd.DataFrame(rows).T
plot.table(five, "The same machines on the validation set, seen with five scores.")

# %% [markdown]
# The table tells another story than the accuracy alone.
#
# - The forest and logistic regression have nearly the same accuracy, and neither finds half of the good wines.
# - One neighbour, "worse than the baseline", has the *highest* recall of the learned machines, 0.505, and an F1 of
#   0.481. By accuracy it was the second worst.
# - F1 needs a baseline too. "Always good" gets 0.319 without looking at a wine.
#
# **With unequal classes, never report an accuracy without the baseline beside it.**

# %% tags=["claim"]
learned = five.drop(index=["always “ordinary”", "always “good”"])
claim("learned machines, 0.505, and an", learned["recall"].max())
claim("an F1 of 0.481", learned.loc["1 neighbour", "f1"])
claim(
    'One neighbour, "worse than the baseline"',
    learned["recall"].idxmax() == "1 neighbour",
)
claim('"Always good" gets 0.319', five.loc["always “good”", "f1"])
by_accuracy = learned["accuracy"].sort_values().index
claim("By accuracy it was the second worst", by_accuracy[1] == "1 neighbour")
claim(
    "neither finds half of the good wines",
    bool(learned["recall"][["logistic regression", "forest of 100 trees"]].max() < 0.5),
)

# %% [markdown]
# ## Exercise 01.5: a test that is right nine times in ten
#
# Predict first, then compute. 10 000 people are tested for an illness that 1 % of them have. The test has the recall
# 0.9 and the specificity 0.9. You belong to those who get an alarm. How probable is it that you are ill? Say a number
# to yourself before you go on; most people, doctors too, are far off {cite:p}`gigerenzer2007helping`.
#
# Then count people, and give five numbers (a share is a number from 0 to 1, not a percentage):
#
# - `found`: how many ill people get an alarm;
# - `false_alarms`: how many healthy people get an alarm;
# - `test_precision`: the share of the alarms that are right, to three decimals;
# - `test_accuracy`: the accuracy of the test;
# - `nobody_accuracy`: the accuracy of telling everybody "you are healthy".

# %%
### BEGIN SOLUTION: how many ill people get an alarm?
found = 90
### END SOLUTION
### BEGIN SOLUTION: how many healthy people get an alarm?
false_alarms = 990
### END SOLUTION
### BEGIN SOLUTION: the share of right alarms
test_precision = 90 / (90 + 990)
### END SOLUTION
### BEGIN SOLUTION: the accuracy of the test
test_accuracy = (90 + 8910) / 10_000
### END SOLUTION
### BEGIN SOLUTION: the accuracy of telling everybody that they are healthy
nobody_accuracy = 9900 / 10_000
### END SOLUTION

# %%
check("01.5")

# %% [markdown]
# Only one alarm in twelve is right. Nothing is wrong with the test. There are simply so many healthy people that one
# tenth of them outnumbers the ill. **Recall and specificity belong to the machine; precision depends also on how rare
# the positive class is.** The same test in a group in which half are ill has a precision of 0.9. And by accuracy the
# test, 0.90, loses to doing nothing, 0.99, although it finds 90 ill people and doing nothing finds nobody.

# %% tags=["claim"]
alarms = answer("01.5")
claim(
    "Only one alarm in twelve is right",
    bool(abs((alarms[0] + alarms[1]) / alarms[0] - 12) < 1e-9),
)
claim("by accuracy the test, 0.90, loses to doing nothing, 0.99", alarms[3], alarms[4])
claim("half are ill has a precision of 0.9", 0.9 * 0.5 / (0.9 * 0.5 + 0.1 * 0.5))

# %% [markdown]
# ## More than two classes: macro, micro, weighted
#
# The panel would rather know three classes: *poor* (mark 3 or 4), *medium* (5 or 6) and *good* (7 to 9). Logistic
# regression can do that too. Each class has an F1 of its own: take this class as positive and all others together as
# negative.

# %%
three = np.digitize(wines["quality"], [5, 7])  # 0 poor, 1 medium, 2 good
three_train, three_val = three[X_train.index], three[X_val.index]
three_machine = make_pipeline(StandardScaler(), LogisticRegression())
three_predicted = three_machine.fit(X_train, three_train).predict(X_val)
kinds = np.array(["poor", "medium", "good"])
plot.confusion_matrix(kinds[three_val], kinds[three_predicted], labels=kinds)
plot.show(
    "A confusion matrix of three classes. Nearly all wines, also most poor and most "
    "good ones, are predicted as medium. No poor wine is predicted as poor.",
    "Three classes on the validation set. Nearly all wines are called medium.",
)

# %% [markdown]
# Three F1 scores are hard to compare with three others, so people take a mean. There are three ways to do so. Let
# class $k$ have the counts $TP_k$, $FP_k$, $FN_k$, the score $F_{1,k}$ and $n_k$ true cases, out of $n$ cases and $K$
# classes.
#
# - $\text{macro} = \dfrac1K \displaystyle\sum_{k=1}^{K} F_{1,k}$. Every class counts the same.
# - $\text{weighted} = \displaystyle\sum_{k=1}^{K} \dfrac{n_k}{n}\, F_{1,k}$. A class with twice as many cases counts
#   twice as much.
# - $\text{micro} = \dfrac{2 \sum_k TP_k}{2 \sum_k TP_k + \sum_k FP_k + \sum_k FN_k}$. First count over all classes,
#   then divide.
#
# When each case has exactly one class, the micro average is nothing new. Every wrong answer is a false positive of
# the class that was named and a false negative of the class that was true. So $\sum FP_k = \sum FN_k$ = the number of
# wrong answers, and
#
# $$
# \text{micro} = \frac{\text{right}}{\text{right} + \text{wrong}} = \frac{\text{right}}{n} = \text{accuracy} .
# $$
#
# ## Exercise 01.6: macro, micro, weighted
#
# `cm` is a confusion matrix of shape `(K, K)`, a row for each true class. Return a dict with the keys `"macro"`,
# `"micro"`, `"weighted"`. Every class occurs at least once. A class may never be *predicted*; its F1 is then 0.


# %%
def f1_averages(cm):
    """The three averages of F1, as a dict."""
    ### BEGIN SOLUTION: the three averages in a dict
    tp = np.diag(cm)
    support = cm.sum(axis=1)
    fn, fp = support - tp, cm.sum(axis=0) - tp
    f1 = 2 * tp / (2 * tp + fp + fn)
    return {
        "macro": f1.mean(),
        "micro": 2 * tp.sum() / (2 * tp.sum() + fp.sum() + fn.sum()),
        "weighted": (f1 * support).sum() / support.sum(),
    }
    ### END SOLUTION


# %%
check("01.6")

# %%
f1_averages = answer("01.6")

guesses = {
    "logistic regression": three_predicted,
    "always “medium”": np.ones_like(three_val),
}
averages = pd.DataFrame(
    {name: f1_averages(confusion_matrix(three_val, p)) for name, p in guesses.items()}
).T
plot.table(averages, "Three averages of F1 on the validation set, and their baseline.")

# %% [markdown]
# "Always medium" has a micro F1 of 0.762, which is its accuracy, and a macro F1 of 0.288. Same answers, two numbers!
# The macro average notices that two of the three classes are never found, because each class counts the same. The
# weighted average goes with the frequent class, like the accuracy. **Whoever reports "F1" of several classes must say
# which average**, and macro is the one that rare classes need. Its weakness: one rare class with a handful of cases
# makes it jump. We have 51 poor wines in the validation set.

# %% tags=["claim"]
medium = averages.loc["always “medium”"]
claim("of 0.762, which is its accuracy", medium["micro"])
claim("of 0.288. Same answers", medium["macro"])
claim(
    "which is its accuracy", bool(np.isclose(medium["micro"], np.mean(three_val == 1)))
)
claim("We have 51 poor wines in the validation set", (three_val == 0).sum())

# %% [markdown]
# ## The threshold is a choice: ROC and AUC
#
# Our machines do not say yes or no. They give a score $\hat p$, and *we* cut it at 0.5. That is only a habit. If the
# winery wants to miss few good wines, it can cut lower and taste more. Here is what happens at every threshold.

# %% tags=["hide-input"]
score = logistic.predict_proba(X_val)[:, 1]  # the score of class 1, one for each wine
cuts = np.linspace(0.02, 0.8, 79)
every = pd.DataFrame(
    [scores(confusion_matrix(y_val, score >= cut)) for cut in cuts], index=cuts
)
figure, ax = plt.subplots()
for name, color, dashes in (
    ("recall", "blue", "-"),
    ("precision", "orange", (0, (5, 2))),
    ("accuracy", "green", (0, (1, 1.4))),
):
    ax.plot(cuts, every[name], color=plot.PALETTE[color], linestyle=dashes, label=name)
ax.axvline(0.5, color=plot.PALETTE["muted"], linewidth=1, label="threshold 0.5")
ax.set(xlabel="threshold of the score", ylabel="score on the validation set")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plot.show(
    "Recall, precision and accuracy over the threshold. Recall falls from 1 to nearly "
    "0. Precision rises from 0.2 to about 0.8. Accuracy rises quickly until a "
    "threshold of 0.3, then changes little: 0.83, 0.85 near 0.5, 0.81 at the end.",
    "The same machine, logistic regression, at thresholds from 0.02 to 0.8.",
)

# %% [markdown]
# At a threshold of 0.2 the same machine finds 0.792 of the good wines, and 0.419 of its alarms are right. Its
# accuracy is 0.752, *below the baseline*. For the winery it is much more useful than before: accuracy treats a missed
# good wine and a glass tasted in vain as the same mistake, and the winery does not.
#
# To compare two machines without choosing a threshold, draw recall against the **false positive rate** $FP / (FP +
# TN)$, which is 1 − specificity, for *all* thresholds. This is the {term}`ROC curve`
# {cite:p}`fawcett2006introduction`. A perfect machine goes through the corner at the top left. A machine that throws
# dice follows the diagonal.

# %% tags=["claim"]
low_cut = scores(confusion_matrix(y_val, score >= 0.2))
claim(
    "finds 0.792 of the good wines, and 0.419 of its alarms are right. Its accuracy is 0.752",
    low_cut["recall"],
    low_cut["precision"],
    low_cut["accuracy"],
)
claim("*below the baseline*. For the winery", low_cut["accuracy"] < baseline)

# %% tags=["hide-input"]
ax = plt.subplots(figsize=(5.2, 4.8))[1]
for name in ("forest of 100 trees", "logistic regression", "tree, any depth"):
    plot.roc(y_val, machines[name].predict_proba(X_val)[:, 1], ax=ax, label=name)
plot.roc(y_val, X_val["alcohol"], ax=ax, label="alcohol alone")
plot.show(
    "Four ROC curves on the validation set. The forest and logistic regression rise "
    "steeply and lie close together; the curve of alcohol alone lies below them; the "
    "deep tree is a single corner not far above the diagonal.",
    "The area under each curve is in the legend.",
)

# %% [markdown]
# ### What the area means
#
# The area under the curve is called **AUC**. It has a second meaning, which is easier to remember: **AUC is the
# probability that a random positive case has a higher score than a random negative case.** Why? Let the threshold
# fall from high to low. Each time it passes a positive case, the curve goes up by $1/n_+$; each time it passes a
# negative case, the curve goes right by $1/n_-$ ($n_+$ and $n_-$ are the numbers of positive and negative cases). The
# area below one step to the right is its width, $1/n_-$, times the height that has been reached: the share of the
# positive cases with a higher score than this negative one. Added over all negative cases, that is the share of pairs
# (positive, negative) in which the positive case has the higher score:
#
# ```{math}
# :label: eq-auc
# \text{AUC} = \frac{\text{pairs won} + \tfrac12\, \text{pairs tied}}{n_+ \, n_-} .
# ```
#
# In a tie, both have the same score, the curve climbs and goes right at the same time, along a diagonal, and half of
# the little rectangle lies below it. So a tie counts one half.
#
# ## Exercise 01.7: AUC is a share of pairs
#
# Compute the AUC by {eq}`eq-auc`. `y` holds zeros and ones, at least one of each; `score` holds a number for each
# case, of any size. Both are arrays of shape `(n,)`.


# %%
def auc(y, score):
    """Share of pairs (a 1 and a 0) in which the 1 has the higher score."""
    ### BEGIN SOLUTION: the pairs that are won, plus half of the pairs that are tied
    difference = score[y == 1][:, None] - score[y == 0]  # all pairs
    return np.mean(difference > 0) + np.mean(difference == 0) / 2
    ### END SOLUTION


# %%
check("01.7")

# %%
auc = answer("01.7")

forest = machines["forest of 100 trees"]
areas = {
    "forest": auc(y_val, forest.predict_proba(X_val)[:, 1]),
    "alcohol alone": auc(y_val, X_val["alcohol"].to_numpy()),
    "always “ordinary”": auc(y_val, np.zeros(len(y_val))),
}
for name, area in areas.items():
    print(f"{name:20} {area:.3f}")

# %% [markdown]
# Put a good and an ordinary wine before the forest: in 0.866 of all such pairs it prefers the good one. The guesser
# who always says the same has 0.500: every pair is tied. To name the frequent class every time does not help here.
# And the first honest comparison: the expert's feature, *alcohol alone*, has 0.820. One column does most of the work;
# the other ten and a forest add a little.
#
# What AUC does not show: whether the scores are right as probabilities (it knows only their order), and what happens
# at the one threshold that you use. When positives are very rare, look at precision too.

# %% tags=["claim"]
claim("in 0.866 of all such pairs", areas["forest"])
claim("always says the same has 0.500", areas["always “ordinary”"])
claim("*alcohol alone*, has 0.820", areas["alcohol alone"])

# %% [markdown]
# ## A bug without an error message
#
# A friend has 60 patients, half of them ill, and 1000 measurements of each. "From 20 measurements I can tell who is
# ill, with an accuracy of 80 %!" Here is the code. It standardises, it chooses the `m` features that are most related
# to the class (`SelectKBest`), and it measures by cross-validation with three neighbours.

# %%
from sklearn.feature_selection import SelectKBest


def cross_validate_of_a_friend(X, y, folds, m):
    """Accuracy of each fold; X (n, d), y (n,), folds a list of (train, test)."""
    Z = StandardScaler().fit_transform(X)  # A
    Z = SelectKBest(k=m).fit_transform(Z, y)  # B
    accuracies = []
    for train, test in folds:
        model = KNeighborsClassifier(3)  # C
        model.fit(Z[train], y[train])  # D
        accuracies.append(model.score(Z[test], y[test]))  # E
    return accuracies


# %%
def pure_noise(seed):
    """60 patients, 1000 measurements that have nothing to do with the illness."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(60, 1000)), rng.permutation(np.arange(60) % 2)


noise, ill = pure_noise(SEED)
claimed = cross_validate_of_a_friend(noise, ill, folds(60, 5), m=20)
print(f"accuracy on pure noise: {np.mean(claimed):.2f}")

# %% [markdown]
# The measurements are *random numbers*: the right result is 0.5, and the code reports far more.
#
# ## Exercise 01.8: find the leaks
#
# 1. `leaks`: a list of the letters of **all** lines in which a test case influences what the model learns, such as
#    `["C", "E"]`.
# 2. `cross_validate`: the function without the leaks. It uses the same three steps with the same settings and returns
#    the list of accuracies, one for each fold. The elements of `folds` are pairs of arrays or lists of row numbers.

# %%
### BEGIN SOLUTION: the letters of the lines that leak
leaks = ["A", "B"]
### END SOLUTION


def cross_validate(X, y, folds, m):
    """Accuracy of each fold, with every step learned from the training rows alone."""
    ### BEGIN SOLUTION: the function without its leaks
    accuracies = []
    for train, test in folds:
        model = make_pipeline(
            StandardScaler(), SelectKBest(k=m), KNeighborsClassifier(3)
        )
        model.fit(X[train], y[train])
        accuracies.append(model.score(X[test], y[test]))
    return accuracies
    ### END SOLUTION


# %%
check("01.8")

# %%
_, cross_validate = answer("01.8")

leaky, honest = [], []
for seed in range(20):
    noise, ill = pure_noise(seed)
    leaky.append(np.mean(cross_validate_of_a_friend(noise, ill, folds(60, 5), m=20)))
    honest.append(np.mean(cross_validate(noise, ill, folds(60, 5), m=20)))
print(f"with the leaks:    {np.mean(leaky):.2f} ± {np.std(leaky, ddof=1):.2f}")
print(f"without the leaks: {np.mean(honest):.2f} ± {np.std(honest, ddof=1):.2f}")

# %% [markdown]
# Over 20 data sets of noise the leaking code reports 0.85 on average, and the repaired code 0.50. Among 1000 random
# columns some agree with the classes of these 60 patients by chance, test patients included, and line B chooses just
# these. Published studies have made this mistake {cite:p}`ambroise2002selection`.
#
# The scaler (line A) does much less harm, since it does not see the classes. But the rule is simple and has no
# exceptions: **whatever is learned from data is learned from the training part alone.** Put all steps into one
# pipeline, and you cannot forget it.

# %% tags=["claim"]
claim(
    "the leaking code reports 0.85 on average, and the repaired code 0.50",
    np.mean(leaky),
    np.mean(honest),
)

# %% [markdown]
# ## Bias: when the data are not the world
#
# Our wines are three quarters white. Suppose that the winery had only ever sent *white* wines to the laboratory, and
# now uses the machine for red ones.

# %%
from sklearn.model_selection import StratifiedKFold, cross_val_predict

five_folds = StratifiedKFold(5, shuffle=True, random_state=SEED)
red_rest = is_red[X_rest.index]  # the colours of the wines that are not in the drawer
X_rest_red, y_rest_red = X_rest[red_rest], y_rest[red_rest]
X_rest_white, y_rest_white = X_rest[~red_rest], y_rest[~red_rest]
line = make_pipeline(StandardScaler(), LogisticRegression())

# %%
red_scores = {
    "white wines only": line.fit(X_rest_white, y_rest_white).predict_proba(X_rest_red),
    "other red wines": cross_val_predict(
        line, X_rest_red, y_rest_red, cv=five_folds, method="predict_proba"
    ),
}
rows = []
for name, s in red_scores.items():
    told = scores(confusion_matrix(y_rest_red, s[:, 1] >= 0.5))
    area = auc(y_rest_red, s[:, 1])
    rows.append((name, told["accuracy"], told["recall"], area, s[:, 1].mean()))
columns = ["learned from", "accuracy", "recall", "AUC", "mean score"]
red = pd.DataFrame(rows, columns=columns)
plot.table(
    red, f"Judging {len(y_rest_red)} red wines ({y_rest_red.mean():.3f} are good)."
)

# %% [markdown]
# The machine that learned from white wines finds almost no good red wine: its recall is 0.01, against 0.36 for one
# that learned from red wines. Its scores are far too low: 0.05 on average, where 0.14 of the wines are good. The
# accuracy hardly notices, 0.862 against 0.879. The order of the wines suffers less than their level: look at the AUC.
#
# This is **bias in the data**: a distortion that always points the same way, because the examples are not drawn from
# the cases that the machine will meet. A model cannot notice it. The validation set does not show it either, if it
# comes from the same source. And *more data of the same kind do not help.* Where it can come from:
#
# - **who is in the data**: white wines only, one region only, patients of one hospital only;
# - **who gave the labels**: our mark is the taste of a few persons. The machine imitates *them*. It cannot be more
#   just than they were;
# - **what was measured in place of what we want**: a mark for the taste, a price for the value.
#
# When the cases are people, this decides about lives. (The word *bias* has two more meanings: the number $b$ in
# {eq}`eq-logistic`, and, in {doc}`chapter 11 <11_overfitting>`, the error of a model that is too simple.)

# %% tags=["claim"]
claim(
    "its recall is 0.01, against 0.36 for one that learned from red wines",
    *red["recall"],
)
claim(
    "0.05 on average, where 0.14 of the wines are good",
    red["mean score"][0],
    y_rest_red.mean(),
)
claim("The accuracy hardly notices, 0.862 against 0.879", *red["accuracy"])
claim("Our wines are three quarters white", bool(abs(is_red.mean() - 0.25) < 0.01))

# %% [markdown]
# ## The drawer is opened
#
# Now we choose, by five-fold cross-validation on the 4256 wines that are not in the drawer. The winery says what it
# needs: *find 80 % of the good wines, and taste as few as possible.* So we compare the machines by AUC, and by the
# share of wines that has to be tasted if 80 % of the good ones are to be among them. The baseline is the expert:
# taste the strongest wines first.

# %%
candidates = {
    "25 neighbours": make_pipeline(StandardScaler(), KNeighborsClassifier(25)),
    "logistic regression": line,
    "forest": forest,
}
held_out = {"alcohol alone": X_rest["alcohol"].to_numpy()}
for name, machine in candidates.items():
    held_out[name] = cross_val_predict(
        machine, X_rest, y_rest, cv=five_folds, method="predict_proba"
    )[:, 1]

# %%
rows, fold_areas = [], {}
for name, s in held_out.items():
    areas = [auc(y_rest[t], s[t]) for _, t in five_folds.split(X_rest, y_rest)]
    fold_areas[name] = areas
    cut = np.quantile(s[y_rest == 1], 0.2)  # 80 % of the good wines lie above it
    tasted = np.mean(s >= cut)
    rows.append((name, np.mean(areas), np.std(areas, ddof=1), tasted))
columns = ["machine", "AUC", "spread (±)", "tasted"]
choice = pd.DataFrame(rows, columns=columns).set_index("machine")
plot.table(choice, "Five-fold cross-validation: AUC, and the share of wines to taste.")

# %% [markdown]
# The forest has the best mean AUC, 0.850, and logistic regression has 0.834. The spread of the folds is as large as
# this difference. But all machines were measured on the *same* folds, so compare fold by fold: the forest is ahead in
# all five. In the tastings the two are nearly equal, 0.363 and 0.369; the strongest wines first would need 0.417. And
# 25 neighbours have a better AUC than logistic regression and still need 0.420: AUC looks at all thresholds, and the
# winery uses one.
#
# We take the forest, and know that the choice is close. Its threshold comes from the scores in cross-validation too:
# the one above which 80 % of the good wines lie. Then we train it on all 4256 wines, open the drawer, and measure
# **once**.

# %%
cut = np.quantile(held_out["forest"][y_rest == 1], 0.2)
forest.fit(X_rest, y_rest)
test_score = forest.predict_proba(X_test)[:, 1]
final = confusion_matrix(y_test, test_score >= cut)
result = scores(final)
print(f"threshold {cut:.3f}, test wines {len(y_test)}")
print(final)
for name, value in result.items():
    print(f"{name:12} {value:.3f}")
print(f"AUC          {auc(y_test, test_score):.3f}")
print(f"tasted       {np.mean(test_score >= cut):.3f}")

# %% [markdown]
# On new wines the machine finds 159 of 202 good ones: a recall of 0.787. By {eq}`eq-standard-error`, with $n = 202$,
# the standard error is 0.028, so the promised 0.80 lies well within chance. The panel tastes 0.367 of the wines;
# whoever tastes as many at random finds 0.367 of the good ones, and not 0.787.
#
# And the accuracy? It is 0.742, *lower than the baseline of 0.810*. Logistic regression, cut at 0.5, had 0.848 and
# found only 79 of 202. This machine is below the sleeping guesser, and it saves the panel almost two thirds of its
# work. (By the cross-validation above, tasting the strongest wines first would have saved 58 % without any machine.
# Always keep the simple rule in sight.) **The score has to be chosen for the task, before the machine is.**

# %% tags=["claim"]
claim(
    "finds 159 of 202 good ones: a recall of 0.787",
    final[1, 1],
    y_test.sum(),
    result["recall"],
)
claim(
    "with $n = 202$, the standard error is 0.028",
    y_test.sum(),
    np.sqrt(0.8 * 0.2 / y_test.sum()),
)
claim(
    "had 0.848 and found only 79 of 202",
    first.iloc[3, 2],
    matrix_val[1, 1],
    y_val.sum(),
)
claim("The panel tastes 0.367 of the wines", np.mean(test_score >= cut))
claim(
    "it saves the panel almost two thirds",
    bool(0.6 < np.mean(test_score < cut) < 2 / 3),
)
claim("would have saved 58 %", 100 * (1 - choice.loc["alcohol alone", "tasted"]))
claim(
    "It is 0.742, *lower than the baseline of 0.810*",
    result["accuracy"],
    baseline_accuracy(y_rest, y_test),
)
areas = choice["AUC"]
claim(
    "best mean AUC, 0.850, and logistic regression has 0.834",
    areas["forest"],
    areas["logistic regression"],
)
claim("The forest has the best mean AUC", areas.idxmax() == "forest")
claim(
    "the forest is ahead in all five",
    bool(np.greater(fold_areas["forest"], fold_areas["logistic regression"]).all()),
)
claim(
    "equal, 0.363 and 0.369; the strongest wines first would need 0.417",
    choice.loc["forest", "tasted"],
    choice.loc["logistic regression", "tasted"],
    choice.loc["alcohol alone", "tasted"],
)
claim("and still need 0.420", choice.loc["25 neighbours", "tasted"])
claim(
    "25 neighbours have a better AUC than logistic regression",
    bool(areas["25 neighbours"] > areas["logistic regression"]),
)

# %%
progress()

# %% [markdown]
# ## Recap
#
# - Machine learning computes the rule from examples. Supervised: the examples come with answers (a class:
#   classification; a quantity: regression). Unsupervised: no answers, only structure.
# - Training set to learn, validation set to choose, test set once at the end. The training score does not tell how
#   good a machine is on new cases.
# - First the baseline. With unequal classes, an accuracy says nothing without it.
# - Underfitting: poor on training and validation. Overfitting: good on training, poor on validation.
# - k-fold cross-validation tests on every case once; its spread says how much chance there is.
# - Recall: how many of the positives are found. Precision: how many of the alarms are true. F1 joins these two.
# - Macro F1 treats classes alike, weighted F1 goes by their counts, micro F1 is the accuracy when each case has one
#   class.
# - AUC is the share of pairs in which the positive case scores higher; a tie counts one half.
# - What is learned from data (scaler, chosen columns, model) is learned from training cases alone. Repeated rows leak
#   too.
# - Data that are not drawn from the cases you will meet give a biased machine.
#
# One thing was left open. *How* did logistic regression find its weights? Chapter 02 answers that for the simplest
# model of all, a straight line, and it turns out to be a network already.

# %% [markdown]
# ## Test yourself
#
# ```{quiz}
# - question: "A model that detects a rare defect has an accuracy of 97 %. One part in 50 has the defect. What do you know?"
#   options:
#     - wrong: It is a good model, since it is right in 97 of 100 cases
#       why: Saying “no defect” to every part is right in 98 of 100 cases, without a model.
#     - right: It is less often right than a guesser who always says “no defect”
#       why: The guesser has 98 %. Whether the model is useful, its recall and its precision have to tell.
#     - wrong: It finds 97 % of the defects
#       why: That would be a recall of 97 %. An accuracy of 97 % is possible without finding a single defect.
# - question: "A confusion matrix is [[TN, FP], [FN, TP]] = [[60, 20], [5, 15]]. What is F1, to three decimals?"
#   number: 0.545
#   tolerance: 0.001
#   why: "$2 \\cdot 15 / (2 \\cdot 15 + 20 + 5) = 30/55$. Recall is 0.75 and precision 0.429. If you found 0.75, you joined recall with the accuracy, which is 0.75 here too."
# - question: Which of these may use the test set?
#   options:
#     - wrong: The scaler, to get a better mean and standard deviation
#       why: Mean and standard deviation are learned from data, so they come from the training set.
#     - wrong: The choice of the features
#       why: This is the leak that found illness in random numbers.
#     - wrong: The choice between a tree and a forest
#       why: For choices you have the validation set or cross-validation. A test set that was used to choose is one no longer.
#     - right: The last report on the one model that you have chosen
#       why: Once, at the end. That is what it is kept for.
# - question: "Scores of two positive cases are 0.9 and 0.4; scores of three negative cases are 0.4, 0.3 and 0.1. What is the AUC, to three decimals?"
#   number: 0.917
#   tolerance: 0.001
#   why: "Six pairs. The positive case with 0.9 wins three. The one with 0.4 wins two and ties one: $5.5 / 6 = 0.917$."
# - question: A tree has an accuracy of 1.00 in training and of 0.71 in validation; the baseline is 0.80. Which of these are reasonable?
#   options:
#     - right: Try a smaller depth
#       why: The gap says that it overfits. A shallower tree cannot learn every case by heart.
#     - right: Look for more training cases
#       why: The more cases, the harder it is to follow the accidents of single ones.
#     - wrong: Let the tree grow deeper, since it learns so well
#       why: It already knows all training cases. Deeper trees only fit more accidents.
#     - wrong: Report 1.00, with a note that it is the training score
#       why: The training score does not tell how good the tree is on new cases, with a note or without.
# ```

# %% [markdown]
# ## Further reading
#
# - {cite:t}`hastie2009elements` is the reference for all models of this chapter; its section 7.10 is about the right
#   and the wrong way to do cross-validation.
# - {cite:t}`fawcett2006introduction` explains ROC curves from the beginning, with the pitfalls.
# - {cite:t}`ambroise2002selection` found the leak of exercise 01.8 in published studies of genes.
# - {cite:t}`gigerenzer2007helping` show how to talk about tests such that everybody gets exercise 01.5 right.
