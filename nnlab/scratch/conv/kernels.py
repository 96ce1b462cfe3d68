"""Kernels with names, and how to lay one on a picture.

All are written for cross-correlation, which lays them on as they stand: x grows to the right, y downwards, so `sobel_x`
is above 0 where it gets brighter to the right. A fixed kernel makes of a slope, brightness = a + b x + c y, the number
sum · brightness + right · b + down · c:

    name                      sum    right    down     what it is
    identity                  1      0        0        changes nothing
    sobel_x, sobel_y          0      8, 0     0, 8     a difference, smoothed across it by 1 2 1
    prewitt_x, prewitt_y      0      6, 0     0, 6     a difference, smoothed across it by 1 1 1
    scharr_x, scharr_y        0      32, 0    0, 32    by 3 10 3, which treats all directions most alike
    laplacian_4, laplacian_8  0      0        0        the second derivatives: an edge has both signs, one at each side
    sharpen                   1      0        0        identity - laplacian_4
    emboss                    1      6        6        lit from the upper left, as if brightness were height

Divided by its answer to a slope of 1, such as KERNELS["sobel_x"] / 8, a derivative is in brightness per pixel.
"""

from typing import Any, Literal, get_args

import numpy as np

from nnlab.errors import BadData
from nnlab.scratch.checks import floats, positive, whole
from nnlab.scratch.conv.definition import plane
from nnlab.scratch.conv.windows import windows

Border = Literal["edge", "reflect", "symmetric", "wrap", "constant"]


def _fixed() -> dict[str, np.ndarray]:
    difference = np.array([-1.0, 0.0, 1.0])
    identity = np.outer([0.0, 1.0, 0.0], [0.0, 1.0, 0.0])
    laplacian = np.array([[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]])
    kernels = {"identity": identity}
    for name, across in {"sobel": (1, 2, 1), "prewitt": (1, 1, 1), "scharr": (3, 10, 3)}.items():
        kernels[f"{name}_x"] = np.outer(across, difference)
        kernels[f"{name}_y"] = np.outer(difference, across)
    kernels["laplacian_4"] = laplacian
    kernels["laplacian_8"] = np.ones((3, 3)) - 9 * identity
    kernels["sharpen"] = identity - laplacian
    kernels["emboss"] = np.array([[-2.0, -1.0, 0.0], [-1.0, 1.0, 1.0], [0.0, 1.0, 2.0]])
    for kernel in kernels.values():
        kernel.setflags(write=False)  # they are everybody's: change a copy
    return kernels


KERNELS = _fixed()


def box(size: int = 3) -> np.ndarray:
    """The mean of size × size pixels: every number is 1 / size².

    >>> box(2)
    array([[0.25, 0.25],
           [0.25, 0.25]])
    """
    return np.full((whole(size, "size", 1), size), 1 / size**2)


def gaussian(sigma: float, radius: int | None = None) -> np.ndarray:
    """A Gaussian blur, shape (2 radius + 1, 2 radius + 1), with sum 1: the product of `gaussian_weights` with itself.

    Args:
        sigma: the standard deviation in pixels, above 0.
        radius: how far it reaches; None for 4 sigma, rounded, as in SciPy and scikit-image.

    >>> gaussian(0.85, radius=1).round(3)  # close to 1 2 1 / 4 times itself
    array([[0.063, 0.125, 0.063],
           [0.125, 0.25 , 0.125],
           [0.063, 0.125, 0.063]])
    """
    weights = gaussian_weights(sigma, radius)
    return np.outer(weights, weights)


def gaussian_weights(sigma: float, radius: int | None = None) -> np.ndarray:
    """exp(-x² / 2 sigma²) for x from -radius to radius, divided by their sum; the arguments are those of `gaussian`."""
    positive(sigma, "sigma")
    radius = int(4 * sigma + 0.5) if radius is None else whole(radius, "radius", 0)
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    return weights / weights.sum()


def unsharp(sigma: float = 1.0, amount: float = 1.0, radius: int | None = None) -> np.ndarray:
    """Unsharp masking: the picture, and `amount` times what a Gaussian blur takes from it. Its sum is 1.

    (1 + amount) identity - amount gaussian(sigma).

    >>> unsharp(1.0, amount=0.5, radius=1).round(2)
    array([[-0.04, -0.06, -0.04],
           [-0.06,  1.4 , -0.06],
           [-0.04, -0.06, -0.04]])
    """
    kernel = -positive(amount, "amount", strict=False) * gaussian(sigma, radius)
    kernel[len(kernel) // 2, len(kernel) // 2] += 1 + amount
    return kernel


def filter_image(image: Any, kernel: Any, border: Border = "edge") -> np.ndarray:
    """Cross-correlate a picture with a kernel, each colour on its own; the size stays.

    Written as a sum of shifted pictures, one for each tap of the kernel: so a large kernel on a large picture needs no
    kh · kw copies of it, as im2col does.

    Args:
        image: shape (height, width) or (height, width, colours). Whole numbers, such as uint8, become float64.
        kernel: shape (kh, kw).
        border: what lies beyond the picture, in the words of `numpy.pad`: "edge" (the last pixel goes on), "reflect",
            "symmetric", "wrap" or "constant" (0, which makes a dark frame).

    Returns:
        Floats of the shape of `image`. A derivative has both signs, and what is sharpened leaves its old range.

    >>> filter_image([[0, 0, 9, 9]], [[-1, 0, 1]])
    array([[0., 9., 9., 0.]])
    """
    image, kernel = floats(image, "image"), plane(kernel, "kernel")
    if image.ndim not in (2, 3) or image.size == 0:
        raise BadData(f"image has shape {image.shape}; it is (height, width), or (height, width, colours)")
    if border not in get_args(Border):
        raise BadData(f"border is {border!r}; choose {', '.join(get_args(Border))}")
    v, h = windows(kernel.shape, padding="same")
    colours = [(0, 0)] * (image.ndim - 2)
    padded = np.pad(image, [(v.before, v.after), (h.before, h.after), *colours], mode=border)
    out = np.zeros_like(image)
    for (i, j), tap in np.ndenumerate(kernel.astype(image.dtype)):
        out += tap * padded[i : i + len(image), j : j + image.shape[1]]
    return out
