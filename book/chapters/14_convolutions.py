# ---
# jupyter: {kernelspec: {display_name: Python 3, language: python, name: python3}}
# ---

# %% [markdown]
# # Convolutions
#
# Where does the cup end, and where does the table begin? You see it at once. The computer has 60 000 numbers, and none
# of them says "edge".
#
# A neuron of {doc}`chapter 06 <06_multilayer_perceptron>` could look at all of these numbers. It would need 60 000
# weights, and what it learns about an edge at one place would not help it at any other. **Can one small set of weights
# look for the same thing everywhere?** It can. This chapter builds the operation that does it, first with loops and
# then with one product of matrices. It measures what the operation costs and what it guarantees.
#
# Nothing is trained here: you choose the weights. In {doc}`chapter 15 <15_cnn_classifier>` a network learns them. You
# need the neuron ({doc}`chapter 06 <06_multilayer_perceptron>`) and the gradient ({doc}`chapter 07 <07_gradient_descent>`).

# %% tags=["parameters"]
SEED = 0
FAST = False
DEVICE = None

# %%
import pandas as pd
import numpy as np
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F

from nnlab import answer, check, data, hint, plot, progress, seed_everything
from nnlab.scratch import conv

plot.use_style()
seed_everything(SEED)
BLUE, ORANGE, INK = (plot.PALETTE[name] for name in ("blue", "orange", "ink"))

# %% [markdown]
# ## An edge is a step
#
# A photo is an array of numbers: height, width, and three colours, each a whole number from 0 to 255. We first want one
# number a pixel, its **brightness**, from 0 (black) to 1 (white). Green counts most in it, because the eye sees green
# best. To keep the pictures small, each 2 by 2 pixels become their mean.
#
# Look at one row only. Beside each pixel's brightness stands how much it changes there: the pixel on its right minus
# the pixel on its left.

# %%
photo = data.load("photos")["coffee"]
grey = photo @ [0.299, 0.587, 0.114] / 255
cup = grey.reshape(200, 2, 300, 2).mean(axis=(1, 3))
print(photo.shape, photo.dtype, "->", cup.shape, cup.dtype)

row = cup[60]
change = row[2:] - row[:-2]  # change[0] belongs to column 1
steepest = 1 + np.abs(change).argmax()
print(f"steepest at column {steepest}, where the change is {change[steepest - 1]:.2f}")

# %% tags=["hide-input"]
_, (top, low) = plt.subplots(2, 1, figsize=(6.4, 4.7), height_ratios=(1.5, 1))
top.imshow(cup[:130], cmap="gray", vmin=0, vmax=1, aspect="auto")
top.axhline(60, color=ORANGE)
top.set(ylabel="row", xlim=(0, 299))
top.grid(False)
low.plot(row, color=INK, linestyle="-", label="brightness of row 60")
low.plot(range(1, 299), change, color=ORANGE, linestyle="--", label="its change")
low.set(xlabel="column", ylabel="brightness", xlim=(0, 299), ylim=(-0.95, 1.45))
low.legend(loc="upper right", ncols=2)
plot.show(
    "Above, a grey photo of a cup of coffee on a saucer; a line marks row 60. Below, "
    "the brightness along this row jumps up at the white rim of the cup and falls "
    "again behind it. The change is near 0 elsewhere, and has high and low peaks at "
    "these places.",
    "One row of a photo: an edge is a place where the brightness makes a step.",
)

# %% [markdown]
# On the table the change stays small. At the rim of the cup it has large peaks: above 0 where it gets brighter to the
# right, below 0 where it gets darker. The steepest place is column 87, where the brightness rises by 0.62 over two
# pixels. An **edge** is a place where the brightness changes much over a few pixels.
#
# To compute it we took each pixel's two neighbours, times $-1$ and times 1. These are three weights, $(-1, 0, 1)$, the
# same at every place.

# %% [markdown]
# ## In two directions: the gradient
#
# A picture can change to the right and downwards. Let $I_{i,j}$ be the brightness in row $i$ and column $j$ of the
# image $I$. Rows count downwards, so the direction $y$ points *down*. Half the difference of the two neighbours
# estimates each derivative:
#
# ```{math}
# :label: eq-convolutions-gradient
# g_x = \tfrac12 \bigl(I_{i,j+1} - I_{i,j-1}\bigr) , \qquad
# g_y = \tfrac12 \bigl(I_{i+1,j} - I_{i-1,j}\bigr) , \qquad
# |g| = \sqrt{g_x^2 + g_y^2} .
# ```
#
# The pair $(g_x, g_y)$ is the gradient of the picture at this pixel. In {doc}`chapter 07 <07_gradient_descent>` a
# gradient pointed to where a loss rises fastest. Here it points to where the picture gets brighter fastest. Its length
# $|g|$, the **magnitude**, says how steep it is there.

# %% tags=["hide-input"]
i, j = np.mgrid[:21, :21]
disc = 1 / (1 + np.exp(np.hypot(i - 10, j - 10) - 6))  # bright in the middle
g_x = (disc[1:-1, 2:] - disc[1:-1, :-2]) / 2
g_y = (disc[2:, 1:-1] - disc[:-2, 1:-1]) / 2
magnitude = np.hypot(g_x, g_y)
_, ax = plt.subplots(figsize=(4.2, 4.0))
ax.imshow(disc, cmap="gray", vmin=-0.6, vmax=1.6)
steep = magnitude > 0.1
rows, columns = np.nonzero(steep)
ax.quiver(columns + 1, rows + 1, g_x[steep], g_y[steep], color=ORANGE, angles="xy",
          scale_units="xy", scale=0.14, width=0.008)  # fmt: skip
ax.set(xlabel="column", ylabel="row", xticks=range(0, 21, 5), yticks=range(0, 21, 5))
ax.grid(False)
plot.show(
    "A disc that is bright in the middle and dark outside. Arrows along its blurred "
    "edge all point inwards, to the bright middle, at a right angle to the edge.",
    "The gradient, drawn where it is longer than 0.1.",
)

# %% [markdown]
# All arrows point from dark to bright, and so **across** the edge, not along it: none of them misses the direction of
# the middle by more than 4 degrees. Keep this in mind; a common slip is to draw an edge in the direction of the
# gradient.

# %% tags=["claim"]
# fmt: off
from nnlab import claim

claim("steepest place is column 87", steepest)
claim("where the brightness rises by 0.62 over two", change[steepest - 1])
claim("The computer has 60 000 numbers", cup.size)
to_middle = np.arctan2(9 - rows, 9 - columns)
off = np.abs(np.angle(np.exp(1j * (np.arctan2(g_y[steep], g_x[steep]) - to_middle))))
claim("by more than 4 degrees", bool(np.degrees(off.max()) < 4 and len(off) > 50))
# fmt: on

# %% [markdown]
# ## The kernel
#
# The weights $(-1, 0, 1)$ were a first example. In general, take a small table of weights, the **kernel** $w$. Lay it
# on the image, multiply each weight by the pixel under it, add up, and write down the sum. Then move the kernel one
# pixel on. In a formula, with $w_{u,v}$ for the weight in row $u$ and column $v$ of the kernel, both counted from 0:
#
# ```{math}
# :label: eq-convolutions-correlation
# z_{i,j} = \sum_{u} \sum_{v} w_{u,v} \; I_{i+u,\,j+v} .
# ```
#
# The letter is $z$ because this *is* the weighted sum of a neuron ({doc}`chapter 06 <06_multilayer_perceptron>`). The
# neuron sees a small window only, and every window meets the same weights. A bias can be added as before. What comes
# out is again a picture, called a **feature map**.
#
# An example that you can do on paper, an image of 4 by 4 and a kernel of 3 by 3:
#
# $$
# \begin{pmatrix} 45 & 22 & 88 & 9 \\ 12 & 10 & 26 & 77 \\ 5 & 35 & 51 & 42 \\ 17 & 6 & 19 & 3 \end{pmatrix}
# \quad \text{and} \quad
# \begin{pmatrix} 0 & -1 & 0 \\ -1 & 5 & -1 \\ 0 & -1 & 0 \end{pmatrix}
# $$
#
# In the upper left window the 10 is in the middle, with 12, 22, 35 and 26 around it: $5 \cdot 10 - 12 - 22 - 35 - 26 =
# -45$. Compute the other three yourself before you go on.

# %% [markdown]
# ## Exercise 14.1: With loops
#
# Write `correlate(image, kernel)` as {eq}`eq-convolutions-correlation` says, for one grey image of shape `(h, w)` and
# one kernel of shape `(kh, kw)`, which need not be square. The kernel never leaves the image, so the result has the
# shape `(h - kh + 1, w - kw + 1)`. Use loops and NumPy's products and sums, and no ready-made convolution. The image
# may hold whole numbers, and the kernel fractions.


# %%
def correlate(image, kernel):
    """Cross-correlate image (h, w) with kernel (kh, kw): (h - kh + 1, w - kw + 1)."""
    ### BEGIN SOLUTION: for each position, multiply window and kernel, and add up
    kh, kw = kernel.shape
    z = np.zeros((image.shape[0] - kh + 1, image.shape[1] - kw + 1))
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            z[i, j] = (image[i : i + kh, j : j + kw] * kernel).sum()
    return z
    ### END SOLUTION


# %%
check("14.1")

# %%
correlate = answer("14.1")
numbers = np.array([[45, 22, 88, 9], [12, 10, 26, 77], [5, 35, 51, 42], [17, 6, 19, 3]])
cross = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
print(correlate(numbers, cross))

# %% [markdown]
# ## Cross-correlation or convolution?
#
# In mathematics, {eq}`eq-convolutions-correlation` is a **cross-correlation**. A **convolution** turns the kernel by
# half a turn first, upside down and left to right. Deep learning says "convolution" and does not turn. Who is right is
# a question of words; when it makes a difference can be measured. SciPy's `convolve2d` turns the kernel. What does
# PyTorch's `conv2d` do? It wants two more axes in front, for images and channels. We compare on a piece of the photo.

# %%
from scipy.signal import convolve2d

piece, rows = cup[40:80, 70:130], []
for name in "sharpen", "laplacian_8", "sobel_x", "emboss":
    kernel = conv.KERNELS[name]
    z = correlate(piece, kernel)
    turned = kernel[::-1, ::-1]
    x, w = (torch.tensor(a.astype(float))[None, None] for a in (piece, kernel))
    others = convolve2d(piece, kernel, mode="valid"), F.conv2d(x, w)[0, 0].numpy()
    far = [np.abs(z - other).max().round(12) for other in others]
    rows.append([name, "yes" if (turned == kernel).all() else "no", *far])
columns = ["kernel", "same after half a turn", "from SciPy's convolution"]
differences = pd.DataFrame(rows, columns=[*columns, "from PyTorch's conv2d"])
plot.table(differences, "The largest difference between our cross-correlation and…")

# %% [markdown]
# **PyTorch's `conv2d` is a cross-correlation**: the difference is rounding only, for every kernel. A true convolution
# gives the same only where the kernel looks the same after half a turn. `sobel_x` changes its sign under this turn, so
# the result changes its sign too. `emboss` becomes another kernel.
#
# For a network that *learns* its kernels this does not matter: it would learn the turned ones. It matters as soon as
# you copy a kernel from a book, or weights from one library into another. In this book "convolution" means
# {eq}`eq-convolutions-correlation`.
#
# Why would anybody turn the kernel? Because then the operation can be used like a product. With $*$ for convolution,
# $I * w = w * I$, and two filters in a row can be merged beforehand: $(I * w) * w' = I * (w * w')$. For
# cross-correlation both are false.

# %% tags=["claim"]
# fmt: off
given = differences.set_index("kernel")
claim("the difference is rounding only, for every kernel", bool(given["from PyTorch's conv2d"].max() < 1e-12))
far, equal = given["from SciPy's convolution"], given["same after half a turn"] == "yes"
claim("only where the kernel looks the same after half a turn", bool(((far < 1e-12) == equal).all() and far.max() > 0.5))
turns, emboss = conv.KERNELS["sobel_x"], conv.KERNELS["emboss"]
claim("changes its sign under this turn", bool((turns[::-1, ::-1] == -turns).all()))
claim("becomes another kernel", all((emboss[::-1, ::-1] != sign * emboss).any() for sign in (1, -1)))
from scipy.signal import correlate2d

one, two = np.random.default_rng(0).normal(size=(2, 3, 3))
like_a_product = {
    f: (np.allclose(f(piece, one), f(one, piece)), np.allclose(f(f(piece, one), two), f(piece, f(one, two))))
    for f in (convolve2d, correlate2d)
}
claim("two filters in a row can be merged beforehand", *like_a_product[convolve2d])
claim("For cross-correlation both are false", not any(like_a_product[correlate2d]))
claim("5 \\cdot 10 - 12 - 22 - 35 - 26 = -45", 5, 10, 12, 22, 35, 26, correlate(numbers, cross)[0, 0])
# fmt: on

# %% [markdown]
# ## Kernels with names
#
# Which weights do what? Two tests tell most of it. The first is the sum of all weights: it says what a *flat* region
# becomes, where all pixels are equal. The second is a slope: what comes out where each pixel is brighter by 1 than the
# pixel on its left (or above it), and the pixel in the middle is 0?

# %%
named = {name: conv.KERNELS[name] for name in ("identity", "sharpen", "laplacian_4")}
named |= {name: conv.KERNELS[name] for name in ("laplacian_8", "sobel_x", "sobel_y")}
named |= {"box": conv.box(3), "gaussian": np.outer([1, 2, 1], [1, 2, 1]) / 16}
down, right = np.mgrid[:3, :3]
rows = [
    [name, w.sum(), (w * (right - 1)).sum(), (w * (down - 1)).sum()]
    for name, w in named.items()
]
sums = pd.DataFrame(rows, columns=["kernel", "sum", "slope right", "slope down"])
plot.table(sums, "What a kernel makes of a flat region and of a slope.", digits=0)

# %% [markdown]
# - **Sum 1**: flat regions keep their brightness. These kernels give a picture that you can look at: the same one, a
#   blurred one (box, Gaussian), a sharpened one.
# - **Sum 0**: flat regions become 0. These kernels look for changes. The two Sobel kernels see a slope in *one*
#   direction. The two **Laplacians** see no slope at all: they are second derivatives, and see where the slope changes.

# %% tags=["hide-input"]
cat = data.load("photos")["cat"] @ [0.299, 0.587, 0.114] / 255
cat = cat[:280, 60:400].reshape(140, 2, 170, 2).mean(axis=(1, 3))


def pictures(shown, alt, caption, columns=2, signed=()):
    """Pictures in rows of `columns`; those named in `signed` in colours around 0."""
    n, (height, width) = len(shown), next(iter(shown.values())).shape
    side = 5.2 / columns
    size = (5.2, -(-n // columns) * (side * height / width + 0.25))
    _, axes = plt.subplots(-(-n // columns), columns, figsize=size, squeeze=False)
    for ax, (title, image) in zip(axes.flat, shown.items(), strict=False):
        top = np.quantile(np.abs(image), 0.99) if title in signed else 1
        colours = {"cmap": "nn_diverging", "vmin": -top} if title in signed else {}
        ax.imshow(image, **{"cmap": "gray", "vmin": 0, "vmax": top} | colours)
        ax.set_title(title)
    for ax in axes.flat:
        ax.set_axis_off()
    plot.show(alt, caption)


shown = {"identity": cat, "gaussian, three times": cat, "sharpen": cat}
for _ in range(3):
    blurred = conv.filter_image(shown["gaussian, three times"], named["gaussian"])
    shown["gaussian, three times"] = blurred
shown["sharpen"] = conv.filter_image(cat, named["sharpen"])
edges_of = "laplacian_4", "sobel_x", "sobel_y"
shown |= {name: conv.filter_image(cat, named[name]) for name in edges_of}
pictures(
    shown,
    "Six versions of a photo of a cat's face: as it is, blurred, sharpened; and three "
    "pictures that are pale where the photo is flat: the Laplacian with thin double "
    "lines, Sobel's x with vertical edges, Sobel's y with horizontal ones.",
    "Six kernels on one photo. In the last three, blue is below 0, pale is 0, brown is "
    "above 0.",
    signed=edges_of,
)  # fmt: skip

# %% [markdown]
# Lists of kernels are copied from page to page, and so are their mistakes. Here are four captions that you can find,
# with what the numbers say:
#
# ```{table} Captions that go around, and what the kernels do
# | Kernel, row by row | Caption | What it is |
# |---|---|---|
# | `0 1 0`, `1 -4 1`, `0 1 0` | sharpen | A Laplacian: its sum is 0. To *sharpen* you subtract its result from the picture, which gives `0 -1 0`, `-1 5 -1`, `0 -1 0`, of sum 1. |
# | `-1 -1 -1`, `-1 8 -1`, `-1 -1 -1` | blur | A Laplacian too, with its sign turned: its sum is 0, and no weighted mean can have weights below 0. |
# | `1 2 1`, `2 4 2`, `1 2 1` | blur | It blurs, but its sum is 16, so the picture gets 16 times brighter. Divide by 16. |
# | `1 0 -1`, `0 0 0`, `-1 0 1` | edge detection | It gives 0 at every vertical and at every horizontal edge. It sees corners and slanted edges only. |
# ```

# %% [markdown]
# ## Sobel: a difference that noise disturbs less
#
# The **Sobel kernels** are products: a difference in one direction, and a small blur, 1 2 1, in the other.
#
# $$
# \begin{pmatrix} -1 & 0 & 1 \\ -2 & 0 & 2 \\ -1 & 0 & 1 \end{pmatrix}
# = \begin{pmatrix} 1 \\ 2 \\ 1 \end{pmatrix} \begin{pmatrix} -1 & 0 & 1 \end{pmatrix}
# $$
#
# What is the blur good for? Give the plain difference and Sobel's kernel an image of pure noise, where there is no
# edge. The results are divided by 2 and by 8, so that both estimate the change per pixel.

# %%
sobel_x = conv.KERNELS["sobel_x"]
noise = np.random.default_rng(SEED).normal(size=(300, 300))
plain = conv.filter_image(noise, [[-1, 0, 1]]) / 2
sobel = conv.filter_image(noise, sobel_x) / 8
print(f"noise of std 1: plain difference {plain.std():.2f}, Sobel {sobel.std():.2f}")

# %% [markdown]
# The plain difference turns noise of standard deviation 1 into noise of about 0.71, Sobel's kernel into noise of about
# 0.43. (Variances of independent numbers add: $\sqrt{2} / 2$ and $\sqrt{12} / 8$.) Of a slope both say the same.
#
# Does the direction tell anything about a real picture? For photos of three surfaces, divide the mean size of the
# change to the right by that of the change downwards.

# %%
surfaces, ratio = data.load("textures")[0], {}
for name, image in zip(["brick", "grass", "gravel"], surfaces, strict=True):
    g = conv.sobel_gradient(image / 255)
    ratio[name] = np.abs(g.x).mean() / np.abs(g.y).mean()
print(", ".join(f"{name} {value:.2f}" for name, value in ratio.items()))

# %% [markdown]
# Grass and gravel look alike in all directions, and the ratio is near 1. The joints between the bricks are mostly
# vertical, so this picture changes more to the right than downwards: by a factor of 2.7. One number per picture, and it
# says something about what is in it. A classifier could use such **features**; in {doc}`chapter 15 <15_cnn_classifier>`
# a network finds its own.

# %% tags=["claim"]
# fmt: off
upright, mixed = np.repeat([[0.0, 0, 0, 1, 1, 1]], 6, axis=0), np.array([[1, 0, -1], [0, 0, 0], [-1, 0, 1]])
table = sums.set_index("kernel")
claim("flat regions keep their brightness", bool(np.allclose(table["sum"][["identity", "sharpen", "box", "gaussian"]], 1)))
laplacians, sobels = table.loc[["laplacian_4", "laplacian_8"]], table.loc[["sobel_x", "sobel_y"]]
claim("flat regions become 0", bool((laplacians["sum"] == 0).all() and (sobels["sum"] == 0).all()))
claim("see no slope at all", bool((laplacians == 0).all(axis=None)))
claim("see a slope in *one*", bool((sobels.to_numpy() == [[0, 8, 0], [0, 0, 8]]).all()))
claim("you subtract its result from the picture",
      bool((named["identity"] - named["laplacian_4"] == cross).all() and (named["sharpen"] == cross).all()))
claim("gives 0 at every vertical and at every horizontal edge", not correlate(upright, mixed).any() and not correlate(upright.T, mixed).any())
claim("so the picture gets 16 times brighter", np.outer([1, 2, 1], [1, 2, 1]).sum())
claim("standard deviation 1 into noise of about 0.71", noise.std().round(), plain.std())
claim("Sobel's kernel into noise of about 0.43", sobel.std())
claim("the ratio is near 1", all(abs(ratio[name] - 1) < 0.1 for name in ("grass", "gravel")))
claim("by a factor of 2.7", ratio["brick"])
# fmt: on

# %% [markdown]
# ## Exercise 14.2: Find the bug
#
# A friend writes Sobel's magnitude with slices, straight on the numbers of the photo, which are `uint8`: whole numbers
# from 0 to 255 in one byte each.


# %%
def magnitude_of_a_friend(image):
    """Sobel's magnitude of a grey image (h, w): (h - 2, w - 2)."""
    right = image[:, 2:] - image[:, :-2]
    g_x = right[:-2] + 2 * right[1:-1] + right[2:]
    down = image[2:] - image[:-2]
    g_y = down[:, :-2] + 2 * down[:, 1:-1] + down[:, 2:]
    return np.hypot(g_x, g_y)


cup8 = (255 * cup).round().astype(np.uint8)
wrong = magnitude_of_a_friend(cup8).astype(float)
right_one = conv.sobel_gradient(cup8.astype(float)).magnitude[1:-1, 1:-1]
pictures(
    {"the friend's": wrong / wrong.max(), "what it should be": right_one / 500},
    "Left, the friend's picture: white and grey speckles all over the table and the "
    "saucer. Right, the magnitude as it should be: dark, with bright lines at the cup, "
    "the saucer and the spoon.",
    "Sobel's magnitude of the same photo.",
)

# %% [markdown]
# The friend finds edges everywhere, on the table and even on the dark saucer.
#
# 1. In one place the pixel on the left is 5 and the pixel on the right is 3. Set `difference` to the number that the
#    first line of the friend's code, right minus left, computes there.
# 2. Set `diagnosis` to one letter:
#    - **A**: This is cross-correlation; a convolution would turn the kernels, and that would mend it.
#    - **B**: $x$ and $y$ have changed places.
#    - **C**: The photo is noisy and must be blurred first.
#    - **D**: In `uint8` there is nothing below 0 and nothing above 255: results outside start again at the other end.
# 3. Write `sobel_magnitude(image)`, which gives the right magnitude for images of `uint8` and for images of floats, not
#    divided by anything. You may use the friend's lines.

# %%
### BEGIN SOLUTION: what uint8 makes of 3 - 5
difference = 254
### END SOLUTION
### BEGIN SOLUTION: one letter, "A" to "D"
diagnosis = "D"
### END SOLUTION


def sobel_magnitude(image):
    """Sobel's magnitude of a grey image (h, w), uint8 or floats: (h - 2, w - 2)."""
    ### BEGIN SOLUTION: repair the friend's code
    image = np.asarray(image, dtype=float)
    right = image[:, 2:] - image[:, :-2]
    g_x = right[:-2] + 2 * right[1:-1] + right[2:]
    down = image[2:] - image[:-2]
    g_y = down[:, :-2] + 2 * down[:, 1:-1] + down[:, 2:]
    return np.hypot(g_x, g_y)
    ### END SOLUTION


# %%
check("14.2")

# %% [markdown]
# ## Canny: from slopes to lines
#
# The magnitude is a picture of hills: broad, with tops of every height. Which pixels *are* the edge?
# {cite:t}`canny1986computational` gave the answer that is still in use. It is mostly written as five steps. Each is a
# few lines in `nnlab.scratch.conv`; here you watch what each of them does to the cup.
#
# 1. **Smooth.** A Gaussian blur takes away what is smaller than an edge: noise, the grain of the wood.
# 2. **Gradient.** Sobel's two derivatives, and their magnitude.
# 3. **Thin.** Walk across the edge, which is the direction of the gradient. A pixel stays only if neither the place one
#    step ahead nor the one behind is steeper: of each hill only the top line is left. This is **non-maximum
#    suppression**. (A step in a slanted direction ends between two pixels; there the mean of both is taken, with
#    weights.)
# 4. **Two thresholds.** A single threshold is wrong somewhere: a low one keeps lines of the wood, a high one breaks the
#    line of the saucer into pieces. So take two. Above the high one a pixel is *strong*, between them it is *weak*.
# 5. **Hysteresis.** All strong pixels are edges. A weak one is an edge only if a chain of weak pixels leads from it to
#    a strong one.

# %%
smoothed = conv.smooth(cup, sigma=1.5)
gradient = conv.sobel_gradient(smoothed)
thin = conv.non_maximum_suppression(gradient)
weak, strong = conv.double_threshold(thin, low=0.15, high=0.5)
edges = conv.hysteresis(weak, strong)

# %% tags=["hide-input"]
steps = {
    "the photo": cup,
    "1: smoothed": smoothed,
    "2: magnitude": gradient.magnitude,
    "3: thinned": thin,
    "4: strong; weak in grey": strong + 0.5 * weak,
    "5: edges": 1.0 * edges,
}
pictures(
    {name: np.clip(image[:170, 30:260], 0, 1) for name, image in steps.items()},
    "Six pictures of the cup. The photo; a slightly blurred one; the magnitude, with "
    "broad bright bands along cup, saucer and spoon; the same, thinned to lines of one "
    "pixel; white strong and grey weak lines, many of the grey ones alone in the wood; "
    "and the edges that remain, of cup, saucer and spoon and some of the table.",
    "Canny's five steps.",
)

# %% [markdown]
# 28 % of all pixels are steep enough for the low threshold. Thinning leaves 8 % of all. The high threshold alone would
# keep 2.3 %, and hysteresis keeps 4.2 %: it adds the weak pixels that continue a strong line. Is this the usual Canny?
# The one of scikit-image, with the same settings, agrees in every pixel of this photo.
#
# All of this rests on choices: the width of the blur and two thresholds. How much does the blur matter? We add noise of
# standard deviation 0.1 to the photo and count the edge pixels.

# %%
noisy = cup + np.random.default_rng(SEED).normal(0, 0.1, cup.shape)
rows = []
for sigma in 0.7, 1.5, 3.0:
    clean, disturbed = (conv.canny(im, sigma, 0.15, 0.5) for im in (cup, noisy))
    rows.append([sigma, int(clean.sum()), int(disturbed.sum())])
blurs = pd.DataFrame(rows, columns=["blur (pixels)", "edges, clean", "edges, noisy"])
plot.table(blurs, "Canny's edge pixels for three blurs, same thresholds.", digits=1)

# %% [markdown]
# With a blur of 0.7 pixels the noisy photo has almost four times as many edge pixels as the clean one. With a blur of 3
# pixels noise changes the count by less than 5 %, but now the clean photo too has only an eighth of its edges left.
# There is no best blur: it says how small a thing you still call an edge. And note what Canny does *not* find: objects.
# A reflection on the saucer is an edge like its rim.

# %% tags=["claim"]
# fmt: off
shares = [100 * kept.mean() for kept in (gradient.magnitude >= 0.15, thin >= 0.15, strong, edges)]
claim("28 % of all pixels", shares[0])
claim("Thinning leaves 8 %", shares[1])
claim("keep 2.3 %, and hysteresis keeps 4.2 %", shares[2], shares[3])
claim("With a blur of 0.7 pixels the noisy photo has almost four times", bool(3.5 < blurs["edges, noisy"][0] / blurs["edges, clean"][0] < 4), 0.7)
clean, disturbed = blurs["edges, clean"], blurs["edges, noisy"]
claim("noise changes the count by less than 5 %", bool(abs(disturbed[2] / clean[2] - 1) < 0.05))
claim("only an eighth of its edges left", bool(0.11 < clean[2] / clean[0] < 0.14))
try:
    from skimage.feature import canny as other
except ImportError:
    pass
else:
    claim("agrees in every pixel of this photo", bool((other(cup, 1.5, 0.15, 0.5) == edges).all()))
# fmt: on

# %% [markdown]
# ## How large is what comes out?
#
# A kernel of 3 makes a picture smaller by 2. After ten layers, 20 rows and columns are gone. Four numbers decide the
# size, along each axis:
#
# - the **kernel size** $k$;
# - the **padding** $p$: how many zeros are put at each end. With $p = (k-1)/2$ and an odd $k$ the size stays. That is
#   one reason why kernels are odd; the other is that they have a middle;
# - the **stride** $s$: how far the kernel moves each time. Stride 2 leaves out every second position;
# - the **dilation** $d$: how far apart neighbouring weights lie. Dilation 2 leaves a hole of one pixel between them.

# %% tags=["hide-input"]
settings = {
    "k = 3": (9, 3, 1, 0, 1),
    "padding 1": (9, 3, 1, 1, 1),
    "stride 2": (9, 3, 2, 0, 1),
    "dilation 2": (9, 3, 1, 0, 2),
}
_, axes = plt.subplots(2, 2, figsize=(5.4, 3.2))
for ax, (name, (n, k, s, p, d)) in zip(axes.flat, settings.items(), strict=True):
    cells = np.arange(-p, n + p)
    inside = (cells >= 0) & (cells < n)
    ax.plot(cells[inside], 0 * cells[inside], "s", color=BLUE, markersize=10)
    ax.plot(cells[~inside], 0 * cells[~inside], "s", markersize=10,
            markerfacecolor="none", markeredgecolor=BLUE)  # fmt: skip
    starts = np.arange(-p, n + p - d * (k - 1), s)
    middles = starts + d * (k - 1) / 2
    ax.plot(middles, 0 * middles + 1, "o", color=ORANGE, markersize=9)
    for start, middle in zip(starts[:2], middles[:2], strict=True):
        for tap in range(k):
            style = "-" if start == starts[0] else ":"
            ax.plot([start + d * tap, middle], [0.17, 0.85], style, color=INK, lw=1.2)
    ax.set(xlim=(-1.8, 9.8), ylim=(-0.4, 1.4), title=f"{name}: {len(starts)} outputs")
    ax.set_axis_off()
plot.show(
    "Four drawings of nine squares (inputs) below and circles (outputs) above, with "
    "lines from the first two outputs to the three inputs of each. Kernel 3: 7 "
    "outputs. Padding 1: two empty squares more, 9 outputs. Stride 2: 4 outputs. "
    "Dilation 2: the lines reach every second square, 5 outputs.",
    "Nine inputs (squares; padding is empty), a kernel of three weights, and its "
    "outputs (circles).",
)

# %% [markdown]
# Count the positions. The kernel covers $d(k-1) + 1$ pixels from its first weight to its last. With padding there are
# $n + 2p$ pixels. So the first weight can stand on $n + 2p - d(k-1)$ places, and of these we take every $s$-th, the
# first one included:
#
# ```{math}
# :label: eq-convolutions-size
# n_\text{out} = \left\lfloor \frac{n + 2p - d(k-1) - 1}{s} \right\rfloor + 1 .
# ```
#
# The brackets $\lfloor\;\rfloor$ round down: a last step that does not fit is left out, and with it the last pixels.
# Pixels at the border are in fewer windows than others, and padded zeros look like black pixels. On a white picture, a
# blur of 3 by 3 with padding 1 gives $4/9$ in the corners, where it should give 1.

# %% [markdown]
# ## Exercise 14.3: Predict the size
#
# First on paper: set `sizes` to a list of four whole numbers, the sizes along one axis that come out of
#
# 1. 28 pixels, kernel 5;
# 2. 224 pixels, kernel 7, stride 2, padding 3;
# 3. 32 pixels, kernel 3, dilation 4;
# 4. 7 pixels, kernel 2, stride 2.
#
# Then write `output_size(n, k, stride, padding, dilation)` for whole numbers. Where the kernel does not fit into the
# padded image, it returns 0. Arithmetic is all you need.

# %%
### BEGIN SOLUTION: a list of four whole numbers
sizes = [24, 112, 24, 3]
### END SOLUTION


def output_size(n, k, stride, padding, dilation):
    """How many positions a kernel of size k has along an axis of n pixels."""
    ### BEGIN SOLUTION: the formula, and 0 where nothing fits
    room = n + 2 * padding - dilation * (k - 1) - 1
    return room // stride + 1 if room >= 0 else 0
    ### END SOLUTION


# %%
check("14.3")

# %% [markdown]
# ## Channels
#
# A colour photo has three numbers a pixel. So the kernel has three tables, one for each colour or **channel**: in each
# channel it multiplies window and table, and it adds up all of this. One kernel gives *one* feature map, however many
# channels come in. To get several maps, take several kernels. For kernel $f$, with one bias $b_f$ for each:
#
# ```{math}
# :label: eq-convolutions-channels
# z_{f,i,j} = b_f + \sum_{c} \sum_{u} \sum_{v} w_{f,c,u,v} \; I_{c,\,i+u,\,j+v} .
# ```
#
# The weights of a layer with $c_\text{in}$ channels and $c_\text{out}$ kernels have the shape $(c_\text{out},
# c_\text{in}, k, k)$. So there are $c_\text{out} \cdot c_\text{in} \cdot k^2$ of them, and $c_\text{out}$ biases,
# **whatever the size of the image is.**
#
# The last idea is **groups**: with 2 groups, the first half of the kernels sees the first half of the channels only,
# the second half the others. Here is all of it in loops, slow and plain. It is our definition from now on.


# %%
def conv2d_loops(x, weight, bias, stride=1, padding=0, dilation=1, groups=1):
    """Images x (n, c, h, w), kernels weight (f, c / groups, kh, kw), bias (f,)."""
    n, (f, each, kh, kw) = len(x), weight.shape
    frame = (0, 0), (0, 0), (padding, padding), (padding, padding)
    x, s, d = np.pad(x, frame), stride, dilation
    high = (x.shape[2] - d * (kh - 1) - 1) // s + 1
    wide = (x.shape[3] - d * (kw - 1) - 1) // s + 1
    z = np.zeros((n, f, high, wide))
    for number, kernel, i, j in np.ndindex(z.shape):
        first = kernel // (f // groups) * each  # of the channels that this kernel sees
        z[number, kernel, i, j] = bias[kernel]
        for channel, u, v in np.ndindex(each, kh, kw):
            pixel = x[number, first + channel, s * i + d * u, s * j + d * v]
            z[number, kernel, i, j] += weight[kernel, channel, u, v] * pixel
    return z


# %%
def random_setting(rng):
    """Images, kernels, biases and settings that fit each other, drawn at random."""
    groups, k = int(rng.integers(1, 4)), rng.integers(1, 4, size=2)
    c, f = groups * rng.integers(1, 3, size=2)
    chosen = {name: int(rng.integers(1, 4)) for name in ("stride", "dilation")}
    chosen |= {"padding": int(rng.integers(0, 3)), "groups": groups}
    h, w = chosen["dilation"] * (k - 1) + 1 + rng.integers(0, 6, size=2)
    x = rng.normal(size=(rng.integers(1, 3), c, h, w))
    return x, rng.normal(size=(f, c // groups, *k)), rng.normal(size=f), chosen


def furthest(convolve, settings=200):
    """The largest difference from PyTorch over many random settings."""
    rng, worst = np.random.default_rng(SEED), 0.0
    for _ in range(settings):
        *arrays, chosen = random_setting(rng)
        expected = F.conv2d(*map(torch.tensor, arrays), **chosen).numpy()
        worst = max(worst, np.abs(convolve(*arrays, **chosen) - expected).max())
    return worst


by_loops = furthest(conv2d_loops)
print(f"largest difference in 200 settings: {by_loops:.12f}")

# %% [markdown]
# In 200 random settings of padding, stride, dilation and groups our loops and `torch.nn.functional.conv2d` agree to
# rounding. So this is PyTorch's definition too.

# %% tags=["claim"]
# fmt: off
corner = conv.conv2d(np.ones((1, 1, 9, 9)), conv.box(3)[None, None], padding=1)[0, 0]
claim("gives $4/9$ in the corners", round(corner[0, 0] * 9, 9), 9)
claim("A kernel of 3 makes a picture smaller by 2", 3, 9 - conv.output_size(9, 3))
claim("In 200 random settings of padding, stride, dilation and groups our loops", by_loops < 1e-12)
# fmt: on

# %% [markdown]
# ## One product of matrices
#
# Python's loops are slow, and a processor is best at one thing: products of large matrices. Can a convolution be one?
# Write each window as a column, and each kernel as a row. Then row times column is the sum that we want, and the whole
# layer is
#
# $$ Z = W X , $$
#
# with a row of $W$ for each kernel and a column of $X$ for each position {cite:p}`chellapilla2006high`. To put the
# windows into columns is called **im2col** ("image to columns"). For an image of 3 by 4 and a kernel of 2 by 2:

# %%
tiny = np.arange(12.0).reshape(1, 1, 3, 4)
print("image:", tiny[0, 0].astype(int), sep="\n")
print("columns:", conv.im2col(tiny, kernel=2)[0].astype(int), sep="\n")

# %% [markdown]
# Read the first column: 0 1 4 5 is the upper left window, row by row. Read the first row: 0 1 2 4 5 6 is what the
# *first weight* meets on its way. This second reading is the key to quick code: the row is a slice of the image,
# `x[..., 0:2, 0:3]`, and with a stride it is a slice with a step. There are only $k^2$ such slices, each of all
# channels at once.
#
# The price is memory: each pixel is copied as often as it is in windows, up to $k^2$ times.

# %% [markdown]
# ## Exercise 14.4: With im2col
#
# Write two functions, with NumPy only.
#
# - `im2col(x, kh, kw, stride)`, for images `x` of shape `(n, c, h, w)`: an array of shape `(n, c * kh * kw,
#   positions)`. The positions go row by row. In each column the first channel comes first, and in each channel the
#   window goes row by row.
# - `conv2d(x, weight, bias, stride, padding)`, for `weight` of shape `(f, c, kh, kw)` and `bias` of shape `(f,)`: pad
#   with zeros, call `im2col`, multiply two matrices, add the bias. The result has the shape `(n, f, rows, columns)`.


# %%
def im2col(x, kh, kw, stride):
    """Each window of x (n, c, h, w) as a column: (n, c * kh * kw, positions)."""
    ### BEGIN SOLUTION: for each weight of the window the pixels that it meets
    n, c, h, w = x.shape
    high, wide = (h - kh) // stride + 1, (w - kw) // stride + 1
    down, right = stride * (high - 1) + 1, stride * (wide - 1) + 1
    slices = [
        x[:, :, u : u + down : stride, v : v + right : stride]
        for u in range(kh)
        for v in range(kw)
    ]
    return np.stack(slices, axis=2).reshape(n, c * kh * kw, high * wide)
    ### END SOLUTION


def conv2d(x, weight, bias, stride, padding):
    """Images x (n, c, h, w), kernels weight (f, c, kh, kw): (n, f, rows, columns)."""
    ### BEGIN SOLUTION: pad, im2col, one product, bias, and back to pictures
    f, _, kh, kw = weight.shape
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    z = weight.reshape(f, -1) @ im2col(x, kh, kw, stride) + np.reshape(bias, (f, 1))
    high = (x.shape[2] - kh) // stride + 1
    return z.reshape(len(x), f, high, -1)
    ### END SOLUTION


# %%
check("14.4")

# %% [markdown]
# Dilation and groups need little more: with a dilation the slices begin $d$ pixels apart, and groups are several
# convolutions side by side. `conv.conv2d` has both, and we give it the same 200 settings. For the time, your own
# function runs against the loops, with 8 kernels on a picture of 3 channels and 60 by 60 pixels.

# %%
from time import process_time

im2col, conv2d = answer("14.4")
arrays = [np.ones(size) for size in ((1, 3, 60, 60), (8, 3, 3, 3), (8,))]
laps = [process_time()]
for function in conv2d, conv2d_loops:
    function(*arrays, 1, 0)  # stride 1, padding 0
    laps.append(process_time())
by_product = furthest(conv.conv2d)
print(f"largest difference in 200 settings: {by_product:.12f}")

# %% [markdown]
# Again equal to PyTorch up to rounding. And your product of matrices is more than ten times as quick as the loops.

# %% [markdown]
# ## What it costs
#
# Each output number takes one multiplication for each weight of its kernel, with an addition. So a layer costs
#
# ```{math}
# :label: eq-convolutions-cost
# \text{multiply-adds} = \underbrace{c_\text{out} \cdot c_\text{in} \cdot k^2}_{\text{weights}} \; \cdot
# \underbrace{\text{height} \cdot \text{width}}_{\text{of the output}} .
# ```
#
# The weights are few, and each of them works at every position. Compare with a fully connected layer, in which every
# output is joined to every pixel, for the cup in colour and 8 maps of the same size:

# %%
layer = conv.conv2d_cost((3, 200, 300), outputs=8, kernel=3, padding=1)
joined = (3 * 200 * 300) * (8 * 200 * 300)
print(f"convolution: {layer.parameters} parameters, {layer.multiply_adds:,} products")
print(f"all joined:  {joined:,} weights, as many products")

# %% [markdown]
# 224 parameters against 86 400 000 000. The convolution *is* the large layer, with nearly all weights set to 0, and the
# rest copies of the same 216. It *assumes* that what matters is near, and matters everywhere alike. For photos that is
# a good assumption.
#
# Still, 13 million multiplications for one small layer are many. Four kinds of convolution change the bill.

# %% tags=["claim"]
# fmt: off
claim("Again equal to PyTorch", by_product < 1e-12)
claim("more than ten times as quick as the loops", laps[2] - laps[1] > 10 * (laps[1] - laps[0]))
claim("224 parameters against 86 400 000 000", layer.parameters, joined)
claim("rest copies of the same 216", layer.parameters - 8)
claim("Still, 13 million multiplications", layer.multiply_adds / 1e6)
# fmt: on

# %% [markdown]
# **1. Separable kernels.** Sobel's kernel was a column times a row. Such a kernel can be applied in two passes: first
# the column, then the row. That takes $2k$ multiplications a pixel in place of $k^2$.

# %%
weights = conv.gaussian_weights(sigma=5, radius=15)  # 31 weights
at_once = conv.filter_image(cup, np.outer(weights, weights))
in_two = conv.filter_image(conv.filter_image(cup, weights[:, None]), weights[None])
print(f"largest difference of the two blurs: {np.abs(at_once - in_two).max():.12f}")

# %% [markdown]
# The results are equal, and this blur of 31 by 31 takes 62 multiplications a pixel in place of 961: it gets 15 times
# cheaper. It works only where every row of the kernel is a multiple of the same row (the kernel has *rank 1*). A
# Laplacian has rank 2, and nothing makes a kernel that a network has learned separable.
#
# **2. Depthwise separable convolution.** A usual kernel does two things at once: it looks around, and it mixes the
# channels. Do them one after the other {cite:p}`howard2017mobilenets`. First a **depthwise convolution**: one kernel of
# $k$ by $k$ for each channel, which sees this channel only (as many groups as channels). Then a **pointwise
# convolution**: $c_\text{out}$ kernels of 1 by 1 over all channels. Together they are a **depthwise separable
# convolution**. Its cost, at stride 1, is
#
# $$ \bigl( c_\text{in} \cdot k^2 + c_\text{in} \cdot c_\text{out} \bigr) \cdot \text{height} \cdot \text{width} . $$

# %% [markdown]
# ## Exercise 14.5: What a depthwise separable layer costs
#
# A layer leads from 64 channels to 128, on pictures of 56 by 56 pixels. Its kernels are 3 by 3, with padding 1, so the
# size stays. There are no biases.
#
# 1. Set `usual` to the number of multiply-adds of a usual convolution.
# 2. Set `separable` to that of a depthwise separable one.
# 3. Write `separable_cost(c_in, c_out, k, height, width, stride)`: return two whole numbers, the weights and the
#    multiply-adds of a depthwise separable layer without biases. The kernel size `k` is odd, and the padding is
#    `(k - 1) / 2`. The depthwise step has the stride, so *its output* has $\lceil \text{height} / \text{stride} \rceil$
#    rows (rounded up), and columns likewise; the pointwise step works on that. Arithmetic is all you need.

# %%
### BEGIN SOLUTION: a whole number
usual = 128 * 64 * 9 * 56 * 56
### END SOLUTION
### BEGIN SOLUTION: a whole number
separable = (64 * 9 + 64 * 128) * 56 * 56
### END SOLUTION


def separable_cost(c_in, c_out, k, height, width, stride):
    """(weights, multiply-adds) of a depthwise and a pointwise convolution together."""
    ### BEGIN SOLUTION: the weights of both steps, each used at every output position
    weights = c_in * k * k + c_in * c_out
    positions = -(-height // stride) * -(-width // stride)
    return weights, weights * positions
    ### END SOLUTION


# %%
check("14.5")

# %%
separable_cost = answer("14.5")[2]
rows = []
for c_in, c_out, k, size in (32, 64, 3, 96), (128, 128, 3, 56), (512, 512, 5, 14):
    whole = conv.conv2d_cost((c_in, size, size), c_out, k, padding=k // 2, bias=False)
    most, less = whole.multiply_adds, separable_cost(c_in, c_out, k, size, size, 1)[1]
    name = f"{c_in} to {c_out}, kernel {k}, {size} by {size}"
    rows.append([name, most / 1e6, less / 1e6, less / most, 1 / c_out + 1 / k**2])
columns = ["layer", "usual (million)", "separable (million)", "share", "1/c_out + 1/k²"]
depthwise = pd.DataFrame(rows, columns=columns)
plot.table(depthwise, "Multiply-adds of a usual and of a depthwise separable layer.")

# %% [markdown]
# The share that is left is $1/c_\text{out} + 1/k^2$; divide one formula by the other to see why. For the kernels of 3
# it is about an eighth. The price: such a pair of steps can do less than a usual layer, because all kernels look around
# in the same way, with one table a channel. Whether that hurts is a question for an experiment
# ({doc}`chapter 16 <16_architectures>`).
#
# **3. Dilated convolution.** A dilation makes the kernel see further at the same price {cite:p}`yu2016multi`. At
# dilation 8 a kernel of 3 reaches over 17 pixels. From 16 channels to 16, on 64 by 64 pixels, it takes 9.4 million
# multiply-adds; a kernel of 17 without holes would take 303 million. The price is paid in another way: it sees 9 of
# these 289 pixels, and a thin line can pass through its holes unseen.
#
# **4. Transposed convolution.** Networks that *make* pictures need the other direction, from small to large. Write the
# image as one long column: then a convolution is a matrix $A$ times this column, with nearly all numbers 0. A
# **transposed convolution** multiplies by the transposed matrix. In pictures: each pixel lays its multiple of the
# kernel onto the output, a stride apart, and what overlaps adds up. So each weight is used once for each pixel of the
# *input*. The size formula is solved for $n$ (where it rounds down, for the smallest $n$):
#
# $$ n_\text{out} = (n - 1) s - 2p + d (k - 1) + 1 . $$

# %%
small, rows = np.ones((1, 1, 8, 8)), []
for k, s, p in (2, 2, 0), (3, 2, 1), (4, 2, 1), (5, 3, 1):
    large = conv.conv_transpose2d(small, np.ones((1, 1, k, k)), stride=s, padding=p)
    met = ", ".join(map(str, np.unique(large[0, 0, s:-s, s:-s]).astype(int)))
    name = f"kernel {k}, stride {s}, padding {p}"
    rows.append([name, large.shape[2], 16 * 16 * k * k * 8 * 8 / 1000, met])
columns = ["from 8 by 8", "size", "thousand multiply-adds", "kernels that meet a pixel"]
enlarged = pd.DataFrame(rows, columns=columns)
plot.table(enlarged, "Transposed convolution, 16 channels to 16.", digits=0)

# %% [markdown]
# Two things to remember. It is **not the inverse**: it gives back the size, not the picture ("deconvolution", a name
# that you will meet, says too much). And where the kernel is no multiple of the stride, some pixels are met more often
# than their neighbours: 1, 2 or 4 times with kernel 3 and stride 2. Generated pictures then show a checkerboard
# {cite:p}`odena2016deconvolution`. Kernel 4 with stride 2 meets each pixel 4 times, away from the border.

# %% tags=["claim"]
# fmt: off
claim("this blur of 31 by 31 takes 62 multiplications a pixel in place of 961", len(weights), 31, 2 * 31, weights.size**2)
claim("it gets 15 times", 961 // 62)
claim("The results are equal", np.abs(at_once - in_two).max() < 1e-12)
claim("Laplacian has rank 2", np.linalg.matrix_rank(named["laplacian_4"]))
claim("The share that is left is $1/c_\\text{out} + 1/k^2$",
      bool(np.allclose(depthwise["share"], depthwise["1/c_out + 1/k²"])))
claim("is about an eighth", bool((abs(depthwise["share"][:2].to_numpy() * 8 - 1) < 0.06).all()))
wide = conv.conv2d_cost((16, 64, 64), 16, 3, padding=8, dilation=8, bias=False)
dense = conv.conv2d_cost((16, 64, 64), 16, 17, padding=8, bias=False)
claim("8 a kernel of 3 reaches over 17 pixels", 8, 3, 8 * (3 - 1) + 1)
claim("it takes 9.4 million multiply-adds", wide.multiply_adds / 1e6)
claim("would take 303 million", dense.multiply_adds / 1e6)
claim("it sees 9 of these 289 pixels", 9, 17**2)
meets = dict(zip(enlarged["from 8 by 8"], enlarged["kernels that meet a pixel"], strict=True))
claim("1, 2 or 4 times with kernel 3 and stride 2", *map(int, meets["kernel 3, stride 2, padding 1"].split(",")), 3, 2)
claim("Kernel 4 with stride 2 meets each pixel 4 times", 4, 2, int(meets["kernel 4, stride 2, padding 1"]))
x, w = (np.random.default_rng(0).normal(size=size) for size in ((1, 2, 7, 7), (3, 2, 3, 3)))
z = conv.conv2d(x, w, stride=2)
y = np.random.default_rng(2).normal(size=z.shape)
back, again = (conv.conv_transpose2d(maps, w, stride=2) for maps in (y, z))
claim("multiplies by the transposed matrix", bool(np.isclose((z * y).sum(), (x * back).sum())))
claim("it gives back the size, not the picture", again.shape == x.shape and not np.allclose(again, x))
# fmt: on

# %% [markdown]
# ## Pooling
#
# The cheapest way to a smaller map has no weights at all. **Pooling** makes one number of each window: **max pooling**
# takes the largest, **average pooling** the mean. Each channel is pooled on its own, mostly with windows of 2 by 2 and
# stride 2.

# %%
counted = numbers[None, None].astype(float)
print("max:", conv.max_pool2d(counted, 2)[0, 0], sep="\n")
print("mean:", conv.avg_pool2d(counted, 2)[0, 0], sep="\n")

# %% [markdown]
# Compare with the image of the first exercise. Average pooling keeps the mean, here 29.2. Max pooling asks "is
# there something bright anywhere in this window?", and forgets where: after a kernel that looks for edges it says
# whether there was one. Neither has a weight to learn, and both leave a quarter of the numbers.

# %% [markdown]
# ## Moved pictures
#
# The same weights everywhere: that was the plan. It has a consequence that a fully connected layer does not have. Move
# the picture by some pixels, and the feature map moves by the same pixels, otherwise unchanged. This is called
# **equivariance** to shifts.
#
# Stride and pooling look at every second position only. What happens to the property there? Predict, then measure. A
# picture that moves by one pixel should move the small map by half a pixel, which does not exist; we take the better of
# the two neighbours. To keep the border out of it, what leaves on one side comes in on the other.


# %%
def mismatch(f, image, by, step):
    """How far f(moved image) is from the moved f(image), as a share of its length."""
    z, moved = f(image), f(np.roll(image, by, axis=1))
    gaps = [moved - np.roll(z, k, axis=1) for k in (by // step, -(-by // step))]
    return min(np.linalg.norm(gap) for gap in gaps) / np.linalg.norm(z)


def filtered(kernel, after=lambda z: z):
    return lambda image: after(conv.filter_image(image, kernel, "wrap"))


def second(z):
    return z[::2, ::2]


def pooled(z):
    return conv.max_pool2d(z[None, None], 2)[0, 0]


# %%
blur = filtered(conv.gaussian(1.5), after=second)
maps = {
    "Laplacian": (filtered(named["laplacian_4"]), 1),
    "Sobel": (filtered(sobel_x), 1),
    "Sobel, stride 2": (filtered(sobel_x, after=second), 2),
    "Sobel, max pooling": (filtered(sobel_x, after=pooled), 2),
    "Sobel, blur, stride 2": (filtered(sobel_x, after=blur), 2),
}
rows = []
for name, (f, step) in maps.items():
    z, turned = f(cup), f(np.rot90(cup))
    turn = np.linalg.norm(turned - np.rot90(z)) / np.linalg.norm(z)
    shifts = [mismatch(f, cup, by, step) for by in (1, 2, 3, 4)]
    rows.append([name, *shifts, turn.round(12) if step == 1 else None])
columns = ["map", "by 1", "by 2", "by 3", "by 4", "quarter turn"]
moves = pd.DataFrame(rows, columns=columns)
plot.table(moves, "Mismatch after a movement, as a share of the map.", digits=2)

# %% [markdown]
# With stride 1 the mismatch is 0 for every shift. With stride 2 or pooling it is 0 for even shifts only. After a shift
# of 1 the new map differs from the old one by 0.85 (stride) or 0.77 (max pooling) of the map's own size: it is almost
# another map. You can read that pooling makes a network "invariant to small shifts", so that its answer stays the same.
# On this map it hardly helps. What helps is to blur before leaving out every second position {cite:p}`zhang2019making`:
# the mismatch falls to 0.41. At a border, padding disturbs the property too, but only in the outermost columns and
# rows.
#
# And other movements? A convolution is **not** equivariant to turns. After a quarter turn Sobel's kernel for vertical
# edges meets horizontal ones, and the mismatch is larger than the map itself. It is 0 only where the kernel looks the
# same after the turn, as the Laplacian does. A network that must know turned pictures has to see some of them (chapter
# 15), or must be built for it.

# %% [markdown]
# ## How far does it see?
#
# A number in the first feature map depends on 3 pixels across. A number in the second map depends on 3 numbers of the
# first, which overlap: together on 5 pixels. What a number depends on is its **receptive field**. Go through the layers
# with two counters, which both start at 1: the field, and the *jump*, how many pixels lie between neighbours of the
# present map. Each layer does
#
# $$ \text{field} \leftarrow \text{field} + d (k - 1) \cdot \text{jump} , \qquad
# \text{jump} \leftarrow \text{jump} \cdot s . $$
#
# You need not believe it. Backpropagation ({doc}`chapter 08 <08_backpropagation>`) tells on which pixels a number
# depends: there the gradient is not 0.


# %%
def seen(layers):
    """The pixels, along one axis, on which one number of the last map depends."""
    x = torch.ones(1, 1, 1, 120, requires_grad=True)
    z = x
    for k, s, _, d in layers:
        z = F.conv2d(z, torch.ones(1, 1, 1, k), stride=s, dilation=d)
    z[0, 0, 0, z.shape[3] // 2].backward()
    return int((x.grad != 0).sum())


# kernel, stride, padding, dilation
three, five, half = (3, 1, 0, 1), (5, 1, 0, 1), (2, 2, 0, 1)
chains = {
    "3 by 3": [three],
    "3 by 3, twice": [three] * 2,
    "3 by 3, three times": [three] * 3,
    "the same, pooled by 2 in between": [three, half, three, half, three],
    "dilations 1, 2, 4": [(3, 1, 0, d) for d in (1, 2, 4)],
    "5 by 5, pooled, 5 by 5, pooled, 5 by 5": [five, half, five, half, five],
}
rows = [[n, conv.receptive_field(c).size, seen(c)] for n, c in chains.items()]
fields = pd.DataFrame(rows, columns=["layers", "by the counters", "by the gradient"])
plot.table(fields, "The receptive field, in pixels across.")

# %% [markdown]
# Both ways give the same numbers {cite:p}`araujo2019computing`. Three kernels of 3 see 7 pixels, with 27 weights where
# one kernel of 7 would need 49. Pooling, stride and dilation make the field grow much faster. The last row is LeNet-5,
# which you meet in {doc}`chapter 15 <15_cnn_classifier>`: its last convolution sees 32 pixels, the whole of its picture. No number says anything
# about pixels outside its receptive field.

# %% tags=["claim"]
# fmt: off
claim("Average pooling keeps the mean, here 29.2", numbers.mean())
claim("Average pooling keeps the mean", bool(conv.avg_pool2d(counted, 2).mean() == numbers.mean()))
by = moves.set_index("map")
whole, strided = by.loc[["Laplacian", "Sobel"]], by.iloc[2:]
claim("With stride 1 the mismatch is 0 for every shift", bool((whole.iloc[:, :4] == 0).all(axis=None)))
claim("it is 0 for even shifts only", bool((strided[["by 2", "by 4"]] == 0).all(axis=None) and (strided[["by 1", "by 3"]] > 0.3).all(axis=None)))
claim("by 0.85 (stride) or 0.77 (max pooling)", *strided["by 1"][:2])
claim("the mismatch falls to 0.41", strided["by 1"].iloc[2])
zeros = [conv.filter_image(image, sobel_x, "constant") for image in (cup, np.roll(cup, 1, axis=1))]
unlike = np.nonzero((zeros[1] != np.roll(zeros[0], 1, axis=1)).any(axis=0))[0]
claim("only in the outermost columns and rows", bool(set(unlike) <= {0, 1, 2, 299} and len(unlike) > 0))
claim("the mismatch is larger than the map itself", bool(by["quarter turn"]["Sobel"] > 1))
claim("as the Laplacian does", bool(by["quarter turn"]["Laplacian"] < 1e-9))
claim("Both ways give the same numbers", bool((fields["by the counters"] == fields["by the gradient"]).all()))
field = fields.set_index("layers")["by the gradient"]
claim("Three kernels of 3 see 7 pixels, with 27 weights where one kernel of 7 would need 49", 3, field["3 by 3, three times"], 3 * 9, 7, 49)
claim("its last convolution sees 32 pixels", field.iloc[-1])
claim("together on 5 pixels", field["3 by 3, twice"])
claim("Pooling, stride and dilation make the field grow much faster", bool((field.iloc[3:] >= 2 * 7).all()))
# fmt: on

# %% [markdown]
# ## Recap
#
# - An edge is a step in brightness. The gradient points across it, from dark to bright.
# - A kernel is a neuron with a small window, used at every position. Deep learning's convolution is a cross-correlation:
#   the kernel is not turned.
# - Sum of weights 1: the brightness stays. Sum 0: changes are found. A Laplacian neither sharpens nor blurs.
# - Subtract pixels as floats. In `uint8`, 3 minus 5 is 254.
# - Canny: smooth, gradient, thin, two thresholds, hysteresis.
# - The size that comes out: $\lfloor (n + 2p - d(k-1) - 1)/s \rfloor + 1$.
# - im2col makes one product of matrices of a layer.
# - Cost: weights times output positions. A depthwise separable layer needs $1/c_\text{out} + 1/k^2$ of it.
# - Convolution moves with the picture; stride and pooling keep that for some shifts only; turns are another matter.

# %%
progress()

# %% [markdown]
# ## Test yourself
#
# ```{quiz}
# - question: A layer has 16 input channels, 32 kernels of 5 by 5, and biases. How many parameters is that?
#   number: 12832
#   why: "$32 \\cdot 16 \\cdot 25 = 12\\,800$ weights and 32 biases. The size of the image does not matter."
# - question: The weights of a kernel add up to 0. Which of these can it be?
#   options:
#     - right: A Sobel kernel.
#       why: Its left and right columns cancel.
#     - right: A Laplacian.
#       why: "The weight in the middle is minus the sum of the others."
#     - wrong: A Gaussian blur.
#       why: "A weighted mean has the sum 1; with sum 0, a flat grey wall would become black."
#     - wrong: A kernel that sharpens.
#       why: "It is the identity minus a Laplacian: $1 - 0 = 1$."
# - question: You copy a Sobel kernel into PyTorch's `conv2d`, and a friend gives the same one to SciPy's `convolve2d`, both without padding. The results differ. How?
#   options:
#     - right: By their sign.
#       why: "A true convolution turns the kernel, and Sobel's changes its sign under half a turn."
#     - wrong: One is upside down.
#       why: "The kernel is turned, the picture is not."
#     - wrong: Only at the border.
#       why: "Inside too: every number has the other sign."
# - question: A picture of 64 pixels across goes through a kernel of 4, stride 2, padding 1. How many pixels across come out?
#   number: 32
#   why: "$\\lfloor (64 + 2 - 3 - 1) / 2 \\rfloor + 1 = 32$: this setting halves an even size."
# - question: A photo moves by one pixel to the right. Which map moves with it exactly (away from the border)?
#   options:
#     - right: That of a convolution with stride 1.
#       why: The same weights meet the same pixels, one place further on.
#     - wrong: That of a convolution with stride 2.
#       why: "It looks at every second position, and now the pixels lie between them: the map would have to move by half a pixel."
#     - wrong: That of max pooling with windows of 2.
#       why: "The windows cut the picture in other places now."
# ```

# %% [markdown]
# ## Further reading
#
# - {cite:t}`dumoulin2016guide`: padding, stride and transposed convolution, drawn step by step.
# - {cite:t}`canny1986computational`: which three wishes an edge detector should fulfil, and what follows from them.
# - {cite:t}`chellapilla2006high`: convolution as one product of matrices.
# - {cite:t}`yu2016multi` on dilation, {cite:t}`odena2016deconvolution` on checkerboards, {cite:t}`zhang2019making` on
#   shifts, {cite:t}`araujo2019computing` on receptive fields. {cite:t}`howard2017mobilenets` build a whole network from
#   depthwise separable layers.
