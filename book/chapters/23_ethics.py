# ---
# jupyter: {kernelspec: {display_name: Python 3, language: python, name: python3}}
# ---

# %% [markdown]
# # Ethics: who answers for it?
#
# A bank refuses a loan. The officer says: "The score was too low." The bank says: "We bought the score." The company
# that sold it says: "It learned from your own decisions." Each sentence is true, and the applicant still has no answer
# to her question: **who answers for this decision, to whom, and with what evidence?**
#
# This chapter turns the question into work that can be done and checked. You judge sentences and systems by written
# definitions, measure how a recommender narrows what people see and how a wrong suggestion moves a person, and at the
# end complete the form in which some deployers must answer: a fundamental rights impact assessment, short FRIA.
#
# ```{note}
# The chapter describes law in order to teach how it is built. It is no legal advice. The EU AI Act, Regulation (EU)
# 2024/1689, is described as it was published in July 2024 {cite:p}`eu2024ai`. Regulation (EU) 2026/1744 has amended it:
# among other things it moved dates, and it added a prohibition to Article 5 {cite:p}`eu2026omnibus`. On 22 November
# 2026 Article 27 and Annex III were compared with copies of the text of 2024, and these two changes with reports on
# them; the other articles are named from the text of 2024. Read the current text before you rely on any of it.
# ```
#
# You need a little probability from {doc}`chapter 18 <18_probability>`. Reading takes about an hour, the six exercises
# about two.

# %% tags=["parameters"]
SEED = 0
FAST = False  # nothing to shorten: the whole chapter takes seconds
DEVICE = None  # no network is trained

# %%
import copy

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from nnlab import answer, check, data, fria, hint
from nnlab import plot, progress, seed_everything
from nnlab.data.lending import lending

plot.use_style()
seed_everything(SEED)
BLUE, ORANGE, GREEN, RED = (plot.PALETTE[n] for n in ("blue", "orange", "green", "red"))
GREY, INK = (plot.PALETTE[n] for n in ("grey", "ink"))
DASHED, DOTTED = (0, (5, 2)), (0, (1, 1.4))

# %% [markdown]
# ## Four cases
#
# Four systems come back in all three chapters of this part.
#
# ```{table} Four systems that decide, or help to decide, about people
# | Case | What the system does | Whom it touches |
# |---|---|---|
# | credit | estimates who will repay | applicants, the bank |
# | triage | orders patients by urgency | patients, nurses |
# | recommender | chooses what you see | users, authors |
# | recidivism | estimates who will be charged again | accused, public |
# ```
#
# What has been found?
#
# - *Credit.* A model that is trained on past decisions carries them on. {doc}`Chapter 24 <24_fairness>` measures it.
# - *Triage.* A system that chose patients for extra care predicted costs in place of need. If it chose equally ill
#   patients equally often, the share of Black patients among those chosen would rise from 17.7 % to 46.5 %
#   {cite:p}`obermeyer2019dissecting`.
# - *Recommender.* On one site for films the suggestions narrowed slowly with time; but those who took them narrowed *less*
#   than the others {cite:p}`nguyen2014exploring`.
# - *Recidivism.* Among those who were not charged again, Black defendants had been labelled a higher risk about twice
#   as often as white ones {cite:p}`angwin2016machine`. The dispute that followed is in chapter 24.
#
# None of the four is a robot that does evil. Each is a prediction, placed where it moves somebody's life. What is right
# or wrong is seldom in the network alone: it is in the target that was chosen, in what the output is used for, and in
# what happens to a person for whom it is wrong.

# %% [markdown]
# ## Six words, and where they pull apart
#
# Most guidelines use a handful of words. The first four below are the five of a well-known synthesis
# {cite:p}`floridi2018ai4people`, with its "do good" and "do no harm" joined, and with accountability, which is there a
# part of explicability, on a line of its own. Sustainability was still rare in the guidelines of 2019
# {cite:p}`jobin2019global`.
#
# - **Benevolence**: benefit people, and harm as few and as little as possible.
# - **Autonomy**: people can choose, among real options, and stand behind their choice.
# - **Justice**: like cases are treated alike, and burdens are not put on those who carry most already.
# - **{term}`Explicability <explicability>`**: those concerned can understand how an output came about.
# - **{term}`Accountability <accountability>`**: somebody can be asked, must answer, and must repair.
# - **Sustainability**: the work, the people and the environment that a system uses up are counted.
#
# Nobody is against any of these words. The work begins where two of them ask for different things.
#
# ```{table} The same words, pulling in different directions
# | Case | One principle asks | Another asks |
# |---|---|---|
# | credit | justice: record the group of each applicant, or no gap can be measured | autonomy: people may keep their group to themselves |
# | triage | benevolence: use the net that finds most urgent patients | explicability: use the rule that a nurse can follow and doubt |
# | recommender | benevolence: show what this person likes | autonomy: keep other options in sight |
# | recidivism | benevolence to the public: hold those at high risk | justice: nobody is held for what others like him did |
# ```
#
# A list of principles does not settle a row of this table. It tells which questions must be asked, and that an answer
# which forgot one of them is not finished.

# %% [markdown]
# ## Two hundred frameworks
#
# There is no lack of lists. A review of 2019 found 84 guidelines {cite:p}`jobin2019global`, one of 2023 read 200
# {cite:p}`correa2023worldwide`. Three of them, from three kinds of authors: an expert group of the European Commission
# {cite:p}`hleg2019ethics`, the World Health Organization {cite:p}`who2021ethics`, and UNESCO
# {cite:p}`unesco2021recommendation`.
#
# ```{table} Three frameworks, and what they are made of
# | Asked | EU experts, 2019 | WHO, 2021 | UNESCO, 2021 |
# |---|---|---|---|
# | made by | experts, for a commission | a UN agency, for health | states, in a UN organisation |
# | made of | 4 principles, 7 requirements, a list of questions | 6 principles | 4 values, 10 principles, 11 fields of policy |
# | benevolence | prevention of harm | well-being, safety, the public interest | do no harm; safety and security |
# | autonomy | human autonomy; human agency and oversight | protect autonomy | human oversight; privacy |
# | justice | fairness; diversity, non-discrimination | inclusiveness and equity | fairness and non-discrimination |
# | explicability | explicability; transparency | transparency, intelligibility | transparency and explainability |
# | accountability | accountability | responsibility and accountability | responsibility and accountability |
# | sustainability | societal and environmental well-being | responsive and sustainable | sustainability |
# | binds? | no | no | no; states are asked to report |
# ```
#
# The rows are our ordering, and another reader would put some words elsewhere. Still, two things can be seen. **The
# words agree**: every row is filled three times. And **the last row is where they differ from a law**: none of them
# gives an applicant somebody who must answer her. One analysis gives the reason: medicine has principles too, but also
# a common aim, a long professional history, proven ways to put principles into practice, and courts; the makers of AI
# systems have little of these {cite:p}`mittelstadt2019principles`.

# %% [markdown]
# ## Washing and bashing
#
# What are such lists good for? Two answers come too quickly, and both have a name {cite:p}`bietti2020ethics`.
#
# - **{term}`Ethics washing`**: the words of ethics are used to look good *in place of* something that others could check.
# - **{term}`Ethics bashing`**: all talk of ethics is turned down at once, *without* looking at what it says.
#
# The dispute behind them is real. *One side:* the principles are vague, isolated from practice and enforced by nobody,
# so the effort is better spent on power and on law {cite:p}`munn2023uselessness`; in an experiment with 63 students and
# 105 professionals, reading a code of ethics before a decision changed nothing that could be seen
# {cite:p}`mcnamara2018does`. *The other side:* law is late and leaves much open, and to weigh reasons in such a gap is
# exactly what ethics is; that a company misuses the word is no argument against the work {cite:p}`bietti2020ethics`.
# Both can use one test: **can somebody else check it, and does anything follow?**

# %% [markdown]
# ## Exercise 23.1: washing, bashing, or neither
#
# Judge six sentences by the two definitions, word for word: `"W"` washing, `"B"` bashing, `"N"` neither (a promise that
# can be checked, or criticism with reasons).
#
# - **A** "We have signed twelve ethical principles. How they are applied in a product is confidential."
# - **B** "We put people first: each quarter we publish the error rates of each group, and above a gap of five points the
#   system is switched off until an outside auditor agrees."
# - **C** "All ethics is empty words. Nobody should waste a minute on reading any guideline."
# - **D** "I read twenty guidelines. Transparency is in nearly all; who must do what, and who controls it, in hardly any."
# - **E** "Our ethics board makes sure that all is well. It meets after the launch; its opinions are secret and bind nobody."
# - **F** "Either the law forbids a thing, or it is fine. When people begin to talk of ethics, I stop listening."

# %%
### BEGIN SOLUTION: a dict {"A": …, "B": …}: one letter for each sentence
statements = {"A": "W", "B": "N", "C": "B", "D": "N", "E": "W", "F": "B"}
### END SOLUTION

# %%
check("23.1")

# %% [markdown]
# ## Four words for "open"
#
# "Transparency" is in nearly every list, and it means four things that must be told apart.
#
# - **{term}`Black box`**: inputs and outputs are known, what is between them is not; by secrecy, by law, or because nobody
#   can follow it {cite:p}`pasquale2015black`.
# - **{term}`Transparency`**: it is told that and how the system is used: purpose, data, known errors.
# - **Accessibility**: the thing itself can be got at: code, weights, data.
# - **{term}`Intelligibility`**: a person can follow how *this* output came from *this* input.
#
# Explicability, the principle, asks for the last one, and that one can see inside does not yet mean that one
# understands {cite:p}`ananny2018seeing`. A measurement shows the difference. We train three models on the German credit
# data {cite:p}`hofmann1994statlog` and publish all of their numbers: full accessibility. How many of them does one have
# to read to follow one decision?

# %%
credit = data.load("german_credit")
doubtful = ["personal_status_sex", "foreign_worker"]  # wrongly coded in this file
good = (credit.credit_risk == "good").to_numpy(int)
facts = pd.get_dummies(credit.drop(columns=["credit_risk", *doubtful])).astype(float)
models = {
    "tree of depth 3": DecisionTreeClassifier(max_depth=3, random_state=SEED),
    "logistic regression": make_pipeline(StandardScaler(), LogisticRegression(C=0.1)),
    "random forest": RandomForestClassifier(100, random_state=SEED),
}
folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=SEED)
right = {m: cross_val_score(models[m], facts, good, cv=folds) for m in models}

# %%
for model in models.values():
    model.fit(facts, good)
forest = models["random forest"]
asked = np.ravel(forest.decision_path(facts)[0].sum(axis=1)) - 100  # without leaves
nodes = [
    sum(t.tree_.node_count for t in trees)
    for trees in ([models["tree of depth 3"]], forest)
]
published = [nodes[0], facts.shape[1] + 1, nodes[1]]
read = [
    "3 or fewer questions",
    "55 weights, added up",
    f"about {asked.mean():.0f} questions",
]
columns = {"model": list(models), "numbers published (nodes, weights)": published}
columns["to follow one decision"] = read
columns["accuracy"] = [f"{r.mean():.3f} ± {r.std():.3f}" for r in right.values()]
plot.table(
    pd.DataFrame(columns), "Three open models of 1000 credits (± over 10 folds)."
)

# %% [markdown]
# The forest hides nothing: its 46 196 nodes can be published on a page. But one decision asks 671 to 1461 questions,
# and 100 trees vote on the answers. **It is accessible and a black box at once.** The small tree can be read aloud, and
# is hardly better than calling everybody good, which is right for 70 % of these credits. The logistic regression lies
# between, and on these data it gives away nothing: it and the forest are both right for 76 %.
#
# Here opinions part. *One side:* where a life is touched and a readable model is as good, use it, and do not explain a
# black box afterwards {cite:p}`rudin2019stop`. *The other side:* a doctor too often cannot say how she knows, and we
# trust her; where causes are poorly known, tested accuracy can count for more than an explanation
# {cite:p}`london2019artificial`. {doc}`Chapter 25 <25_opening_the_box>` tries both ways.

# %% tags=["claim"]
from nnlab import claim

claim("The forest hides nothing: its 46 196 nodes", published[2])
claim("one decision asks 671 to 1461 questions", asked.min(), asked.max())
claim("is right for 70 % of these credits", 100 * good.mean())
claim(
    "it and the forest are both right for 76 %",
    100 * right["logistic regression"].mean(),
)
claim("it and the forest are both right for 76 %", 100 * right["random forest"].mean())
claim(
    "hardly better than calling everybody good",
    bool(right["tree of depth 3"].mean() - good.mean() < 0.03),
)

# %% [markdown]
# ## Many hands
#
# At the opening of the chapter three people gave three true answers. When many have a part in an outcome, each can
# point to the others, and nobody is left to blame: the problem of **many hands** {cite:p}`thompson1980moral`. A system
# that goes on learning adds one more: not even its maker can foresee what it does, and some see there a gap that no
# person can fill {cite:p}`matthias2004responsibility`. A way to close it is to give each hand a task *before* anything
# happens, and to keep a record from which can be seen who did what. The AI Act gives tasks or rights to these four,
# among others {cite:p}`eu2024ai`:
#
# ```{table} Whose task is it? Four roles, and some of their articles in the EU AI Act
# | Role | In the credit case | Must or may, among other things | Articles |
# |---|---|---|---|
# | {term}`provider` | the company that sells the score | manage risks, document, design for oversight, keep quality | 9 to 17 |
# | {term}`deployer` | the bank | use it as instructed, name overseers, keep logs, tell those concerned; for some, a FRIA | 26, 27 |
# | overseer | the loan officer | must be able to know the limits, beware of automation bias, override, stop | 14, 26(2) |
# | affected person | the applicant | *may* ask for an explanation of the system's part in the decision | 86 |
# ```
#
# The table closes no gap by itself. Whether the officer can *really* override is a question of minutes a case, and we
# come to it. Chapter 25 builds the record.

# %% [markdown]
# ## Autonomy: who chooses what you choose from?
#
# You are free to click on whatever you like. But you click on what is shown. The order and the selection of options is
# a **{term}`choice architecture`**, and whoever makes it moves choices without forbidding any
# {cite:p}`thaler2008nudge`. A recommender is such an architecture that is rebuilt for each person, from her own
# reactions, all the time {cite:p}`yeung2017hypernudge`. Two things are needed for a choice to be one's own: real
# options, and that one would stand behind it after thinking. The first can be measured.
#
# The measure: count how often each topic was shown, make shares $p_k$ of the counts, and take the entropy
# $\mathbb{H}(p)$ of {doc}`chapter 07 <07_gradient_descent>`. Its exponential is a number of topics again
# {cite:p}`hill1973diversity`:
#
# ```{math}
# :label: eq-effective
# \text{effective number of topics} = \exp \mathbb{H}(p) , \qquad \mathbb{H}(p) = - \sum_k p_k \log p_k .
# ```
#
# Five topics with equal shares count as 5. If one of them takes nearly all, they count as little more than 1. The
# number of topics *seen* does not notice this.

# %% [markdown]
# ## Exercise 23.2: the effective number of topics
#
# Write {eq}`eq-effective` as a function. `counts` is an array with one count for each topic; some are 0, their sum is
# not.


# %%
def effective_topics(counts):
    """The exponential of the entropy of the shares: a number from 1 to len(counts)."""
    ### BEGIN SOLUTION: the shares of the topics shown, their entropy, its exponential
    shares = counts[counts > 0] / np.sum(counts)
    return np.exp(-np.sum(shares * np.log(shares)))
    ### END SOLUTION


# %%
check("23.2")

# %%
effective_topics = answer("23.2")
for counts in ([4, 4, 4, 4, 4], [16, 1, 1, 1, 1], [20, 0, 0, 0, 0]):
    print(counts, f"{effective_topics(np.array(counts)):.2f}")

# %% [markdown]
# ## Exercise 23.3: a list with a limit for each topic
#
# A list of `size` items is filled from the best score down. Write it with a **diversity constraint**: no topic gets
# more than `cap` places. `scores` and `topics` are arrays with a number for each item; return the *numbers* (positions)
# of the chosen items, best first. If the limit leaves too few items, the list is shorter. No two scores are equal.


# %%
def pick(scores, topics, size, cap):
    """At most `size` items, at most `cap` of a topic: their numbers, best first."""
    ### BEGIN SOLUTION: go down the scores and pass over topics that are full
    chosen, used = [], {}
    for item in np.argsort(-scores):
        if len(chosen) < size and used.get(topics[item], 0) < cap:
            used[topics[item]] = used.get(topics[item], 0) + 1
            chosen.append(item)
    return chosen
    ### END SOLUTION


# %%
check("23.3")

# %% [markdown]
# ## A recommender that learns from what it showed
#
# Now a small world in which everything is known. There are 20 topics and 200 people. Each person has a fixed **taste**:
# a probability of clicking for each topic, 1/4 on average. Each day 200 new items appear, ten of a topic, and each
# person gets a list of 10. The recommender does not know the taste. Of each topic it believes (clicks + 1) / (shown +
# 4), which is 1/4 before anything was shown. It adds a little random freshness to each item, shows the best, watches
# the clicks, and believes anew. **What is not shown cannot be clicked, and what is not clicked will not be shown**:
# this is the feedback.

# %%
TOPICS, SIZE, PEOPLE, DAYS = 20, 10, 200, 60
topic_of = np.repeat(np.arange(TOPICS), 10)  # the topic of each new item of a day
pick = answer("23.3")


def simulate(cap=SIZE, known=False, drift=0.0, seed=SEED):
    """What was shown (days, people, topics), share clicked (days, people), tastes."""
    world, luck = np.random.default_rng(100), np.random.default_rng(seed)
    taste = world.beta(1, 3, size=(PEOPLE, TOPICS))  # the same people in every run
    clicked, seen = np.zeros_like(taste), np.zeros_like(taste)
    shown, clicks = np.zeros((DAYS, PEOPLE, TOPICS)), np.zeros((DAYS, PEOPLE))
    for day in range(DAYS):
        belief = taste if known else (clicked + 1) / (seen + 4)
        for p in range(PEOPLE):
            scores = belief[p, topic_of] + 0.1 * luck.normal(size=len(topic_of))
            topics = topic_of[np.asarray(pick(scores, topic_of, SIZE, cap), int)]
            liked = luck.random(SIZE) < taste[p, topics]
            shown[day, p] = np.bincount(topics, minlength=TOPICS)
            clicked[p] += np.bincount(topics, liked, minlength=TOPICS)
            clicks[day, p] = liked.mean()
        seen += shown[day]
        taste = taste + drift * shown[day] / SIZE * (1 - taste)  # 0: taste is fixed
    return shown, clicks, taste


# %%
def variety(shown):
    """Effective topics of each day's list, mean over people (days,)."""
    return np.array(
        [[effective_topics(person) for person in day] for day in shown]
    ).mean(1)


runs = {
    "learned from clicks": simulate(),
    "learned, at most 2 of a topic": simulate(cap=2),
    "taste known from the start": simulate(known=True),
}
varieties = {name: variety(shown) for name, (shown, _, _) in runs.items()}

# %% tags=["hide-input"]
marks = zip(varieties, (BLUE, GREEN, ORANGE), ("-", DASHED, DOTTED), "osD", strict=True)
for name, color, style, mark in marks:
    options = {"markevery": 8, "markersize": 5, "label": name}
    plt.plot(varieties[name], color=color, linestyle=style, marker=mark, **options)
plt.xlabel("day")
plt.ylabel("effective topics in a list of 10")
plt.ylim(0, 9)
plt.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncol=1)
plot.show(
    "Three curves over 60 days. The learning recommender falls from about 7.7 to "
    "about 2 effective topics within 30 days. With at most two of a topic it falls "
    "to about 5.6 and stays. The curve of the known taste is flat at about 2.5.",
    "How the list narrows: mean over 200 people with fixed tastes.",
)

# %%
last = slice(-20, None)  # the last 20 days
rows = {}
for name, (shown, clicks, _) in runs.items():
    month, mean = shown[last].sum(axis=0), clicks[last].mean(axis=0)
    rows[name] = {
        "effective topics, first day": varieties[name][0],
        "last 20 days": varieties[name][last].mean(),
        "topics seen in 20 days": (month > 0).sum(axis=1).mean(),
        "clicks an item": mean.mean(),
        "± 2 standard errors": 2 * mean.std() / np.sqrt(PEOPLE),
    }
summary = pd.DataFrame(rows).T.rename_axis("recommender")
plot.table(summary, "The same 200 people under three recommenders.", digits=2)

# %% [markdown]
# Learning from clicks, the list narrows from 7.7 effective topics to 1.9. The limit of two of a topic holds it at 5.6,
# and costs clicks: 0.47 of the items in place of 0.61. Here is a conflict of two principles as two columns of a table:
# what people click on against what they get to see.
#
# Now look at the third row. A recommender that *knows* each taste, and learns nothing from feedback, shows 2.5
# effective topics from the first day. So **taste alone can make a list nearly as narrow**, and the entropy cannot tell
# taste from feedback. It takes a second look: what does the learned list *miss*? And would it be the same list if the
# first days had gone otherwise?

# %% tags=["claim"]
free, capped, known = summary.to_numpy()
claim("Five topics with equal shares count as 5", effective_topics(np.full(5, 4)))
claim("narrows from 7.7 effective topics to 1.9", free[0], free[1])
claim("holds it at 5.6, and costs clicks", capped[1])
claim("0.47 of the items in place of 0.61", capped[3], free[3])
claim("shows 2.5 effective", known[1])
claim(
    "taste alone can make a list nearly as narrow",
    bool(free[0] - known[1] > 0.85 * (free[0] - free[1])),
)


# %%
def recent(run):
    """Shares of the topics in each person's lists of the last 20 days."""
    return run[0][last].sum(axis=0) / (20 * SIZE)


def other_world(one, two):
    """The share of a person's lists that is about other topics in another run."""
    return 0.5 * np.abs(recent(one) - recent(two)).sum(axis=1).mean()


favourite = np.random.default_rng(100).beta(1, 3, size=(PEOPLE, TOPICS)).argmax(axis=1)
again = [simulate(**how, seed=SEED + 1) for how in ({}, {"cap": 2}, {"known": True})]
missed, apart = {}, {}
for (name, run), other in zip(runs.items(), again, strict=True):
    missed[name] = int((recent(run)[np.arange(PEOPLE), favourite] == 0).sum())
    apart[name] = other_world(run, other)
    print(f"{name}: {missed[name]} of {PEOPLE} did not see their favourite topic;")
    print(f"    {apart[name]:.2f} of the list is about other topics in a second life")

# %% [markdown]
# That is the work of the feedback. For 45 of 200 people the topic that they would like best has gone, without anybody
# having decided it: in the first days it was not shown, or not clicked, and so it is shown no more. With the limit it
# is 6.
#
# And when the same people live twice, 0.43 of the list is about other topics the second time, beside 0.05 where the
# taste is known: **what they see is luck to a large part, and it looks like taste.**
#
# Until now the taste stood still. Suppose that what is shown is liked a little more the next day (`drift`). Nobody
# knows how strong this is in life; we only ask what would follow.

# %%
moved = simulate(drift=0.02)
for name, run in {"taste fixed": runs["learned from clicks"], "drift": moved}.items():
    topics, rate = variety(run[0][last]).mean(), run[1][last].mean()
    print(f"{name}: {rate:.2f} clicks an item, {topics:.1f} effective topics")

# %% [markdown]
# The clicks rise from 0.61 to 0.77, and by the usual figure the recommender has become better. In fact the people have
# been moved towards their lists, which are narrower than ever. **A rise in clicks cannot tell serving a taste from
# making one.**

# %% tags=["claim"]
claim("For 45 of 200 people the topic", missed["learned from clicks"], PEOPLE)
claim("With the limit it is 6", missed["learned, at most 2 of a topic"])
claim(
    "0.43 of the list is about other topics the second time, beside 0.05",
    apart["learned from clicks"],
    apart["taste known from the start"],
)
claim(
    "The clicks rise from 0.61 to 0.77",
    runs["learned from clicks"][1][last].mean(),
    moved[1][last].mean(),
)
claim("narrower than ever", bool(variety(moved[0][last]).mean() < free[1] - 0.1))

# %% [markdown]
# ### What the world says
#
# A simulation shows what *can* follow from a mechanism, not that it does. Studies disagree. *On one side*: another
# simulation with many users finds that training on one's own recommendations makes people more alike without making
# them better off {cite:p}`chaney2018how`. *On the other*: people who took the suggestions of a film site narrowed less
# than those who did not {cite:p}`nguyen2014exploring`, and among ten million users of a social network the users' own
# choice of what to open reduced contact with other views more, on average, than the ranking did
# {cite:p}`bakshy2015exposure` (the study was made inside that network). Who wants to know what *this* system does must
# measure it, and needs the operator's data for it.
#
# A limit has a price that can be drawn. Each mark is one world with another limit.

# %%
caps = [1, 2, 3, 5, 10]
prices = []
for cap in caps:
    shown, clicks, _ = runs["learned from clicks"] if cap == 10 else simulate(cap=cap)
    prices.append((variety(shown[last]).mean(), clicks[last].mean()))
prices = np.array(prices)

# %% tags=["hide-input"]
plt.plot(prices[:, 0], prices[:, 1], "o-", color=BLUE)
for cap, (x_at, y_at) in zip(caps, prices, strict=True):
    told = "no limit" if cap == SIZE else f"at most {cap}"
    plt.annotate(told, (x_at, y_at), (7, 5), textcoords="offset points", color=INK)
plt.xlabel("effective topics in a list of 10")
plt.ylabel("clicks an item")
plt.xlim(1.5, 12)
plt.ylim(0, 0.7)
plot.show(
    "A falling curve of five points. Without a limit 1.9 effective topics and 0.61 "
    "clicks an item; at most 5, 3 and 2 of a topic lie between; with at most one of a "
    "topic 10 effective topics and about 0.36 clicks.",
    "The price of variety, last 20 days. The curve offers a choice, and makes none.",
)

# %% [markdown]
# ## Automation bias: the person in the loop
#
# "A human decides in the end" is the usual answer to all of this. What is it worth? **{term}`Automation bias`** is the
# tendency to take over a machine's suggestion in place of looking for oneself; reviews find it in novices and in
# experts {cite:p}`parasuraman2010complacency`. In clinical work, a systematic review found that wrong advice raised the
# risk of a wrong decision by 26 %, compared with no advice {cite:p}`goddard2012automation`. An experiment with 27
# radiologists gave them mammograms with a class that a computer was said to suggest; for some of the pictures it was
# wrong on purpose {cite:p}`dratsch2023automation`.

# %%
readers = pd.DataFrame(
    {
        "experience": ["little", "some", "much"],
        "right, suggestion right": [0.797, 0.813, 0.823],  # from the paper
        "right, suggestion wrong": [0.198, 0.248, 0.455],
    }
)
readers["reliance"] = readers.iloc[:, 1] - readers.iloc[:, 2]
plot.table(readers, "Shares of right answers of 27 readers, and their difference.")

# %% [markdown]
# The last column is ours. Suppose that a reader takes over the suggestion without looking in a share $r$ of the cases,
# and otherwise decides alone, right with probability $s$ whatever the suggestion was. Then she is right with
# probability
#
# $$ r + (1 - r)\, s \;\text{ where the suggestion is right,} \qquad (1 - r)\, s \;\text{ where it is wrong,} $$
#
# and **the difference is $r$**, the {term}`reliance`. It comes out as 0.60 with little experience and as 0.37 with
# much. That is a model of the readers, not what they said of themselves; and 5 very experienced readers are few.

# %% tags=["claim"]
reliances = readers.reliance.to_numpy()
claim("0.60 with little experience and as 0.37", reliances[0], reliances[2])
claim("the difference is $r$", bool(np.isclose((0.3 + 0.7 * 0.4) - 0.7 * 0.4, 0.3)))

# %% [markdown]
# What does such reliance do to an office? Simulate 200 000 decisions with two outcomes. The suggestion is right in 90 %
# of the cases, the officer alone in 80 %, independently of each other. If she looks and disagrees with the suggestion,
# she examines the file again and is then right in 85 %.


# %%
def office(reliance, aid=0.9, alone=0.8, second_look=0.85, n=200_000, seed=SEED):
    """Was the decision right, and was the suggestion (two arrays of truth values)?"""
    rng = np.random.default_rng(seed)
    aid_right, own_right = rng.random(n) < aid, rng.random(n) < alone
    again_right = rng.random(n) < second_look
    looked = np.where(aid_right == own_right, own_right, again_right)
    follows = rng.random(n) < reliance  # without looking
    return np.where(follows, aid_right, looked), aid_right


grid = np.linspace(0, 1, 11)
shares = {"all cases": [], "suggestion right": [], "suggestion wrong": []}
for r in grid:
    decided, aid_right = office(r)
    groups = (slice(None), aid_right, ~aid_right)
    for name, group in zip(shares, groups, strict=True):
        shares[name].append(decided[group].mean())

# %% tags=["hide-input"]
marks = zip(shares, (INK, BLUE, RED), ("-", DASHED, DOTTED), "osD", strict=True)
for name, color, style, mark in marks:
    plt.plot(grid, shares[name], color=color, linestyle=style, marker=mark, label=name)
plt.axhline(0.8, color=GREY, linewidth=1)
plt.text(0.01, 0.755, "officer alone", color=plot.PALETTE["muted"], fontsize=9)
plt.xlabel("reliance r: share of cases decided without looking")
plt.ylabel("share of right decisions")
plt.ylim(-0.03, 1.05)
plt.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncol=3)
plot.show(
    "Three curves over reliance from 0 to 1. All cases: from 0.94 slowly down to 0.90. "
    "Suggestion right: from 0.97 up to 1. Suggestion wrong: a straight line from 0.68 "
    "down to 0. A thin line at 0.8 marks the officer alone.",
    "The mean hardly falls. What is lost is lost where the suggestion is wrong.",
)

# %% [markdown]
# With reliance 0.6 the office is right in 0.916 of all cases, only a little below the 0.941 of one that always looks,
# and above both the officer alone and the suggestion alone. Whoever reports this mean reports a success. But where the
# suggestion is wrong, right decisions fall from 0.68 to 0.27: **the oversight is gone exactly where it is needed, and
# the mean does not show it.** And the errors are not spread evenly. If the suggestion is right in 95 % of the cases of
# a large group and in 70 % of a small one, the officer, equally good with both, hands the gap on:

# %%
gaps = {}
for r in (0.0, 0.6):
    large, small = office(r, aid=0.95)[0].mean(), office(r, aid=0.7)[0].mean()
    gaps[r] = large - small
    print(f"reliance {r}: large {large:.3f}, small {small:.3f}, gap {gaps[r]:.3f}")

# %% tags=["claim"]
claim("Reliance 0.6 has more than doubled the gap", bool(gaps[0.6] > 2 * gaps[0.0] > 0))
decided, aid_right = office(0.6)
alert, alert_aid = office(0.0)
claim(
    "With reliance 0.6 the office is right in 0.916 of all cases, only a little below the 0.941",
    0.6,
    0.6 * 0.9 + 0.4 * (0.72 + 0.26 * 0.85),
    0.72 + 0.26 * 0.85,
)
claim("right in 0.916 of all cases", bool(abs(decided.mean() - 0.916) < 0.003))
claim(
    "right decisions fall from 0.68 to 0.27",
    alert[~alert_aid].mean(),
    decided[~aid_right].mean(),
)

# %% [markdown]
# Reliance 0.6 has more than doubled the gap. What helps is disputed. *One side:* make the overseers aware of automation
# bias and able to override, and give them training, authority and support, as Articles 14(4) and 26(2) of the AI Act
# ask {cite:p}`eu2024ai`. *The other side:* people often cannot do what is asked of them, so oversight by a person gives
# false security and lets a bad system pass {cite:p}`green2022flaws`. Both can be tested in an office: with cases whose
# suggestion is known to be wrong.

# %% [markdown]
# ## Exercise 23.4: find the bug
#
# A friend tests an office. In each test case the officer writes down her own judgement (`before`), then sees the
# suggestion (`aid`), then decides (`after`); the `truth` is known. He reports: "0.84! They just follow the machine."


# %%
def follows(truth, aid, before, after):
    """How often is a wrong suggestion followed?"""
    return np.mean(after == aid)


rng = np.random.default_rng(SEED)
truth = rng.integers(2, size=10_000)
aid, before = (np.where(rng.random(10_000) < p, truth, 1 - truth) for p in (0.9, 0.92))
print(
    f"{follows(truth, aid, before, after=before):.2f}"
)  # they never change their mind

# %% [markdown]
# In his data the decision is the officer's first judgement in *every* case: nobody follows anything. Why then 0.84?
#
# - **A** There are too few test cases.
# - **B** It also counts right suggestions, and answers that were the same before.
# - **C** He should have computed the accuracy of the decisions.
# - **D** The officers had seen the suggestion before they wrote down their own judgement.
# - **E** The `truth` of the test cases is uncertain.
#
# Give the letter as `diagnosis`, and write `overturned`: among the cases in which the suggestion is wrong and the first
# judgement was right, the share in which the decision is the suggestion's. There may be more than two classes. Where
# there is no such case, return `float("nan")`.


# %%
### BEGIN SOLUTION: one of the letters A to E
diagnosis = "B"
### END SOLUTION


def overturned(truth, aid, before, after):
    """How often does a wrong suggestion overturn a right judgement?"""
    ### BEGIN SOLUTION: choose the cases that count, then the share with after == aid
    counts = (aid != truth) & (before == truth)
    return (after == aid)[counts].mean() if counts.any() else float("nan")
    ### END SOLUTION


# %%
check("23.4")

# %% tags=["claim"]
claim("Why then 0.84?", follows(truth, aid, before, before))
claim("nobody follows anything", bool(overturned(truth, aid, before, before) == 0))

# %% [markdown]
# ## The EU AI Act: classes of risk
#
# A law is another way to settle what lists leave open. The EU AI Act sorts *uses*, not techniques, into classes; a
# logistic regression and a large network in the same use are in the same class {cite:p}`eu2024ai`.
#
# ```{table} Classes of the EU AI Act, with the articles that make them
# | Class | Where it is written | Examples | What follows |
# |---|---|---|---|
# | prohibited | Article 5 | inferring emotions at work or in education, but for medical or safety reasons (1)(f); predicting crimes of a person from profiling or traits alone (1)(d) | may not be sold or used |
# | high risk | Article 6 with Annex I (products) and Annex III (uses) | see below | Articles 8 to 27: data, documents, logs, oversight, accuracy; for some a FRIA |
# | transparency | Article 50 | chat programs, generated pictures and voices | people must be told |
# | none of these | – | spam filters, most recommenders | voluntary codes (Article 95) |
# ```
#
# Article 5 and Annex III are lists: what they do not name is not in the class, and many points have exceptions in their
# own words. Article 6(3) also takes uses out of Annex III that hardly move a decision, but never profiling of people.
# Models for general purposes have a chapter to themselves (Articles 51 to 56). The points of Annex III that we need
# {cite:p}`eu2024ai`:
#
# ```{table} Some points of Annex III of the EU AI Act
# | Point | Systems meant for |
# |---|---|
# | 2 | safety components of roads, water, gas, heating, electricity, critical digital infrastructure |
# | 4(a) | recruiting and selecting people for work |
# | 5(b) | creditworthiness of natural persons, *except* finding financial fraud |
# | 5(c) | risk and price of life and health insurance for natural persons |
# | 5(d) | emergency calls, dispatching, triage of emergency patients |
# | 6(d) | for police authorities: the risk of offending, or offending again, *not solely* from profiling |
# ```
#
# Recommenders are named in another law: very large platforms must offer a list that is not based on profiling
# (Regulation (EU) 2022/2065, Article 38) {cite:p}`eu2022dsa`.

# %% [markdown]
# ### Who must do a FRIA
#
# Article 27(1) asks for an assessment **before** the system is first used, and not of everybody {cite:p}`eu2024ai`:
#
# 1. the system is high-risk by Annex III, but not in the area of point 2; **and**
# 2. the deployer is a body governed by public law, or a private body that provides public services; **or** the system is
#    one of points 5(b) and 5(c), whoever deploys it.
#
# The duties for Annex III were to apply from 2 August 2026 (Article 113) {cite:p}`eu2024ai`; Regulation (EU) 2026/1744
# moved them to 2 December 2027 {cite:p}`eu2026omnibus`.

# %% [markdown]
# ## Exercise 23.5: nine systems, eight reasons
#
# For each system in the EU, choose the reason that settles its class and the FRIA, by the text of 2024 as told above.
#
# - **A** A private bank scores consumers who apply for a loan.
# - **B** A public hospital orders the patients of its emergency department by urgency.
# - **C** A private furniture factory ranks the people who apply for its jobs.
# - **D** A chain of shops reads the emotions of its sales staff from their faces, to set their bonus.
# - **E** A city's own water works let a neural network control the water pressure, as a safety component.
# - **F** A bank's system looks for fraud in loan applications, and for nothing else.
# - **G** A shop's chat program answers customers in full sentences, as a person would.
# - **H** A film service orders the films on your start page.
# - **I** The police predict from a person's traits alone whether he will commit a crime.
#
# The reasons:
#
# 1. Article 5 prohibits it.
# 2. Annex III names it, in a point where a FRIA depends on the deployer, and the deployer is a public body: FRIA.
# 3. Annex III names it, in a point where whoever deploys it does a FRIA.
# 4. Annex III names it; no FRIA, because of who the deployer is.
# 5. Annex III names it; no FRIA, because of the area.
# 6. Only Article 50 names it: people must be told.
# 7. Nothing prohibits it; a point of Annex III comes near, but excepts this use in its own words.
# 8. Neither Article 5 nor Annex III nor Article 50 comes near.

# %%
### BEGIN SOLUTION: a dict {"A": …, "B": …}: one number for each system
reason = {"A": 3, "B": 2, "C": 4, "D": 1, "E": 5, "F": 7, "G": 6, "H": 8, "I": 1}
### END SOLUTION

# %%
check("23.5")

# %% [markdown]
# ## Article 27 as a form
#
# Article 27(1) says of what the assessment consists, (a) to (f) {cite:p}`eu2024ai`. That is a form, and a form can be
# data.
# `nnlab.fria` reads one from YAML, a plain format of names and values. This is a form of the course; the official
# questionnaire is the one that Article 27(5) announces. One thing is stricter here: **each harm must point to evidence,
# a figure with its uncertainty and the number of cases.**

# %%
form = fria.example("credit")  # a made-up bank; fria.load("file.yaml") reads yours
print(*form, sep=", ")
print(form["harms"][0])
print("missing:", fria.check(form))

# %% [markdown]
# `check` returns the list of what is missing, and here it is empty. Break the form in four ways and ask again:

# %%
broken = copy.deepcopy(form)
broken["processes"] = "TODO"
broken["harms"][0]["evidence"] = []  # an opinion, no evidence
broken["oversight"]["people"] = 2  # was 4
broken["response"]["measures"][1]["owner"] = "the system"
gaps_found = fria.check(broken)
print(*gaps_found, sep="\n")

# %% tags=["claim"]
claim("and here it is empty", not fria.check(form))
claim("Break the form in four ways", bool(len(gaps_found) == 4))

# %% [markdown]
# The third line is arithmetic: 90 cases a day of 20 minutes are 1800 minutes, and two people do not have them. **An
# oversight that nobody has the time for is none**, however well it is described.
#
# Evidence also gets old. The form's E1 and E2 say that a model which is not given the group still selects the two
# groups at different rates. We measure it again, on the synthetic lending set of chapter 24, in which the postcode
# tells the group; E3 and E4 are figures of this chapter.

# %%
past = lending(12_000, seed=SEED)
train, test = slice(None, 6000), slice(6000, None)


def selection_gap(columns):
    """Selection rate of group A minus that of B, for a model of these columns."""
    inputs = pd.get_dummies(past[columns], columns=columns[3:]).astype(float)
    model = make_pipeline(StandardScaler(), LogisticRegression())
    yes = model.fit(inputs[train], past.label[train]).predict(inputs[test])
    group = past.group[test].to_numpy()
    return yes[group == "A"].mean() - yes[group == "B"].mean()


measured = {
    "E1": selection_gap(["income", "debts", "employed", "postcode"]),
    "E2": selection_gap(["income", "debts", "employed"]),
    "E3": 1 - readers.iloc[2, 2],
    "E4": asked.mean(),
}
print({name: round(float(value), 3) for name, value in measured.items()})
print("out of date:", fria.check(form, measured))
print(*fria.check(form, measured | {"E1": 0.31}))  # if the gap had grown

# %% tags=["claim"]
claim(
    "a model which is not given the group still selects", not fria.check(form, measured)
)
claim(
    "Evidence also gets old", bool(len(fria.check(form, measured | {"E1": 0.31})) == 1)
)
claim("but for (d), (e) and (f)", bool(len(fria.check(fria.example("triage"))) == 3))
claim("90 cases a day of 20 minutes are 1800 minutes", 90, 20, 90 * 20)
claim(
    "90 cases a day of 20 minutes",
    form["use"]["cases_a_day"],
    form["oversight"]["minutes_a_case"],
)

# %% [markdown]
# The form as people read it; `fria.page(form)` gives it as a page of its own, in HTML.

# %%
fria.show(form)

# %% [markdown]
# ```{warning}
# The checker sees whether each question is *answered*, not whether the answer is true, nor whether the evidence fits the
# harm. A form with nothing missing can be washing too. That is why a person signs it, and why the figures say where they
# come from: so that somebody else can measure them again.
# ```

# %% [markdown]
# ## Exercise 23.6: complete a FRIA
#
# The public hospital of the triage case has filled in its form, but for (d), (e) and (f). Read what is there, above all
# (a), the two groups and the four pieces of evidence.

# %%
triage = fria.example("triage")
fria.show(triage)

# %% [markdown]
# Write the three parts as one text in YAML, `rest`, with the names of the credit form: `harms` (at least two),
# `oversight` and `response`. Use evidence only where it *shows* the harm, look after both groups, and give the oversight no
# more people than (a) has. Rights are numbers of articles of the EU Charter {cite:p}`eucharter2012`: 2 life, 3
# integrity of the person, 8 protection of data, 21 non-discrimination, 25 rights of the elderly, 35 health care, 47
# effective remedy. With `fria.check(triage | fria.load(rest))` you can look at what is still missing.

# %%
### BEGIN SOLUTION: a text in YAML with harms, oversight and response
rest = """
harms:
  - id: H1
    what: An urgent patient over 75 is classed as not urgent and waits too long.
    who: [P2]
    right: 21
    likelihood: medium
    severity: high
    evidence: [E1]
  - id: H2
    what: A nurse gives up her own right judgement for a wrong proposal.
    who: [P1, P2]
    right: 35
    likelihood: medium
    severity: high
    evidence: [E2]
oversight:
  who: The triage nurse who sees the patient
  people: 6
  minutes_a_case: 10
  may_override: true
  against_automation_bias: The nurse notes her own class before she sees the proposal.
response:
  measures:
    - harm: H1
      what: Patients over 75 are looked at again after a quarter of an hour.
      owner: Head of the emergency department
    - harm: H2
      what: Test cases with wrong proposals each month; above 20 % the trial stops.
      owner: Head of nursing
  governance: The medical board sees both figures each month and can stop the system.
  complaints: At the patients' office, by letter or in person, also for relatives.
  answer_in_days: 14
"""
### END SOLUTION

# %%
check("23.6")

# %%
rest = answer("23.6")
finished = triage | (rest if isinstance(rest, dict) else fria.load(rest))
print("missing:", fria.check(finished))
progress()


# %% [markdown]
# ## Recap
#
# - Three lists of principles agree in their words. The principles conflict in the cases, and no list gives a person
#   somebody who must answer her.
# - Washing puts words in the place of what could be checked; bashing throws the words away without reading them.
# - Accessible is not intelligible: an open forest asks about a thousand questions for one decision.
# - Feedback narrows a list, and so does a person's own taste. Entropy alone cannot tell which; look for what is missed.
# - A rise in clicks, or a good mean accuracy, can hide exactly the harm: people moved, wrong suggestions followed.
# - The AI Act sorts uses by lists. A FRIA is asked of public bodies and of private ones with a public service, and of
#   everybody for credit and some insurance.
# - A FRIA can be checked for what is missing, and its figures can be measured again. It cannot be checked for truth.
#
# ## Test yourself
#
# ```{quiz}
# - question: A company publishes all weights of its network. What has become better for certain?
#   options:
#     - right: accessibility
#       why: The thing itself can be got at.
#     - wrong: intelligibility
#       why: Nobody can follow a million weights by reading them.
#     - wrong: accountability
#       why: Nobody has been named who must answer and repair.
#
# - question: Four topics were shown 1, 1, 1 and 1 times. What is the effective number of topics?
#   number: 4
#   why: Equal shares count fully. The entropy is log 4, and its exponential is 4.
#
# - question: Readers are right in 85 % of the cases with a right suggestion and in 45 % with a wrong one. What is the reliance in the model of this chapter?
#   number: 0.4
#   tolerance: 0.001
#   why: The difference of the two shares.
#
# - question: Which of these must be in a form that `fria.check` accepts?
#   options:
#     - right: a measure with an owner for each harm
#       why: Item (f).
#     - right: enough minutes for the oversight that is described
#       why: Cases a day times minutes a case must fit into the working day of the overseers.
#     - wrong: the proof that the system is fair
#       why: No form can hold that. It asks for figures, and a person signs for them.
#     - right: evidence for each harm
#       why: A figure with its uncertainty, its number of cases and its source.
#
# - question: After a change the clicks on a recommender rise. What follows about the users' tastes?
#   options:
#     - wrong: they are served better
#       why: They may have been moved towards the list.
#     - right: nothing yet
#       why: In the simulation with drift the clicks rise because the taste follows the list.
#     - wrong: they have been manipulated
#       why: With a fixed taste the clicks rise too, while the recommender learns.
# ```
#
# ## Further reading
#
# - {cite:t}`eu2024ai`: read Articles 5, 14, 26 and 27 and Annex III yourself; together they are about ten pages.
# - {cite:t}`bietti2020ethics`: a short, fair account of washing and bashing.
# - {cite:t}`green2022flaws`: why a rule that a human must look is not enough.
# - {cite:t}`parasuraman2010complacency`: what psychology knows of automation bias.
# - {cite:t}`pasquale2015black`: a book on secrecy, scores and search.
