"""`detect`: losses in an f-AnoGAN, and baselines, compared by how well they find anomalies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lossgp.config import ConfigError
from lossgp.results.anomaly import AnomalyStudy, Example, Method, identity
from lossgp.results.progress import TrainingProgress
from lossgp.runs import Store
from lossgp.runs.place import BASELINES
from lossgp.trainers import Outcome, TrainerError

from .anomaly_rows import ENCODER, Entrant, groups, rows
from .baselines import baselines as all_baselines
from .baselines import measured
from .compare import AnyLoss
from .interruption import InterruptedStudyError
from .protocols import prepared_trainer
from .resources import TIME_LIMIT, Resources, Tell
from .session import attempt

if TYPE_CHECKING:
    from lossgp.results.result import Ended
    from lossgp.trainers.anomaly.detection import Scores
    from lossgp.trainers.recipes.fanogan import FAnoGanTrainer

PROTOCOL = "f-anogan"
_SHOWN = 4  # test images of each kind in the figure of residual maps


class AnomalyInterruptedError(InterruptedStudyError[AnomalyStudy | None]):
    """A study was interrupted; every training that had finished is kept.

    Attributes:
        study: what there is so far; None where nothing is.
    """

    def __init__(self, study: AnomalyStudy | None) -> None:
        super().__init__("the study", study)
        self.study = study


def detect(
    losses: Sequence[AnyLoss] | Mapping[str, AnyLoss],
    *,
    options: Mapping[str, Any] | None = None,
    seeds: int | None = None,
    ablate: bool = False,
    baselines: bool = True,
    device: str = "auto",
    workers: int | None = None,
    budget: float | str | None = None,
    time_limit: float = TIME_LIMIT,
    retry_failed: bool = False,
    runs_dir: Path | str | None = None,
    progress: bool | None = None,
    on_progress: Tell | None = None,
) -> AnomalyStudy:
    """Train an f-AnoGAN with each loss and seed, and compare how well anomalies are found.

    Only what the memo of the runs directory does not hold is trained. The result depends on
    nothing but the losses, the options, the images, the seeds and the kind of device.

    Args:
        losses: known names, formulas, losses or pairs, each tested against the first; a mapping
            gives them names.
        options: of the protocol `f-anogan`; among them the images.
        seeds: trainings of each loss, with the seeds 0, 1, ...; five by default.
        ablate: put each loss after the first into D, G and E, and all combinations of them, where
            the first is the base (Table I of the GANetic paper); `wasserstein` is the base of a
            single loss.
        baselines: whether PCA, nearest neighbours and an autoencoder are measured, too.
        device: "auto", "cpu", "cuda", or "cuda:N".
        workers: processes that train at once; the number of cores by default.
        budget: what may be spent before no training is started, and the result lacks some.
        time_limit: seconds that one training may take.
        retry_failed: try trainings again that crashed, timed out or raised.
        runs_dir: where memo and models live; `$LOSSGP_RUNS`, else `./runs`, by default.
        progress: whether to show progress; by default at a terminal and in a notebook, unless
            there is `on_progress`.
        on_progress: called at the start, and whenever a training has finished.

    Raises:
        ConfigError: the losses, the options or the budget are wrong.
        FormulaError: a formula cannot be read.
        RunsError: the runs directory cannot be used, or no worker can be set up.
        TrainerError: the trainer cannot be set up, or images are missing.
        AnomalyInterruptedError: a `KeyboardInterrupt`, after the running trainings were recorded;
            it holds the study so far.
    """
    resources = Resources(
        *(device, workers, budget, time_limit, retry_failed, runs_dir, progress, on_progress)
    )
    chosen = rows(losses, ablate=ablate)
    asked = dict(options or {})
    if ablate and ENCODER in asked:
        raise ConfigError(f"--ablate puts losses into the encoder, so {ENCODER} cannot be set")
    prepared = _trainer(asked, device)
    count = prepared.seeds if seeds is None else seeds
    if not 1 <= count <= 1000:
        raise ConfigError(f"seeds is {count}; it must be from 1 to 1000")
    numbers = tuple(range(count))
    found: list[Method] = []
    with resources.opened() as (store, tell):
        training = _Training(store, resources, numbers, tell)
        ended: Ended = ""
        methods: dict[str, Method] = {}
        for changed, group in groups(chosen):
            if ended:
                break
            trained, ended = training.of(group, {**asked, **changed})
            methods |= {method.name: method for method in trained}
        found = [
            methods.get(
                e.name, Method(e.name, "loss", (), {}, {}, e.pair.text(), e.replaced, e.note)
            )
            for e in chosen
        ]
        if baselines and not ended:
            rivals, ended = _baselines(prepared, numbers, resources.directory / BASELINES, tell)
            found += rivals
    protocol = prepared.protocol
    study = AnomalyStudy(
        protocol=protocol.describe(),
        protocol_hash=protocol.hash(),
        options=protocol.model_dump(mode="json"),
        data=prepared.describe_data(),
        split=prepared.split.record(),
        device=prepared.device,
        seeds=numbers,
        methods=tuple(found),
        ablated=ablate,
        warnings=prepared.warnings(),
    )
    if ended == "interrupt":
        raise AnomalyInterruptedError(study if any(m.outcomes for m in found) else None)
    return study


def identity_of(
    losses: Sequence[AnyLoss] | Mapping[str, AnyLoss],
    *,
    options: Mapping[str, Any],
    ablate: bool,
    device: str,
) -> str:
    """Return the identity of the study that `detect` would return; nothing is trained.

    Raises as `detect` does.
    """
    chosen = rows(losses, ablate=ablate)
    protocol = _trainer(options, device).protocol
    return identity(protocol.hash(), [(e.name, e.pair.text()) for e in chosen])


def examples(study: AnomalyStudy, path: Path, method: str) -> list[Example]:
    """Return some test images with what a kept model makes of them: the same for all models.

    Raises:
        TrainerError: the model cannot be read, or the images are not there any more.
    """
    import torch

    prepared = _trainer(dict(study.options), study.device)
    detector = prepared.detector(path)
    found = []
    for abnormal, part in enumerate((prepared.split.test_normal, prepared.split.test_abnormal)):
        images = torch.from_numpy(part.images[prepared.drawn(len(part), _SHOWN)])
        scores = detector.residuals(images).score(detector.kappa).tolist()
        made, maps = (each.double().numpy() for each in detector.maps(images))
        real = images.double().numpy() / 127.5 - 1
        rows = zip(real, made, maps, scores, strict=True)
        found += [Example(method, bool(abnormal), *row) for row in rows]
    return found


@dataclass(frozen=True)
class _Training:
    """What all groups of a study are trained with."""

    store: Store
    resources: Resources
    seeds: tuple[int, ...]
    tell: Tell

    def of(
        self, group: Sequence[Entrant], options: Mapping[str, Any]
    ) -> tuple[list[Method], Ended]:
        """Train a group of losses under the same options."""
        from lossgp.trainers.gan.checkpoint import checkpoint_path

        prepared = _trainer(options, self.resources.device)
        keep = self.resources.checkpoints
        pairs = [e.pair for e in group]
        outcomes: list[list[Outcome]] = [[] for _ in group]

        def path(e: Entrant, seed: int) -> Path:
            return checkpoint_path(
                keep, prepared.protocol.hash(), e.pair.key(), seed, prepared.device
            )

        with self.resources.session(self.store, PROTOCOL, options, prepared, keep=keep) as training:
            if not (ended := training.get_ready(self.tell)):
                outcomes, ended = training.train(pairs, self.seeds, self.tell)
            if not ended:
                # A search trains without keeping models: such a training is done once more.
                lost = [
                    (e.pair, o.seed)
                    for e, of_loss in zip(group, outcomes, strict=True)
                    for o in of_loss
                    if o.metrics and not path(e, o.seed).is_file()
                ]

                def again() -> None:
                    for number, (pair, seed) in enumerate(lost):
                        words = "training again what was not kept"
                        self.tell(TrainingProgress("training", number, len(lost), None, words))
                        training.trials.once_more(pair, seed)

                ended = attempt(again)
        found = []
        for e, of_loss in zip(group, outcomes, strict=True):
            models = {o.seed: path(e, o.seed) for o in of_loss if o.metrics}
            scores = {seed: s for seed, model in models.items() if (s := _scores(model))}
            there = {seed: models[seed] for seed in scores}
            found.append(
                Method(
                    e.name, "loss", tuple(of_loss), scores, there, e.pair.text(), e.replaced, e.note
                )
            )
        return found, ended


def _baselines(
    prepared: FAnoGanTrainer, seeds: Sequence[int], directory: Path, tell: Tell
) -> tuple[list[Method], Ended]:
    from lossgp.trainers.preparation import listening

    found: list[Method] = []

    def listener(activity: str, done: int, total: int) -> None:
        tell(TrainingProgress("preparing", done, total, activity=f"baselines: {activity}"))

    def work() -> None:
        tell(TrainingProgress("preparing", activity="baselines"))
        with listening(listener):
            for each in all_baselines(prepared.split, prepared.rival_extractor()):
                tell(TrainingProgress("preparing", activity=f"baselines: {each.name}"))
                found.append(measured(each, prepared.split, seeds, directory))

    return found, attempt(work)


def _trainer(options: Mapping[str, Any], device: str) -> FAnoGanTrainer:
    prepared: Any = prepared_trainer(PROTOCOL, options, device)
    return prepared  # type: ignore[no-any-return]


def _scores(path: Path) -> Scores | None:
    """The scores of the test images in a model's file; None where it is not there or damaged."""
    from lossgp.trainers.anomaly.model_file import read_scores

    try:
        return read_scores(path)
    except TrainerError:
        return None
