"""Golden values of the beta-binomial likelihood, from SciPy's closed form with gamma functions.

    python scripts/golden_beta_binomial.py > crates/scumble/tests/fixtures/beta_binomial.json

A row holds the mean m and the correlation r, k of n, and -ln P of k yes in a given order: SciPy's betabinom.logpmf
less the logarithm of the number of orders. Its parameters are alpha = m (1-r) / r and beta = (1-m) (1-r) / r.
Needs scipy; made with 1.17.
"""

import json
import random

from scipy.special import gammaln
from scipy.stats import betabinom

random.seed(20)
rows = []
for case in range(32):
    m, r = round(random.uniform(0.02, 0.98), 3), round(random.uniform(0.02, 0.95), 3)
    n = random.choice([1, 2, 3, 5, 7, 12, 40])
    k = random.randint(0, n)
    alpha, beta = m * (1 - r) / r, (1 - m) * (1 - r) / r
    orders = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    rows.append({"m": m, "r": r, "k": k, "n": n, "loss": -float(betabinom.logpmf(k, n, alpha, beta) - orders)})
print("[\n  " + ",\n  ".join(json.dumps(row) for row in rows) + "\n]")
