"""Three sentences in plain words, each read off the numbers."""

from __future__ import annotations

import math

import numpy as np

from lossgp.expressions import Link, LossPair

from .jumps import Jump, rests_between
from .ranges import logit
from .summary import Analysis
from .telling import digits, oscillates, several, tails_text

_NO_FORCE = 1e-9  # of the loss's gradients: a smaller frequency or curvature is rounding
_NO_PULL = 1e-6  # of G's gradients: a smaller one teaches nothing


def sentences(
    analysis: Analysis, against: Analysis | None = None, name: str | None = None
) -> tuple[str, str, str]:
    """Return what D learns, what G gets, and how the game moves, held against another loss.

    Args:
        analysis: the loss.
        against: what it is compared with, as a rule BCE; None for nothing.
        name: what the other loss is called; by default its name in the zoo.
    """
    other = "" if against is None else name or _name(against)
    return (
        _discriminator(analysis),
        _generator(analysis, against, "BCE" if other == "bce" else other),
        _game(analysis, against, "BCE" if other == "bce" else other),
    )


def _name(analysis: Analysis) -> str:
    from lossgp.expressions import zoo

    return next((e.name for e in zoo.ENTRIES if e.loss == analysis.loss), "the other loss")


def _discriminator(a: Analysis) -> str:
    c = a.calibration
    on_scores = a.link == "identity"
    half, one = digits(c.at_half), digits(c.at_one)
    if c.kind == "proper":
        return "The optimal discriminator is calibrated: it says η, the share of real data."
    if c.kind == "useless":
        says = f"gives the score {digits(a.scores[1])}" if on_scores else f"says {half}"
        return (
            f"The optimal discriminator {says} whatever the data are: in theory this loss cannot "
            "train a GAN."
        )
    if c.kind == "unbounded":
        where = f"a score of {digits(a.scores[1])}" if on_scores else f"y_pred = {half}"
        return (
            f"There is no optimal discriminator: its loss falls without end at {where} "
            "whatever the data are, and in theory it cannot train a GAN."
        )
    if c.kind == "disordered":
        return (
            "The optimal discriminator neither rises nor falls with the share of real data: "
            "its output cannot be read as a score."
        )
    if c.kind == "mirrored":
        zero, half, one = map(digits, a.scores if on_scores else (c.at_zero, c.at_half, c.at_one))
        return (
            f"The labels change places: the optimal discriminator falls from "
            f"{zero} on generated to {one} on real samples, and says {half} where "
            f"they cannot be told apart{_leaps(a)}. High means generated, and an accuracy of D "
            "that takes high for real reads inverted."
        )
    if c.kind == "monotone" and rests_between(c.jumps, c.prediction[np.argsort(c.eta)]):
        return _step(a)
    if on_scores:
        zero, half, one = map(digits, a.scores)
        return (
            f"The optimal score rises with the share of real data from {zero} to {one}, and is "
            f"{half} at one half{_leaps(a)}."
        )
    if c.kind == "composite" and c.at_zero < 1e-6 and 0.5 < c.at_one < 1 - 1e-6:
        return (
            f"Like one-sided label smoothing at {one}: the optimal discriminator says {one} and "
            f"not 1 on real samples, and {half} where they cannot be told apart."
        )
    return (
        f"The optimal discriminator rises with the share of real data from "
        f"{digits(c.at_zero)} to {one}, but is not calibrated: it says {half} at one half"
        f"{_leaps(a)}."
    )


def _leaps(a: Analysis) -> str:
    """Return where D* leaps from one minimum of its loss to another, as a clause."""
    jumps = a.calibration.jumps
    if not jumps:
        return ""
    widest = max(jumps, key=lambda jump: abs(jump.behind - jump.before))
    before, behind = _said(a, widest)
    more = f", and {len(jumps) - 1} more times" if len(jumps) > 2 else ", and once more"
    return (
        f"; it jumps from {before} to {behind} at a share of real data of {widest.eta:.2g}"
        f"{more if len(jumps) > 1 else ''}, as another minimum of its loss becomes the deepest"
    )


def _said(a: Analysis, jump: Jump) -> tuple[str, str]:
    """Return what D* says before and behind a jump, as scores where D says scores."""
    ends = np.array([jump.before, jump.behind])
    before, behind = (logit(ends) if a.link == "identity" else ends).tolist()
    return digits(before), digits(behind)


def _step(a: Analysis) -> str:
    """Return what D learns where its answer never moves smoothly."""
    jumps = a.calibration.jumps
    what = "its score" if a.link == "identity" else "it"
    low, high = _said(a, Jump(0.5, jumps[0].before, jumps[-1].behind))
    if len(jumps) > 1:
        where = f"in {len(jumps)} steps, at shares of real data of " + ", ".join(
            f"{jump.eta:.2g}" for jump in jumps
        )
    elif abs(jumps[0].eta - 0.5) < 1e-5:
        where = "where real and generated samples are equally frequent"
    else:
        where = f"at a share of real data of about {jumps[0].eta:.2g}"
    return (
        f"The optimal discriminator decides: {what} jumps from {low} to {high} {where}, and does "
        "not say how sure it is."
    )


def _generator(a: Analysis, b: Analysis | None, name: str) -> str:
    mirrored = a.calibration.kind == "mirrored"
    sure = f"s = {'8' if mirrored else '−8'}"
    told = f"The generator minimises {_divergence(a)}"
    pull = a.gradients.pull[0]
    if not math.isfinite(pull):
        push = f"on confidently rejected samples ({sure}) its gradient has no bound"
    elif abs(pull) <= _NO_PULL * _strength(a):
        push = f"samples that D rejects with certainty ({sure}) give it no gradient"
    else:
        size = _compared(a, b, name)
        push = f"on confidently rejected samples ({sure}) its gradient is {size}"
    return f"{told}; {push}{_turning(a)}."


def _turning(a: Analysis) -> str:
    """Return whether and where G is pushed the wrong way."""
    mirrored = a.calibration.kind == "mirrored"
    wrong = a.gradients.pull[0] > _NO_PULL * _strength(
        a
    )  # a rejected sample is told to become worse
    if oscillates(a.shapes.generator):
        return ", and it oscillates: it is pushed to and fro"
    turns, away = a.gradients.turns, " and points the wrong way" if wrong else ""
    if not turns:
        return away
    variable = "a score of" if _generator_link(a) == "identity" else "p ="
    if len(turns) > 1:
        return f"{away}, and it changes its direction at {variable} {several(turns, 3)}"
    place = f"{'below' if mirrored else 'beyond'} {variable} {digits(turns[0])}"
    return f"{away}, except {place}" if wrong else f", and {place} it is pushed back"


def _generator_link(a: Analysis) -> Link:
    return a.loss.generator.link if isinstance(a.loss, LossPair) else a.loss.link


def _divergence(a: Analysis) -> str:
    d = a.divergence
    tail = f", {d.leaning}" if d.leaning != "unknown" else ""
    if d.name.startswith("tails"):
        return f"a divergence with tails (L, R) = {tails_text(d)}{tail}"
    if d.name.startswith("no divergence"):
        return d.name
    if d.name.startswith("blind"):
        return f"a divergence that is {d.name}"
    if d.name.startswith("integral"):
        return f"an {d.name}"
    if d.name.startswith("total"):
        return "a total-variation-like distance, since D* moves in steps"
    return f"a {d.name} divergence ({d.leaning})"


def _strength(a: Analysis) -> float:
    """Return the usual size of G's gradients; 1 where they have no bound."""
    size = a.gradients.strength
    return size if math.isfinite(size) else 1.0


def _compared(a: Analysis, b: Analysis | None, name: str) -> str:
    """Return G's pull at the end as a multiple of another's; itself where there is no other."""
    size = abs(a.gradients.pull[0])
    other = math.nan if b is None else abs(b.gradients.pull[0])
    if b is None or not math.isfinite(other):
        return digits(size, a.unit)
    if other <= _NO_PULL * _strength(b):
        return f"{digits(size, a.unit)}, where {name}'s vanishes"
    return f"{_multiple(size / other)} {name}'s"


def _multiple(ratio: float) -> str:
    """Return "2.5 times", "the same as", "1/300 of": how much larger something is."""
    if 0.98 <= ratio <= 1.02:
        return "the same as"
    if ratio < 0.01:
        return f"1/{float(f'{1.0 / ratio:.2g}'):,.0f} of"
    if ratio >= 1e7:
        return f"{digits(ratio)} times"
    return f"{ratio:,.0f} times" if ratio >= 100 else f"{_short(ratio)} times"


def _short(ratio: float) -> str:
    return f"{ratio:.3g}" if ratio >= 10 else f"{ratio:.2g}"


def _game(a: Analysis, b: Analysis | None, name: str) -> str:
    s = a.stability
    scale = _scale(a.gradients.rate)
    if a.calibration.kind == "unbounded":
        return f"The game has no equilibrium, since D's loss has no lower bound; {scale}."
    if math.isnan(s.score):
        return f"The game has no equilibrium inside the range of D; {scale}."
    if math.isnan(s.frequency) and not s.is_smooth:
        return (
            "Where the samples are equally frequent, D rests where the loss's slopes jump, and "
            f"how the game moves there cannot be told; {scale}."
        )
    if math.isnan(s.frequency):
        return (
            "Near the equilibrium the generator is pushed away from the data, so that the game "
            f"runs off; {scale}."
        )
    unit = a.gradients.rate if math.isfinite(a.gradients.rate) else 1.0
    if s.frequency <= _NO_FORCE * math.sqrt(unit * _strength(a)):
        return f"At the equilibrium D and G do not act on each other (ω = 0); {scale}."
    if s.restoring < -_NO_FORCE * unit:
        return (
            "Where the samples are equally frequent, D is at no smooth minimum of its loss, and "
            f"how the game moves cannot be told; {scale}."
        )
    if not s.restoring > _NO_FORCE * unit:
        return (
            "Nothing holds the discriminator at the equilibrium (κ = "
            f"{digits(s.restoring, a.unit)}): it needs a constraint or a penalty; {scale}."
        )
    frequency, weight = (digits(v, a.unit) for v in (s.frequency, s.critical_r1))
    return (
        f"Near the equilibrium the players circle at ω = {frequency}"
        f"{_pace(s.frequency, b, name)}, and an R1 penalty of weight {weight} stops it; {scale}."
    )


def _scale(rate: float) -> str:
    if not math.isfinite(rate):
        return "the loss's gradients have no bound over common scores"
    if rate == 0:
        return "the loss gives D no gradient"
    if 0.98 <= rate <= 1.02:
        return "the loss's gradients are as large as BCE's over common scores"
    return f"over common scores the loss's gradients are {_multiple(rate)} BCE's"


def _pace(frequency: float, b: Analysis | None, name: str) -> str:
    if b is None or not (math.isfinite(b.stability.frequency) and b.stability.frequency > 0):
        return ""
    multiple = _multiple(frequency / b.stability.frequency)
    return f" (as with {name})" if multiple == "the same as" else f" ({multiple} {name}'s)"
