import json
from time import process_time

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from nnlab import quality
from nnlab.errors import TooFewSamples


@pytest.fixture(scope="module")
def real():
    return quality.digits()


@pytest.fixture(scope="module")
def calibration(real):
    """The reports of the 1000 test digits with one damage each, the worse ones later."""
    x, y, rng = real.test / 255, real.test_labels, np.random.default_rng(1)
    images = {
        "real": (x, y),
        "no nines": (x[y != 9], y[y != 9]),
        "noise 0.1": ((x + rng.normal(0, 0.1, x.shape)).clip(0, 1), y),
        "shift": (np.roll(x, 3, axis=2), y),
        "blur": (gaussian_filter(x, (0, 0.7, 0.7)), y),
        "noise 0.3": ((x + rng.normal(0, 0.3, x.shape)).clip(0, 1), y),
        "uniform noise": (rng.random(x.shape), None),
    }
    return {name: quality.report(*both) for name, both in images.items()}


def test_the_worse_damage_is_farther_away(calibration):
    distances = [r.frechet_distance for r in calibration.values()]
    assert distances == sorted(distances)
    expected = {
        "real": 4.0,
        "no nines": 58,
        "noise 0.1": 64,
        "shift": 89,
        "blur": 262,
        "noise 0.3": 785,
        "uniform noise": 3160,
    }
    assert {k: r.frechet_distance for k, r in calibration.items()} == pytest.approx(expected, rel=0.1)


def test_what_single_figures_miss(calibration):
    """Uniform noise is sure and precise; blur is read and sure; without nines all but two figures are fine."""
    noise, blur, lost, real = (calibration[k] for k in ("uniform noise", "blur", "no nines", "real"))
    assert noise.confident_share > 0.99 and noise.precision > 0.95 and noise.near_copies == 0
    assert noise.recall == 0 and noise.fraction > 20 and max(noise.class_histogram) > 0.9
    assert blur.label_agreement > 0.97 and blur.confident_share > 0.97 and blur.recall < 0.5 * real.recall
    assert lost.class_histogram[9] < 0.01 and lost.fraction > 0.6
    assert lost.precision > real.precision - 0.03 and lost.confident_share > 0.98 and lost.label_agreement > 0.98


def test_real_digits_reach_their_own_floor(calibration, real):
    r = calibration["real"]
    assert r.n == r.n_real == 1000 and r.frechet_distance == pytest.approx(r.floor, rel=1e-4) and 2 < r.floor < 9
    assert (r.precision, r.recall) == pytest.approx((r.real.precision, r.real.recall), abs=0.003)
    assert r.label_agreement == r.real.label_agreement and r.near_copies == r.real.near_copies == pytest.approx(0.067)
    noisy = calibration["noise 0.1"]  # with other noise than the report's own
    assert noisy.fraction == pytest.approx(1, abs=0.1) and noisy.noisy is r.noisy


def test_the_figures_are_those_of_the_single_functions(real):
    images, labels = real.test[:150] // 2, real.test_labels[:150]
    r, seen = quality.report(images, labels), quality.features(images)
    assert r.frechet_distance == pytest.approx(
        quality.frechet_distance(seen, quality.features(real.training)), rel=1e-4
    )
    assert r.label_agreement == quality.label_agreement(images, labels)
    assert r.confident_share == quality.confident_share(images)
    assert r.near_copies == quality.near_copies(images)
    assert r.class_histogram.tolist() == quality.class_histogram(images).tolist()
    fifteen = np.concatenate([np.flatnonzero(real.training_labels == k)[:15] for k in range(10)])
    assert (r.precision, r.recall) == quality.precision_recall(quality.features(real.training[fifteen]), seen)
    own_floor = np.concatenate([np.flatnonzero(real.test_labels == k)[:15] for k in range(10)])
    assert r.n_real == 150 and quality.report(real.test[own_floor]).frechet_distance == pytest.approx(r.floor, rel=1e-4)


def test_it_always_shows_the_number_the_floor_and_the_fraction(calibration):
    r = calibration["shift"]
    text = repr(r)
    for part in (
        "1000 samples",
        f"{r.floor:.3f}",
        f"{r.frechet_distance:.3f}",
        f"{r.fraction:.3f}",
        "classes in %: 0: ",
    ):
        assert part in text
    frame = r.to_frame()
    assert frame.columns.tolist() == ["samples", "real digits", "real, noise 0.1"]
    assert frame.loc["Fréchet distance"].tolist() == [r.frechet_distance, r.floor, r.noisy.frechet_distance]
    assert frame.iloc[1].tolist() == [r.fraction, r.floor / r.noisy.frechet_distance, 1]
    assert frame.loc["smallest class", "samples"] == min(r.class_histogram)
    unlabelled = calibration["uniform noise"]
    assert unlabelled.label_agreement is None and np.isnan(unlabelled.to_frame().loc["label agreement", "samples"])
    assert "—" in repr(unlabelled)


def test_it_goes_into_json(calibration):
    for r in calibration.values():
        back = json.loads(json.dumps(r.to_dict()))
        assert (back["n"], back["fraction"], back["recall"]) == (r.n, r.fraction, r.recall)
        assert back["floor"] == r.floor and back["label_agreement"] == r.label_agreement
        assert sum(back["class_histogram"]) == pytest.approx(1, abs=1e-3)


def test_more_samples_than_held_out_digits_is_said(real):
    r = quality.report(np.concatenate([real.test, real.test[:100]]))
    assert (r.n, r.n_real) == (1100, 1000) and "1100 samples; the real digits are 1000" in repr(r)


def test_too_few_for_a_covariance():
    with pytest.raises(TooFewSamples, match=r"64 samples of 64 features.*65"):
        quality.report(np.zeros((64, 28, 28)))
    assert quality.report(np.zeros((65, 28, 28))).n == 65  # all black: no variance at all


def test_a_second_report_is_quick(calibration, real):
    began = process_time()
    quality.report(real.training[:1000], real.training_labels[:1000])
    assert process_time() - began < 5
