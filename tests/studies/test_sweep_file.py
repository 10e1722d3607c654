"""Sweeps written down, with the claims of a study."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import lossgp
from lossgp.config import ConfigError
from lossgp.results.claims import AGREES, DOES_NOT, OPEN
from lossgp.results.steadiness import LOST, STABILITY
from lossgp.results.sweep import SHARE
from lossgp.studies import model_measures
from lossgp.studies.model_measures import MEASURES, colour, contrast, settling, sharpness
from lossgp.studies.sweep_file import check_claims, read_sweep
from lossgp.trainers import protocol_fields, trainer_type
from lossgp.trainers.metrics import METRICS

from .sweeping import swept

__all__ = ["swept"]

OWN = (STABILITY, LOST, SHARE)
FILE = """
[sweep]
title = "Rates of digits"
paper = "Nobody 2024"
protocol = "digits"
losses = ["bce", "y_pred**2 - y_real"]
seeds = 2
seeds_near = 6
design = "grid"

[options]
width = 4
beta1 = 0.0

[vary]
learning_rate = [1e-1, 1e-3]
beta1 = [0.0, 0.5]

[[claim]]
name = "0.1 is worse"
says = "at 0.1 images are poor"
source = "section 3"
read = "a higher FID"
measure = "fid"
of = { learning_rate = 0.1 }
than = { learning_rate = 1e-3 }
is = "worse"

[[claim]]
name = "momentum helps"
measure = "fid"
of = { beta1 = 0.5 }
is = "better"
over = "all"
"""


def written(folder, text=FILE):
    path = folder / "rates.toml"
    path.write_text(text)
    return path


def run(folder, text=FILE, **fields):
    return lossgp.sweep(written(folder, text), device="cpu", runs_dir=folder / "runs", **fields)


def test_a_file_is_a_whole_sweep(swept, tmp_path):
    found = run(tmp_path)
    assert (found.title, found.paper, found.trainer) == ("Rates of digits", "Nobody 2024", "digits")
    assert found.losses == ("bce", "y_pred**2 - y_real")
    assert found.usual == (1e-3, 0.0)
    assert {s["width"] for s in swept.settings} == {4}
    assert {c.values: len(c.comparison.seeds) for c in found.cells} == {
        (0.1, 0.0): 6, (0.1, 0.5): 2, (1e-3, 0.0): 6, (1e-3, 0.5): 6
    }  # fmt: skip
    assert [v.verdict for v in found.verdicts] == [AGREES, OPEN]
    first = found.verdicts[0]
    assert (first.claim.says, first.claim.source) == ("at 0.1 images are poor", "section 3")
    assert first.tests[0].pairs == 12
    assert run(tmp_path, FILE.replace('is = "worse"', 'is = "better"')).verdicts[0].verdict == (
        DOES_NOT
    )


def test_arguments_change_parts_of_it(swept, tmp_path):
    found = run(tmp_path, options={"width": 8}, vary={"beta1": [0.25]}, seeds=7,
                one_at_a_time=True)  # fmt: skip
    assert {s["width"] for s in swept.settings} == {8}
    assert found.one_at_a_time
    assert [o.values for o in found.options] == [(0.1, 1e-3), (0.25,)]
    assert {len(c.comparison.seeds) for c in found.cells} == {7}
    assert lossgp.sweep(str(tmp_path / "rates.toml"), protocol="mnist-14", seeds=1,
                        device="cpu", runs_dir=tmp_path).trainer == "mnist-14"  # fmt: skip


def test_what_claims_need_of_models_is_measured(swept, tmp_path, monkeypatch):
    asked = []

    def measured(cells, wanted):
        asked.append(set(wanted))
        return tuple(cells)

    monkeypatch.setattr("lossgp.studies.sweep.measured", measured)
    at, of_beta = 'measure = "fid"', "\nof = { beta1"
    text = FILE.replace(at + of_beta, 'measure = "contrast"' + of_beta)
    run(tmp_path, text, measures=["sharpness"])
    assert asked == [{"fid", "contrast", "sharpness"}]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("seeds = 2", "seed = 2", r"sweep.seed: unknown key .did you mean 'seeds'.*known are"),
        ("seeds = 2", "seeds = 0", "sweep.seeds is 0; it must"),
        ('design = "grid"', 'design = "cross"', "sweep.design is 'cross'; it must"),
        ("[vary]", "[varied]", "varied: unknown key .did you mean 'vary'"),
        ('is = "worse"', 'is = "bad"', "claim.0.is is 'bad'; it must"),
        ('is = "worse"', 'was = "worse"', "claim.0.was: unknown key"),
        ("learning_rate = [1e-1, 1e-3]", "learning_rate = 0.1", "vary.learning_rate is 0.1"),
        ('losses = ["bce", "y_pred**2 - y_real"]', "losses = []", "sweep.losses"),
        ("[sweep]", "[sweep", "is not TOML"),
        ("[sweep]", "[study]", "compares searches: call lossgp study"),
        ('measure = "fid"\nof = { beta1', 'measure = "fidd"\nof = { beta1',
         "claim 'momentum helps': there is no measure 'fidd' .did you mean 'fid'"),
        ("of = { beta1", "of = { beta3", "protocol 'digits' has no option 'beta3' .did you mean"),
        ("beta1 = [0.0", "beta_one = [0.0", "no option 'beta_one'"),
        ("seeds_near = 6", "seeds_near = 1", "seeds_near is 1, and seeds 2"),
        ('"bce"', '"bcee"', "bcee"),
        ("of = { beta1 = 0.5 }", 'of = { loss = "bcc" }',
         "claim 'momentum helps': 'bcc' is none of the losses .did you mean 'bce'"),
        ("than = { learning_rate = 1e-3 }", 'than = { loss = "hinge" }', "'hinge' is none of"),
        ("of = { beta1 = 0.5 }", 'of = { beta1 = 0.5 }\nbest = ["loss"]', "has no option 'loss'"),
    ],
)  # fmt: skip
def test_mistakes_are_told_before_anything_is_trained(tmp_path, old, new, words):
    assert old in FILE
    with pytest.raises((ConfigError, lossgp.FormulaError), match=words):
        run(tmp_path, FILE.replace(old, new, 1))
    assert not (tmp_path / "runs").exists()


def test_files_that_are_not_there_and_text_that_is_no_file(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.toml: there is no such file"):
        read_sweep(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="losses is the text 'bce'; give a list"):
        lossgp.sweep("bce", {"width": [1, 2]}, runs_dir=tmp_path)


def test_the_studies_of_the_project_can_be_read():
    found = sorted((Path(__file__).parents[2] / "studies").glob("*.toml"))
    sweeps = [path for path in found if "[sweep]" in path.read_text()]
    assert {path.name for path in sweeps} >= {"brain_tumor.toml", "dgan_wp_tl.toml"}
    for path in sweeps:
        plan = read_sweep(path)
        kind = trainer_type(plan.protocol).protocol_type
        for key, values in plan.vary.items():
            for value in values:
                kind.model_validate({**plan.options, key: value})  # still options, still allowed
        check_claims(plan, protocol_fields(plan.protocol), [*METRICS, *MEASURES, *OWN])
        assert plan.claims
        for claim in plan.claims:
            assert claim.says
            assert claim.read
            assert claim.source


def test_measures_of_images():
    flat = np.full((3, 1, 4, 4), 100, np.uint8)
    assert contrast(flat) == sharpness(flat) == 0.0
    half = flat.copy()
    half[..., :2], half[..., 2:] = 0, 255
    assert contrast(half) == pytest.approx(0.5)
    assert sharpness(half) == pytest.approx((0 + 1 / 3) / 2)  # one step of three, in one direction
    grey = np.repeat(half, 3, axis=1)
    assert colour(grey) == 0.0
    grey[:, 0] = 255 - grey[:, 0]
    assert colour(grey) == pytest.approx(np.std([0, 0, 1]))


def test_a_curve_settles_where_it_stays_near_its_end():
    times = [10.0, 20.0, 30.0, 40.0]
    assert settling(times, [0.0, 5.0, 5.1, 5.0]) == 0.5
    assert settling(times, [5.0, 5.0, 5.0, 5.0]) == 0.25
    assert settling(times, [1.0, 2.0, 3.0, 4.0]) == 1.0  # it still rises
    assert settling(times, [9.0, -9.0, 9.0, -9.0]) == 1.0
    assert settling(times, [float("nan"), 1.0, 1.0, 1.0]) is None
    assert settling(times[:2], [1.0, 1.0]) is None


def test_kept_models_are_measured_and_damaged_ones_are_not(swept, tmp_path, monkeypatch):
    class Made:
        def generate(self, path, n, seed):
            return np.random.default_rng(n).integers(0, 256, (n, 1, 6, 6), np.uint8)

    monkeypatch.setattr(model_measures, "trainer", lambda *given: Made())
    history = {"iteration": [1.0, 2.0, 3.0, 4.0], "wasserstein": [0.0, 1.0, 1.0, 1.0]}
    monkeypatch.setattr(model_measures, "read", lambda path: SimpleNamespace(history=history))

    def checkpoint(comparison, loss, seed):
        return tmp_path / "model" if seed == 0 else None

    monkeypatch.setattr("lossgp.results.comparison.Comparison.checkpoint", checkpoint)
    found = lossgp.sweep(["bce"], {"learning_rate": [0.1]}, protocol="digits", seeds=2,
                         measures=["contrast", "colour", "settling"], device="cpu",
                         runs_dir=tmp_path)  # fmt: skip
    (extra,) = found.cells[0].extra.items()
    assert extra[0] == ("bce", 0)
    assert set(extra[1]) == {"contrast", "settling"}  # grey images have no colour
    assert extra[1]["settling"] == 0.5
    assert 0.25 < extra[1]["contrast"] < 0.32  # of uniform noise: 1 / sqrt(12)
    assert found.rows()[0]["contrast"] == extra[1]["contrast"]
    data = json.loads(json.dumps(found.to_json()))
    assert data["cells"][0]["losses"][0]["outcomes"][0]["of_model"]["settling"] == 0.5


def test_each_command_tells_whose_file_it_was_given(tmp_path):
    with pytest.raises(ConfigError, match=r"varies the options of a protocol: call lossgp sweep"):
        lossgp.study(written(tmp_path), runs_dir=tmp_path)
