"""The commands that look at a loss: show, zoo, plot, card, same, export."""

import csv
import json
import subprocess
import sys

import pytest

from lossgp.expressions.export import GROUPS

from .conftest import lossgp


def test_show_ganetic(tmp_path):
    out = lossgp("show", "ganetic", cwd=tmp_path).stdout
    # Equation 2 of the GANetic paper, protections written out, and equation 3 by class.
    assert (
        r"y_{pred}^{3} + \sqrt{\left|\frac{3.985 \cdot y_{real}}{y_{pred} + \varepsilon}\right|"
        r" + \varepsilon}"
    ) in out
    assert r"y_{pred}^{3} + \sqrt{\frac{3.985}{y_{pred}}}" in out
    assert "minimum   at y_pred = 0.7302079 = (sqrt(alpha)/6)**(2/7) with alpha = 3.985" in out
    assert "where the loss is 2.725447" in out
    assert list(tmp_path.iterdir()) == []


def test_show_as_json(tmp_path):
    data = json.loads(lossgp("show", "ganetic", "--json", cwd=tmp_path).stdout)
    (minimum,) = data["losses"][""]["by_class"]["1"]["minima"]
    assert minimum["at"] == pytest.approx(0.7302079, abs=1e-7)
    assert minimum["value"] == pytest.approx(2.7254466, abs=1e-7)


def test_show_a_pair_with_both_halves(tmp_path):
    out = lossgp("show", "D: max(0, 1 - (2*y_real - 1)*score); G: -score", cwd=tmp_path).stdout
    assert "[discriminator]" in out
    assert "[generator]" in out
    assert "score from 1 to inf" in out  # the flat part of the hinge


def test_show_a_run_and_one_of_its_losses(finished):
    assert "Best losses of run first" in lossgp("show", "first", cwd=finished).stdout
    latex = lossgp("show", "first", "--latex", cwd=finished).stdout.splitlines()
    assert len(latex) == 6
    assert "first#2" in lossgp("show", "first#2", cwd=finished).stdout


def test_the_zoo_is_listed_with_sources(tmp_path):
    rows = json.loads(lossgp("zoo", "--json", cwd=tmp_path).stdout)
    assert {"bce", "minimax", "hinge", "wasserstein", "least_squares", "f1", "f2", "f3",
            "ganetic", "ngl", "baikal"} <= {row["name"] for row in rows}  # fmt: skip
    assert all(row["source"] for row in rows)
    assert "ganetic" in lossgp("zoo", cwd=tmp_path).stdout


@pytest.mark.parametrize("suffix", [".png", ".pdf", ".svg"])
def test_plot_writes_what_was_asked_for(tmp_path, suffix):
    done = lossgp("plot", "ganetic", "hinge", "(y_pred - y_real)**2", "-o", f"x{suffix}",
                  cwd=tmp_path)  # fmt: skip
    assert f"Wrote x{suffix}" in done.stdout
    assert (tmp_path / f"x{suffix}").stat().st_size > 5000


def test_plot_writes_curves_as_numbers(tmp_path):
    lossgp("plot", "ganetic", "D: -score*y_real; G: -score", "-o", "x.csv", cwd=tmp_path)
    with (tmp_path / "x.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["loss"] for row in rows} == {"ganetic", "D: -score * y_real; G: -score", "bce"}
    assert {row["side"] for row in rows} == {"real", "fake", "generator"}
    middle = [r for r in rows if r["loss"] == "ganetic" and r["prediction"] == "0.5"]
    values = {row["side"]: float(row["value"]) for row in middle}
    assert values["fake"] == pytest.approx(0.125 + 1e-8**0.5)
    assert values["real"] == values["generator"] == pytest.approx(0.125 + 7.97**0.5)


def test_the_card_in_words_and_as_a_page(tmp_path):
    out = lossgp("card", "ganetic", cwd=tmp_path).stdout
    assert "0, 0.599, 0.7302" in out
    assert "label smoothing at 0.7302" in out
    lossgp("card", "ganetic", "-o", "card.html", cwd=tmp_path)
    assert "<svg" in (tmp_path / "card.html").read_text("utf-8")
    lossgp("card", "D: y_pred*y_real + 1 - y_real; G: log(1 - y_pred)", "-o", "card.json",
           cwd=tmp_path)  # fmt: skip
    assert json.loads((tmp_path / "card.json").read_text("utf-8"))["format"] == "lossgp.card"


def test_same_names_the_level_and_the_scale(tmp_path):
    out = lossgp("same", "f1", "-2*log(abs(y_real - y_pred))", cwd=tmp_path).stdout
    assert "equal in gradient" in out
    assert "0.5 x slopes" in out
    assert "structure" in lossgp("same", "ganetic", "f4", cwd=tmp_path).stdout
    assert "different" in lossgp("same", "ganetic", "bce", cwd=tmp_path, code=1).stdout


def test_export_runs_without_lossgp(tmp_path):
    lossgp("export", "ganetic", "--to", "torch", "-o", "loss.py", cwd=tmp_path)
    probe = (
        "import sys; sys.modules['lossgp'] = None; import torch, loss; "
        "print(loss.DiscoveredLoss()(torch.tensor([0.5]), torch.tensor([1.0])).item())"
    )
    ran = subprocess.run(
        [sys.executable, "-c", probe], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert float(ran.stdout) == pytest.approx(0.125 + (3.985 / 0.5) ** 0.5)
    err = lossgp("export", "ganetic", "--to", "matlab", cwd=tmp_path, code=2).stderr
    assert "torch, keras" in err


def test_export_for_g_alone(tmp_path):
    out = lossgp("export", "ganetic", "--to", "stylegan2-ada", "--generator-only", cwd=tmp_path)
    assert "loss_kwargs.generator_only = True" in out.stdout
    out = lossgp("export", "ganetic", "--to", "stylegan2-ada", cwd=tmp_path)
    assert "loss_kwargs.generator_only = False" in out.stdout
    refused = ("export", "ganetic", "--to", "jax", "--generator-only", "-o", "loss.py")
    err = lossgp(*refused, cwd=tmp_path, code=2).stderr
    assert "stylegan2-ada, stylegan3; a file for jax has D's loss and G's apart" in err
    assert list(tmp_path.iterdir()) == []


def test_help_lists_the_targets_in_their_groups(tmp_path):
    lines = [" ".join(x.split()) for x in lossgp("export", "-h", cwd=tmp_path).stdout.splitlines()]
    for title, group in GROUPS.items():
        assert f"{title} {', '.join(group)}" in lines


def test_a_run_is_drawn_into_its_directory(finished):
    done = lossgp("plot", "first", cwd=finished)
    assert done.stdout.strip() == "Wrote runs/first/search.png"
    assert (finished / "runs/first/search.png").stat().st_size > 10_000


def test_a_run_is_not_drawn_as_numbers(finished):
    done = lossgp("plot", "first", "-o", "first.csv", cwd=finished, code=2)
    assert "it must be one of .png, .pdf, .svg" in done.stderr


def test_losses_need_a_file_to_be_drawn_into(tmp_path):
    assert "-o shapes.png" in lossgp("plot", "ganetic", cwd=tmp_path, code=2).stderr
