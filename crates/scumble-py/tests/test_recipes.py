"""The formulas that docs/python.md has for other frameworks are `scumble.loss`."""

import os

import numpy as np
import pytest

import scumble
from examples import labels, logits

X, T, ONE = logits(2, 3, 4, 4), labels(2, 3, 4, 4), labels(2, 3, 4, 4, exclusive=True)


def both(kind, targets):
    """The value and, with respect to the logits, the gradient."""
    loss = scumble.loss(X, targets, kind, gradient=True)
    return loss.value, loss.gradient


def test_in_jax():
    jax = pytest.importorskip("jax", reason="JAX is not installed")
    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy
    sigmoid = jax.value_and_grad(lambda x: jnp.mean(jax.nn.softplus(x) - T * x))
    softmax = jax.value_and_grad(lambda x: -jnp.mean(jnp.sum(ONE * jax.nn.log_softmax(x, axis=1), axis=1)))
    for recipe, kind, targets in ((sigmoid, "sigmoid", T), (softmax, "softmax", ONE)):
        for found, ours in zip(recipe(X), both(kind, targets), strict=True):
            np.testing.assert_allclose(found, ours, rtol=1e-12)


def test_in_keras():
    os.environ.setdefault("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras", reason="Keras is not installed")
    sigmoid = keras.losses.BinaryCrossentropy(from_logits=True)(T, X)
    softmax = keras.losses.CategoricalCrossentropy(from_logits=True, axis=1)(ONE, X)
    assert float(sigmoid) == pytest.approx(both("sigmoid", T)[0], rel=1e-6)
    assert float(softmax) == pytest.approx(both("softmax", ONE)[0], rel=1e-6)
