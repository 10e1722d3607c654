"""f-AnoGAN beside its baselines: `python -m benchmarks.anomaly [--mnist FILE] [--busi FILE] ...`.

Each data set (digits always, the others where a file is given) with four losses and five seeds,
through `lossgp.detect`, at a small scale that is said under each table: what docs/papers/ganetic_
fanogan.md quotes. Trainings are remembered in `--runs-dir`: the command goes on where it was
ended. It writes a folder for each data set, and `anomaly.md` with all tables.

`--speed` measures instead: seconds of one training of each size, and of scoring 1,000 images of
64 x 64 pixels with the networks of the authors' size and of this scale, the plain and the quick way
in turns: seconds of one core, whatever else it does.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchmarks.anomaly_overview import overview

if TYPE_CHECKING:
    from lossgp.results.anomaly import AnomalyStudy

LOSSES = {
    "wasserstein": "wasserstein",
    "bce": "bce",
    "ganetic": "ganetic",
    "discovered": "sin(-3.0085*y_pred + (y_real - y_pred)) + cos(y_pred + 2.5282)",
}
SMALL: dict[str, Any] = {"size": 16, "test_abnormal_size": 400}
MEDICAL: dict[str, Any] = {
    "size": 32,
    "batch": 16,
    "iterations": 100,
    "encoder_iterations": 300,
    "flip": True,
}


@dataclass(frozen=True)
class Experiment:
    """One normal class against others."""

    name: str
    data: str
    normal: str
    abnormal: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)

    def asked(self) -> dict[str, Any]:
        """The options of the protocol."""
        return {
            "data": self.data,
            "normal_class": self.normal,
            "abnormal_class": self.abnormal,
            **self.options,
        }


def experiments(mnist: Path | None, busi: Path | None, brain: Path | None) -> list[Experiment]:
    """Those whose data are there; of npz files the classes are numbers."""
    found = [Experiment(f"digits-{c}", "digits", c, options=SMALL) for c in "358"]
    if mnist is not None:
        options = {**SMALL, "train_size": 400, "test_normal_size": 200}
        found += [Experiment(f"mnist-{c}", str(mnist), c, options=options) for c in "358"]
    if busi is not None:
        found.append(Experiment("busi", str(busi), "0", ("2",), MEDICAL))
    if brain is not None:
        found.append(Experiment("brain-mri", str(brain), "0", ("1",), MEDICAL))
    return found


def table(
    experiment: Experiment, seeds: int, runs_dir: Path, output: Path, ablate: bool
) -> tuple[AnomalyStudy, str]:
    """Train what is missing, write the study's files, and return it and its page."""
    from lossgp import detect
    from lossgp.report.anomaly_files import markdown, write
    from lossgp.report.anomaly_table import best_model
    from lossgp.studies.anomaly import examples

    losses = {"wasserstein": "wasserstein", "ganetic": "ganetic"} if ablate else LOSSES
    start = time.perf_counter()
    study = detect(
        losses,
        options=experiment.asked(),
        seeds=seeds,
        ablate=ablate,
        baselines=not ablate,
        runs_dir=runs_dir,
        progress=True,
    )
    name = f"{experiment.name}-ablation" if ablate else experiment.name
    best = best_model(study)
    write(study, output / name, () if best is None else examples(study, *best))
    click.echo(f"{name}: {time.perf_counter() - start:.0f} s")
    return study, f"### {name}\n\n{markdown(study)}"


def speed() -> None:
    """Print seconds of one core."""
    import torch

    from lossgp.expressions import LossPair, zoo
    from lossgp.trainers import Criterion, trainer
    from lossgp.trainers.anomaly.detector import Detector
    from lossgp.trainers.networks import initialise
    from lossgp.trainers.recipes.fanogan import FAnoGanProtocol
    from lossgp.trainers.seeding import stream

    pair = LossPair.of(zoo.entry("ganetic").loss)
    criterion = Criterion(*pair.criterion_functions(), pair.text())
    for name, options in (("16x16", SMALL), ("32x32", {**MEDICAL, "test_abnormal_size": 400})):
        made = trainer("f-anogan", options)
        made.prepare()
        outcome = made.train(criterion, 0)
        click.echo(f"one training, {name}: {outcome.seconds:.0f} s ({made.protocol.describe()})")
    images = torch.randint(0, 256, (1000, 1, 64, 64), dtype=torch.uint8)
    for width in (8, 32, 64):
        with torch.device("meta"):
            networks = FAnoGanProtocol(size=64, width=width).networks()
        for name, network in networks.items():
            initialise(network, "cpu", stream(0, name))
        ways = {"plain float32": {}, "float32": {"quick": True}, "bfloat16": {"bfloat16": True}}
        seconds = dict.fromkeys(ways, 0.0)
        for part in images.split(256):
            for way, options in ways.items():
                chosen = (networks[name] for name in "GDE")
                start = time.process_time()
                Detector(*chosen, 1.0, **options).residuals(part)
                seconds[way] += time.process_time() - start
        told = ", ".join(f"{way} {found:.1f} s" for way, found in seconds.items())
        click.echo(f"scoring 1,000 images of 64x64, width {width}: {told}")


@click.command()
@click.option("--mnist", type=click.Path(exists=True, path_type=Path), help="MNIST as .npz.")
@click.option("--busi", type=click.Path(exists=True, path_type=Path), help="0 normal, 2 ill.")
@click.option("--brain", type=click.Path(exists=True, path_type=Path), help="0 no tumour, 1 one.")
@click.option("--only", multiple=True, metavar="NAME", help="Only these, as digits-8.")
@click.option("--seeds", default=5, show_default=True)
@click.option("--ablate", is_flag=True, help="Table I instead: GANetic in D, G and E.")
@click.option("--speed", "speeds", is_flag=True, help="Measure times instead.")
@click.option("--runs-dir", type=click.Path(path_type=Path), default=Path("runs"))
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("anomaly"))
def main(
    mnist: Path | None,
    busi: Path | None,
    brain: Path | None,
    only: tuple[str, ...],
    seeds: int,
    ablate: bool,
    speeds: bool,
    runs_dir: Path,
    output: Path,
) -> None:
    """Measure f-AnoGAN with four losses beside its baselines."""
    if speeds:
        speed()
        return
    chosen = [e for e in experiments(mnist, busi, brain) if not only or e.name in only]
    found = {e.name: table(e, seeds, runs_dir, output, ablate) for e in chosen}
    name = "ablation.md" if ablate else "anomaly.md"
    first = overview({name: study for name, (study, _) in found.items()})
    pages = [first, *(page for _, page in found.values())]
    (output / name).write_text("\n".join(pages), "utf-8")
    click.echo(f"Written: {output / name}")


if __name__ == "__main__":
    main()
