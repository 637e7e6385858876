"""Golden values of the raters' agreement, from the field's own packages.

    pip install krippendorff==0.9.0 scikit-learn==1.9.1 statsmodels==0.15.0 irrCAC==0.4.4
    python scripts/golden_agreement.py > crates/scumble/tests/fixtures/agreement.json

Each case has the marks of some raters (rows; -1: did not judge) at some pixels (columns), Krippendorff's alpha, Fleiss'
kappa and Cohen's kappa of every pair. Fleiss' kappa is statsmodels' where nothing is missing and irrCAC's (Gwet's
generalisation) elsewhere; for complete cases the script holds both against each other.
"""

import json
import sys
import warnings

import krippendorff
import numpy as np
import pandas
from irrCAC.raw import CAC
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

warnings.simplefilter("ignore")


def case(seed):
    rng = np.random.default_rng(seed)
    states, raters, pixels = int(rng.integers(2, 6)), int(rng.integers(2, 7)), int(rng.integers(40, 120))
    truth = rng.choice(states, size=pixels, p=rng.dirichlet(np.full(states, 2.0)))
    marks = np.where(
        rng.random((raters, pixels)) < rng.uniform(0.4, 0.95, (raters, 1)),
        truth,
        rng.integers(0, states, (raters, pixels)),
    )
    if seed % 2:
        marks[rng.random((raters, pixels)) < 0.2] = -1
    values = marks.astype(float)
    values[marks < 0] = np.nan
    alpha = krippendorff.alpha(values, level_of_measurement="nominal", value_domain=list(range(states)))
    fleiss = CAC(pandas.DataFrame(values.T), digits=15).fleiss()["est"]["coefficient_value"]
    if not seed % 2:
        exact = fleiss_kappa(aggregate_raters(marks.T, n_cat=states)[0])
        assert abs(exact - fleiss) < 1e-12, (exact, fleiss)
        fleiss = exact
    kappas = []
    for i in range(raters):
        for j in range(i + 1, raters):
            both = (marks[i] >= 0) & (marks[j] >= 0)
            kappas.append(cohen_kappa_score(marks[i][both], marks[j][both]))
    return {
        "states": states,
        "marks": marks.tolist(),
        "alpha": float(alpha),
        "fleiss": float(fleiss),
        "kappas": [float(kappa) for kappa in kappas],
    }


json.dump([case(seed) for seed in range(24)], sys.stdout)
print()
