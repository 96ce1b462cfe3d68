"""Rules that turn gradients into steps, as in torch.optim, with the same defaults and the same numbers.

Every rule has the same three beats: it keeps what it remembers of earlier gradients in arrays of the parameters'
shapes, `step` goes through the parameters one by one, and `_update` changes one of them in place.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np

from nnlab.errors import BadData
from nnlab.scratch.checks import positive, same_shapes


class Optimizer(ABC):
    """What all rules share.

    Args:
        parameters: a list of arrays of floating-point numbers, changed in place by `step`.
        lr: the learning rate, 0 or more. It may be set anew before any step (`optimizer.lr = ...`).
        weight_decay: 0 or more; this times the parameter is added to its gradient (an L2 penalty).

    Raises:
        BadData: no parameter, one that is not a floating-point array, or a setting out of its range.
    """

    def __init__(self, parameters: Sequence[np.ndarray], lr: float, weight_decay: float = 0.0) -> None:
        if isinstance(parameters, np.ndarray) or not len(parameters):
            raise BadData("parameters is a list of arrays, at least one, such as net.parameters or [theta]")
        for k, p in enumerate(parameters):
            if not (isinstance(p, np.ndarray) and p.dtype.kind == "f" and p.flags.writeable):
                raise BadData(f"parameter {k} must be a writeable NumPy array of floats: steps are taken in place")
        self.parameters = list(parameters)
        self.lr = positive(lr, "lr", strict=False)
        self.weight_decay = positive(weight_decay, "weight_decay", strict=False)
        self.steps = 0

    def step(self, gradients: Sequence[np.ndarray]) -> None:
        """Change every parameter in place; `gradients` holds an array of its shape for each, in the same order."""
        gradients = [np.asarray(g) for g in gradients]
        same_shapes(gradients, self.parameters, "gradients")
        self.steps += 1
        for k, p in enumerate(self.parameters):
            self._update(k, p, gradients[k] + self.weight_decay * p if self.weight_decay else gradients[k])

    @abstractmethod
    def _update(self, k: int, p: np.ndarray, g: np.ndarray) -> None:
        """Change parameter number k in place; g is its gradient, which must not be changed."""

    def _zeros(self) -> list[np.ndarray]:
        return [np.zeros_like(p) for p in self.parameters]


class SGD(Optimizer):
    """Gradient descent, with momentum if wanted: v = momentum v + g, then p -= lr v.

    With `nesterov` the step is g + momentum v: the gradient, and the velocity that it has just changed.

    Source: Polyak (1964); Nesterov (1983); in this form Sutskever et al. (2013), On the importance of initialization
    and momentum in deep learning.

    Args:
        parameters, lr, weight_decay: as for every `Optimizer`.
        momentum: in [0, 1). At a constant gradient the steps grow to 1 / (1 - momentum) times their size.
        nesterov: needs a momentum above 0.

    >>> p = np.array([1.0])
    >>> optimizer = SGD([p], lr=0.1, momentum=0.9)
    >>> for _ in range(2):
    ...     optimizer.step([np.array([1.0])])
    >>> p  # 1 - 0.1 - 0.1 (0.9 + 1)
    array([0.71])
    """

    def __init__(
        self,
        parameters: Sequence[np.ndarray],
        lr: float = 0.001,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr, weight_decay)
        self.momentum, self.nesterov = fraction(momentum, "momentum"), nesterov
        if nesterov and not momentum:
            raise BadData("nesterov looks ahead along the velocity, so it needs a momentum above 0, such as 0.9")
        self.velocity = self._zeros() if momentum else []

    def _update(self, k: int, p: np.ndarray, g: np.ndarray) -> None:
        if self.momentum:
            v = self.velocity[k]
            v *= self.momentum
            v += g
            g = g + self.momentum * v if self.nesterov else v
        p -= self.lr * g


class AdaGrad(Optimizer):
    """Steps divided by the root of the sum of all squared gradients so far: s += g², p -= lr g / (√s + eps).

    Source: Duchi, Hazan, Singer (2011), Adaptive subgradient methods for online learning and stochastic optimization.

    Args:
        parameters, lr, weight_decay: as for every `Optimizer`.
        eps: above 0; keeps the first division sound.

    >>> p = np.array([1.0, 1.0])
    >>> AdaGrad([p], lr=0.1).step([np.array([5.0, -0.01])])
    >>> p  # the first step has the size lr, however large the gradient
    array([0.9, 1.1])
    """

    def __init__(
        self, parameters: Sequence[np.ndarray], lr: float = 0.01, weight_decay: float = 0.0, eps: float = 1e-10
    ) -> None:
        super().__init__(parameters, lr, weight_decay)
        self.eps, self.squares = positive(eps, "eps"), self._zeros()

    def _update(self, k: int, p: np.ndarray, g: np.ndarray) -> None:
        self.squares[k] += g * g
        p -= self.lr * g / (np.sqrt(self.squares[k]) + self.eps)


class RMSprop(Optimizer):
    """Steps divided by the root of a running mean of squared gradients: v = alpha v + (1 - alpha) g².

    Then p -= lr g / (√v + eps); with momentum, the quotient feeds a velocity first.

    Source: Tieleman and Hinton (2012), Coursera lecture 6.5.

    Args:
        parameters, lr, weight_decay: as for every `Optimizer`.
        alpha: in [0, 1), how much of the old mean is kept.
        eps: above 0; added after the root.
        momentum: in [0, 1).

    >>> p = np.array([1.0])
    >>> RMSprop([p], lr=0.1, alpha=0.75).step([np.array([3.0])])
    >>> p  # 1 - 0.1 · 3 / √(0.25 · 9)
    array([0.8])
    """

    def __init__(
        self,
        parameters: Sequence[np.ndarray],
        lr: float = 0.01,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr, weight_decay)
        self.alpha, self.eps = fraction(alpha, "alpha"), positive(eps, "eps")
        self.momentum = fraction(momentum, "momentum")
        self.squares, self.velocity = self._zeros(), self._zeros() if momentum else []

    def _update(self, k: int, p: np.ndarray, g: np.ndarray) -> None:
        v = self.squares[k]
        v *= self.alpha
        v += (1 - self.alpha) * g * g
        step = g / (np.sqrt(v) + self.eps)
        if self.momentum:
            self.velocity[k] *= self.momentum
            self.velocity[k] += step
            step = self.velocity[k]
        p -= self.lr * step


class Adam(Optimizer):
    """A running mean m of the gradients, divided by the root of a running mean v of their squares.

    m = β₁ m + (1 - β₁) g and v = β₂ v + (1 - β₂) g². Both start at 0 and are too small at first, so at step t they are
    divided by 1 - β₁ᵗ and 1 - β₂ᵗ: p -= lr m̂ / (√v̂ + eps).

    Source: Kingma and Ba (2015), Adam: a method for stochastic optimization, algorithm 1.

    Args:
        parameters, lr, weight_decay: as for every `Optimizer`.
        betas: β₁ and β₂, each in [0, 1).
        eps: above 0; added after the root.

    >>> p = np.array([1.0, 1.0])
    >>> Adam([p], lr=0.1).step([np.array([5.0, -0.01])])
    >>> p.round(6)  # the first step has the size lr, however large the gradient
    array([0.9, 1.1])
    """

    def __init__(
        self,
        parameters: Sequence[np.ndarray],
        lr: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr, weight_decay)
        self.betas = fraction(betas[0], "the first beta"), fraction(betas[1], "the second beta")
        self.eps = positive(eps, "eps")
        self.means, self.squares = self._zeros(), self._zeros()

    def _update(self, k: int, p: np.ndarray, g: np.ndarray) -> None:
        (beta1, beta2), m, v = self.betas, self.means[k], self.squares[k]
        m *= beta1
        m += (1 - beta1) * g
        v *= beta2
        v += (1 - beta2) * g * g
        # The two corrections are numbers: applied to lr and to the root, they cost no pass over the arrays.
        root = np.sqrt(v) / (1 - beta2**self.steps) ** 0.5
        p -= self.lr / (1 - beta1**self.steps) * m / (root + self.eps)


class AdamW(Adam):
    """Adam whose weight decay does not pass through the means: p *= 1 - lr · weight_decay, then Adam's step.

    Source: Loshchilov and Hutter (2019), Decoupled weight decay regularization, algorithm 2.

    Args:
        parameters, lr, betas, eps: as for `Adam`.
        weight_decay: 0 or more.

    >>> p = np.array([1.0])
    >>> AdamW([p], lr=0.1, weight_decay=0.5).step([np.array([0.0])])
    >>> p
    array([0.95])
    """

    def __init__(
        self,
        parameters: Sequence[np.ndarray],
        lr: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(parameters, lr, betas, eps)
        self.decoupled = positive(weight_decay, "weight_decay", strict=False)

    def _update(self, k: int, p: np.ndarray, g: np.ndarray) -> None:
        p *= 1 - self.lr * self.decoupled
        super()._update(k, p, g)


def fraction(value: float, name: str) -> float:
    if not 0 <= value < 1:
        raise BadData(f"{name} is {value!r}; it is a number from 0 up to, but not including, 1")
    return value
