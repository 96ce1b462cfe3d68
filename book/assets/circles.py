"""Draws circles.svg, the picture of the README: `python book/assets/circles.py`."""

from pathlib import Path

import matplotlib.pyplot as plt
from sklearn.datasets import make_circles
from sklearn.neural_network import MLPClassifier

from nnlab import mlp_draw, plot

plot.use_style()
X, y = make_circles(300, factor=0.3, noise=0.12, random_state=2024)
net = MLPClassifier((5, 3), activation="tanh", solver="lbfgs", alpha=0.01, random_state=4).fit(X, y)

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), width_ratios=(1.35, 1))
mlp_draw(net, ax=left, add_labels=False)
plot.decision_boundary(net, X, y, ax=right)
right.legend().remove()
right.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
target = Path(__file__).with_suffix(".svg")
figure.savefig(target, facecolor="white", metadata={"Date": None}, bbox_inches="tight", pad_inches=0.15)
