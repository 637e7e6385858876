"""Golden values for crates/scumble/tests/calibrate_values.rs.

Isotonic regression and logistic regression by scikit-learn, temperature and vector scaling by SciPy's minimiser on the
soft cross entropy in f64, on made-up logits with soft labels and weights.

    pip install scikit-learn && python scripts/golden_calibration.py > crates/scumble/tests/fixtures/calibration.json
"""

import json

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, logsumexp
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

rng = np.random.default_rng(7)
single = lambda a: np.asarray(a, np.float32)
N, K = 200, 3

# Binary: soft labels of k of 5 raters, integer weights, some logits shared.
z = single(np.round(rng.normal(0, 3, N), 1))
t = single(rng.binomial(5, 1 / (1 + np.exp(-(0.4 * z + 0.7)))) / 5)
w = single(rng.integers(0, 4, N))
z64, t64, w64 = (a.astype(np.float64) for a in (z, t, w))

both = np.concatenate([z64, z64])[:, None]
platt = LogisticRegression(C=np.inf, tol=1e-12, max_iter=10_000).fit(
    both, np.repeat([1, 0], N), sample_weight=np.concatenate([w64 * t64, w64 * (1 - t64)])
)
cost = lambda x: np.sum(w64 * (np.logaddexp(0, x) - t64 * x)) / w64.sum()
scale = minimize(lambda s: cost(s[0] * z64), [1.0], method="BFGS", options={"gtol": 1e-11}).x[0]

q = 1 / (1 + np.exp(-z64))
isotonic = IsotonicRegression(out_of_bounds="clip").fit(q[w64 > 0], t64[w64 > 0], sample_weight=w64[w64 > 0])
grid = np.linspace(0, 1, 101)

# Exclusive classes.
zk = single(rng.normal(0, 2, (N, K)))
tk = rng.dirichlet(np.ones(K), N) * 0.3 + 0.7 * np.exp(log_softmax(zk * [0.3, 0.6, 0.5] + [0.5, -0.2, 0.0], axis=1))
tk = single(tk / tk.sum(axis=1, keepdims=True))
zk64, tk64 = zk.astype(np.float64), tk.astype(np.float64)
exclusive = lambda x: -np.sum(w64[:, None] * tk64 * (x - logsumexp(x, axis=1, keepdims=True))) / w64.sum()
temperature = minimize(lambda s: exclusive(s[0] * zk64), [1.0], method="BFGS", options={"gtol": 1e-11}).x[0]
vector = minimize(
    lambda p: exclusive(p[:K] * zk64 + p[K:]), np.r_[np.ones(K), np.zeros(K)], method="BFGS", options={"gtol": 1e-10}
).x
shift = vector[K:] - vector[K:].mean()

print(
    json.dumps(
        {
            "binary": {"logits": z.tolist(), "labels": t.tolist()},
            "exclusive": {"logits": zk.T.tolist(), "labels": tk.T.tolist()},
            "weights": w.tolist(),
            "binary_temperature": 1 / scale,
            "platt": [platt.coef_[0, 0], platt.intercept_[0]],
            "isotonic": isotonic.predict(grid).tolist(),
            "temperature": 1 / temperature,
            "vector": {"scale": vector[:K].tolist(), "shift": shift.tolist()},
        }
    )
)
