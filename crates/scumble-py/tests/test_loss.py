"""The losses on arrays: what must hold whatever the numbers."""

import numpy as np
import pytest

import scumble
from examples import CLASSES, JOINT, differences, labels, logits

SIGMOID_AND_MORE = ["sigmoid", "focal", "brier", "dice", "jaccard", "tversky"]


def test_a_hard_label_has_the_log_loss_and_no_floor():
    x = logits(2, 3, 5)
    t = (x + logits(2, 3, 5, seed=1) > 0).astype(float)
    loss = scumble.loss(x, t)
    s = 1 / (1 + np.exp(-x))
    assert loss.value == pytest.approx(-np.log(np.where(t == 1, s, 1 - s)).mean(), rel=1e-14)
    assert loss.floor == 0 and loss.excess == loss.value


def test_a_cross_entropy_is_the_entropy_of_the_labels_and_what_is_above_it():
    t = labels(2, 3, 5)
    entropy = -(t * np.log(t) + (1 - t) * np.log(1 - t)).mean()
    loss = scumble.loss(logits(2, 3, 5), t)
    assert loss.floor == pytest.approx(entropy, rel=1e-14)
    assert loss.excess == loss.value - loss.floor > 0
    assert scumble.loss(np.log(t / (1 - t)), t).excess == pytest.approx(0, abs=1e-15)


def test_a_softmax_is_that_of_its_formula():
    x, t = logits(2, 4, 5), labels(2, 4, 5, exclusive=True)
    log = x - np.log(np.exp(x).sum(1, keepdims=True))
    assert scumble.loss(x, t, "softmax").value == pytest.approx(-(t * log).sum(1).mean(), rel=1e-14)


@pytest.mark.parametrize(("kind", "options"), CLASSES)
def test_the_gradient_of_classes_is_the_derivative(kind, options):
    exclusive = kind == "softmax" or options.get("classes") == "exclusive"
    x, t = logits(2, 3, 4), labels(2, 3, 4, exclusive=exclusive)

    def value(x):
        return scumble.loss(x, t, kind, **options).value

    gradient = scumble.loss(x, t, kind, gradient=True, **options).gradient
    np.testing.assert_allclose(gradient, differences(value, x), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(("kind", "parameters", "options"), JOINT)
def test_the_gradient_of_a_joint_family_is_the_derivative(kind, parameters, options):
    x, t = logits(2, parameters, 4), labels(2, 8, 4, exclusive=True)

    def value(x):
        return scumble.loss(x, t, kind, labels=3, **options).value

    gradient = scumble.loss(x, t, kind, labels=3, gradient=True, **options).gradient
    np.testing.assert_allclose(gradient, differences(value, x), rtol=1e-6, atol=1e-9)


def test_the_gradient_of_counts_is_the_derivative():
    x = logits(2, 2, 3)
    total = np.full((2, 1, 3), 5)
    yes = np.arange(6).reshape(2, 1, 3) % 6

    def value(x):
        return scumble.beta_binomial_loss(x, yes, total).value

    gradient = scumble.beta_binomial_loss(x, yes, total, gradient=True).gradient
    np.testing.assert_allclose(gradient, differences(value, x), rtol=1e-6, atol=1e-9)


def test_raters_who_do_not_go_together_are_a_binomial():
    x = logits(1, 1, 6)
    yes, total = np.array([[[0, 1, 2, 3, 4, 5]]]), np.full((1, 1, 6), 5)
    apart = np.concatenate([x, np.full_like(x, -1e4)], 1)
    loss = scumble.beta_binomial_loss(apart, yes, total, denominator="weights")
    assert loss.value == pytest.approx(scumble.loss(x, yes / 5).value, rel=1e-12)


@pytest.mark.parametrize("kind", ["sigmoid", "focal", "brier"])
def test_masking_is_leaving_out(kind):
    x, t, mask = logits(1, 1, 8), labels(1, 1, 8), np.array([[True, False] * 4])
    alone = scumble.loss(x[:, :, ::2], t[:, :, ::2], kind, gradient=True)
    x[:, :, 1::2], t[:, :, 1::2] = np.nan, np.nan
    masked = scumble.loss(x, t, kind, mask=mask, gradient=True)
    assert masked.value == pytest.approx(alone.value, rel=1e-14) and masked.valid == 4
    np.testing.assert_allclose(masked.gradient[:, :, ::2], alone.gradient, rtol=1e-14)
    assert not masked.gradient[:, :, 1::2].any()
    ignored = scumble.loss(x, np.nan_to_num(t, nan=-1), kind, ignore_value=-1)
    assert (ignored.value, ignored.valid) == (masked.value, masked.valid)


def test_a_weight_is_so_many_pixels():
    x, t = logits(1, 1, 3), labels(1, 1, 3)
    times = [1, 3, 0]
    weighted = scumble.loss(x, t, weight=np.array([times]), denominator="none")
    assert weighted.value == pytest.approx(scumble.loss(x.repeat(times, 2), t.repeat(times, 2), denominator="none").value)


def test_denominators_divide_one_sum():
    x, t, mask = logits(2, 3, 4), labels(2, 3, 4), np.arange(8).reshape(2, 4) > 2
    weight = np.full((2, 4), 0.5)
    losses = {
        name: scumble.loss(x, t, mask=mask, weight=weight, denominator=name)
        for name in ("valid", "all", "batch", "weights", "none")
    }
    assert {name: loss.divisor for name, loss in losses.items()} == {
        "valid": 15,
        "all": 24,
        "batch": 2,
        "weights": 7.5,
        "none": 1,
    }
    for loss in losses.values():
        assert loss.value * loss.divisor == pytest.approx(losses["none"].value, rel=1e-14)


@pytest.mark.parametrize("kind", SIGMOID_AND_MORE)
@pytest.mark.parametrize("classes", ["independent", "exclusive"])
def test_the_axis_of_the_classes_may_be_any(kind, classes):
    options = {"classes": classes}
    if kind == "sigmoid":
        kind, options = ("softmax" if classes == "exclusive" else "sigmoid"), {}
    x, t = logits(2, 3, 4, 5), labels(2, 3, 4, 5, exclusive=classes == "exclusive")
    plain = scumble.loss(x, t, kind, gradient=True, **options)
    turned = scumble.loss(
        np.moveaxis(x, 1, -1), np.moveaxis(t, 1, -1).copy(), kind, class_axis=-1, gradient=True, **options
    )
    assert turned.value == pytest.approx(plain.value, rel=1e-13)
    np.testing.assert_allclose(np.moveaxis(turned.gradient, -1, 1), plain.gradient, rtol=1e-11, atol=1e-15)


def test_an_array_is_read_however_it_lies():
    x, t = logits(2, 3, 4).astype("f4"), labels(2, 3, 4).astype("f4")
    expected = scumble.loss(x, t, gradient=True)
    packed = np.zeros(x.shape, dtype=[("byte", "u1"), ("x", "f4")])
    packed["x"] = x
    backwards = x[::-1, :, ::-1].copy()[::-1, :, ::-1]
    frozen = x.copy()
    frozen.flags.writeable = False
    for same in (np.asfortranarray(x), backwards, packed["x"], x.astype(">f4"), frozen, x.tolist()):
        loss = scumble.loss(same, t, gradient=True)
        assert loss.value == pytest.approx(expected.value, rel=1e-6)
        np.testing.assert_allclose(loss.gradient, expected.gradient, rtol=1e-5)
    broad = scumble.loss(np.broadcast_to(x[:1], x.shape), t)
    assert broad.value == scumble.loss(np.repeat(x[:1], 2, 0), t).value


def test_inputs_are_not_written_to():
    x, t = logits(2, 3, 4), labels(2, 3, 4)
    before = x.copy(), t.copy()
    scumble.loss(x, t, label_smoothing=0.1, positive_weight=2.0, balance="batch", gradient=True)
    np.testing.assert_array_equal((x, t), before)


@pytest.mark.parametrize("rank", range(6))
def test_any_rank_will_do(rank):
    shape = (2, 3, 1, 2, 2)[:rank]
    x, t = logits(*shape), labels(*shape)
    loss = scumble.loss(x, t, gradient=True, map=True)
    assert loss.value == pytest.approx(scumble.loss(x.reshape(1, 1, -1), t.reshape(1, 1, -1)).value, rel=1e-14)
    assert loss.gradient.shape == loss.map.shape == shape
    assert loss.map.sum() / loss.divisor == pytest.approx(loss.value, rel=1e-14)


@pytest.mark.parametrize("kind", ["sigmoid", "softmax", "brier"])
@pytest.mark.parametrize(("steps", "full"), [(np.uint8, 255), (np.uint16, 65535)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_steps_are_the_probabilities_that_they_stand_for(kind, steps, full, dtype):
    x = logits(2, 3, 50).astype(dtype)
    t = (labels(2, 3, 50, exclusive=True) * full).round().astype(steps)
    exact = scumble.loss(x, t, kind, gradient=True)
    # Rounded to steps, exclusive classes need not sum to 1 as floats should.
    copied = scumble.loss(x, t.astype(dtype) / dtype(full), kind, gradient=True, unchecked=True)
    assert (exact.value, exact.floor) == (copied.value, copied.floor)
    np.testing.assert_array_equal(exact.gradient, copied.gradient)


def test_zeros_and_ones_are_labels_and_never_steps():
    x, t = logits(2, 3, 4), labels(2, 3, 4) > 0.5
    expected = scumble.loss(x, t.astype(float))
    for same in (t, t.astype(np.int64), t.astype(np.int8)):
        assert scumble.loss(x, same) == expected
    for steps in (np.uint8, np.uint16):
        with pytest.raises(ValueError, match=r"none is above 1; if 1 means yes, give targets.astype\(bool\)"):
            scumble.loss(x, t.astype(steps))
        assert scumble.loss(x, np.zeros(x.shape, steps)).floor == 0
    with pytest.raises(ValueError, match="a target is 2; integers in the logits' shape are 0 or 1"):
        scumble.loss(x, t * 2)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.int64, np.uint64])
@pytest.mark.parametrize("kind", ["softmax", "brier", "dice"])
def test_indices_are_hard_labels(kind, dtype):
    x = logits(2, 3, 4)
    indices = x.argmax(1)
    t = np.moveaxis(np.eye(3)[indices], -1, 1)
    options = {} if kind == "softmax" else {"classes": "exclusive"}
    assert scumble.loss(x, indices.astype(dtype), kind) == scumble.loss(x, t, kind, **options)
    some = indices.astype(np.int64)
    some[:, 0] = -1
    left = scumble.loss(x, some, "softmax", ignore_value=-1)
    assert left == scumble.loss(x, indices, "softmax", mask=some >= 0)


def test_precision_is_that_of_the_arrays():
    x, t = logits(2, 3, 4), labels(2, 3, 4)

    def dtype(x, t):
        return scumble.loss(x, t, gradient=True).gradient.dtype

    assert dtype(x, t) == dtype(x.astype("f4"), t) == dtype(x, t.astype("f4")) == np.float64
    assert dtype(x.astype("f4"), t.astype("f4")) == dtype(x.astype("f2"), t.astype("f2")) == np.float32
    narrow = scumble.loss(x.astype("f4"), t.astype("f4"))
    assert narrow.value == pytest.approx(scumble.loss(x, t).value, rel=1e-6)


def test_labels_that_know_nothing_of_each_other_are_sigmoids():
    x, t = logits(2, 3, 4), labels(2, 3, 4)
    apart = scumble.loss(x, t, "independent", labels=3)
    assert apart.value == pytest.approx(3 * scumble.loss(x, t).value, rel=1e-12)


def test_label_sets_are_distributions_that_are_sure():
    x = logits(2, 6, 4)
    sets = np.arange(8).reshape(2, 4)
    t = np.moveaxis(np.eye(8)[sets], -1, 1)
    given = scumble.loss(x, sets, "pairwise", labels=3, map=True)
    assert given.value == pytest.approx(scumble.loss(x, t, "pairwise", labels=3).value, rel=1e-14)
    assert given.map.shape == (2, 4) and given.floor == 0
    sets[0, 0] = -1
    assert scumble.loss(x, sets, "pairwise", labels=3, ignore_value=-1).valid == 7


@pytest.mark.parametrize("over", ["image", "batch"])
def test_balance_gives_both_sides_the_same_mass(over):
    t = labels(2, 1, 100) ** 3
    plain, balanced = (
        scumble.loss(np.zeros_like(t), t, balance=balance, gradient=True).gradient for balance in (None, over)
    )
    # Where nothing is predicted the two sides pull apart with their masses.
    assert abs(plain.sum()) > 0.1 and abs(balanced.sum()) < 1e-14


@pytest.mark.parametrize(
    ("arguments", "options", "said"),
    [
        ((np.zeros((1, 2, 3)), np.zeros((1, 2, 4))), {}, r"has shape \[1, 2, 4\], but the logits have \[1, 2, 3\]"),
        ((np.zeros(2), np.zeros(())), {}, r"has shape \[1\], but the logits have \[2, 1\]"),
        ((np.zeros(()), np.zeros(2)), {}, r"has shape \[2, 1\], but the logits have \[1\]"),
        ((np.zeros((1, 1, 2)), np.array([[[0.5, 1.5]]])), {}, r"target \[0, 0, 1\] is 1.5, no probability"),
        ((np.zeros((1, 2, 1)), np.full((1, 2, 1), 0.4), "softmax"), {}, "sum to 0.8 over the classes"),
        ((np.zeros((1, 1, 2)), np.zeros((1, 1, 2)), "softmax"), {}, "needs at least two classes"),
        ((np.zeros((1, 2)), np.zeros((1, 2)), "sigmod"), {}, "unknown loss 'sigmod'; known are sigmoid, "),
        ((np.zeros((1, 2)), np.zeros((1, 2))), {"gamma": 2.0}, "gamma is nothing that sigmoid has; leave it out"),
        ((np.zeros((1, 2)), np.zeros((1, 2)), "focal"), {"gamma": -1.0}, "gamma is -1; it must be finite, 0 or more"),
        ((np.zeros((1, 2)), np.zeros((1, 2)), "focal"), {"gamma": np.nan}, "gamma is NaN; it is a finite number"),
        ((np.zeros((1, 2)), np.zeros((1, 2))), {"class_axis": 2}, "the class axis is 2, but the logits have 2 axes"),
        ((np.zeros((1, 2)), np.zeros((1, 2))), {"class_axis": -3}, "the class axis is -3"),
        ((np.zeros((1, 2)), np.zeros((1, 2))), {"denominator": "mean"}, "denominator: unknown variant `mean`, expected"),
        ((np.zeros((1, 2)), np.zeros((1, 2))), {"class_weight": [1.0]}, "1 class weights for 2 classes"),
        ((np.zeros((1, 2)), np.zeros((1, 2))), {"weight": -np.ones((1,))}, "pixel weight -1 at"),
        ((np.zeros((1, 2)), np.zeros((1, 2))), {"ignore_value": 0.0}, "the ignore value 0 is within 0..1"),
        ((np.zeros((1, 2)), np.zeros((1, 2))), {"classes": "exclusive"}, "sigmoid has no choice"),
        ((np.zeros((1, 2)), np.zeros((1, 2))), {"labels": 2}, "labels is for joint families, not for sigmoid"),
        ((np.zeros((1, 2)), np.zeros((1, 2)), "pairwise"), {}, "pairwise needs labels"),
        ((np.zeros((1, 2)), np.zeros((1, 2)), "chain"), {"labels": 2}, "parameters"),
        ((np.zeros((1, 2)), np.zeros((1, 2)), "chain"), {"labels": 1, "gamma": 1.0}, "gamma is nothing that chain has"),
        ((np.zeros((1, 3, 1)), np.array([[4]]), "pairwise"), {"labels": 2}, r"4 at \[0, 0\] is no set of 2 labels"),
        ((np.full((1, 1, 2), np.nan), np.zeros((1, 1, 2))), {}, r"the loss is NaN, because of the logits at \[0, 0, 0\]"),
        ((np.zeros((1, 3, 2)), np.array([[0, 3]]), "softmax"), {}, r"class index 3 at \[0, 1\]"),
        ((np.zeros((1, 3, 2)), np.array([[0, -1]]), "softmax"), {"ignore_value": 0.5}, "class indices are whole numbers"),
        ((np.zeros((1, 2)), np.zeros((1, 2)), "dice"), {"map": True}, "dice is one number for all pixels of a class"),
        ((np.zeros((1, 2)), np.full((1, 2), 2**64 - 1, np.uint64)), {}, "beyond 64 bits signed"),
    ],
)
def test_what_is_wrong_is_said(arguments, options, said):
    with pytest.raises(ValueError, match=said):
        scumble.loss(*arguments, **options)


def test_types_that_are_no_numbers_are_refused():
    x = np.zeros((1, 2))
    with pytest.raises(TypeError, match="logits are floats, float32 or float64; this array has int64"):
        scumble.loss(np.zeros((1, 2), np.int64), x)
    with pytest.raises(TypeError, match="targets are floats, bool or integers"):
        scumble.loss(x, x.astype(complex))
    with pytest.raises(TypeError, match="a mask is bool or integers"):
        scumble.loss(x, x, mask=x[:, 0])
    with pytest.raises(TypeError, match="unexpected keyword argument 'wieght'"):
        scumble.loss(x, x, wieght=x)
    with pytest.raises(ValueError, match="3 of 2 opinions at"):
        scumble.beta_binomial_loss(x[..., None], np.full((1, 1, 1), 3), np.full((1, 1, 1), 2))


def test_nothing_valid_is_nothing_judged():
    loss = scumble.loss(np.zeros((1, 1, 2)), np.zeros((1, 1, 2)), mask=np.zeros((1, 2), bool))
    assert loss.is_empty and loss.value == 0 and "nothing was judged" in str(loss)
