import numpy as np
import pytest
import torch

from nnlab import quality, weights
from nnlab.errors import BadData

SHA256 = "6771da89860d545bcf244b466e1c2fd5e8a50fa07aeaeb66f6a2086403b13287"


@pytest.fixture(scope="module")
def real():
    return quality.digits()


def test_the_weights_are_those_in_whose_units_distances_are_quoted():
    import hashlib

    content = (weights.FILES / "digit_cnn.safetensors").read_bytes()
    assert hashlib.sha256(content).hexdigest() == SHA256 and len(content) < 700_000
    assert sum(p.numel() for p in quality.judge().parameters()) == 167_850


def test_it_reads_99_percent_of_the_digits_that_it_has_not_seen(real):
    right = quality.probabilities(real.test).argmax(axis=1) == real.test_labels
    assert right.mean() >= 0.985
    assert quality.label_agreement(real.test, real.test_labels) == right.mean()


def test_features_are_what_the_last_layer_sees(real):
    x = torch.tensor(real.test[:7])[:, None].float() / 255
    net = quality.judge()
    found = torch.tensor(quality.features(real.test[:7]))
    torch.testing.assert_close(found, net.features(x), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(net.classifier(found), net(x), rtol=1e-4, atol=1e-3)
    p = quality.probabilities(real.test[:7])
    np.testing.assert_allclose(p, net(x).softmax(1).numpy(), atol=1e-5)
    assert found.shape == (7, 64) and found.min() >= 0


def test_all_forms_of_an_image_are_the_same_image(real):
    grey = real.test[:3]
    share = grey / 255
    expected = quality.features(grey)
    forms = [share, share[:, None], torch.tensor(share), torch.tensor(grey)[:, None], share.astype(np.float32), [*grey]]
    forms += [torch.tensor(share, requires_grad=True), share[:, ::-1][:, ::-1]]
    for form in forms:
        np.testing.assert_allclose(quality.features(form), expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(quality.features(torch.tensor(share).bfloat16()), expected, atol=0.5)


def test_an_image_is_judged_alone_and_the_number_at_a_time_does_not_count(real):
    many = quality.features(real.test[:205])
    np.testing.assert_allclose(quality.features(real.test[203:204]), many[203:204], rtol=1e-4, atol=1e-4)


def test_the_callers_random_numbers_and_images_stay_as_they_were(real):
    torch.manual_seed(3)
    state, images = torch.get_rng_state(), real.test[:80] / 255
    before = images.copy()
    quality.report(images)
    assert torch.equal(torch.get_rng_state(), state) and np.array_equal(images, before)


def test_shares_are_counted(real):
    seven = real.test[real.test_labels == 7][:10]
    eights = real.test[real.test_labels == 8][:30]
    images = np.concatenate([seven, eights])
    p = quality.probabilities(images)
    counts = [sum(int(row.argmax() == k) for row in p) / 40 for k in range(10)]
    assert quality.class_histogram(images).tolist() == counts and max(counts) == counts[8] == pytest.approx(
        0.75, abs=0.05
    )
    asked = np.repeat([7, 3], [10, 30])
    agree = sum(int(row.argmax() == k) for row, k in zip(p, asked, strict=True)) / 40
    assert quality.label_agreement(images, asked) == agree
    half_grey = images // 3
    p = quality.probabilities(half_grey)
    for threshold in (0.5, 0.9, 0.99):
        assert quality.confident_share(half_grey, threshold) == np.mean([row.max() > threshold for row in p])
    assert quality.confident_share(half_grey) == quality.confident_share(half_grey, 0.9)


def test_the_split_is_chapter_15s(real):
    from sklearn.model_selection import train_test_split

    from nnlab import load

    images, labels = load("mnist")
    rest, test = train_test_split(np.arange(5000), test_size=1000, stratify=labels, random_state=0)
    for ours, theirs in zip(quality.split(), (rest, test), strict=True):
        assert np.array_equal(ours, theirs)
    assert np.array_equal(real.training, images[rest]) and np.array_equal(real.test_labels, labels[test])
    assert np.bincount(real.training_labels).tolist() == [400] * 10
    real.test[:] = 0
    assert quality.digits().test.any()  # a fresh copy each time


ZEROS = np.zeros((2, 28, 28))


@pytest.mark.parametrize(
    ("images", "said"),
    [
        (np.zeros((2, 784)), r"\[2, 784\]; expected \[n, 28, 28\]"),
        (np.zeros((28, 28)), r"\[28, 28\]"),
        (np.zeros((2, 28, 28, 1)), r"\[2, 28, 28, 1\]"),
        (np.zeros((2, 3, 28, 28)), r"\[2, 3, 28, 28\]"),
        (np.zeros((0, 28, 28)), "n ≥ 1"),
        (ZEROS.astype(int), "int64; expected uint8"),
        (ZEROS.astype(bool), "bool; expected uint8"),
        (ZEROS.astype(complex), "complex128"),
        (ZEROS.astype(np.uint8) + np.uint8(1), "multiply them by 255"),
        (ZEROS + 255.0, "to 255; .*Divide by 255"),
        (ZEROS - 1.0, r"-1 to -1; .*\(x \+ 1\) / 2"),
        (ZEROS + 1.01, "Clip them"),
        (ZEROS - 0.01, "Clip them"),
        (ZEROS * np.nan, "1568 values are NaN"),
        (ZEROS + np.inf, "NaN or infinite"),
        ([[1], [1, 2]], "no array"),
        ("digits", "shape"),
    ],
)
def test_images_that_cannot_be_used_are_told(images, said):
    for use in (quality.features, quality.class_histogram, quality.near_copies, quality.report):
        with pytest.raises(BadData, match=said):
            use(images)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([1], r"\[1\]; expected one for each of the 2 images"),
        ([[1], [2]], r"\[2, 1\]"),
        ([1.0, 2.0], "whole numbers from 0 to 9, got float64"),
        ([1, 10], r"from 0 to 9.*10"),
        ([-1, 1], "from 0 to 9"),
        (["1", "2"], "from 0 to 9"),
        ([True, False], "from 0 to 9, got bool"),
    ],
)
def test_labels_that_cannot_be_used_are_told(labels, said):
    for use in (quality.label_agreement, quality.report):
        with pytest.raises(BadData, match=said):
            use(ZEROS, labels)


@pytest.mark.parametrize("threshold", [1.0, -0.1, np.nan, "0.9", True])
def test_a_threshold_is_a_probability(threshold):
    with pytest.raises(BadData, match="threshold is"):
        quality.confident_share(ZEROS, threshold)
