"""pass@k against its definition: the share of all sets of k responses that hold a right one."""

from itertools import combinations
from math import comb, prod

import pytest

from harness.stats.pass_at_k import mean_pass_at_k, pass_at_k


@pytest.mark.parametrize("n", range(1, 8))
def test_it_is_the_share_of_sets_of_k_that_hold_a_right_one(n: int) -> None:
    for c in range(n + 1):
        for k in range(1, n + 1):
            sets = list(combinations(range(n), k))
            assert pass_at_k(n, c, k) == pytest.approx(sum(any(i < c for i in chosen) for chosen in sets) / len(sets))


def test_it_equals_the_product_form_of_the_authors_code_for_many_samples() -> None:
    for n, c, k in ((200, 13, 100), (200, 1, 100), (1000, 7, 200), (100, 99, 1)):
        product = 1.0 if n - c < k else 1.0 - prod(1.0 - k / i for i in range(n - c + 1, n + 1))
        assert pass_at_k(n, c, k) == pytest.approx(product, rel=1e-9)


def test_the_ends_are_exact() -> None:
    assert [pass_at_k(10, 10, k) for k in range(1, 11)] == [1.0] * 10
    assert [pass_at_k(10, 0, k) for k in range(1, 11)] == [0.0] * 10
    assert pass_at_k(10, 1, 10) == 1.0
    assert pass_at_k(2000, 1, 1) == 1 / 2000
    assert comb(2000, 1000) > 1e300  # Would not fit into a float.
    assert pass_at_k(2000, 1, 1000) == 0.5


@pytest.mark.parametrize(
    ("arguments", "name"), [((0, 0, 1), "n=0"), ((3, 4, 1), "c=4"), ((3, -1, 1), "c=-1"), ((3, 1, 4), "k=4"), ((3, 1, 0), "k=0")]
)
def test_what_makes_no_sense_is_refused_by_name(arguments: tuple[int, int, int], name: str) -> None:
    with pytest.raises(ValueError, match=name):
        pass_at_k(*arguments)


def test_the_mean_has_the_usual_k_and_the_largest_that_every_item_allows() -> None:
    assert list(mean_pass_at_k([(7, 1), (12, 0)])) == [1, 2, 5, 7]
    assert mean_pass_at_k([(7, 1), (12, 0)])[5] == pytest.approx(5 / 14)
    assert mean_pass_at_k([]) == {}
