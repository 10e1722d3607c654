"""`lossgp show` says which form one looks at, how far the others are, and what is proved."""

import json
import re

import numpy as np
import pytest

from lossgp.expressions import Loss

from .conftest import lossgp

EVOLVED = (
    "sin(3*y_pred - y_pred*1.123456789)**2 + cos(1.876543211*y_pred)**2"
    " + y_real*(y_pred + 1.2345678)"
)


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    out = lossgp("show", EVOLVED, "--json", "--seconds", 60, cwd=tmp_path_factory.mktemp("show"))
    return json.loads(out.stdout)["losses"][""]


def test_the_simplified_form_is_smaller_and_its_difference_is_the_true_one(described):
    assert described["simplified_by"] == "sympy"
    assert len(described["simplified"]) < len(described["formula"]) / 2
    p = np.linspace(0, 1, 501)
    gaps = []
    for label in (0.0, 1.0):
        y = np.full_like(p, label)
        evolved, simple = (
            Loss.parse(described[k]).numpy()(p, y) for k in ("formula", "simplified")
        )
        gaps.append(np.abs(evolved - simple) / (1 + np.abs(evolved)))
    assert np.max(gaps) <= described["difference"] + 1e-15 <= 1e-6


def test_the_rounded_form_keeps_its_tolerance(described):
    assert 0 < described["rounded_difference"] <= 1e-4
    assert len(described["rounded"]) <= len(described["simplified"])


def test_the_text_names_every_form(tmp_path):
    lines = lossgp("show", EVOLVED, "--seconds", 60, cwd=tmp_path).stdout.splitlines()
    forms = [line.split()[0] for line in lines[1:6:2]]
    assert forms == ["evolved", "simplified", "rounded"]
    assert lines[2].strip() == "this form is trained"
    assert "by SymPy; for labels 0 and 1 equal: largest difference" in lines[4]
    assert "of 1 + |loss| on " in lines[4]
    assert lines[4].endswith(" points, edges and sharp places included")
    assert lines[8].strip() == "the rounded form, for labels 0 and 1"


def test_a_known_loss_is_shown_as_published(tmp_path):
    out = lossgp("show", "ganetic", cwd=tmp_path).stdout
    assert "this form is trained; no simpler form was found" in out
    assert "rounded" not in out
    assert "finite with bounded gradient for y_pred in [0, 1]: proved" in out


def test_that_simplified_forms_are_for_labels_0_and_1_is_said(tmp_path):
    out = lossgp("show", "-y**2*log(p) - (1-y)*log(1-p)", "--seconds", 0, cwd=tmp_path).stdout
    lines = out.splitlines()
    place = next(i for i, line in enumerate(lines) if line.startswith("simplified"))
    assert lines[place].endswith(" -y_real * log(y_pred) - (1 - y_real) * log(1 - y_pred)")
    assert "for labels 0 and 1 equal: no difference" in lines[place + 1]
    assert "the simplified form, for labels 0 and 1" in out


def test_a_constant_reads_the_same_wherever_it_is_shown(tmp_path):
    loss = "sin(-3.0084683155673995*y_pred + (y_real - y_pred)) + cos(exp(exp(y_pred)))"
    out = lossgp("show", loss, "--seconds", 0, cwd=tmp_path).stdout
    out += lossgp("show", loss, "--latex", cwd=tmp_path).stdout
    out += lossgp("card", loss, "--against", "none", cwd=tmp_path).stdout
    assert {*re.findall(r"3\.00\d+", out)} == {"3.0085", "3.0084683155673995"}
    exact = [line for line in out.splitlines() if "3.0084683155673995" in line]
    assert [line.split()[0] for line in exact] == ["evolved", "protected"]
    exported = lossgp("export", loss, "--to", "numpy", cwd=tmp_path).stdout
    assert {*re.findall(r"3\.00\d+", exported)} == {"3.0084683155673995"}


def test_without_time_only_the_rules_simplify(tmp_path):
    out = lossgp("show", EVOLVED, "--seconds", 0, cwd=tmp_path).stdout
    assert "by SymPy" not in out


@pytest.mark.parametrize(
    ("formula", "claim"),
    [
        (
            "y_real/(y_pred - 0.4)",
            "y_pred in [0, 1]: no, it is infinite at y_pred = 0.4, y_real = 1",
        ),
        ("max(0, y_real - score)", "score in [-40, 40]: proved (bounds: loss 0 to 41"),
    ],
)
def test_the_certificate_speaks_of_the_whole_domain(tmp_path, formula, claim):
    out = lossgp("show", formula, "--seconds", 0, cwd=tmp_path).stdout
    assert f"certificate finite with bounded gradient for {claim}" in out


@pytest.mark.parametrize("seconds", ["-1", "many", "nan"])
def test_a_bad_time_is_refused(tmp_path, seconds):
    err = lossgp("show", "ganetic", "--seconds", seconds, cwd=tmp_path, code=2).stderr
    assert "--seconds" in err
    assert "Traceback" not in err


def test_minima_of_a_loss_that_oscillates_are_said_to_be_some(tmp_path):
    formula = "y_real*sin(1/y_pred) + (1 - y_real)*y_pred"
    out = lossgp("show", formula, "--seconds", 0, cwd=tmp_path).stdout
    assert "nan" not in out
    assert "minimum   at y_pred = 0," not in out.split("y_real = 0")[0]
    assert "there may be more, and lower ones" in out
    assert "may be more" not in lossgp("show", "f3", "--seconds", 0, cwd=tmp_path).stdout


def test_a_loss_of_g_is_shown_under_the_label_that_it_meets(tmp_path):
    out = lossgp("show", "D: bce; G: y_real*log(y_pred)**2 + (1 - y_real)*y_pred", cwd=tmp_path)
    g = out.stdout.partition("[generator]")[2]
    assert "simplified  log(y_pred)**2\n" in g
    assert "for the label 1 equal: no difference" in g
    assert "the simplified form, for the label 1" in g
    assert "labels 0 and 1" not in g
