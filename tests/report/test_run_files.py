"""What a run leaves on disk says what was measured, and what stands in for it."""

from __future__ import annotations

import csv
import dataclasses
import io
import json

import pytest

from lossgp.report.files import best_py, best_tex, losses_csv, trainings_csv, write, write_files
from lossgp.report.table import summary
from lossgp.results.load import load
from lossgp.results.measured import measured
from lossgp.runs import RunsError, Store
from lossgp.search import SearchSettings, score
from lossgp.trainers import Outcome

from .stored import CEILING, diverged, ok, opened, remember, stored

# Given up after its second seed; whole; given up at once; the known loss lost a seed.
TRAINED = ((ok(0, 826.8), diverged(1)), (ok(0, 30.0), ok(1, 50.0), ok(2, 40.0)), (diverged(0),))
REFERENCE = {"fid_256_ceiling": 1014.0, "fid_ceiling": CEILING, "fid_floor": 2.0}
REFERENCE |= {"kid_floor": -9.291}


@pytest.fixture
def result(tmp_path):
    with opened(tmp_path) as store:
        stored(store, trained=TRAINED, seeds=3, yardsticks=("bce_logits", "ganetic"))
        remember(store, "bce_logits", (ok(0, 60.0), ok(1, 80.0), ok(2, 100.0)))
        found = load(store, "first")
    return dataclasses.replace(found, reference=REFERENCE)


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_losses_csv_holds_no_figure_that_was_not_measured(result):
    bce, *found = rows(losses_csv(result))
    by_name = {row["name"]: row for row in found}
    assert [bce[k] for k in ("fid_mean", "fids", "imputed")] == ["80.0", "60.0 80.0 100.0", "0"]
    part = by_name["g1s0"]
    assert [part[k] for k in ("fid_mean", "fid_std", "fids")] == ["826.8", "", "826.8 - -"]
    assert (part["imputed"], part["seeds"]) == ("2", "diverged:1 not trained:1 ok:1")
    assert float(part["fid_mean_all"]) == pytest.approx((826.8 + 2 * CEILING) / 3)
    assert [by_name["g1s1"][k] for k in ("fid_mean", "fid_std")] == ["40.0", "10.0"]
    none = by_name["g1s2"]
    assert [none[k] for k in ("fid_mean", "fids", "imputed")] == ["", "- - -", "3"]
    assert [row["rank"] for row in found] == ["1", "2", "3"]


def test_trainings_csv_has_one_row_a_training(result):
    found = rows(trainings_csv(result))
    assert [(r["name"], r["seed"], r["status"], r["fid"]) for r in found] == [
        ("bce_logits", "0", "ok", "60.0"),
        ("bce_logits", "1", "ok", "80.0"),
        ("bce_logits", "2", "ok", "100.0"),
        ("g1s1", "0", "ok", "30.0"),
        ("g1s1", "1", "ok", "50.0"),
        ("g1s1", "2", "ok", "40.0"),
        ("g1s2", "0", "diverged", ""),
        ("g1s0", "0", "ok", "826.8"),
        ("g1s0", "1", "diverged", ""),
    ]
    assert list(found[0]) == ["name", "seed", "status", "fid", "d_acc", "kid", "reason"]
    assert found[6]["reason"] == "the loss is not finite"


def test_result_json_agrees_with_the_tables(result):
    data = json.loads(json.dumps(result.to_json()))
    for loss, row in zip(data["losses"], rows(losses_csv(result))[1:], strict=True):
        assert (str(loss["rank"]), loss["name"]) == (row["rank"], row["name"])
        own = loss["score"]
        assert " ".join("-" if v is None else repr(v) for v in own["fids"]) == row["fids"]
        assert ("" if own["fid_mean"] is None else repr(own["fid_mean"])) == row["fid_mean"]
        assert (str(own["imputed"]), repr(own["fid_mean_all"])) == (
            *(row["imputed"], row["fid_mean_all"]),
        )
    assert data["yardsticks"][0]["score"]["fids"] == [60.0, 80.0, 100.0]


def test_without_the_trainings_the_statuses_tell_what_was_measured():
    settings = SearchSettings()
    for outcomes in ((ok(0, 5.0), diverged(1)), (diverged(0), ok(1, 5.0), ok(2, 6.0)), ()):
        own = score(outcomes, 3, CEILING, settings)
        known = [o.metrics.get("fid") for o in outcomes] + [None] * (3 - len(outcomes))
        assert measured(own, ()) == measured(own, outcomes) == known
    dead = Outcome(0, "dead", {"fid": 700.0}, 1.0, "no variance")
    assert measured(score([dead], 1, CEILING, settings), ()) == [700.0]


def test_nothing_is_compared_with_a_known_loss_that_has_no_figure_for_a_seed(result):
    with_ratio = "\n".join(summary(result))
    assert "0.50 times that of BCE" in with_ratio
    (bce,) = result.yardsticks
    outcomes = (*bce.outcomes[:2], diverged(2))
    lost = score(outcomes, 3, CEILING, result.config.search)
    worse = dataclasses.replace(bce, score=lost, outcomes=outcomes)
    text = "\n".join(summary(dataclasses.replace(result, yardsticks=(worse,))))
    assert "times" not in text
    assert "BCE (on logits): 1 of 3 seeds diverged; nothing is compared with it" in text


def test_the_scale_is_said_in_words_that_people_understand(result):
    for text in (best_py(result, result.best), best_tex(result, result.best)):
        assert "FID 2.0 real against real images, 1000.0 of a dead generator" in text
        assert "kid_floor" not in text
        assert "fid_256" not in text
        assert "FID 40.0 ± 10.0, searched on 3 seeds\n" in text
    worst = best_py(result, result.individuals[-1])
    assert "searched on 3 seeds, 2 of them without a figure, counted as the ceiling" in worst


def test_the_device_is_said(result):
    assert "Device    cpu" in summary(result)
    unknown = dataclasses.replace(result, device=None)
    assert any("not known (the run is of an older version)" in line for line in summary(unknown))


def test_files_are_written_while_the_run_is_locked(result, tmp_path):
    runs = tmp_path / "runs"
    with Store.open(runs) as store, store.lock("first"):
        with pytest.raises(RunsError, match="is being written by process"):
            write(result)
        assert not (runs / "first/result.json").exists()
    names = [path.name for path in write(result)]
    assert names == [
        *("best.tex", "best.py", "losses.csv", "trainings.csv", "result.json", "shapes.png"),
    ]
    assert not (runs / "first/.writer").exists()


def test_text_of_others_stays_on_its_line_and_is_seen(result, tmp_path):
    evil = "\x1b[31m\na\x00b\u202e\ud800\"\"\"'''\\"
    best = result.best
    candidate = dataclasses.replace(best.candidate, origin=evil)
    bad = Outcome(0, "error", {}, 1.0, evil)
    changed = dataclasses.replace(
        result,
        individuals=(dataclasses.replace(best, candidate=candidate, outcomes=(bad,)),),
        rejects={evil: 3},
        protocol=evil,
    )
    before = {p: len(f(result, best).splitlines()) for p, f in TEXTS.items()}
    for name, write_text in TEXTS.items():
        text = write_text(changed, changed.best)
        assert all(line.isprintable() for line in text.splitlines())
        assert len(text.splitlines()) == before[name]
    compile(best_py(changed, changed.best), "best.py", "exec")
    assert all(line.isprintable() for line in summary(changed))
    assert all(line.isprintable() for line in losses_csv(changed).splitlines())
    assert all(line.isprintable() for line in trainings_csv(changed).splitlines())
    write(changed)


TEXTS = {"best.py": best_py, "best.tex": best_tex}


def test_an_error_of_writing_names_the_file(result, monkeypatch):
    def full(*given, **named):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*runs/first/losses.csv'"):
        write_files(result)
    assert not list(result.directory.glob(".new*"))
    with pytest.raises(RunsError, match=r"cannot be locked in .*runs/first \(No space left"):
        write(result)
