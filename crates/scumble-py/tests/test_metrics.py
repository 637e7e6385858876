"""Single scores: laws first, then closed forms, then scikit-learn on hard labels."""

import math
import warnings

import numpy as np
import pytest

import scumble
from scumble import metrics

BY_PREDICTION = [
    metrics.cross_entropy,
    metrics.excess,
    metrics.brier_score,
    metrics.calibration_error,
    metrics.soft_dice,
    metrics.soft_jaccard,
    metrics.average_precision,
    metrics.roc_auc,
]


def arrays(seed=0, shape=(6, 7), ties=False):
    rng = np.random.default_rng(seed)
    p, q = rng.uniform(0.02, 0.98, (2, *shape))
    return (p, q.round(1)) if ties else (p, q)


def exclusive(seed=0, shape=(50, 4)):
    """Classes on the last axis."""
    rng = np.random.default_rng(seed)
    p, q = rng.gamma(0.8, size=(2, *shape)) + 0.01
    return p / p.sum(-1, keepdims=True), q / q.sum(-1, keepdims=True)


@pytest.mark.parametrize("metric", BY_PREDICTION)
def test_masking_is_leaving_out_and_weights_are_so_many_pixels(metric):
    p, q = arrays(1, ties=True)
    mask = np.random.default_rng(2).random(p.shape) < 0.5
    alone = metric(p[mask], q[mask])
    holes = np.where(mask, q, np.nan)
    assert metric(p, holes, mask=mask) == alone == metric(np.where(mask, p, 7.0), holes, mask=mask)
    assert metric(p, q, sample_weight=mask.astype(float)) == pytest.approx(alone, rel=1e-12)
    times = np.random.default_rng(3).integers(0, 4, p.shape)
    repeated = metric(p.ravel().repeat(times.ravel()), q.ravel().repeat(times.ravel()))
    assert metric(p, q, sample_weight=times) == pytest.approx(repeated, rel=1e-12)


@pytest.mark.parametrize("metric", BY_PREDICTION)
def test_the_axis_of_the_classes_may_be_any(metric):
    p, q = exclusive(4, (8, 9, 3))
    last = metric(p, q, class_axis=-1)
    assert metric(np.moveaxis(p, -1, 0), np.moveaxis(q, -1, 0), class_axis=0) == last
    weight = np.ones((8, 9))
    weight[3] = 0
    kept = np.arange(8) != 3
    weighed = metric(p, q, class_axis=2, sample_weight=weight)
    assert weighed == pytest.approx(metric(p[kept], q[kept], class_axis=2), rel=1e-12)


def test_a_cross_entropy_is_entropy_and_excess():
    p, q = arrays()
    assert metrics.cross_entropy(p, q) == pytest.approx(metrics.entropy(p) + metrics.excess(p, q), rel=1e-15)
    assert metrics.excess(p, p) == pytest.approx(0, abs=1e-15) and metrics.excess(p, q) > 0
    assert metrics.soft_dice(p, p) == metrics.soft_jaccard(p, p) == 1


def test_the_proper_scores_are_those_of_their_formulas():
    p, q = arrays(5)
    entropy = -(p * np.log(p) + (1 - p) * np.log1p(-p))
    cross = -(p * np.log(q) + (1 - p) * np.log1p(-q))
    assert metrics.cross_entropy(p, q) == pytest.approx(cross.mean(), rel=1e-13)
    assert metrics.entropy(p) == pytest.approx(entropy.mean(), rel=1e-13)
    assert metrics.excess(p, q) == pytest.approx((cross - entropy).mean(), rel=1e-12)
    assert metrics.brier_score(p, q) == pytest.approx(((p - q) ** 2).mean(), rel=1e-13)
    p, q = exclusive(6)
    assert metrics.cross_entropy(p, q, class_axis=1) == pytest.approx(-(p * np.log(q)).sum(1).mean(), rel=1e-13)
    assert metrics.entropy(p, class_axis=1) == pytest.approx(-(p * np.log(p)).sum(1).mean(), rel=1e-13)
    assert metrics.brier_score(p, q, class_axis=1) == pytest.approx(((p - q) ** 2).sum(1).mean(), rel=1e-13)


def test_a_cross_entropy_is_the_loss_of_the_logits():
    p, q = arrays(7, (2, 3, 10))
    assert metrics.cross_entropy(p, q) == pytest.approx(scumble.loss(np.log(q / (1 - q)), p).value, rel=1e-12)
    p, q = (np.moveaxis(x, -1, 1) for x in exclusive(8, (2, 10, 3)))
    assert metrics.cross_entropy(p, q, class_axis=1) == pytest.approx(scumble.loss(np.log(q), p, "softmax").value, rel=1e-12)


def test_overlaps_and_calibration_are_those_of_their_formulas():
    p, q = arrays(9)
    low, high = np.minimum(p, q).sum(), np.maximum(p, q).sum()
    assert metrics.soft_dice(p, q) == pytest.approx(2 * low / (p + q).sum(), rel=1e-13)
    assert metrics.soft_jaccard(p, q) == pytest.approx(low / high, rel=1e-13)
    bins = (q * 5).astype(int)
    means = [(p[bins == at].mean(), q[bins == at].mean(), (bins == at).mean()) for at in range(5)]
    error = sum(share * abs(there - predicted) for there, predicted, share in means)
    assert metrics.calibration_error(p, q, bins=5) == pytest.approx(error, rel=1e-12)
    observed, predicted = metrics.reliability_curve(p, q, bins=5)
    np.testing.assert_allclose(observed, [there for there, *_ in means], rtol=1e-13)
    np.testing.assert_allclose(predicted, [predicted for _, predicted, _ in means], rtol=1e-13)
    p, q = exclusive(10)
    classes = [metrics.soft_dice(p[:, k], q[:, k]) for k in range(4)]
    assert metrics.soft_dice(p, q, class_axis=1) == pytest.approx(np.mean(classes), rel=1e-13)


def test_curves_of_soft_labels_are_those_of_their_shares():
    # A label of 2/5 is two positives and three negatives.
    rng = np.random.default_rng(11)
    yes, q = rng.integers(0, 6, 40), rng.random(40).round(1)
    hard, repeated = (np.arange(5) < yes[:, None]).ravel(), q.repeat(5)
    for metric in (metrics.average_precision, metrics.roc_auc):
        assert metric(yes / 5, q) == pytest.approx(metric(hard, repeated), rel=1e-12)


def test_the_judge_says_the_same():
    p, q = (x.astype(np.float32) for x in arrays(12, (20, 30)))
    judge = scumble.Judge("binary", bins=7)
    judge.update(q, p)
    scores = judge.compute()
    assert metrics.cross_entropy(p, q) == pytest.approx(scores.cross_entropy.value, rel=1e-12)
    assert metrics.entropy(p) == pytest.approx(scores.cross_entropy.floor, rel=1e-12)
    assert metrics.brier_score(p, q) == pytest.approx(scores.brier, rel=1e-12)
    assert metrics.calibration_error(p, q, bins=7) == pytest.approx(scores.calibration_error, rel=1e-12)
    assert metrics.soft_dice(p, q) == pytest.approx(scores.dice, rel=1e-12)
    assert metrics.soft_jaccard(p, q) == pytest.approx(scores.iou, rel=1e-12)
    assert metrics.roc_auc(p, q) == pytest.approx(scores.roc_auc, abs=1e-4)
    assert metrics.average_precision(p, q) == pytest.approx(scores.average_precision, abs=1e-4)


def test_votes_of_the_judge_are_those_of_arrays():
    rng = np.random.default_rng(13)
    masks, q = rng.random((5, 12, 12)) < rng.random((12, 12)), rng.random((12, 12))
    judge = scumble.Judge("binary")
    judge.update(q, raters=masks)
    ours, found = judge.compute().truth, metrics.truth(masks.sum(0), 5, q)
    assert found.pixels == ours.pixels == 144
    for name in ("distance", "mean_squared", "raters_mean_distance", "variance", "worth_in_raters"):
        assert getattr(found, name) == pytest.approx(getattr(ours, name), rel=1e-12)
    assert found.expected_floor == metrics.expected_floor(masks.sum(0), 5)
    assert found.expected_floor.estimate == pytest.approx(ours.expected_floor.estimate, rel=1e-12)
    assert metrics.distance_to_truth(masks.sum(0), 5, q) == found.distance


def test_votes_over_exclusive_classes():
    rng = np.random.default_rng(14)
    marks, (_, q) = rng.integers(0, 3, (4, 9, 9)), exclusive(15, (9, 9, 3))
    yes = (marks[..., None] == np.arange(3)).sum(0)
    judge = scumble.Judge("multiclass", 3)
    judge.update(np.moveaxis(q, -1, 0), raters=list(marks))
    ours, found = judge.compute().truth, metrics.truth(yes, np.full((9, 9), 4), q, class_axis=-1)
    assert found.distance == pytest.approx(ours.distance, rel=1e-12) and found.pixels == 81
    assert found.expected_floor.low == pytest.approx(ours.expected_floor.low, rel=1e-9)


def test_the_distance_to_the_truth_finds_the_truth():
    # The estimate has no bias: over many draws it is the distance to the probability that the raters were drawn from.
    rng = np.random.default_rng(16)
    c, q = rng.random(200_000), rng.random(200_000)
    yes = rng.binomial(3, c)
    assert metrics.distance_to_truth(yes, 3, q) == pytest.approx(np.sqrt(((q - c) ** 2).mean()), rel=5e-3)
    assert metrics.distance_to_truth(yes, 3, c) < 0.05
    floor, true = metrics.expected_floor(yes, 3), metrics.entropy(c)
    assert floor.low - 2e-3 < true < floor.high + 2e-3
    assert metrics.entropy(yes / 3) < 0.75 * true


def test_what_nobody_can_say_is_nan_or_none():
    nothing = np.zeros(0)
    for metric in BY_PREDICTION:
        assert math.isnan(metric(nothing, nothing))
    zeros = np.zeros(3)
    assert math.isnan(metrics.soft_dice(zeros, zeros)) and math.isnan(metrics.average_precision(zeros, zeros))
    assert metrics.expected_floor([0, 1], 1) is None and math.isnan(metrics.distance_to_truth([0, 1], 1, [0.5, 0.5]))
    observed, predicted = metrics.reliability_curve(nothing, nothing)
    assert observed.size == predicted.size == 0


def test_zero_is_read_to_half_a_step():
    assert metrics.cross_entropy([1.0], [0.0]) == pytest.approx(54 * math.log(2), rel=1e-12)
    assert metrics.cross_entropy([1.0], np.zeros(1, np.float32)) == pytest.approx(25 * math.log(2), rel=1e-7)
    assert metrics.cross_entropy([0.0, 1.0], [0.0, 1.0]) == 0


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: metrics.brier_score([[0.5, 1.5]], [[0.5, 0.5]]), r"label \[0, 1\] is 1.5, no probability"),
        (lambda: metrics.brier_score([0.5], [np.nan]), r"prediction \[0\] is NaN, no probability"),
        (lambda: metrics.brier_score([0.5], [0.5, 0.5]), r"the predictions have shape \[2\], the labels \[1\]"),
        (lambda: metrics.brier_score([0.5, 0.5], [0.5, 0.5], sample_weight=[1, -1]), r"weight \[1\] is -1; weights are"),
        (lambda: metrics.brier_score([0.5, 0.5], [0.5, 0.5], mask=[True]), r"the mask has shape \[1\], expected \[2\]"),
        (lambda: metrics.brier_score([0, 2], [0.5, 0.5]), "labels have 2 among them; as integers they are 0 and 1"),
        (lambda: metrics.brier_score([3], [[0.5, 0.5]], class_axis=1), r"class index 3 at \[0\], but there are 2 classes"),
        (lambda: metrics.brier_score([1], [[0.5, 0.3]], class_axis=1), r"the 2 predictions from \[0, 0\] on sum to 0.8, not 1"),
        (lambda: metrics.brier_score([0.5], [0.5], class_axis=1), "the class axis is 1, but the predictions have 1 axes"),
        (lambda: metrics.calibration_error([0.5], [0.5], bins=0), "bins = 0: 1 to 65536"),
        (lambda: metrics.expected_floor([[3, 0]], [[2, 2]]), r"votes \[0, 0\] are 3 of 2 raters"),
        (lambda: metrics.expected_floor([-1], 2), r"votes \[0\] are -1 of 2; 0 to 65534"),
        (lambda: metrics.expected_floor([[1, 0]], [2], class_axis=1), r"the votes from \[0, 0\] on are 1 together, of 2 raters"),
        (lambda: metrics.expected_floor([1, 1], [2, 2, 2]), r"the totals have shape \[3\], expected \[2\]"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_types_are_checked():
    with pytest.raises(TypeError, match="predictions are numbers"):
        metrics.brier_score([0.5], ["a"])
    with pytest.raises(TypeError, match="counted votes are integers"):
        metrics.expected_floor([0.5], 2)


def test_on_hard_labels_it_is_scikit_learn():
    sk = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    curve = pytest.importorskip("sklearn.calibration").calibration_curve
    rng = np.random.default_rng(17)
    q = rng.random(400).round(2).clip(0.01, 0.99)
    t, w = (rng.random(400) < q).astype(int), rng.random(400)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pairs = [
            (metrics.cross_entropy(t, q, sample_weight=w), sk.log_loss(t, q, sample_weight=w)),
            (metrics.brier_score(t, q, sample_weight=w), sk.brier_score_loss(t, q, sample_weight=w)),
            (metrics.average_precision(t, q, sample_weight=w), sk.average_precision_score(t, q, sample_weight=w)),
            (metrics.roc_auc(t, q, sample_weight=w), sk.roc_auc_score(t, q, sample_weight=w)),
            (metrics.soft_dice(t, q > 0.5), sk.f1_score(t, q > 0.5)),
            (metrics.soft_jaccard(t, q > 0.5), sk.jaccard_score(t, q > 0.5)),
        ]
    for ours, theirs in pairs:
        assert ours == pytest.approx(theirs, rel=1e-12)
    found, expected = metrics.reliability_curve(t, q, bins=10, binning="sklearn"), curve(t, q, n_bins=10)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    _, q = exclusive(18, (300, 4))
    t = np.array([rng.choice(4, p=pixel) for pixel in q])
    assert metrics.cross_entropy(t, q, class_axis=1) == pytest.approx(sk.log_loss(t, q), rel=1e-12)
    assert metrics.roc_auc(t, q, class_axis=1) == pytest.approx(sk.roc_auc_score(t, q, multi_class="ovr"), rel=1e-12)
