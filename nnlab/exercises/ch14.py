"""The exercises of chapter 14, convolutions: cases, oracles, hints and slips.

Images are [n, channels, height, width], kernels [kernels, channels, height, width]; the oracles are SciPy's and
PyTorch's operations, and positions counted one by one.
"""

from typing import Any

import numpy as np
import scipy.signal

from nnlab.exercises.core import Ask, exercise

NEAR: Any = {"rtol": 1e-3, "atol": 1e-4}  # learners may compute in float32; what a slip changes is far larger


# 14.1 -----------------------------------------------------------------------------------------------------------------
@exercise("14.1", "With loops", reads="correlate")
def correlate(ask: Ask, rng: np.random.Generator) -> None:
    cases = [
        (rng.integers(-20, 90, size=(4, 6)), rng.normal(size=(3, 2)) + 0.3),
        (rng.normal(size=(7, 5)), rng.integers(-3, 4, size=(2, 4))),
        (rng.normal(size=(3, 6)), rng.normal(size=(3, 3))),
        (rng.normal(size=(5, 4)), np.array([[-2.5]])),
        (rng.normal(size=(1, 1)), np.array([[3.0]])),
        (rng.normal(size=(6, 6)).astype(np.float32), rng.normal(size=(3, 3)).astype(np.float32)),
    ]
    for image, kernel in cases:
        ask.close(ask.call("correlate", image, kernel), scipy.signal.correlate2d(image, kernel, "valid"), **NEAR)


correlate.hints(
    "How many positions are there from top to bottom, and from left to right? Make an array of zeros of that shape.",
    "At position (i, j) the window is image[i : i + kh, j : j + kw]. What do you do with it and the kernel?",
    "z[i, j] = (image[i : i + kh, j : j + kw] * kernel).sum(), in a loop over i and one over j.",
)


def _correlate(image, kernel, *, shape=None, dtype=float, sum_of=np.sum, swap=False, start=0):
    (h, w), (kh, kw) = image.shape, kernel.shape
    z = np.zeros(shape or (h - kh + 1, w - kw + 1), dtype)
    for i in range(start, z.shape[0]):
        for j in range(start, z.shape[1]):
            window = image[j : j + kh, i : i + kw] if swap else image[i : i + kh, j : j + kw]
            z[i, j] = sum_of(window * kernel[: window.shape[0], : window.shape[1]])
    return z


@correlate.slip("the kernel is turned by half a turn: that is a convolution. Lay it on as it stands")
def _(image, kernel):
    return _correlate(image, kernel[::-1, ::-1])


@correlate.slip("the last row and the last column are missing: there are h - kh + 1 positions, not h - kh")
def _(image, kernel):
    (h, w), (kh, kw) = image.shape, kernel.shape
    return _correlate(image, kernel, shape=(max(h - kh, 0), max(w - kw, 0)))


@correlate.slip("the result holds whole numbers only: an array made from the image's type rounds what you put in")
def _(image, kernel):
    return _correlate(image, kernel, dtype=image.dtype)


@correlate.slip("the kernel leaves the image at the end: the result is smaller than the image")
def _(image, kernel):
    return _correlate(image, kernel, shape=image.shape)


@correlate.slip("there are zeros around the image here: the kernel is to stay inside")
def _(image, kernel):
    return scipy.signal.correlate2d(image, kernel, "same")


@correlate.slip("this is the mean of the products; asked for is their sum")
def _(image, kernel):
    return _correlate(image, kernel, sum_of=np.mean)


@correlate.slip("rows and columns have changed places: the window begins at row i and column j")
def _(image, kernel):
    return _correlate(image, kernel, swap=True)


@correlate.slip("the kernel's height stands for both of its sides: it has kh rows and kw columns")
def _(image, kernel):
    k = len(kernel)
    return np.array(
        [
            [(image[i : i + k, j : j + k] * kernel).sum() for j in range(image.shape[1] - k + 1)]
            for i in range(image.shape[0] - k + 1)
        ]
    )


@correlate.slip("`@` multiplies the window and the kernel as matrices; you need number by number, `*`")
def _(image, kernel):
    (h, w), (kh, kw) = image.shape, kernel.shape
    return np.array(
        [
            [(image[i : i + kh, j : j + kw] @ kernel).sum() for j in range(w - kw + 1)]
            for i in range(h - kh + 1)
        ]
    )  # fmt: skip


# 14.2 -----------------------------------------------------------------------------------------------------------------
def _by_scipy(image: np.ndarray) -> np.ndarray:
    """Sobel's magnitude by SciPy's convolution; the turn of the kernels changes signs only."""
    kernel, image = np.outer([1, 2, 1], [-1, 0, 1]), image.astype(float)
    x, y = (scipy.signal.convolve2d(image, k, "valid") for k in (kernel, kernel.T))
    return np.sqrt(x**2 + y**2)


@exercise("14.2", "Find the bug", reads=("difference", "diagnosis", "sobel_magnitude"), points=2)
def sobel_magnitude(ask: Ask, rng: np.random.Generator) -> None:
    ask.equal(ask.value("difference"), 254, given="difference")
    ask.diagnosis("D", "ABCD", "does not explain the speckles on the table")
    step = np.full((5, 7), 255, np.uint8)
    step[:, :4] = 0  # as steep as it gets: 4 · 255 to the right, and its square
    cases: list[np.ndarray] = [
        step[:, ::-1].copy(),
        rng.integers(0, 256, size=(6, 5)).astype(np.uint8),
        (120 + rng.integers(-3, 4, size=(4, 6))).astype(np.uint8),
        rng.uniform(size=(5, 6)),
        rng.uniform(size=(3, 3)).astype(np.float32),
    ]
    for image in cases:
        ask.close(ask.call("sobel_magnitude", image), _by_scipy(image), rtol=2e-3, atol=1e-4)


sobel_magnitude.hints(
    "Compute np.uint8(3) - np.uint8(5) in a cell of your own, and cup8[:, 2:] - cup8[:, :-2] for one row.",
    "Would a turned kernel, or x and y exchanged, change the *magnitude* at all? On the table, neighbours are nearly "
    "equal: where do its large differences come from?",
    "One line at the top is enough: make floats of the image before anything is subtracted.",
)


def _magnitude(image, *, early=np.float64, late=np.float64, across=(1, 2, 1), length=np.hypot, middle=np.asarray):
    image = np.asarray(image)
    image = image.astype(early or image.dtype)
    side, centre, _ = across
    right, down = (middle(part) for part in (image[:, 2:] - image[:, :-2], image[2:] - image[:-2]))
    right, down = (part.astype(late or part.dtype) for part in (right, down))
    x = side * right[:-2] + centre * right[1:-1] + side * right[2:]
    y = side * down[:, :-2] + centre * down[:, 1:-1] + side * down[:, 2:]
    return length(x, y)


def _answer(magnitude=_magnitude, difference=254, diagnosis="D"):
    return {"difference": difference, "diagnosis": diagnosis, "sobel_magnitude": magnitude}


@sobel_magnitude.slip(
    "-2 is what should come out. In uint8 there is no -2: what does np.uint8(3) - np.uint8(5) give?", make=True
)
def _():
    return _answer(difference=-2)


@sobel_magnitude.slip(
    "0 would be the nearest number that there is, but uint8 does not stop at 0: it starts again at 255", make=True
)
def _():
    return _answer(difference=0)


@sobel_magnitude.slip(
    "2 is left minus right, or the size of the difference; asked for is right minus left in uint8", make=True
)
def _():
    return _answer(difference=2)


@sobel_magnitude.slip("one off: 0 - 1 gives 255, so 0 - 2 gives one less", make=True)
def _():
    return _answer(difference=255)


@sobel_magnitude.slip("253 is 255 - 2; but there are 256 numbers in uint8, and 256 - 2 is one more", make=True)
def _():
    return _answer(difference=253)


@sobel_magnitude.slip("not A: turning Sobel's kernels changes their signs, and the magnitude has no sign", make=True)
def _():
    return _answer(diagnosis="A")


@sobel_magnitude.slip("not B: the magnitude is the same when x and y change places", make=True)
def _():
    return _answer(diagnosis="B")


@sobel_magnitude.slip(
    "not C: the right picture, from the same photo and with no more blur, is dark on the table", make=True
)
def _():
    return _answer(diagnosis="C")


@sobel_magnitude.slip("the image is still subtracted as uint8; to make floats afterwards comes too late", make=True)
def _():
    return _answer(lambda image: _magnitude(image, early=None))


@sobel_magnitude.slip("nothing is repaired yet: these are the friend's numbers", make=True)
def _():
    def friend(image):
        right, down = image[:, 2:] - image[:, :-2], image[2:] - image[:-2]
        x = right[:-2] + 2 * right[1:-1] + right[2:]
        return np.hypot(x, down[:, :-2] + 2 * down[:, 1:-1] + down[:, 2:])

    return _answer(friend)


@sobel_magnitude.slip("the sign is taken off too early: a rise and a fall side by side are to cancel", make=True)
def _():
    return _answer(lambda image: _magnitude(image, middle=np.abs))


@sobel_magnitude.slip("int8 ends at 127: the pixels themselves do not fit into it", make=True)
def _():
    return _answer(lambda image: _magnitude(image, early=np.int8 if image.dtype == np.uint8 else None))


@sobel_magnitude.slip("the squares do not fit: 1020² is far above the 32767 at which int16 ends", make=True)
def _():
    def root(x, y):
        return np.sqrt(np.abs(x * x + y * y).astype(float))

    return _answer(
        lambda image: _magnitude(image, early=np.int16 if image.dtype == np.uint8 else None, late=None, length=root)
    )


@sobel_magnitude.slip("the middle is to count twice: Sobel's blur is 1 2 1, and 1 1 1 is Prewitt's", make=True)
def _():
    return _answer(lambda image: _magnitude(image, across=(1, 1, 1)))


@sobel_magnitude.slip("the magnitude is the root of the sum of squares, not the sum of the absolute values", make=True)
def _():
    return _answer(lambda image: _magnitude(image, length=lambda x, y: np.abs(x) + np.abs(y)))


@sobel_magnitude.slip("the root is missing: this is the square of the magnitude", make=True)
def _():
    return _answer(lambda image: _magnitude(image, length=lambda x, y: x * x + y * y))


@sobel_magnitude.slip("the result is cut off at 255: a magnitude may be larger", make=True)
def _():
    return _answer(lambda image: np.clip(_magnitude(image), 0, 255))


@sobel_magnitude.slip("the result is put back into uint8, which ends at 255 and knows no fractions", make=True)
def _():
    return _answer(lambda image: _magnitude(image).astype(np.uint8))


@sobel_magnitude.slip("the pixels are divided by 255; the magnitude is to be in the units of the image", make=True)
def _():
    return _answer(lambda image: _magnitude(image / 255))


@sobel_magnitude.slip("the result is divided by 8; here nothing is divided, as in the friend's lines", make=True)
def _():
    return _answer(lambda image: _magnitude(image) / 8)


@sobel_magnitude.slip(
    "there is a border of zeros; the result has two rows and two columns less than the image", make=True
)
def _():
    return _answer(lambda image: np.pad(_magnitude(image), 1))


# 14.3 -----------------------------------------------------------------------------------------------------------------
SETTINGS = (28, 5, 1, 0, 1), (224, 7, 2, 3, 1), (32, 3, 1, 0, 4), (7, 2, 2, 0, 1)


def _positions(n, k, stride, padding, dilation):
    """Counted: the first weight's places from which the last one is still inside."""
    last = n + 2 * padding - 1 - dilation * (k - 1)
    return len(range(0, last + 1, stride))


SIZES = [_positions(*setting) for setting in SETTINGS]


@exercise("14.3", "Predict the size", reads=("sizes", "output_size"), points=2)
def output_size(ask: Ask, rng: np.random.Generator) -> None:
    ask.equal(ask.value("sizes"), SIZES, given="sizes")
    # In the first two cases nearly every slip has a number of its own.
    cases = [
        (43, 4, 3, 8, 6),
        (39, 4, 2, 5, 3),
        (30, 4, 3, 2, 2),
        (9, 3, 1, 0, 1),
        (8, 3, 2, 1, 1),
        (3, 5, 1, 0, 1),
        (4, 3, 2, 0, 5),
        (3, 5, 3, 0, 1),
        (1, 1, 1, 0, 1),
    ]
    for _ in range(8):
        k, stride, padding, dilation = (int(v) for v in rng.integers((2, 2, 1, 2), (6, 5, 4, 4)))
        cases.append((int(rng.integers(dilation * (k - 1) + 1, 60)), k, stride, padding, dilation))
    for case in cases:
        ask.equal(ask.call("output_size", *case), _positions(*case))


output_size.hints(
    "How many pixels does the kernel cover from its first weight to its last? With dilation 4 and three weights, draw "
    "it.",
    "The formula stands above the exercise. Python's // rounds down. Where is the 1 added: before or after dividing?",
    "(n + 2 * padding - dilation * (k - 1) - 1) // stride + 1; test for the case that the kernel does not fit.",
)


def _size(change):
    """A wrong function beside the right numbers."""

    def function(n, k, stride, padding, dilation):
        room = change(n, k, stride, padding, dilation)
        return room // stride + 1 if room >= 0 else 0

    return lambda: {"sizes": SIZES, "output_size": function}


def _sizes(*numbers):
    return lambda: {"sizes": list(numbers), "output_size": _positions}


for _sentence, _numbers in {
    "sizes: number one, 28 - 5 forgets the first position: kernel 5 fits on 28 - 5 + 1 places": (23, 112, 24, 3),
    "sizes: number two, without the padding. There are 224 + 2 · 3 pixels to walk on": (24, 109, 24, 3),
    "sizes: number two, the padding counts at both ends, not only at one": (24, 110 + 1, 24, 3),
    "sizes: number two, 112.5 is no size: the last step does not fit and is left out, so round down": (24, 113, 24, 3),
    "sizes: number three, without the dilation: three weights with gaps of three cover more than 3 pixels": (
        24,
        112,
        30,
        3,
    ),
    "sizes: number three, three weights at distance 4 cover 9 pixels, not 12": (24, 112, 21, 3),
    "sizes: number three, the kernel covers 9 pixels; 32 - 9 forgets the first position": (24, 112, 23, 3),
    "sizes: number four, the seventh pixel fills no window and is left out: round down": (24, 112, 24, 4),
    "sizes: number two, 112.5 is no size; round down": (24, 112.5, 24, 3),
    "sizes: number four, 3.5 is no size; round down": (24, 112, 24, 3.5),
}.items():
    output_size.slip(_sentence, make=True)(_sizes(*_numbers))

for _sentence, _change in {
    "the function: the padding is at both ends, so it counts twice": lambda n, k, s, p, d: n + p - d * (k - 1) - 1,
    "the function: the dilation is not used": lambda n, k, s, p, d: n + 2 * p - k,
    "the function: the kernel covers d (k - 1) + 1 pixels, not d · k": lambda n, k, s, p, d: n + 2 * p - d * k,
    "the function: the padding is not used": lambda n, k, s, p, d: n - d * (k - 1) - 1,
    "the function: the 1 is missing inside; it belongs there *and* after the division": (
        lambda n, k, s, p, d: n + 2 * p - d * (k - 1)
    ),
    "the function: the padding is taken off; it makes the image larger": lambda n, k, s, p, d: (
        n - 2 * p - d * (k - 1) - 1
    ),
}.items():
    output_size.slip(_sentence, make=True)(_size(_change))


def _beside(function):
    return {"sizes": SIZES, "output_size": function}


@output_size.slip("the function: sizes are whole numbers; use //, which rounds down", make=True)
def _():
    return _beside(lambda n, k, s, p, d: max((n + 2 * p - d * (k - 1) - 1) / s + 1, 0))


@output_size.slip("the function: the first position is not counted; add 1 after the division", make=True)
def _():
    return _beside(lambda n, k, s, p, d: max((n + 2 * p - d * (k - 1) - 1) // s, 0))


@output_size.slip("the function: the last step does not fit and is left out: round down, not up", make=True)
def _():
    return _beside(lambda n, k, s, p, d: max(-(-(n + 2 * p - d * (k - 1) - 1) // s) + 1, 0))


@output_size.slip("the function: round() goes to the nearest number; the last step does not fit: round down", make=True)
def _():
    return _beside(lambda n, k, s, p, d: max(round((n + 2 * p - d * (k - 1) - 1) / s) + 1, 0))


@output_size.slip(
    "the function: int() rounds towards 0, so -0.7 becomes 0, and not -1; test whether it fits", make=True
)
def _():
    return _beside(lambda n, k, s, p, d: max(int((n + 2 * p - d * (k - 1) - 1) / s) + 1, 0))


@output_size.slip("the function: a kernel that fits exactly has one position, not none", make=True)
def _():
    def strict(n, k, s, p, d):
        room = n + 2 * p - d * (k - 1) - 1
        return room // s + 1 if room > 0 else 0

    return _beside(strict)


@output_size.slip("the function: where the kernel does not fit the answer is 0, never below", make=True)
def _():
    return _beside(lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 1) // s + 1)


@output_size.slip(
    "the function: stride and padding have changed places; n, k, stride, padding, dilation is the order", make=True
)
def _():
    return _beside(lambda n, k, s, p, d: _positions(n, k, max(p, 1), s, d))


# 14.4 -----------------------------------------------------------------------------------------------------------------
@exercise("14.4", "With im2col", reads=("im2col", "conv2d"), points=3)
def im2col(ask: Ask, rng: np.random.Generator) -> None:
    import torch
    import torch.nn.functional as F

    for (n, c, h, w), (kh, kw), stride in (
        ((2, 3, 5, 6), (2, 3), 1),
        ((1, 2, 7, 5), (3, 2), 2),
        ((2, 1, 4, 4), (1, 1), 3),
        ((1, 2, 3, 4), (3, 4), 1),
    ):
        x = rng.normal(size=(n, c, h, w))
        told = f"im2col, x of shape {x.shape}, windows {kh} by {kw}, stride {stride}"
        right = F.unfold(torch.tensor(x), (kh, kw), stride=stride).numpy()
        ask.close(ask.call("im2col", x, kh, kw, stride), right, given=told, **NEAR)
    for (n, c, h, w), (f, kh, kw), stride, padding in (
        ((2, 3, 4, 9), (4, 3, 2), 1, 0),
        ((3, 2, 5, 8), (5, 2, 3), 2, 1),
        ((1, 1, 3, 3), (1, 1, 1), 1, 2),
        ((2, 2, 4, 5), (3, 4, 4), 3, 3),
    ):
        x, weight, bias = rng.normal(size=(n, c, h, w)), rng.normal(size=(f, c, kh, kw)), rng.normal(size=f) + 2
        told = f"conv2d, x of shape {x.shape}, weight of shape {weight.shape}, stride {stride}, padding {padding}"
        aim = F.conv2d(torch.tensor(x), torch.tensor(weight), torch.tensor(bias), stride, padding).numpy()
        ask.close(ask.call("conv2d", x, weight, bias, stride, padding), aim, given=told, **NEAR)


im2col.hints(
    "Compare each step with the small example above. Which slice of x does the weight in row u and column v meet?",
    "With high and wide for the numbers of positions: x[:, :, u : u + stride * high : stride, …], cut to high rows and "
    "wide columns. np.stack(slices, axis=2) puts the slices after the channels.",
    "In conv2d: weight.reshape(f, -1) @ im2col(...) has the shape (n, f, positions). The bias needs the shape (f, 1).",
)


def _im2col(x, kh, kw, stride, *, channels_last=False, down_first=False, rows=False, turned=False):
    n, _, h, w = x.shape
    high, wide = (h - kh) // stride + 1, (w - kw) // stride + 1
    found = []
    for i in range(high):
        for j in range(wide):
            window = x[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            window = window[:, :, ::-1, ::-1] if turned else window
            window = window.swapaxes(2, 3) if down_first else window
            window = np.moveaxis(window, 1, 3) if channels_last else window
            found.append(window.reshape(n, -1))
    return np.stack(found, axis=1 if rows else 2)


def _conv2d(x, weight, bias, stride, padding, *, columns=_im2col, pad=True, add=True, order="f first"):
    f, _, kh, kw = weight.shape
    if pad:
        x = np.pad(
            x, ((0, 0), (0, 0), (padding, padding), (padding, padding)), mode=pad if pad is not True else "constant"
        )
    z = weight.reshape(f, -1) @ columns(x, kh, kw, stride)
    high = (x.shape[2] - kh) // stride + 1
    z = z + bias[:, None] if add else z
    z = z.reshape(len(x), f, high, -1)
    return z if order == "f first" else z.transpose(0, 2, 3, 1)


def _pair(columns=_im2col, conv2d=_conv2d):
    return {"im2col": columns, "conv2d": conv2d}


@im2col.slip("im2col: rows and columns of the result have changed places; each window is to be a *column*", make=True)
def _():
    return _pair(lambda *a: _im2col(*a, rows=True))


@im2col.slip("im2col: in each column all of the first channel comes first, then all of the second", make=True)
def _():
    return _pair(lambda *a: _im2col(*a, channels_last=True))


@im2col.slip("im2col: the window is to be read row by row, and not column by column", make=True)
def _():
    return _pair(lambda *a: _im2col(*a, down_first=True))


@im2col.slip("im2col: the windows are turned; they stay as they stand in the image", make=True)
def _():
    return _pair(lambda *a: _im2col(*a, turned=True))


@im2col.slip("im2col: the stride is not used: the next window begins `stride` pixels further on", make=True)
def _():
    return _pair(lambda x, kh, kw, stride: _im2col(x, kh, kw, 1))


@im2col.slip("im2col: height and width of the window have changed places", make=True)
def _():
    return _pair(lambda x, kh, kw, stride: _im2col(x, kw, kh, stride))


@im2col.slip("im2col: the positions are to go row by row; here they go down the columns", make=True)
def _():
    def downwards(x, kh, kw, stride):
        wide = (x.shape[3] - kw) // stride + 1
        z = _im2col(x, kh, kw, stride)
        return z.reshape(*z.shape[:2], -1, wide).swapaxes(2, 3).reshape(z.shape)

    return _pair(downwards)


@im2col.slip("im2col: the window's height kh stands for both of its sides", make=True)
def _():
    def square(x, kh, kw, stride):
        return _im2col(x, kh, min(kh, x.shape[3]), stride)

    return _pair(square)


@im2col.slip(
    "im2col: the last window of each row, and the last row of windows, are missing: add 1 to the number", make=True
)
def _():
    def short(x, kh, kw, stride):
        h, w = x.shape[2:]
        return _im2col(x[:, :, : max(h - stride, 0), : max(w - stride, 0)], kh, kw, stride)

    return _pair(short)


@im2col.slip("conv2d: the padding is missing", make=True)
def _():
    return _pair(conv2d=lambda *a: _conv2d(*a, pad=False))


@im2col.slip("conv2d: pad with zeros, and not with the pixels of the border", make=True)
def _():
    return _pair(conv2d=lambda *a: _conv2d(*a, pad="edge"))


@im2col.slip("conv2d: the zeros are put at one end only; p of them belong at each end of both axes", make=True)
def _():
    def one_end(x, weight, bias, stride, padding):
        return _conv2d(np.pad(x, ((0, 0), (0, 0), (padding, 0), (padding, 0))), weight, bias, stride, 0)

    return _pair(conv2d=one_end)


@im2col.slip("conv2d: the map need not be square; compute its rows and columns one by one", make=True)
def _():
    def square(*case):
        z = _conv2d(*case)
        side = round((z.shape[2] * z.shape[3]) ** 0.5)
        return z.reshape(*z.shape[:2], side, -1) if z[0, 0].size % side == 0 else z

    return _pair(conv2d=square)


@im2col.slip("conv2d: the biases are summed; each kernel has its own", make=True)
def _():
    return _pair(conv2d=lambda x, weight, bias, *a: _conv2d(x, weight, np.full_like(bias, bias.sum()), *a))


@im2col.slip("conv2d: the bias is missing: one number for each kernel is added to its whole map", make=True)
def _():
    return _pair(conv2d=lambda *a: _conv2d(*a, add=False))


@im2col.slip("conv2d: the kernels are turned; a convolution of deep learning lays them on as they stand", make=True)
def _():
    return _pair(conv2d=lambda x, weight, *a: _conv2d(x, weight[:, :, ::-1, ::-1], *a))


@im2col.slip("conv2d: the axes are to be images, kernels, rows, columns; here the kernels come last", make=True)
def _():
    return _pair(conv2d=lambda *a: _conv2d(*a, order="f last"))


@im2col.slip("conv2d: only the first image of the batch is computed, for all of them", make=True)
def _():
    return _pair(conv2d=lambda x, *a: _conv2d(np.repeat(x[:1], len(x), axis=0), *a))


@im2col.slip("conv2d: the stride is not handed on to im2col", make=True)
def _():
    return _pair(conv2d=lambda x, weight, bias, stride, padding: _conv2d(x, weight, bias, 1, padding))


@im2col.slip("conv2d: only the first channel is used; a kernel adds up over all of them", make=True)
def _():
    return _pair(conv2d=lambda x, weight, *a: _conv2d(x[:, :1], weight[:, :1], *a))


# 14.5 -----------------------------------------------------------------------------------------------------------------
USUAL, SEPARABLE = 231_211_008, 27_496_448


def _by_layers(c_in, c_out, k, height, width, stride):
    """Both layers built and run: their weights counted, and each weight once for every number of an output map."""
    import torch
    from torch import nn

    with torch.device("meta"):  # shapes without numbers
        depthwise = nn.Conv2d(c_in, c_in, k, stride, k // 2, groups=c_in, bias=False)
        pointwise = nn.Conv2d(c_in, c_out, 1, bias=False)
        first = depthwise(torch.empty(1, c_in, height, width))
        second = pointwise(first)
    weights = [layer.weight.numel() for layer in (depthwise, pointwise)]
    adds = [w * z[0, 0].numel() for w, z in zip(weights, (first, second), strict=True)]
    return [sum(weights), sum(adds)]


@exercise("14.5", "What a depthwise separable layer costs", reads=("usual", "separable", "separable_cost"), points=2)
def separable_cost(ask: Ask, rng: np.random.Generator) -> None:
    ask.equal(ask.value("usual"), USUAL, given="usual")
    ask.equal(ask.value("separable"), SEPARABLE, given="separable")
    cases = [(3, 16, 5, 9, 13, 2), (8, 12, 3, 10, 7, 1), (1, 1, 1, 1, 1, 1), (6, 4, 7, 13, 8, 3)]
    for _ in range(3):
        c_in, c_out, half, height, width, stride = (
            int(v) for v in rng.integers((2, 2, 1, 5, 20, 1), (40, 40, 4, 19, 40, 4))
        )
        cases.append((c_in, c_out, 2 * half + 1, height, width, stride))
    for case in cases:
        told, reply = f"separable_cost{case}", ask.call("separable_cost", *case)
        reply = reply.tolist() if isinstance(reply, np.ndarray) else reply  # two numbers in an array will do
        got = ask.parts(reply, "weights", "multiply-adds")
        right = _by_layers(*case)
        ask.equal(got[0], right[0], given=f"the weights of {told}")
        ask.equal(got[1], right[1], given=f"the multiply-adds of {told}")


separable_cost.hints(
    "How many weights has the depthwise step? One kernel of k by k for each channel. And the pointwise one, with its "
    "1 by 1 kernels over all channels?",
    "Each weight is used once at every position of the output. A usual layer has c_out · c_in · k² weights.",
    "-(-height // stride) rounds up. Both steps put out maps of that size, so both have the same number of positions.",
)


def _cost(c_in, c_out, k, height, width, stride, *, weights=None, places=None, up=True, adds=None):
    if weights is None:
        weights = c_in * k * k + c_in * c_out
    high, wide = (-(-height // stride), -(-width // stride)) if up else (height // stride, width // stride)
    return weights, adds if adds is not None else weights * (high * wide if places is None else places)


def _costs(function=_cost, usual=USUAL, separable=SEPARABLE):
    return lambda: {"usual": usual, "separable": separable, "separable_cost": function}


for _sentence, _named in {
    "usual: these are the weights; each of them is used at all 56 · 56 positions": {"usual": 128 * 64 * 9},
    "usual: a kernel of 3 by 3 has 9 weights a channel, not 3": {"usual": 128 * 64 * 3 * 56 * 56},
    "usual: one kernel sees all 64 channels, so 64 is a factor too": {"usual": 128 * 9 * 56 * 56},
    "usual: there are 128 kernels, so 128 is a factor too": {"usual": 64 * 9 * 56 * 56},
    "usual: the padding keeps the size: 56 by 56 positions, not 54 by 54": {"usual": 128 * 64 * 9 * 54 * 54},
    "usual: this counts multiplications and additions one by one; a multiply-add is both at once": {"usual": 2 * USUAL},
    "separable: these are the weights; each of them is used at all 56 · 56 positions": {"separable": 8768},
    "separable: the pointwise step is missing": {"separable": 64 * 9 * 56 * 56},
    "separable: the depthwise step is missing; a ninth of the usual layer is the pointwise step alone": {
        "separable": 64 * 128 * 56 * 56
    },
    "separable: the depthwise step has one kernel for each of the 64 channels that come *in*": {
        "separable": (128 * 9 + 64 * 128) * 56 * 56
    },
    "separable: the costs of two steps add up, they do not multiply": {"separable": 64 * 9 * 64 * 128 * 56 * 56},
    "separable: this counts multiplications and additions one by one; a multiply-add is both at once": {
        "separable": 2 * SEPARABLE
    },
}.items():
    separable_cost.slip(_sentence, make=True)(_costs(**_named))


@separable_cost.slip("the function: these are the weights of a usual layer", make=True)
def _():
    return _costs(lambda c_in, c_out, k, h, w, s: _cost(c_in, c_out, k, h, w, s, weights=c_in * c_out * k * k))()


@separable_cost.slip("the function: the depthwise step has k² weights a channel, not k", make=True)
def _():
    return _costs(lambda c_in, c_out, k, h, w, s: _cost(c_in, c_out, k, h, w, s, weights=c_in * k + c_in * c_out))()


@separable_cost.slip("the function: the depthwise step has one kernel for each channel that comes *in*", make=True)
def _():
    return _costs(
        lambda c_in, c_out, k, h, w, s: _cost(c_in, c_out, k, h, w, s, weights=c_out * k * k + c_in * c_out)
    )()


@separable_cost.slip("the function: the pointwise step is missing", make=True)
def _():
    return _costs(lambda c_in, c_out, k, h, w, s: _cost(c_in, c_out, k, h, w, s, weights=c_in * k * k))()


@separable_cost.slip("the function: the stride is not used: the output has fewer positions than the image", make=True)
def _():
    return _costs(lambda c_in, c_out, k, h, w, s: _cost(c_in, c_out, k, h, w, s, places=h * w))()


@separable_cost.slip("the function: round up, as with 9 rows and stride 2, which give 5 rows", make=True)
def _():
    return _costs(lambda *case: _cost(*case, up=False))()


@separable_cost.slip(
    "the function: the stride is in the depthwise step, so the pointwise step has fewer positions too", make=True
)
def _():
    def late(c_in, c_out, k, h, w, s):
        weights, adds = _cost(c_in, c_out, k, h, w, s, weights=c_in * k * k)
        return weights + c_in * c_out, adds + c_in * c_out * h * w

    return _costs(late)()


@separable_cost.slip(
    "the function: the depthwise step computes at every stride-th position only, as its output shows", make=True
)
def _():
    def early(c_in, c_out, k, h, w, s):
        weights, adds = _cost(c_in, c_out, k, h, w, s, weights=c_in * c_out)
        return weights + c_in * k * k, adds + c_in * k * k * h * w

    return _costs(early)()


@separable_cost.slip("the function: height and width are to be rounded up one by one, before multiplying", make=True)
def _():
    return _costs(lambda c_in, c_out, k, h, w, s: _cost(c_in, c_out, k, h, w, s, places=h * w / s**2))()


@separable_cost.slip(
    "the function: rounded up, but only after multiplying; each axis is rounded up by itself", make=True
)
def _():
    return _costs(lambda c_in, c_out, k, h, w, s: _cost(c_in, c_out, k, h, w, s, places=-(-h * w // s**2)))()


@separable_cost.slip("the function: the stride is used a second time; the pointwise step has stride 1", make=True)
def _():
    def twice(c_in, c_out, k, h, w, s):
        weights, adds = _cost(c_in, c_out, k, h, w, s, weights=c_in * k * k)
        more = _cost(c_in, c_out, k, -(-h // s), -(-w // s), s, weights=c_in * c_out)
        return weights + more[0], adds + more[1]

    return _costs(twice)()


@separable_cost.slip("the function: the stride is along both axes; width shrinks as height does", make=True)
def _():
    return _costs(lambda c_in, c_out, k, h, w, s: _cost(c_in, c_out, k, h, w, s, places=-(-h // s) * w))()


@separable_cost.slip("the function: height stands for both sides; pictures need not be square", make=True)
def _():
    return _costs(lambda c_in, c_out, k, h, w, s: _cost(c_in, c_out, k, h, w, s, places=(-(-h // s)) ** 2))()


@separable_cost.slip(
    "the function: a multiply-add is one multiplication with its addition; do not count it twice", make=True
)
def _():
    return _costs(lambda *case: (_cost(*case)[0], 2 * _cost(*case)[1]))()


@separable_cost.slip("the function: biases are counted; the layers have none", make=True)
def _():
    return _costs(
        lambda c_in, c_out, k, h, w, s: _cost(
            c_in, c_out, k, h, w, s, weights=c_in * k * k + c_in * c_out + c_in + c_out
        )
    )()


@separable_cost.slip("the function: first the weights, then the multiply-adds", make=True)
def _():
    return _costs(lambda *case: _cost(*case)[::-1])()


@separable_cost.slip(
    "the function: without padding the output would be so small; the padding is (k - 1) / 2", make=True
)
def _():
    return _costs(
        lambda c_in, c_out, k, h, w, s: _cost(
            c_in, c_out, k, h, w, s, places=max((h - k) // s + 1, 0) * max((w - k) // s + 1, 0)
        )
    )()
