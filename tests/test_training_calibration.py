"""Numbers that mean what they say."""

import numpy as np
import pytest

from model.expectation import SWING
from model.heads import sigmoid
from training.calibration import covers, expected_calibration_error, fit_platt, fit_spread, fit_swing


@pytest.fixture
def draw():
    return np.random.default_rng(0)


def test_platt_finds_a_known_curve(draw):
    values = draw.normal(size=8000)
    outcome = draw.random(8000) < sigmoid(1.7 * values - 0.6)
    assert fit_platt(values, outcome) == pytest.approx((1.7, -0.6), abs=0.1)


def test_swing_holds_four_residuals_in_five(draw):
    promised = draw.normal(size=20_000)
    residual = promised + 0.2 + draw.uniform(-1, 1, 20_000)
    residual[::50] = np.nan
    assert fit_swing(promised, residual, (2.5, 0.5)) == pytest.approx(2.5 * 0.8, abs=0.05)
    assert fit_swing(promised, residual, (0.0, 0.5)) == pytest.approx(SWING, abs=1e-3)


def test_platt_obeys_weights(draw):
    values = draw.normal(size=4000)
    outcome = draw.random(4000) < sigmoid(values)
    doubled = np.concatenate([np.arange(4000), np.flatnonzero(outcome)])
    weighted = fit_platt(values, outcome, np.where(outcome, 2.0, 1.0))
    assert weighted == pytest.approx(fit_platt(values[doubled], outcome[doubled]), abs=1e-3)


def test_platt_never_turns_the_order_around(draw):
    values = draw.normal(size=2000)
    outcome = draw.random(2000) < sigmoid(-values)
    slope, intercept = fit_platt(values, outcome)
    assert slope == 0
    assert sigmoid(np.array(intercept)) == pytest.approx(outcome.mean())


@pytest.mark.parametrize(("outcome", "chance"), [([True] * 50, 0.98), ([False] * 50, 0.02), ([True, False], 0.5)])
def test_platt_without_evidence_is_the_rate(outcome, chance):
    slope, intercept = fit_platt(np.arange(len(outcome), dtype=float), np.array(outcome))
    assert slope == 0
    assert sigmoid(np.array(intercept)) == pytest.approx(chance)


def test_platt_of_nothing_is_even():
    assert fit_platt(np.zeros(0), np.zeros(0, bool)) == (0, 0)


@pytest.mark.parametrize("coverage", [0.5, 0.8])
def test_spread_covers_what_it_promises(draw, coverage):
    said = draw.uniform(0, 4, 6000)
    truth = said + draw.normal(size=6000) * (0.1 + 0.3 * said)  # the surer the smaller
    said, truth = 1 + said / 4, 1 + truth / 4  # far from the ends of the scale
    fitted, fresh = slice(0, 3000), slice(3000, None)
    centres, low, high = spread = fit_spread(said[fitted], truth[fitted], coverage)
    at = said[fresh]
    inside = covers(at, truth[fresh], spread)
    assert inside.mean() == pytest.approx(coverage, abs=0.03)
    assert inside[at < 1.25].mean() == pytest.approx(coverage, abs=0.08)
    assert high[-1] - low[-1] > 3 * (high[0] - low[0])


def test_spread_of_whole_grades_at_an_edge_is_no_wider_than_promised(draw):
    """Half of all grades are 0 and lie on the edge of the interval: plain quantiles would cover far more than 80 %."""
    said = draw.beta(0.6, 1, 6000) * 4
    truth = np.clip(np.round(said + draw.normal(size=6000) * 0.7 - 0.4), 0, 4)
    said, fitted, fresh = np.clip(said, 0, 4), slice(0, 3000), slice(3000, None)
    assert covers(said[fresh], truth[fresh], fit_spread(said[fitted], truth[fitted])).mean() == pytest.approx(
        0.8, abs=0.03
    )


def test_spread_needs_few_rows():
    centres, low, high = fit_spread(np.array([1.0, 2.0]), np.array([1.5, 2.5]))
    assert centres.tolist() == [1.5]
    assert low.tolist() == high.tolist() == [0.5]


def test_spread_of_equal_predictions():
    centres, low, high = fit_spread(np.full(200, 2.0), np.linspace(1, 3, 200))
    assert (np.diff(centres) >= 0).all()
    assert low[0] < 0 < high[0]


def test_calibration_error_of_the_truth_is_near_zero(draw):
    chance = draw.random(40_000)
    assert expected_calibration_error(chance, draw.random(40_000) < chance) < 0.01


def test_calibration_error_is_the_distance():
    outcome = np.array([True, False] * 100)
    assert expected_calibration_error(np.full(200, 0.5), outcome, bins=1) == pytest.approx(0)
    assert expected_calibration_error(np.full(200, 0.8), outcome, bins=1) == pytest.approx(0.3)
    assert expected_calibration_error(outcome.astype(float), outcome) == 0
    assert expected_calibration_error(1 - outcome.astype(float), outcome) == 1


def test_calibration_error_of_nothing_is_zero():
    assert expected_calibration_error(np.zeros(0), np.zeros(0, bool)) == 0
