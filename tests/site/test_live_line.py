"""The live figure of chapter 02 in a real browser: its numbers against NumPy, with mouse and with keyboard."""

import re

import numpy as np
import pytest

PAGE = "chapters/02_regression_as_a_network.html"


def readings(page):
    code = page.locator(".nn-live pre").text_content()
    x, y = (np.array(eval(f"[{part}]")) for part in re.findall(r"torch\.tensor\(\[([^]]+)\]\)", code))
    w, b = (float(v) for v in re.findall(r"torch\.tensor\(([-\d.]+),", code))
    return x, y, w, b


@pytest.fixture
def page(visit):
    return visit("index")


@pytest.fixture
def live(page, server):
    """The chapter's page, scrolled to the figure."""
    page.goto(f"{server}/{PAGE}")
    figure = page.locator(".nn-live")
    figure.scroll_into_view_if_needed()
    figure.locator("summary").click()
    return page


def test_one_step_is_the_formulas_step_and_lowers_the_loss_shown(live):
    x, y, w, b = readings(live)
    live.get_by_role("button", name="One gradient step").click()
    residual = w * x + b - y
    expected = w - 0.025 * 2 * (residual * x).mean(), b - 0.025 * 2 * residual.mean()
    *_, w1, b1 = readings(live)
    assert (w1, b1) == pytest.approx(expected, abs=1e-3)
    shown = float(live.locator(".nn-loss output").text_content())
    assert shown == pytest.approx(((w1 * x + b1 - y) ** 2).mean(), abs=0.5)
    assert live.url.endswith(f"#line={w1:.3f},{b1:.3f}")


def test_the_keyboard_moves_the_line_its_point_and_the_loss(live):
    point = live.locator(".nn-valley .point")
    before = point.get_attribute("cx"), live.locator(".nn-loss output").text_content()
    live.get_by_label("weight w").focus()
    live.keyboard.press("ArrowRight")
    assert readings(live)[2] == pytest.approx(6.1)
    assert point.get_attribute("cx") != before[0] and live.locator(".nn-loss output").text_content() != before[1]


def test_moving_the_bias_leaves_the_weight_where_the_steps_brought_it(live):
    live.get_by_role("button", name="One gradient step").click()
    *_, w, b = readings(live)
    live.get_by_label("bias b").focus()
    live.keyboard.press("ArrowRight")
    *_, w1, b1 = readings(live)
    assert round(w, 1) != w, "otherwise this shows nothing: the slider moves in tenths"
    assert w1 == w and b1 != b


def test_too_large_a_rate_leaves_the_valley_and_start_again_comes_back(live):
    first = readings(live)[2:]
    live.locator(".nn-live select").select_option("0.031")
    for _ in range(8):
        live.get_by_role("button", name="Twenty").click()
    assert live.locator(".nn-loss output").text_content().startswith("it has left the valley")
    live.get_by_role("button", name="Start again").click()
    assert readings(live)[2:] == first


def test_a_state_in_the_address_is_taken_up(page, server):
    page.goto(f"{server}/{PAGE}#line=10.000,3.000")
    page.locator(".nn-live summary").click()
    assert readings(page)[2:] == (10.0, 3.0)


def test_the_innermost_contour_lies_round_the_least_squares_line(live):
    x, y, *_ = readings(live)
    slope, intercept = np.polyfit(x, y, 1)
    d = live.locator(".nn-valley .contour").first.get_attribute("d")
    points = np.array(re.findall(r"[ML]([-\d.]+) ([-\d.]+)", d), float)
    w = 4 + (points[:, 0] - 42) / (320 - 42 - 8) * 12
    b = -30 + (240 - 36 - points[:, 1]) / (240 - 8 - 36) * 65
    excess = ((w[:, None] * x + b[:, None] - y) ** 2).mean(1) - ((slope * x + intercept - y) ** 2).mean()
    assert np.allclose(excess, 5, rtol=0.15)
