"""The modules for PyTorch: beside PyTorch's own losses, as derivatives, and beside the same formulas elsewhere."""

import copy
import pickle

import numpy as np
import pytest

import scumble
from examples import CLASSES, JOINT, labels, logits

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
from torch.nn import functional as F  # noqa: E402

from scumble.torch import (  # noqa: E402
    BrierLoss,
    FocalLoss,
    JointLoss,
    SoftCrossEntropy,
    SoftDice,
    SoftJaccard,
    SoftTversky,
)

INFINITY = float("inf")

TO_MODULE = {
    "focal": FocalLoss,
    "brier": BrierLoss,
    "dice": SoftDice,
    "jaccard": SoftJaccard,
    "tversky": SoftTversky,
}


def module(kind, options):
    """The module of a kind of `scumble.loss`."""
    if kind in ("sigmoid", "softmax"):
        return SoftCrossEntropy({"sigmoid": "independent", "softmax": "exclusive"}[kind], **options)
    return TO_MODULE[kind](**options)


def is_exclusive(kind, options):
    return kind == "softmax" or options.get("classes") == "exclusive"


def leaf(array, dtype=torch.float64):
    return torch.tensor(array, dtype=dtype, requires_grad=True)


def with_gradient(criterion, x, *arguments):
    """The value and its gradient by a copy of x."""
    x = x.detach().clone().requires_grad_()
    value = criterion(x, *arguments)
    value.backward()
    return value.detach(), x.grad


def everything():
    """Modules of all kinds with logits and labels of their own."""
    for kind, options in CLASSES:
        exclusive = is_exclusive(kind, options)
        yield module(kind, options), logits(2, 3, 4, 2), labels(2, 3, 4, 2, exclusive=exclusive)
    for kind, parameters, options in JOINT:
        yield JointLoss(kind, 3, **options), logits(2, parameters, 4, 2), labels(2, 8, 4, 2, exclusive=True)


ALL = [pytest.param(*each, id=str(each[0])) for each in everything()]


def test_sigmoid_is_pytorchs():
    x, t = leaf(logits(2, 3, 4, 5)), torch.tensor(labels(2, 3, 4, 5))
    weight, positive = torch.rand(2, 1, 4, 5, dtype=x.dtype), [1.0, 2.0, 3.0]
    for ours, theirs in [
        (SoftCrossEntropy(), torch.nn.BCEWithLogitsLoss()),
        (SoftCrossEntropy(denominator="none"), torch.nn.BCEWithLogitsLoss(reduction="sum")),
        (
            SoftCrossEntropy(positive_weight=positive),
            torch.nn.BCEWithLogitsLoss(pos_weight=torch.tensor(positive, dtype=x.dtype)[:, None, None]),
        ),
        (lambda x, t: SoftCrossEntropy()(x, t, None, weight), torch.nn.BCEWithLogitsLoss(weight=weight)),
    ]:
        torch.testing.assert_close(with_gradient(ours, x, t), with_gradient(theirs, x, t))


def test_softmax_is_pytorchs():
    x, t = leaf(logits(2, 3, 4, 5)), torch.tensor(labels(2, 3, 4, 5, exclusive=True))
    weight = [1.0, 2.0, 0.5]
    tensor = torch.tensor(weight, dtype=x.dtype)
    indices = t.argmax(1)
    some = indices.clone()
    some[0, 0] = -100
    for ours, theirs, targets in [
        (SoftCrossEntropy("exclusive"), torch.nn.CrossEntropyLoss(), t),
        (SoftCrossEntropy("exclusive", class_weight=weight), torch.nn.CrossEntropyLoss(tensor), t),
        (
            SoftCrossEntropy("exclusive", label_smoothing=0.2, class_weight=weight),
            torch.nn.CrossEntropyLoss(tensor, label_smoothing=0.2),
            t,
        ),
        (SoftCrossEntropy("exclusive"), torch.nn.CrossEntropyLoss(), indices),
        (SoftCrossEntropy("exclusive", ignore_value=-100), torch.nn.CrossEntropyLoss(), some),
        (
            SoftCrossEntropy("exclusive", class_weight=weight, denominator="weights", ignore_value=-100),
            torch.nn.CrossEntropyLoss(tensor),
            some,
        ),
    ]:
        torch.testing.assert_close(with_gradient(ours, x, targets), with_gradient(theirs, x, targets))


@pytest.mark.parametrize(("kind", "options"), CLASSES)
def test_a_module_is_the_loss_on_arrays(kind, options):
    x, t = logits(2, 3, 4), labels(2, 3, 4, exclusive=is_exclusive(kind, options))
    mask, weight = np.arange(8).reshape(2, 4) > 2, np.arange(8.0).reshape(2, 4)
    loss = scumble.loss(x, t, kind, mask=mask, weight=weight, gradient=True, **options)
    given = (torch.tensor(array) for array in (t, mask, weight))
    value, gradient = with_gradient(module(kind, options), leaf(x), *given)
    assert value.item() == loss.value
    np.testing.assert_array_equal(gradient, loss.gradient)


@pytest.mark.parametrize(("criterion", "x", "t"), ALL)
def test_the_gradient_is_the_derivative(criterion, x, t):
    x, t = leaf(x[:, :, :2]), torch.tensor(t[:, :, :2])
    assert torch.autograd.gradcheck(lambda x: 3 * criterion(x, t), x)


@pytest.mark.parametrize(("criterion", "x", "t"), ALL)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_elsewhere_the_number_is_the_same(criterion, x, t, dtype):
    elsewhere = copy.deepcopy(criterion)
    elsewhere._compiled = False
    x, t = leaf(x, dtype), torch.tensor(t, dtype=dtype)
    mask, weight = torch.arange(16).reshape(2, 4, 2) > 5, torch.arange(16.0).reshape(2, 4, 2) % 7
    whole = weight.sum() > 0
    tolerance = {} if dtype == torch.float64 else {"rtol": 2e-5, "atol": 2e-6}
    for arguments in [(t,), (t, mask), (t, None, weight), (t, mask, weight[:1]), (t, whole.expand(2, 4, 2))]:
        here, there = with_gradient(criterion, x, *arguments), with_gradient(elsewhere, x, *arguments)
        torch.testing.assert_close(here, there, **tolerance)
    # What does not count may be anything.
    broken, missing = x.detach().clone(), t.clone()
    broken[~mask.unsqueeze(1).expand_as(x)] = torch.nan
    missing[~mask.unsqueeze(1).expand_as(t)] = torch.nan
    here = with_gradient(criterion, broken, missing, mask)
    torch.testing.assert_close(here, with_gradient(elsewhere, broken, missing, mask), **tolerance)
    torch.testing.assert_close(here, with_gradient(criterion, x, t, mask), rtol=0, atol=0)
    nothing = torch.zeros_like(mask)
    for each in (criterion, elsewhere):
        value, gradient = with_gradient(each, x, t, nothing)
        assert value == 0 and not gradient.any()


@pytest.mark.parametrize("kind", ["sigmoid", "softmax", "brier"])
@pytest.mark.parametrize("dtype", [torch.uint8, torch.uint16, torch.bool, torch.int64])
def test_labels_of_any_type_are_the_same_elsewhere(kind, dtype):
    x, full = leaf(logits(2, 3, 4)), {torch.uint8: 255, torch.uint16: 65535}.get(dtype, 1)
    t = (torch.eye(3)[torch.arange(8).reshape(2, 4) % 3].movedim(-1, 1) * full).to(dtype)
    here, elsewhere = module(kind, {}), module(kind, {})
    elsewhere._compiled = False
    torch.testing.assert_close(with_gradient(here, x, t), with_gradient(elsewhere, x, t))


@pytest.mark.parametrize("criterion", [SoftCrossEntropy("exclusive"), FocalLoss(classes="exclusive"), SoftDice("exclusive")])
def test_indices_and_what_is_ignored_are_the_same_elsewhere(criterion):
    x, indices = leaf(logits(2, 3, 4)), torch.arange(8).reshape(2, 4) % 3
    elsewhere = copy.deepcopy(criterion)
    elsewhere._compiled = False
    torch.testing.assert_close(with_gradient(criterion, x, indices), with_gradient(elsewhere, x, indices))
    for ignoring in (criterion, elsewhere):
        ignoring.options["ignore_value"] = 255.0
    indices[0, :2] = 255
    torch.testing.assert_close(with_gradient(criterion, x, indices), with_gradient(elsewhere, x, indices))
    t = torch.tensor(labels(2, 3, 4, exclusive=True))
    t[1, :, 1] = 255
    torch.testing.assert_close(with_gradient(criterion, x, t), with_gradient(elsewhere, x, t))


@pytest.mark.parametrize(("kind", "parameters"), [("independent", 3), ("pairwise", 6), ("chain", 6), ("powerset", 8)])
def test_label_sets_are_the_same_elsewhere(kind, parameters):
    x, sets = leaf(logits(2, parameters, 4)), torch.arange(8).reshape(2, 4)
    sets[0, 0] = -1
    here, elsewhere = JointLoss(kind, 3, ignore_value=-1), JointLoss(kind, 3, ignore_value=-1)
    elsewhere._compiled = False
    torch.testing.assert_close(with_gradient(here, x, sets), with_gradient(elsewhere, x, sets))
    # The labels alone, where they are enough.
    if kind == "independent":
        t = torch.tensor(labels(2, 3, 4))
        torch.testing.assert_close(with_gradient(here, x, t), with_gradient(elsewhere, x, t))


def elsewhere_too(criterion):
    """The module, and one that computes in PyTorch's operations."""
    elsewhere = copy.deepcopy(criterion)
    elsewhere._compiled = False
    return criterion, elsewhere


@pytest.mark.parametrize("classes", ["independent", "exclusive"])
@pytest.mark.parametrize("gamma", [0.0, 0.01, 0.5, 2.0])
def test_focal_losses_have_a_slope_at_large_logits_elsewhere_too(gamma, classes):
    large = [[40.0, -40.0], [-17.0, 17.0], [18.0, 0.0], [0.0, 90.0], [25.0, 0.0], [200.0, 0.0]]
    x, t = leaf(large, torch.float32), torch.tensor([[1.0, 0], [0, 1], [1, 0], [1, 0], [0.5, 0.5], [1, 0]])
    here, there = (with_gradient(each, x, t) for each in elsewhere_too(FocalLoss(gamma, classes)))
    assert there[1].isfinite().all()
    torch.testing.assert_close(here, there)


@pytest.mark.parametrize("kind", ["sigmoid", "focal", "brier", "dice"])
def test_an_infinite_logit_that_the_target_agrees_with_is_the_same_elsewhere(kind):
    x, t = leaf([[INFINITY, 1.0], [-INFINITY, 1.0]]), torch.tensor([[1.0, 0.5], [0.0, 0.5]], dtype=torch.float64)
    here, there = (with_gradient(each, x, t) for each in elsewhere_too(module(kind, {})))
    assert there[0].isfinite() and there[1].isfinite().all()
    torch.testing.assert_close(here, there)


@pytest.mark.parametrize("kind", ["softmax", "focal", "brier", "dice"])
def test_an_exclusive_class_that_is_ruled_out_is_the_same_elsewhere(kind):
    x, t = leaf([[-INFINITY, 1.0, 0.0]]), torch.tensor([[0.0, 0.7, 0.3]], dtype=torch.float64)
    criterion = module(kind, {} if kind == "softmax" else {"classes": "exclusive"})
    here, there = (with_gradient(each, x, t) for each in elsewhere_too(criterion))
    assert there[0].isfinite() and there[1].isfinite().all()
    torch.testing.assert_close(here, there)


@pytest.mark.parametrize("kind", ["sigmoid", "focal", "brier"])
def test_a_class_of_weight_0_may_be_anything_elsewhere_too(kind):
    x, t = leaf([[float("nan"), 1.0]]), torch.tensor([[0.0, 0.5]], dtype=torch.float64)
    here, there = (with_gradient(each, x, t) for each in elsewhere_too(module(kind, {"class_weight": [0, 1]})))
    assert there[1].isfinite().all()
    torch.testing.assert_close(here, there)


@pytest.mark.parametrize(
    ("kind", "parameters", "targets"),
    [
        ("independent", [INFINITY, 0.0], [[1.0, 0.5]]),
        ("independent", [INFINITY, 0.0], [[0.0, 0.5, 0.0, 0.5]]),
        ("independent", [INFINITY, 0.0], [1]),
        ("chain", [INFINITY, 0.0, 0.0], [1]),
        ("chain", [0.0, 0.0, INFINITY], [2]),
        ("powerset", [0.0, -INFINITY, 0.0, 0.0], [2]),
        ("mixture", [0.0, 0.0, INFINITY, 0.0, 0.0, 0.0], [1]),
    ],
)
def test_infinite_parameters_that_the_target_agrees_with_are_the_same_elsewhere(kind, parameters, targets):
    x, t = leaf([parameters], torch.float32), torch.tensor(targets)
    here, there = (with_gradient(each, x, t) for each in elsewhere_too(JointLoss(kind, 2)))
    assert there[0].isfinite() and there[1].isfinite().all()
    torch.testing.assert_close(here, there)


@pytest.mark.parametrize("rank", range(5))
def test_any_rank_will_do_elsewhere_too(rank):
    shape = (2, 3, 2, 2)[:rank]
    x, t = leaf(logits(*shape)), torch.tensor(labels(*shape))
    here, elsewhere = SoftCrossEntropy(), SoftCrossEntropy()
    elsewhere._compiled = False
    torch.testing.assert_close(with_gradient(here, x, t), with_gradient(elsewhere, x, t))


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("criterion", [SoftCrossEntropy, SoftJaccard, BrierLoss])
def test_the_axis_of_the_classes_may_be_any(criterion, axis):
    x, t = torch.tensor(logits(2, 3, 4)), torch.tensor(labels(2, 3, 4, exclusive=True))
    x, t = x.movedim(1, axis), t.movedim(1, axis)
    here, elsewhere = (criterion("exclusive", class_axis=axis, class_weight=[1, 2, 0.5]) for _ in range(2))
    elsewhere._compiled = False
    torch.testing.assert_close(with_gradient(here, x, t), with_gradient(elsewhere, x, t))


def test_nothing_is_copied_from_another_device():
    # A tensor of the device "meta" has no numbers: whoever reads them fails.
    for criterion, x, t in everything():
        x, t = (torch.empty(array.shape, device="meta", requires_grad=wanted) for array, wanted in ((x, True), (t, False)))
        value = criterion(x, t)
        value.backward()
        assert value.device.type == x.grad.device.type == "meta"


@pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format])
def test_memory_may_lie_as_it_does(layout):
    x, t = leaf(logits(2, 3, 4, 5)), torch.tensor(labels(2, 3, 4, 5))
    expected = with_gradient(SoftCrossEntropy(), x, t)
    turned = x.detach().to(memory_format=layout)
    torch.testing.assert_close(with_gradient(SoftCrossEntropy(), turned, t.to(memory_format=layout)), expected)
    network = torch.nn.Conv2d(3, 3, 1).double().to(memory_format=layout)
    SoftCrossEntropy()(network(turned), t).backward()
    own = network.weight.grad.clone()
    network.zero_grad()
    F.binary_cross_entropy_with_logits(network(turned), t).backward()
    torch.testing.assert_close(own, network.weight.grad)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_computed_in_whole(dtype):
    x, t = torch.tensor(logits(2, 3, 4)).to(dtype), torch.tensor(labels(2, 3, 4))
    value, gradient = with_gradient(SoftCrossEntropy(), x, t)
    expected = with_gradient(SoftCrossEntropy(), x.float(), t.float())
    assert value.dtype == torch.float32 and value == expected[0]
    torch.testing.assert_close(gradient, expected[1].to(dtype), rtol=0, atol=0)


@pytest.mark.parametrize("compiled", [True, False])
def test_autocast_leaves_the_loss_in_whole_precision(compiled):
    network, t = torch.nn.Conv2d(2, 1, 1), torch.tensor(labels(2, 1, 4, 4))
    criterion = SoftCrossEntropy()
    criterion._compiled = compiled
    with torch.autocast("cpu", dtype=torch.bfloat16):
        x = network(torch.tensor(logits(2, 2, 4, 4)).float())
        value = criterion(x, t)
    assert x.dtype == torch.bfloat16 and value.dtype == torch.float32
    value.backward()
    assert network.weight.grad.abs().sum() > 0


def test_gradients_flow_as_autograd_has_them():
    x, t = leaf(logits(2, 1, 4)), torch.tensor(labels(2, 1, 4))
    value = SoftCrossEntropy()(x, t)
    value.backward(retain_graph=True)
    once = x.grad.clone()
    value.backward()
    torch.testing.assert_close(x.grad, 2 * once)
    (scaled,) = torch.autograd.grad(5 * SoftCrossEntropy()(x, t), x)
    torch.testing.assert_close(scaled, 5 * once)
    (twice,) = torch.autograd.grad(SoftCrossEntropy()(x, t) + SoftCrossEntropy()(2 * x, t), x)
    torch.testing.assert_close(twice, once + 2 * with_gradient(SoftCrossEntropy(), 2 * x, t)[1])
    with torch.no_grad():
        assert not SoftCrossEntropy()(x, t).requires_grad
    with pytest.raises(RuntimeError, match="differentiable once"):
        torch.autograd.grad(SoftCrossEntropy()(x, t), x, create_graph=True)


@pytest.mark.filterwarnings("ignore:.*torch.jit.script:FutureWarning")
def test_functions_are_transformed_by_pytorchs_operations():
    x, t = torch.tensor(logits(2, 1, 4)), torch.tensor(labels(2, 1, 4))
    found = torch.func.grad(lambda x: SoftCrossEntropy()(x, t))(x)
    torch.testing.assert_close(found, with_gradient(SoftCrossEntropy(), x, t)[1])
    # Second derivatives too: s (1 - s) / n.
    curvature = torch.func.hessian(lambda x: SoftCrossEntropy()(x, t[0, 0]))(x[0, 0])
    s = x[0, 0].sigmoid()
    torch.testing.assert_close(curvature, torch.diag(s * (1 - s) / 4))


def test_a_compiled_program_has_no_gap():
    criterion = SoftCrossEntropy("exclusive", class_weight=[1, 2, 0.5])
    x, t = torch.tensor(logits(2, 3, 4)), torch.tensor(labels(2, 3, 4, exclusive=True))
    program = torch.compile(criterion, backend="eager", fullgraph=True)
    torch.testing.assert_close(with_gradient(program, x, t), with_gradient(criterion, x, t))


def halves():
    """A network, and a batch for two processes."""
    torch.manual_seed(0)
    return torch.nn.Conv2d(2, 1, 1), torch.tensor(logits(4, 2, 4, 4)).float(), torch.tensor(labels(4, 1, 4, 4)).float()


def half(rank, meet, found):
    """What one of them has."""
    torch.distributed.init_process_group("gloo", init_method=f"file://{meet}", world_size=2, rank=rank)
    network, x, t = halves()
    parallel = torch.nn.parallel.DistributedDataParallel(network)
    SoftCrossEntropy()(parallel(x[2 * rank :][:2]), t[2 * rank :][:2]).backward()
    torch.save(network.weight.grad, f"{found}-{rank}")
    torch.distributed.destroy_process_group()


def test_a_training_in_two_processes_is_that_of_one(tmp_path):
    meet, found = tmp_path / "meet", tmp_path / "gradient"
    torch.multiprocessing.spawn(half, (meet, found), nprocs=2)
    network, x, t = halves()
    SoftCrossEntropy()(network(x), t).backward()
    for rank in (0, 1):
        torch.testing.assert_close(torch.load(f"{found}-{rank}"), network.weight.grad)


def test_a_module_is_settings_alone():
    criterion = FocalLoss(1.5, "exclusive", class_weight=[1, 2])
    assert not criterion.state_dict()
    assert repr(criterion) == "FocalLoss(classes='exclusive', class_weight=[1.0, 2.0], gamma=1.5)"
    x, t = torch.tensor(logits(2, 2, 4)), torch.tensor(labels(2, 2, 4, exclusive=True))
    for other in (copy.deepcopy(criterion), pickle.loads(pickle.dumps(criterion))):
        assert other(x, t) == criterion(x, t)


def test_what_is_not_finite_is_left_to_the_training():
    x = torch.tensor([[[torch.nan, 0.0]]], requires_grad=True)
    value = SoftCrossEntropy()(x, torch.zeros(1, 1, 2))
    value.backward()
    assert value.isnan() and x.grad[0, 0, 0].isnan() and x.grad[0, 0, 1].isfinite()


def test_what_is_wrong_is_said():
    x, t = leaf(logits(2, 1, 4)), torch.tensor(labels(2, 1, 4))
    with pytest.raises(ValueError, match="targets get no gradient"):
        SoftCrossEntropy()(x, t.requires_grad_())
    t = t.detach()
    with pytest.raises(ValueError, match=r"target \[0, 0, 0\] is .*, no probability"):
        SoftCrossEntropy()(x, t + 1)
    with pytest.raises(TypeError, match="logits are floats"):
        SoftCrossEntropy()(t.long(), t)
    for compiled in (True, False):
        criterion = SoftCrossEntropy()
        criterion._compiled = compiled
        with pytest.raises(ValueError, match=r"the target array has shape \[2, 4\], but the logits have \[2, 1, 4\]"):
            criterion(x, t[:, 0])
    many = JointLoss("chain", 13)
    many._compiled = False
    with pytest.raises(NotImplementedError, match="on the CPU alone"):
        many(torch.zeros(1, 91, 2), torch.zeros(1, 2, dtype=torch.int64))
    with pytest.raises(ValueError, match="'independent' or 'exclusive'"):
        SoftDice("multilabel")


@pytest.mark.parametrize(
    ("kind", "labels", "components", "parameters"),
    [
        ("independent", 2, None, 5),
        ("pairwise", 3, None, 5),
        ("chain", 3, None, 8),
        ("chain", 3, None, 5),
        ("powerset", 2, None, 5),
        ("mixture", 2, 3, 6),
        ("mixture", 2, None, 7),
        ("mixture", 2, None, 1),
    ],
)
def test_the_wrong_number_of_parameters_is_refused_in_the_same_words(kind, labels, components, parameters):
    x, sets = torch.zeros(1, parameters, 2), torch.zeros(1, 2, dtype=torch.int64)
    words = []
    for criterion in elsewhere_too(JointLoss(kind, labels, components)):
        with pytest.raises(ValueError, match=f"{parameters} parameters a pixel, but the family") as refusal:
            criterion(x, sets)
        words.append(str(refusal.value))
    assert words[0] == words[1]


@pytest.mark.parametrize("axis", [3, -4])
@pytest.mark.parametrize("criterion", [SoftCrossEntropy, lambda **options: JointLoss("independent", 3, **options)])
def test_a_class_axis_that_is_none_is_refused(criterion, axis):
    x, t = torch.zeros(1, 3, 2), torch.full((1, 3, 2), 0.5)
    here, elsewhere = elsewhere_too(criterion(class_axis=axis))
    for each in (here, elsewhere, torch.compile(here, backend="eager")):
        with pytest.raises(ValueError, match=f"the class axis is {axis}, but the .* 3 axes"):
            each(x, t)


def test_exclusive_classes_need_an_axis_of_two():
    for criterion in elsewhere_too(SoftCrossEntropy("exclusive")):
        with pytest.raises(ValueError, match="the class axis is 1, but the logits have 1 axes"):
            criterion(torch.zeros(3), torch.zeros(3))
        with pytest.raises(ValueError, match="a softmax needs at least two classes"):
            criterion(torch.zeros(1, 1, 2), torch.ones(1, 1, 2))


@pytest.mark.parametrize(
    ("criterion", "problem"),
    [
        (lambda: SoftCrossEntropy(class_weight=[1, -1]), "class weight -1"),
        (lambda: SoftCrossEntropy(positive_weight=-1), "positive weight -1"),
        (lambda: SoftCrossEntropy("exclusive", positive_weight=2), "positive weight is nothing"),
        (lambda: SoftCrossEntropy(label_smoothing=2), "label smoothing is 2"),
        (lambda: SoftCrossEntropy(denominator="mean"), "unknown variant `mean`"),
        (lambda: SoftCrossEntropy(ignore_value=0.5), "the ignore value 0.5"),
        (lambda: SoftCrossEntropy("softmax"), "'independent' or 'exclusive'"),
        (lambda: FocalLoss(-1), "gamma is -1"),
        (lambda: SoftDice(smooth=-1), "smooth is -1"),
        (lambda: SoftDice(over="pixel"), "unknown variant `pixel`"),
        (lambda: JointLoss("chain", 0), "1 to 64 labels, not 0"),
        (lambda: JointLoss("chain", 2, 3), "components are for mixtures"),
        (lambda: JointLoss("mixture", 2, 0), "components, not 0"),
        (lambda: JointLoss("chain", 2, denominator="mean"), "unknown variant `mean`"),
        (lambda: JointLoss("tree", 2), "no joint family is called tree"),
    ],
)
def test_wrong_options_are_refused_before_there_is_a_tensor(criterion, problem):
    with pytest.raises(ValueError, match=problem):
        criterion()


@pytest.mark.parametrize(
    ("criterion", "targets", "problem"),
    [
        (SoftCrossEntropy(class_weight=[1, 2]), torch.zeros(1, 3, 2), "2 class weights for 3 classes"),
        (SoftCrossEntropy(class_weight=[1]), torch.zeros(1, 3, 2), "1 class weights for 3 classes"),
        (SoftCrossEntropy(positive_weight=[1, 2]), torch.zeros(1, 3, 2), "2 positive weights for 3 classes"),
        (SoftCrossEntropy(ignore_value=255), torch.zeros(1, 3, 2, dtype=torch.uint8), "nothing that targets in steps"),
        (SoftCrossEntropy("exclusive", ignore_value=2), torch.zeros(1, 2).long(), "value 2 is the index of a class"),
        (SoftCrossEntropy("exclusive", ignore_value=2.5), torch.zeros(1, 2).long(), "class indices are whole numbers"),
        (JointLoss("independent", 3, ignore_value=7), torch.zeros(1, 2).long(), "that is no label set"),
        (JointLoss("independent", 3, ignore_value=0.5), torch.zeros(1, 3, 2), "the ignore value 0.5 is within 0..1"),
    ],
)
def test_options_that_do_not_fit_the_tensors_are_refused(criterion, targets, problem):
    for each in elsewhere_too(criterion):
        with pytest.raises(ValueError, match=problem):
            each(torch.zeros(1, 3, 2), targets)


def test_a_step_of_255_is_a_probability_elsewhere_too():
    x, t = leaf(logits(2, 3, 4)), torch.full((2, 3, 4), 255, dtype=torch.uint8)
    here, there = (with_gradient(each, x, t) for each in elsewhere_too(BrierLoss(ignore_value=255)))
    torch.testing.assert_close(here, there)


def test_a_mask_of_integers_is_true_where_it_is_not_0():
    x, t = leaf(logits(2, 3, 4)), torch.tensor(labels(2, 3, 4))
    t[0, 0, 0] = -1
    mask = torch.arange(8).reshape(2, 4) % 3
    expected = with_gradient(SoftCrossEntropy(ignore_value=-1), x, t, mask != 0)
    for each in elsewhere_too(SoftCrossEntropy(ignore_value=-1)):
        torch.testing.assert_close(with_gradient(each, x, t, mask), expected)


def test_a_mask_of_floats_is_refused():
    x = torch.zeros(1, 3, 2)
    for each in elsewhere_too(SoftCrossEntropy()):
        with pytest.raises(TypeError, match="a mask is bool or integers; this tensor has torch.float32"):
            each(x, x, torch.full((1, 2), 0.5))
