"""How clearly a protocol tells losses apart: `python -m benchmarks.separation --seeds 5`.

Dead trainings are counted with the FID of what they generate, diverged ones with the ceiling.
"""

from __future__ import annotations

import statistics
from collections import Counter

import click

from benchmarks.criteria import CRITERIA
from lossgp.trainers import trainer


@click.command()
@click.option("--seeds", default=5, show_default=True, type=click.IntRange(2))
@click.option("--protocol", default="digits", show_default=True)
@click.option("--set", "options", multiple=True, help="A protocol option, e.g. iterations=1500.")
@click.option("--device", default="cpu", show_default=True)
def main(seeds: int, protocol: str, options: tuple[str, ...], device: str) -> None:
    """Train GANetic, BCE, least squares and hinge with the same seeds; print FID."""
    chosen = trainer(protocol, dict(option.split("=", 1) for option in options), device)
    chosen.prepare()
    print(chosen.protocol.describe())
    scale = chosen.reference()
    print(f"FID real against real {scale['fid_floor']:.1f}, ceiling {scale['fid_ceiling']:.1f}")
    for name, criterion in CRITERIA.items():
        outcomes = [chosen.train(criterion, seed) for seed in range(seeds)]
        fids = [outcome.metrics.get("fid", scale["fid_ceiling"]) for outcome in outcomes]
        seconds = statistics.median(outcome.seconds for outcome in outcomes)
        ends = ", ".join(f"{n} {end}" for end, n in Counter(o.status for o in outcomes).items())
        print(
            f"{name:14} FID {statistics.mean(fids):6.1f} ± {statistics.stdev(fids):5.1f}"
            f"  [{' '.join(f'{fid:.0f}' for fid in fids)}]  {ends}; {seconds:.2f} s each",
            flush=True,
        )


if __name__ == "__main__":
    main()
