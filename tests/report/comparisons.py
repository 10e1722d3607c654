"""Comparisons with made-up outcomes."""

from __future__ import annotations

from pathlib import Path

from lossgp.results.comparison import Compared, Comparison
from lossgp.studies.compare import entrants
from lossgp.trainers import Outcome, trainer
from lossgp.trainers.objective import FID

REFERENCE = {"fid_floor": 2.0, "fid_ceiling": 1000.0}


def outcome(seed, fid, status="ok", **metrics):
    found = {} if fid is None else {"fid": fid, **metrics}
    return Outcome(seed, status, found, 1.5, None if status == "ok" else "a reason")


def comparison(figures, *, seeds=None, ablate=False, **fields):
    """A comparison of zoo losses, from the outcomes of each."""
    rows = entrants(list(figures), ablate=ablate) if not ablate else fields.pop("rows")
    losses = [
        Compared(row.name, row.pair, tuple(own), row.note, row.best_form, row.replaced)
        for row, own in zip(rows, figures.values(), strict=True)
    ]
    longest = max(len(own) for own in figures.values())
    values = {
        "trainer": "digits",
        "protocol": trainer("digits").protocol,
        "extractor": "classifier of digits",
        "device": "cpu",
        "objective": FID,
        "reference": REFERENCE,
        "seeds": tuple(range(seeds or longest)),
        "losses": tuple(losses),
        "ablated": ablate,
        "checkpoints": Path("nowhere"),
    }
    return Comparison(**values | fields)


def two(**fields):
    """BCE with a dead and a diverged seed, GANetic with none."""
    bce = [outcome(0, 10.0, d_acc=0.9), outcome(1, 900.0, "dead", d_acc=1.0),
           outcome(2, None, "diverged"), outcome(3, 30.0, d_acc=0.7)]  # fmt: skip
    ganetic = [outcome(s, f, d_acc=0.5, kid=f / 100) for s, f in enumerate((5.0, 6.0, 8.0, 9.0))]
    return comparison({"bce": bce, "ganetic": ganetic}, **fields)
