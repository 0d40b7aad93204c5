"""Weights that a dp_hash group can hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.features.balance import fit

WEIGHTS = st.lists(st.integers(1, 65535), min_size=1, max_size=255)


@pytest.mark.parametrize(
    ("weights", "fitting"),
    [
        ([100, 100, 100], [100, 100, 100]),
        ([1], [1]),
        ([255, 1], [255, 1]),
        ([256, 1], [256, 2]),
        ([1000, 500, 1], [1000, 500, 6]),
        ([65535, 1], [65535, 259]),
        ([100] * 300, [100] * 300),
        ([100] * 255 + [1], [100] * 255 + [1]),
    ],
)
def test_small_weights_are_raised_only_as_far_as_needed(weights: list[int], fitting: list[int]) -> None:
    assert fit(weights) == fitting


@given(WEIGHTS)
def test_open_vswitch_can_deal_them(weights: list[int]) -> None:
    fitting = fit(weights)
    assert -(-sum(fitting) // min(fitting)) <= 256
    assert max(fitting) <= 65535


@given(WEIGHTS)
def test_the_order_of_weights_stays(weights: list[int]) -> None:
    pairs = sorted(zip(weights, fit(weights), strict=True))
    assert [fitted for _, fitted in pairs] == sorted(fitted for _, fitted in pairs)
    assert max(fit(weights)) == max(weights)
