"""The named kernels: sums, symmetries, answers to slopes and bumps; SciPy as a second opinion."""

import numpy as np
import pytest
import scipy.ndimage

from nnlab.data import load
from nnlab.errors import BadData
from nnlab.scratch import conv

# name: (sum, answer to a slope of 1 to the right, and downwards)
ANSWERS = {
    "identity": (1, 0, 0),
    "sobel_x": (0, 8, 0),
    "sobel_y": (0, 0, 8),
    "prewitt_x": (0, 6, 0),
    "prewitt_y": (0, 0, 6),
    "scharr_x": (0, 32, 0),
    "scharr_y": (0, 0, 32),
    "laplacian_4": (0, 0, 0),
    "laplacian_8": (0, 0, 0),
    "sharpen": (1, 0, 0),
    "emboss": (1, 6, 6),
}
Y, X = np.mgrid[:7, :9].astype(float)
MIDDLE = np.s_[1:-1, 1:-1]


def answer(name, image):
    return conv.correlate2d(image, conv.KERNELS[name])


def test_all_fixed_kernels_are_listed():
    assert set(conv.KERNELS) == set(ANSWERS)


@pytest.mark.parametrize("name", ANSWERS)
def test_a_plane_is_answered_by_sum_and_slopes(name):
    total, right, down = ANSWERS[name]
    a, b, c = 3.0, 0.5, -2.0
    plane = a + b * X + c * Y
    np.testing.assert_allclose(answer(name, plane), total * plane[MIDDLE] + right * b + down * c, atol=1e-12)
    assert conv.KERNELS[name].sum() == total


@pytest.mark.parametrize("name", ["sobel", "prewitt", "scharr"])
def test_the_y_kernels_are_the_x_kernels_transposed_and_change_sign_when_turned(name):
    x, y = conv.KERNELS[f"{name}_x"], conv.KERNELS[f"{name}_y"]
    np.testing.assert_array_equal(y, x.T)
    np.testing.assert_array_equal(x[::-1, ::-1], -x)
    np.testing.assert_array_equal(x[::-1], x)


@pytest.mark.parametrize("name", ["identity", "laplacian_4", "laplacian_8", "sharpen"])
def test_the_others_look_the_same_after_every_turn_and_mirror(name):
    kernel = conv.KERNELS[name]
    for other in (kernel.T, np.rot90(kernel), kernel[::-1], kernel[:, ::-1]):
        np.testing.assert_array_equal(other, kernel)


def test_second_derivatives_of_a_bowl():
    bowl = X**2 + Y**2
    assert (answer("laplacian_4", bowl) == 4).all()  # 2 along each axis
    assert (answer("laplacian_8", bowl) == 12).all()  # and 4 along each diagonal
    np.testing.assert_array_equal(answer("sharpen", bowl), bowl[MIDDLE] - 4)


def test_a_slope_on_the_diagonal_splits_between_two_sobels():
    x, y = (answer(f"sobel_{axis}", (X + Y) / 2**0.5) / 8 for axis in "xy")
    np.testing.assert_allclose(np.hypot(x, y), 1)


def test_scharr_treats_directions_more_alike_than_sobel_than_prewitt():
    """The direction of a plane wave of 6 pixels, seen in its gradient, at all angles: the worst error in degrees."""
    y, x = np.mgrid[-20:21, -20:21]

    def worst(name):
        errors = []
        for angle in np.linspace(0, np.pi / 4, 16):
            wave = np.sin(2 * np.pi / 6 * (x * np.cos(angle) + y * np.sin(angle)))
            gx, gy = (conv.filter_image(wave, conv.KERNELS[f"{name}_{axis}"])[20, 20] for axis in "xy")
            errors.append(abs(np.degrees(np.arctan2(gy, gx) - angle)))
        return max(errors)

    assert worst("scharr") < worst("sobel") / 2 < worst("prewitt") / 4


def test_scipys_filters_are_the_same():
    image = np.random.default_rng(0).normal(size=(7, 9))
    for name, theirs in {
        "sobel_x": scipy.ndimage.sobel(image, 1, mode="nearest"),
        "sobel_y": scipy.ndimage.sobel(image, 0, mode="nearest"),
        "prewitt_x": scipy.ndimage.prewitt(image, 1, mode="nearest"),
        "prewitt_y": scipy.ndimage.prewitt(image, 0, mode="nearest"),
        "laplacian_4": scipy.ndimage.laplace(image, mode="nearest"),
    }.items():
        np.testing.assert_allclose(conv.filter_image(image, conv.KERNELS[name]), theirs, atol=1e-12)


@pytest.mark.parametrize("sigma", [0.4, 1.0, 1.7, 3.0])
def test_the_gaussian_is_scipys(sigma):
    impulse = np.zeros((31, 31))
    impulse[15, 15] = 1
    kernel = conv.gaussian(sigma)
    r = len(kernel) // 2
    theirs = scipy.ndimage.gaussian_filter(impulse, sigma, mode="constant")[15 - r : 16 + r, 15 - r : 16 + r]
    np.testing.assert_allclose(kernel, theirs, atol=1e-15)
    assert kernel.sum() == pytest.approx(1, abs=1e-14)


def test_two_gaussians_in_a_row_are_one_whose_variances_add_up():
    twice = conv.convolve2d(conv.gaussian(1.5, 12), conv.gaussian(2.0, 12), padding=24)
    np.testing.assert_allclose(twice, conv.gaussian(2.5, 24), atol=1e-6)


def test_a_box_is_a_mean_and_unsharp_masking_adds_what_blurring_takes():
    image = np.random.default_rng(0).normal(size=(6, 7))
    assert conv.correlate2d(image, conv.box(3))[0, 0] == pytest.approx(image[:3, :3].mean())
    blurred = conv.filter_image(image, conv.gaussian(1.2))
    unsharp = conv.filter_image(image, conv.unsharp(1.2, amount=0.7))
    np.testing.assert_allclose(unsharp, image + 0.7 * (image - blurred), atol=1e-12)


@pytest.mark.parametrize("border", ["edge", "reflect", "symmetric", "wrap", "constant"])
@pytest.mark.parametrize("shape", [(3, 3), (1, 5), (4, 2)])
def test_filtering_a_photo_keeps_its_size_and_colours_apart(border, shape):
    photo, kernel = load("photos")["cat"][:20, :31], np.random.default_rng(0).normal(size=shape)
    filtered = conv.filter_image(photo, kernel, border)
    assert filtered.shape == photo.shape
    above, left = (shape[0] - 1) // 2, (shape[1] - 1) // 2
    padded = np.pad(photo, ((above, shape[0] - 1 - above), (left, shape[1] - 1 - left), (0, 0)), mode=border)
    for colour in range(3):
        np.testing.assert_allclose(filtered[..., colour], conv.correlate2d(padded[..., colour], kernel), atol=1e-9)
        np.testing.assert_array_equal(conv.filter_image(photo[..., colour], kernel, border), filtered[..., colour])


@pytest.mark.parametrize(
    "kernel", [conv.box(4), conv.gaussian(1.3), *(conv.KERNELS[f"{n}_x"] for n in ("sobel", "scharr"))]
)
def test_a_kernel_of_rank_one_comes_apart(kernel):
    column, row = conv.separate(kernel)
    assert column.shape == (len(kernel), 1) and row.shape == (1, len(kernel))
    np.testing.assert_allclose(column @ row, kernel, atol=1e-15)
    image = np.random.default_rng(0).normal(size=(15, 15))
    in_two = conv.correlate2d(conv.correlate2d(image, column), row)
    np.testing.assert_allclose(in_two, conv.correlate2d(image, kernel), atol=1e-12)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: conv.separate(conv.KERNELS["laplacian_4"]), "rank 2"),
        (lambda: conv.separate(np.zeros((3, 3))), "rank 0"),
        (lambda: conv.separate([[np.nan]]), "NaN"),
        (lambda: conv.gaussian(0), "sigma is 0"),
        (lambda: conv.gaussian(1, radius=-1), "radius is -1"),
        (lambda: conv.box(0), "size is 0"),
        (lambda: conv.unsharp(1, amount=-1), "amount is -1"),
        (lambda: conv.filter_image(np.zeros(3), conv.box()), r"image has shape \(3,\)"),
        (lambda: conv.filter_image(np.zeros((3, 3)), np.zeros(3)), r"kernel has shape \(3,\)"),
        (lambda: conv.filter_image(np.zeros((3, 3)), conv.box(), "mirror"), "choose edge, reflect"),
    ],
)
def test_what_does_not_fit_is_refused(call, said):
    with pytest.raises(BadData, match=said):
        call()


def test_the_kernels_cannot_be_spoilt():
    with pytest.raises(ValueError, match="read-only"):
        conv.KERNELS["sobel_x"][0, 0] = 1
