"""What a search of a fixed budget finds, against BCE and GANetic, on fresh seeds.

    python -m benchmarks.discovery --generations 4 --fresh 10

The search trains its candidates on seeds 0, 1, …; its best losses were *selected* on these. So
the best ones and the known losses are trained again on fresh seeds, which nothing was selected
on, and these are the figures that count.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

import lossgp
from lossgp.expressions import LossPair, zoo
from lossgp.results.formulas import short
from lossgp.runs import LocalEngine, Store
from lossgp.runs.trials import Trials
from lossgp.trainers import trainer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--generations", type=int, default=4)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fresh", type=int, default=10)
    parser.add_argument("--best", type=int, default=3)
    options = parser.parse_args()
    config = {
        "search": {"generations": options.generations},
        "seeds": options.seeds,
        "seed": options.seed,
    }
    with tempfile.TemporaryDirectory() as name:
        found = lossgp.evolve(config, runs_dir=name, name="search", device="cpu")
        losses = {f"rank {r}": LossPair.of(i.candidate.loss)
                  for r, i in enumerate(found.individuals[: options.best], 1)}  # fmt: skip
        losses |= {n: LossPair.of(zoo.entry(n).loss) for n in ("bce_logits", "ganetic")}
        fresh = range(1000, 1000 + options.fresh)
        protocol = trainer("digits").protocol
        print(f"{protocol.describe()}; {len(found.individuals)} losses trained in the search")
        with Store.open(Path(name)) as store, LocalEngine("digits") as engine:
            trials = Trials(store, engine, protocol.hash(), "cpu", metric="fid", scope="fresh")
            outcomes = trials.run(list(losses.values()), fresh)
        ceiling = found.reference["fid_ceiling"]
        means = {}
        for (label, pair), own in zip(losses.items(), outcomes, strict=True):
            fids = [o.metrics.get("fid", ceiling) for o in own]
            means[label] = statistics.fmean(fids)
            bad = sum(o.status != "ok" for o in own)
            formula = short(pair.discriminator) if pair.is_single else short(pair)
            print(
                f"{label:11} FID {means[label]:6.1f} ± {statistics.stdev(fids):5.1f} over "
                f"{len(fids)} fresh seeds, {bad} lost   {formula}"
            )
        for label in list(losses)[: options.best]:
            print(f"{label}: {means[label] / means['bce_logits']:.2f} times BCE's mean FID, "
                  f"{means[label] / means['ganetic']:.2f} times GANetic's")  # fmt: skip


if __name__ == "__main__":
    main()
