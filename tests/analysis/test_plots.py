import csv
import json
import math

import numpy as np
import pytest

from lossgp.analysis import (
    card_html,
    curves,
    discriminators,
    divergences,
    gradient_field,
    make_card,
    plot_kinds,
    plots,
    shapes,
    write_card,
    write_csv,
)
from lossgp.expressions import EPSILON, Loss, LossPair, zoo

STARTS = {".svg": b"<?xml", ".pdf": b"%PDF", ".png": b"\x89PNG"}


def losses(*names):
    return {name: zoo.entry(name).loss for name in names}


@pytest.mark.parametrize("suffix", STARTS)
def test_shapes_are_written_in_every_format(tmp_path, suffix):
    path = shapes(losses("ganetic"), tmp_path / f"figure{suffix}", style="paper")
    assert path.read_bytes().startswith(STARTS[suffix])


# Of every group in the zoo, losses and pairs, of probabilities and of scores.
DRAWN = (
    *("bce", "bce_logits", "minimax", "hinge", "wasserstein", "paper_hinge", "paper_bce"),
    *("f1", "f2", "f3", "ganetic", "ngl", "baikal", "alpha_gan", "fgan_kl", "asymmetric", "huber"),
)


@pytest.mark.parametrize("name", DRAWN)
def test_known_losses_can_be_drawn(tmp_path, name):
    assert shapes(losses(name), tmp_path / "figure.svg").stat().st_size > 1000


def test_a_loss_that_explodes_can_be_drawn(tmp_path):
    wild = Loss.parse("exp(exp(9*y_pred))/(y_pred - 0.5) - y_real*log(y_pred)")
    assert shapes({"wild": wild}, tmp_path / "figure.png").exists()
    assert gradient_field(wild, tmp_path / "field.png").exists()


def test_the_same_figure_has_the_same_bytes(tmp_path):
    one, two = (shapes(losses("f2"), tmp_path / f"{n}.svg").read_bytes() for n in "ab")
    assert one == two


@pytest.mark.parametrize(
    ("formula", "noted"),
    [
        ("f2", True),  # its legend reads sqrt(y - p), where the root is of |y - p|
        ("least_squares_sigmoid", False),
        ("y_pred**0.5 - y_real", True),
        ("D: score*y_real - max(0, score); G: 1/score", True),
        ("D: score*y_real - max(0, score); G: -score", False),
    ],
)
def test_a_legend_that_leaves_protections_out_says_so(formula, noted):
    known = formula in zoo.names()
    loss = zoo.entry(formula).loss if known else LossPair.parse(formula)
    figure = plots.shapes_figure({formula if known else "short": loss})
    assert ("√(|x| + ε)" in figure.get_supxlabel()) == noted


def test_theory_plots(tmp_path):
    known = losses("ganetic", "hinge", "f2", "ngl")
    for draw in (discriminators, divergences):
        assert draw(known, tmp_path / f"{draw.__name__}.svg").stat().st_size > 1000
    path = gradient_field(known["hinge"], tmp_path / "field.svg", r1=0.5)
    assert path.stat().st_size > 1000


def test_bad_arguments_of_figures_are_named(tmp_path):
    with pytest.raises(ValueError, match=r"figure\.gif.*must end in"):
        shapes(losses("bce"), tmp_path / "figure.gif")
    with pytest.raises(ValueError, match="'screen' or 'paper'"):
        shapes(losses("bce"), tmp_path / "figure.svg", style="poster")
    with pytest.raises(ValueError, match="R1 penalty"):
        gradient_field(zoo.entry("bce").loss, tmp_path / "field.svg", r1=-1)
    with pytest.raises(ValueError, match=r"card\.txt"):
        write_card(make_card(zoo.entry("bce").loss, closed_form=False), tmp_path / "card.txt")


def test_curves_of_bce():
    found = curves(zoo.entry("bce").loss, np.array([0.0, 0.25, 1.0]), epsilon=0.0)
    assert found.real.loss == pytest.approx([math.inf, -math.log(0.25), 0])
    assert found.real.slope == pytest.approx([-math.inf, -4, -1])
    assert found.real.score_slope == pytest.approx([-1, -0.75, 0], abs=1e-12)
    assert found.fake.score_slope == pytest.approx([0, 0.25, 1], abs=1e-12)
    assert found.real.score_curvature[1] == pytest.approx(0.25 * 0.75)
    assert found.fake.curvature[1] == pytest.approx(1 / 0.75**2)


def test_curves_keep_epsilon_unless_told():
    assert curves(zoo.entry("bce").loss, np.zeros(1)).real.loss[0] == pytest.approx(
        -math.log(EPSILON)
    )


def test_curves_of_a_pair_on_scores():
    found = curves(zoo.entry("hinge").loss, np.array([-2.0, 0.0, 2.0]))
    assert found.real.loss.tolist() == [3, 1, 0]
    assert found.fake.loss.tolist() == [0, 1, 3]
    assert found.generator.loss.tolist() == [2, 0, -2]
    assert found.prediction[1] == 0.5


def test_predictions_outside_the_unit_interval_are_refused():
    with pytest.raises(ValueError, match="0, 1"):
        curves(zoo.entry("bce").loss, np.array([0.5, 1.2]))


def test_curves_as_csv(tmp_path):
    write_csv(losses("bce", "hinge"), tmp_path / "curves.csv")
    with (tmp_path / "curves.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * 3 * 513
    assert {row["loss"] for row in rows} == {"bce", "hinge"}
    middle = next(r for r in rows if float(r["variable"]) == 0.5)
    assert float(middle["value"]) == pytest.approx(math.log(2))


def test_a_card_as_page_and_as_data(tmp_path):
    card = make_card(zoo.entry("ganetic").loss)
    assert card.name == "ganetic"
    write_card(card, tmp_path / "card.json")
    data = json.loads((tmp_path / "card.json").read_text())
    assert data["analysis"]["calibration"]["at_one"] == pytest.approx(0.7302079)
    assert "(sqrt(alpha)/6)**(2/7)" in data["closed_forms"][0]
    assert write_card(card, tmp_path / "card.pdf").read_bytes().startswith(b"%PDF")
    page = card_html(card)
    assert "one-sided label smoothing" in page
    assert page.count("<svg") == 3
    assert "http" not in page.replace("http://www.w3.org", "")


def test_the_page_quotes_what_a_name_holds():
    card = make_card(zoo.entry("bce").loss, name="<script>x</script>", closed_form=False)
    assert "<script" not in card_html(card)


@pytest.mark.slow
@pytest.mark.parametrize("name", DRAWN)
def test_the_cards_of_known_losses_render(tmp_path, name):
    card = make_card(zoo.entry(name).loss, closed_form=False)
    assert write_card(card, tmp_path / "card.pdf").stat().st_size > 10_000


def test_the_card_of_a_large_pair_renders(tmp_path):
    long = " + ".join(f"sin({k}*y_pred*y_real)/cos(y_pred - {k})" for k in range(1, 12))
    pair = LossPair(Loss.parse(long), Loss.parse("aq(1, y_pred) - log(sigmoid(y_pred))"))
    card = make_card(pair, closed_form=False)
    assert write_card(card, tmp_path / "card.pdf").stat().st_size > 10_000
    assert card_html(card)


@pytest.mark.parametrize("kind", plot_kinds.KINDS)
def test_every_kind_of_plot_can_be_drawn(kind, tmp_path):
    losses = {name: zoo.entry(name).loss for name in ("f2", "hinge")}
    path = plot_kinds.draw(kind, losses, tmp_path / "plot.svg")
    assert "</svg>" in path.read_text("utf-8")


def test_an_unknown_kind_of_plot_is_refused(tmp_path):
    with pytest.raises(ValueError, match="shapes, discriminators, divergences, field"):
        plot_kinds.draw("curve", {}, tmp_path / "plot.svg")


def test_a_pole_does_not_flatten_the_other_curves():
    figure = plots.shapes_figure({name: zoo.entry(name).loss for name in ("ganetic", "bce")})
    low, high = figure.axes[1].get_ylim()  # gradients for y = 1
    assert -25 < low < -10
    assert 2 < high < 5
