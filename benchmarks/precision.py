"""Do bfloat16 and float32 rank losses alike? `python -m benchmarks.precision`.

Trains known losses under the digits protocol in both precisions with the same seeds, and prints
the rank correlation (Spearman) of their mean FIDs; beside it the correlation of two halves of the
float32 seeds, which says how much of the ranking is luck.
"""

from __future__ import annotations

from pathlib import Path
from statistics import fmean

import click
from scipy.stats import spearmanr

import lossgp

LOSSES = (
    *("bce_logits", "minimax", "hinge", "paper_hinge", "wasserstein", "least_squares"),
    *("least_squares_sigmoid", "f1", "f2", "f3", "ganetic"),
)


def fids(precision: str, seeds: int, iterations: int, runs: Path) -> dict[str, list[float]]:
    """FID of each seed of each loss; lost seeds as they count."""
    options = {"precision": precision, "iterations": iterations}
    done = lossgp.compare(
        LOSSES, protocol="digits", seeds=seeds, options=options, device="cpu", runs_dir=runs
    )
    ceiling = done.reference["fid_ceiling"]
    return {
        loss.name: [outcome.metrics.get("fid", ceiling) for outcome in loss.outcomes]
        for loss in done.losses
    }


def correlation(a: dict[str, list[float]], b: dict[str, list[float]]) -> float:
    return float(spearmanr([fmean(a[n]) for n in LOSSES], [fmean(b[n]) for n in LOSSES]).statistic)


@click.command()
@click.option("--seeds", default=4, show_default=True, type=click.IntRange(2))
@click.option("--iterations", default=120, show_default=True, type=click.IntRange(1))
@click.option("--runs-dir", default=Path("build/precision"), type=click.Path(path_type=Path))
def main(seeds: int, iterations: int, runs_dir: Path) -> None:
    """Print both rankings and how they agree."""
    exact = fids("float32", seeds, iterations, runs_dir)
    coarse = fids("bfloat16", seeds, iterations, runs_dir)
    for name in sorted(LOSSES, key=lambda n: fmean(exact[n])):
        print(f"{name:22} float32 {fmean(exact[name]):7.1f}   bfloat16 {fmean(coarse[name]):7.1f}")
    half = seeds // 2
    first = {name: own[:half] for name, own in exact.items()}
    second = {name: own[half:] for name, own in exact.items()}
    print(f"rank correlation of both precisions: {correlation(exact, coarse):.2f}")
    print(f"of two halves of the float32 seeds:  {correlation(first, second):.2f}")


if __name__ == "__main__":
    main()
