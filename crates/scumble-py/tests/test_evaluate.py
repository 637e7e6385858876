"""A model over a loader in one call: the judge's scores, and the model as it was."""

import numpy as np
import pytest

import scumble

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from scumble.torch import evaluate  # noqa: E402


def network(channels):
    """With a layer that is another in training, and one that stays as in evaluation."""
    torch.manual_seed(0)
    layers = torch.nn.Sequential(torch.nn.Conv2d(3, channels, 3, padding=1), torch.nn.BatchNorm2d(channels), torch.nn.Dropout())
    layers[1].eval()
    return layers


def loader(labels, batch_size=2):
    images = torch.randn(len(labels), 3, 8, 9, generator=torch.Generator().manual_seed(1))
    return torch.utils.data.DataLoader(torch.utils.data.TensorDataset(images, labels), batch_size)


def predicted(model, batches, activation):
    modes = [module.training for module in model.modules()]
    model.eval()
    with torch.no_grad():
        # By batches as well: convolutions of several images round otherwise.
        probabilities = np.concatenate([activation(model(images)).numpy() for images, _ in batches])
    for module, training in zip(model.modules(), modes, strict=True):
        module.training = training
    return probabilities


def test_it_is_the_judge_of_sigmoids():
    model, labels = network(1), torch.rand(5, 1, 8, 9)
    batches = loader(labels)
    judge = scumble.Judge("binary", ["water"], bins=7)
    for prediction, label in zip(predicted(model, batches, torch.sigmoid), labels.numpy(), strict=True):
        judge.update(prediction, label)
    assert evaluate(model, batches, "binary", ["water"], bins=7) == judge.compute()


def test_it_is_the_judge_of_softmaxes_of_indices():
    model, labels = network(4), torch.randint(0, 4, (5, 8, 9))
    labels[0, 0] = 255
    batches = loader(labels)
    judge = scumble.Judge("multiclass", 4, ignore_value=255)
    for prediction, label in zip(predicted(model, batches, lambda x: x.softmax(1)), labels.numpy(), strict=True):
        judge.update(prediction, label)
    scores = evaluate(model, batches, "multiclass", 4, ignore_value=255)
    assert scores == judge.compute() and scores.pixels == 5 * 72 - 9


def test_the_model_is_as_it_was():
    model, labels = network(1), torch.rand(3, 1, 8, 9)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    batches = loader(labels)

    class Watched(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.seen = model, []

        def forward(self, images):
            self.seen.append((self.training, self.inner[2].training, torch.is_grad_enabled()))
            return self.inner(images)

    watched = Watched()
    evaluate(watched, batches)
    assert watched.seen == [(False, False, False)] * 2
    assert [module.training for module in watched.modules()] == [True, True, True, False, True]
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    with pytest.raises(ValueError, match="labels: 3 for a batch of 2 images"):
        evaluate(watched, [(torch.randn(2, 3, 8, 9), labels)])
    assert watched.training and torch.is_grad_enabled()


def test_a_batch_may_have_a_mask():
    labels, mask = torch.rand(2, 1, 8, 9), torch.rand(2, 8, 9) < 0.5
    images = torch.randn(2, 3, 8, 9)
    model = network(1)
    masked = evaluate(model, [(images, labels, mask)])
    assert masked.pixels == mask.sum().item()
    assert masked == evaluate(model, [[images, labels, mask[:, None]]])


def test_read_takes_batches_apart():
    images, marks = torch.randn(2, 3, 8, 9), torch.rand(2, 3, 8, 9) < 0.4
    model = network(1)

    def read(batch):
        told = {"raters": {"ann": batch["marks"][:, 0], "bob": [batch["marks"][0, 1], None]}, "name": batch["id"]}
        return batch["image"], {**told, "group": ["anna", "anna"], "weight": None}

    scores = evaluate(model, [{"image": images, "marks": marks, "id": ["left", "right"]}], read=read)
    assert [(image.name, image.group) for image in scores.images] == [("left", "anna"), ("right", "anna")]
    assert [rater.rater for rater in scores.raters] == ["ann", "bob"] and scores.weight == 3 * 72
    stacked = evaluate(model, [images], read=lambda batch: (batch, {"raters": marks}))
    assert [rater.rater for rater in stacked.raters] == ["1", "2", "3"] and stacked.weight == 6 * 72
    with pytest.raises(TypeError, match="give read"):
        evaluate(model, [{"image": images}])


def test_half_precision_is_judged_in_full():
    labels, images = torch.rand(2, 1, 8, 9), torch.randn(2, 3, 8, 9)
    model = network(1).to(torch.bfloat16)
    scores = evaluate(model, [(images.bfloat16(), labels.bfloat16())])
    assert np.isfinite(scores.cross_entropy.value) and scores.pixels == 144
    own = evaluate(model, [(images.bfloat16(), labels)], activation=lambda logits: logits.sigmoid())
    assert own.brier == pytest.approx(scores.brier, abs=1e-2)
