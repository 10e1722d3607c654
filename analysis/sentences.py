"""Three sentences in plain words, each read off the numbers."""

from __future__ import annotations

import math

from .summary import Analysis, digits


def sentences(analysis: Analysis, against: Analysis) -> tuple[str, str, str]:
    """Return what D learns, what G gets, and how the game moves, held against another loss.

    Args:
        analysis: the loss.
        against: what it is compared with, as a rule BCE.
    """
    name = _name(against)
    return (
        _discriminator(analysis),
        _generator(analysis, against, name),
        _game(analysis, against, name),
    )


def _name(analysis: Analysis) -> str:
    from lossgp.expressions import zoo

    for entry in zoo.ENTRIES:
        if entry.loss == analysis.loss:
            return "BCE" if entry.name == "bce" else entry.name
    return "the other loss"


def _discriminator(a: Analysis) -> str:
    c = a.calibration
    if a.link == "identity" and c.kind in ("composite", "monotone"):
        return _critic(a)
    half, one = digits(c.at_half), digits(c.at_one)
    if c.kind == "proper":
        return "The optimal discriminator is calibrated: it says η, the share of real data."
    if c.kind == "useless":
        return (
            f"The optimal discriminator says {half} whatever the data are: "
            "this loss cannot train a GAN."
        )
    if c.kind == "disordered":
        return (
            "The optimal discriminator neither rises nor falls with the share of real data: "
            "its output cannot be read as a score."
        )
    if c.kind == "mirrored":
        return (
            f"The labels change places: the optimal discriminator falls from "
            f"{digits(c.at_zero)} on generated to {one} on real samples, and says {half} where "
            "they cannot be told apart. High means generated, and an accuracy of D that takes "
            "high for real reads inverted."
        )
    if c.kind == "composite" and c.at_zero < 1e-6 and 0.5 < c.at_one < 1 - 1e-6:
        return (
            f"Like one-sided label smoothing at {one}: the optimal discriminator says {one} and "
            f"not 1 on real samples, and {half} where they cannot be told apart."
        )
    if c.kind == "monotone" and a.divergence.right != a.divergence.right:
        return (
            f"The optimal discriminator decides: it jumps between {digits(c.at_zero)} and {one}, "
            "and does not say how sure it is."
        )
    return (
        f"The optimal discriminator rises with the share of real data from "
        f"{digits(c.at_zero)} to {one}, but is not calibrated: it says {half} at one half."
    )


def _critic(a: Analysis) -> str:
    """Return what D learns where its output is a raw score."""
    zero, half, one = (digits(score) for score in a.scores)
    if math.isnan(a.divergence.right):
        return (
            f"The optimal discriminator decides: its score jumps from {zero} to {one} where real "
            "and generated samples are equally frequent, and does not say how sure it is."
        )
    return (
        f"The optimal score rises with the share of real data from {zero} to {one}, and is "
        f"{half} at one half."
    )


def _generator(a: Analysis, b: Analysis, name: str) -> str:
    strength = _times(a.gradients.pull[0], b.gradients.pull[0])
    turns = a.gradients.turns
    sure = "8" if a.calibration.kind == "mirrored" else "−8"
    kind = f"The generator's objective is {_divergence(a)}"
    if strength is None:
        return f"{kind}; samples that D rejects with certainty (s = {sure}) give it no gradient."
    push = f"on confidently rejected samples (s = {sure}) its gradient is {strength} {name}'s"
    if not a.shapes.generator.is_complete:
        push += ", and it oscillates: it is pushed to and fro"
    elif turns and 0 < turns[0] < 1:
        beyond = "below" if a.calibration.kind == "mirrored" else "beyond"
        push += f", and {beyond} p = {digits(turns[0])} it is pushed back"
    return f"{kind}; {push}."


def _divergence(a: Analysis) -> str:
    d = a.divergence
    if d.name.startswith("tails"):
        return f"a divergence with {d.name}, {d.leaning}"
    if d.name == "none":
        return "no divergence"
    if d.name.startswith("integral"):
        return f"an {d.name}"
    return f"{d.name} ({d.leaning})" if d.leaning != "unknown" else d.name


def _times(pull: float, other: float) -> str | None:
    if not (math.isfinite(pull) and math.isfinite(other)) or other == 0 or abs(pull) < 1e-6:
        return None
    ratio = abs(pull / other)
    if 0.98 <= ratio <= 1.02:
        return "the same as"
    if ratio >= 100:
        return f"{ratio:,.0f} times"
    return f"{ratio:.3g} times" if ratio >= 10 else f"{ratio:.2g} times"


def _game(a: Analysis, b: Analysis, name: str) -> str:
    s = a.stability
    rate = a.gradients.rate
    scale = f"its gradients are {rate:.2g} times as large as BCE's over common scores"
    if 0.98 <= rate <= 1.02:
        scale = "its gradients are as large as BCE's over common scores"
    if not math.isfinite(rate):
        scale = "its gradients grow without bound over common scores"
    if math.isnan(s.score):
        return f"The game has no equilibrium inside the range of D; {scale}."
    if math.isnan(s.frequency):
        return f"Near the equilibrium D and G do not oppose each other; {scale}."
    if not s.is_settled:
        return (
            "Nothing holds the discriminator at the equilibrium (κ = "
            f"{digits(s.restoring)}): it needs a constraint or a penalty; {scale}."
        )
    pace = _pace(s.frequency, b.stability.frequency, name)
    return (
        f"Near the equilibrium the players circle at ω = {digits(s.frequency)}{pace}, and an R1 "
        f"penalty of weight {digits(s.critical_r1)} stops it; {scale}."
    )


def _pace(frequency: float, other: float, name: str) -> str:
    if not (math.isfinite(other) and other > 0):
        return ""
    ratio = frequency / other
    if 0.98 <= ratio <= 1.02:
        return f", as with {name}"
    return f", {ratio:.2g} times {name}'s"
