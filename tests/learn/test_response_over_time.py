"""Response and survival: no immortal time in what is offered, and its size in what is refused."""

import numpy as np
import pytest

from glisson.errors import BadInput, OutOfScope
from glisson.learn.cohort.cox import cox
from glisson.learn.cohort.response_over_time import changing_exposure, landmark, naive_groups
from glisson.learn.cohort.table import SurvivalData, survival_data


def _no_effect(seed: int = 1, number: int = 4000) -> tuple[SurvivalData, np.ndarray]:
    """Response at a scan, chosen by nothing, has no effect on survival; who dies before the scan cannot respond."""
    random = np.random.default_rng(seed)
    time, censored = random.exponential(12, number), random.uniform(6, 48, number)
    scan = np.where(random.random(number) < 0.6, random.uniform(1, 7, number), np.nan)
    end = np.minimum(time, censored)
    return survival_data(end, time <= censored), np.where(scan < end, scan, np.nan)


def test_naive_is_biased_and_the_others_are_not_against_a_true_ratio_of_one() -> None:
    data, since = _no_effect()
    ever, finding = naive_groups(data, since, labelled_biased=True)
    naive = cox(data, ever[:, None].astype(float), ["ever"])
    split = changing_exposure(data, since)
    changing = cox(split.data, split.exposed[:, None], ["responded"])
    at = landmark(data, since, at=4.0)
    fixed = cox(at.data, at.exposed[:, None].astype(float), ["by 4"])
    assert np.exp(naive.coefficient[0]) < 0.75 and finding.text.startswith("BIASED")
    for fit in (changing, fixed):
        assert abs(fit.coefficient[0]) < 2.6 * np.sqrt(fit.variance[0, 0])
        assert 0.9 < np.exp(fit.coefficient[0]) < 1.12


def test_the_naive_comparison_is_refused() -> None:
    data, since = _no_effect(number=10)
    with pytest.raises(OutOfScope, match=r"immortal.*landmark"):
        naive_groups(data, since)


def test_splitting_without_an_effect_changes_no_other_coefficient() -> None:
    data, since = _no_effect(number=300)
    x = np.random.default_rng(2).normal(size=300)
    split = changing_exposure(data, since)
    whole, parts = cox(data, x[:, None], ["x"], robust=True), cox(split.data, x[split.row][:, None], ["x"])
    np.testing.assert_allclose(parts.coefficient, whole.coefficient, rtol=1e-9)
    np.testing.assert_allclose(parts.variance, whole.variance, rtol=1e-9)  # clustered by patient: the split adds nothing


def test_follow_up_is_split_whole() -> None:
    data = survival_data([5, 7, 4, 6, 3], [1, 0, 2, 1, 1], entry=[0, 1, 0, 2, 0], weight=[1, 2, 1, 1, 1])
    split = changing_exposure(data, [2, np.nan, 4, 1, np.inf])
    assert split.row.tolist() == [0, 0, 1, 2, 3, 4] and split.exposed.tolist() == [0, 1, 0, 0, 1, 0]
    assert split.data.entry is not None and data.entry is not None
    assert (split.data.time - split.data.entry).sum() == (data.time - data.entry).sum()
    assert split.data.event.sum() == data.event.sum() and split.data.weight is not None


def test_a_landmark_counts_everybody() -> None:
    data = survival_data([2, 3, 5, 8, 9], [1, 0, 1, 0, 1], entry=[0, 0, 0, 4, 0])
    found = landmark(data, [1, np.nan, 2, 5, 4], at=3)
    assert (found.ended_before, found.censored_before, found.not_yet, len(found.data)) == (1, 1, 1, 2)
    assert found.exposed.tolist() == [True, False] and found.kept.tolist() == [2, 4] and found.data.time.tolist() == [2, 6]
    alone = landmark(data, [np.nan] * 5, at=3)
    assert alone.findings[0].code == "one-group-at-landmark"


def test_responses_that_cannot_be_are_refused() -> None:
    data = survival_data([2, 3], [1, 0])
    with pytest.raises(BadInput, match="before the origin"):
        landmark(data, [-1, 2], at=1)
    with pytest.raises(BadInput):
        changing_exposure(data, [1])
    with pytest.raises(BadInput, match="landmark"):
        landmark(data, [1, 2], at=0)


def test_an_event_on_the_day_of_origin_is_at_risk() -> None:
    """Split at responses or not, the model of another covariate is the same, death on day 0 included."""
    data = survival_data([0, 3, 5, 6, 8, 9], [1, 1, 0, 1, 1, 0])
    x = np.array([1.0, 0.0, 1.0, 1.0, 0.0, 0.0])
    split = changing_exposure(data, [np.nan, 1, 2, np.nan, 4, np.nan])
    whole = cox(data, x[:, None], ["x"])
    parts = cox(split.data, x[split.row][:, None], ["x"], robust=False)
    assert parts.coefficient[0] == pytest.approx(whole.coefficient[0], abs=1e-10)
    assert parts.log_likelihood == pytest.approx(whole.log_likelihood, abs=1e-10)
