"""Tables, sentences, files and figures of a study of anomaly detection."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from lossgp import ConfigError
from lossgp.report.anomaly_files import FIGURES, check_place, read, write
from lossgp.report.anomaly_scores import scores_csv, write_maps
from lossgp.report.anomaly_table import best_model, grid, models, notes, verdicts
from lossgp.results.anomaly import AnomalyStudy, Example, Method
from lossgp.results.anomaly_scores import ScoredImage
from lossgp.trainers import Outcome, Status
from lossgp.trainers.anomaly.detection import Scores, quality


def method(name: str, shift: float, kind: str = "loss", seeds: int = 3, **more) -> Method:
    scores, outcomes = {}, []
    for seed in range(seeds):
        numbers = np.random.default_rng([seed, len(name)])
        own = Scores(numbers.normal(size=40), numbers.normal(size=60) + shift)
        area = quality(own)
        metrics = {"auroc": area.auroc, "average_precision": area.average_precision}
        outcomes.append(Outcome(seed, Status.OK, metrics, 1.0))
        scores[seed] = own
    paths = {seed: Path(f"{name}-{seed}.safetensors") for seed in scores if kind == "loss"}
    return Method(name, kind, tuple(outcomes), scores, paths, **more)


def study(*methods: Method, ablated: bool = False) -> AnomalyStudy:
    return AnomalyStudy(
        "a protocol", "hash", {}, "some images", {}, "cpu", (0, 1, 2), methods, ablated
    )


FAR, NEAR = method("far", 4.0), method("near", 0.5)
PCA = method("PCA", 2.0, "baseline", 1)


def test_a_loss_that_loses_to_pca_is_told_so_and_one_that_wins_too() -> None:
    weak = method("weak", -1.0, "baseline", 1)
    said = verdicts(study(FAR, NEAR, PCA, weak))
    assert len(said) == 2
    assert said[0].startswith("far beats PCA (+0.")
    assert said[1].startswith("near loses to PCA (-0.")
    assert "; beats weak (+0." in said[1]
    assert verdicts(study(FAR)) == []


def test_what_is_within_chance_is_told_so() -> None:
    same = method("PCA", 2.0, "loss", 1)
    (said,) = verdicts(study(same, PCA))
    assert said == "PCA cannot be told apart from PCA (+0.000 [+0.000, +0.000])"


def test_the_table_has_means_spreads_intervals_and_a_test() -> None:
    found = grid(study(FAR, NEAR, PCA))
    assert [row[0] for row in found.rows] == ["far", "near", "PCA"]
    assert "lost seeds" not in found.headings
    values = [o.metrics["auroc"] for o in NEAR.outcomes]
    row = found.rows[1]
    assert row[1] == f"{np.mean(values):.3f} ± {np.std(values, ddof=1):.3f}"
    low, high = map(float, row[2].split("–"))
    assert low < np.mean(values) < high
    assert [row[-1] for row in found.rows] == ["-", "0.25", "-"]  # three seeds, all worse
    assert found.rows[2][1] == f"{PCA.outcomes[0].metrics['auroc']:.3f}"  # one seed: no spread
    assert ("Chance", "AUROC 0.500, average precision 0.600") in notes(study(FAR, PCA))


def test_lost_seeds_stand_apart_and_count_in_the_test() -> None:
    outcomes = (*FAR.outcomes[:2], Outcome(2, Status.DIVERGED))
    lossy = Method("lossy", "loss", outcomes, FAR.scores)
    found = study(NEAR, lossy)
    table = grid(found)
    assert table.rows[1][table.headings.index("lost seeds")] == "1 diverged"
    assert table.rows[1][table.headings.index("seeds")] == "2"
    paired = found.paired(lossy)
    assert paired is not None
    worst = -NEAR.outcomes[2].metrics["auroc"]
    gains = [FAR.outcomes[i].metrics["auroc"] - NEAR.outcomes[i].metrics["auroc"] for i in (0, 1)]
    assert paired.difference == pytest.approx((sum(gains) + worst) / 3)


def test_an_ablation_ticks_the_networks() -> None:
    row = grid(study(FAR, method("x (DE)", 1.0, replaced="DE"), ablated=True)).rows[1]
    assert row[:4] == ("x (DE)", "✓", "", "✓")


def test_the_model_to_go_on_with_is_not_chosen_by_its_seed() -> None:
    found = study(NEAR, FAR)
    assert best_model(found) == (Path("far-0.safetensors"), "far")
    assert next(path for _, path in models(found)) == "near-0.safetensors"
    assert best_model(study(PCA)) is None


def example(abnormal: bool) -> Example:
    image = np.zeros((1, 4, 4))
    return Example("far", abnormal, image, image, np.ones((4, 4)), 0.5)


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text().splitlines()))


def test_the_files_are_written_and_read_again(tmp_path: Path) -> None:
    found = study(FAR, NEAR, PCA)
    paths = write(found, tmp_path / "out", [example(False), example(True)])
    assert {path.name for path in paths} == {
        *("anomaly.json", "table.csv", "scores.csv", "table.md", "table.tex", *FIGURES)
    }
    assert all(path.stat().st_size for path in paths)
    assert read(tmp_path / "out").to_json() == found.to_json()
    rows = rows_of(tmp_path / "out" / "scores.csv")
    assert len(rows) == (3 + 3 + 1) * 100
    table = rows_of(tmp_path / "out" / "table.csv")
    assert float(table[0]["auroc_mean"]) == pytest.approx(
        np.mean([o.metrics["auroc"] for o in FAR.outcomes])
    )
    page = (tmp_path / "out" / "table.md").read_text()
    assert "| far | " in page
    assert "- near loses to PCA (" in page


def test_figures_that_no_longer_belong_go(tmp_path: Path) -> None:
    write(study(FAR), tmp_path, [example(True)])
    bare = Method("far", "loss", (), {})
    write(study(bare), tmp_path)
    assert not any((tmp_path / name).exists() for name in FIGURES)


def test_a_directory_of_something_else_is_left_alone(tmp_path: Path) -> None:
    write(study(FAR), tmp_path / "one")
    with pytest.raises(ConfigError, match="study of other losses"):
        write(study(NEAR), tmp_path / "one")
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "table.csv").write_text("mine")
    with pytest.raises(ConfigError, match="no study of anomalies"):
        check_place(tmp_path / "two")
    with pytest.raises(ConfigError, match="is a file"):
        check_place(tmp_path / "two" / "table.csv")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": "lossgp.anomaly", "version": 1}', "null", "[" * 100_000]
)
def test_a_damaged_study_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "anomaly.json").write_text(text)
    with pytest.raises(ConfigError, match="damaged"):
        read(tmp_path)
    with pytest.raises(ConfigError, match="there is no study"):
        read(tmp_path / "nowhere")


def test_scored_images_are_rows_and_pictures(tmp_path: Path) -> None:
    from PIL import Image

    image, heat = np.zeros((1, 4, 5), np.float32), np.full((4, 5), 2.0, np.float32)
    scored = [
        ScoredImage("/a/x.png", 0.5, 0.3, 0.2, 0.9, (image, image + 1, heat)),
        ScoredImage("/a/x.jpg", 0.1, 0.1, 0.0, 0.0, (image, image, heat * 0)),
        ScoredImage("plain", 0.1, 0.1, 0.0, 0.0),
    ]
    assert scores_csv(scored).splitlines()[:2] == [
        "image,score,image_residual,feature_residual,normal_below",
        "/a/x.png,0.5,0.3,0.2,0.9",
    ]
    paths = write_maps(scored, tmp_path / "maps")
    assert [path.name for path in paths] == ["a_x.png", "a_x-2.png"]
    pixels = np.asarray(Image.open(paths[0]))
    assert pixels.shape == (4, 15, 3)
    assert pixels[0, 5].tolist() == [255, 255, 255]
    assert not np.array_equal(pixels[0, 10], np.asarray(Image.open(paths[1]))[0, 10])


def test_foreign_names_cannot_forge_a_line(tmp_path: Path) -> None:
    odd = method("a\x1b[2J|\nb", 4.0)
    write(study(odd, PCA), tmp_path)
    page = (tmp_path / "table.md").read_text()
    assert "\x1b" not in page
    assert r"\|" in page
    assert json.loads((tmp_path / "anomaly.json").read_text())["methods"][0]["name"] == odd.name
