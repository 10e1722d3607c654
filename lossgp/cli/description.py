"""What `lossgp show` tells of one loss: as data, and as lines that people read."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lossgp.expressions import Loss

_RELATIVE = "of 1 + |loss|"


def forms_of(loss: Loss, seconds: int, labels: tuple[int, ...]) -> dict[str, Any]:
    """Return the loss as it is trained, simplified, and with short constants, as plain data.

    One that meets a single label is simplified for that alone.
    """
    from lossgp.expressions.display import difference, rounded, shown
    from lossgp.expressions.rounding import ROUNDING

    met = loss.at_label(labels[0]) if len(labels) == 1 else loss
    form = shown(met, seconds=seconds, tolerance=0)
    short = rounded(form.loss, met, ROUNDING)
    return {
        "formula": loss.text(),
        "simplified": form.loss.text(),
        "simplified_by": form.by,
        "difference": _number(form.difference),
        "rounded": short.text(),
        "rounded_difference": _number(difference(met, short)),
        "points": form.points,
        "latex": form.loss.latex(),
        "latex_rounded": short.latex(),
        "latex_protected": loss.latex(epsilon=True),
    }


def description(loss: Loss, labels: tuple[int, ...]) -> dict[str, Any]:
    """Return size, certificate, and the form and minima for each of the labels, as plain data."""
    from lossgp.expressions.printing import latex, text
    from lossgp.expressions.rounding import short_constants, without_noise

    exact = loss.by_class(epsilon=False)
    short = map(without_noise, short_constants(loss).by_class(epsilon=False))
    return {
        "link": loss.link,
        "size": loss.size,
        "certificate": _certificate(loss),
        "by_class": {
            str(label): {
                "formula": text(tree, loss.link),
                "latex": latex(tree, loss.link),
                "rounded": text(brief, loss.link),
                "latex_rounded": latex(brief, loss.link),
                **_minima(loss, label),
            }
            for label, tree, brief in zip((1, 0), exact, short, strict=True)
            if label in labels
        },
    }


def _certificate(loss: Loss) -> dict[str, Any]:
    from lossgp.expressions.domain import DOMAIN

    proof = loss.certificate()
    return {
        "claim": "finite with bounded gradient",
        "domain": DOMAIN[loss.link],
        "status": "proved" if proof.finite else "unknown" if proof.pole is None else "disproved",
        "value": proof.value,
        "slope": proof.slope,
        "unproven_near": proof.where and {"from": proof.where[0], "to": proof.where[1],
                                          "y_real": proof.where[2]},
        "pole": proof.pole,
    }  # fmt: skip


def _minima(loss: Loss, label: int) -> dict[str, Any]:
    from lossgp.analysis.sides import Sides
    from lossgp.analysis.stationary import shape

    sides = Sides.of(loss)
    found = shape(sides.real if label == 1 else sides.fake, closed_form=True)
    minima = [
        {
            "at": _number(m.at),
            "value": _number(m.value),
            "place": m.place,
            "flat": [_number(m.low), _number(m.high)] if m.is_flat else None,
            "closed_form": m.closed_form.text if m.closed_form else None,
            "constants": dict(m.closed_form.constants) if m.closed_form else {},
        }
        for m in found.minima
    ]
    return {"minima": minima, "all_minima": found.is_complete}


def lines(described: dict[str, Any]) -> Iterator[str]:
    """Yield what people read of a loss."""
    score = described["link"] == "identity"
    prediction = "score" if score else "y_pred"
    yield from _form_lines(described)
    yield f"size        {described['size']} nodes, as evolved"
    link = "the raw output of D" if score else "a sigmoid of the raw output, in [0, 1]"
    yield f"prediction  {prediction} is {link}"
    yield f"certificate {_proof(described['certificate'], prediction)}"
    for label, own in described["by_class"].items():
        yield f"\ny_real = {label}"
        yield f"  loss      {own['rounded']}"
        yield f"  LaTeX     {own['latex_rounded']}"
        for m in own["minima"]:
            yield f"  minimum   {_place(m, prediction)}"
        if not own["all_minima"]:
            yield "            there may be more, and lower ones: the loss turns too often here"
        elif not own["minima"]:
            yield "  minimum   none: the loss is constant"


def _form_lines(described: dict[str, Any]) -> Iterator[str]:
    """Yield the forms of a loss, each with what it is and how far it is from the evolved one."""
    evolved, simple, short = (described[k] for k in ("formula", "simplified", "rounded"))
    where = f"on {described['points']:,} points, edges and sharp places included"
    labels = "labels 0 and 1" if "0" in described["by_class"] else "the label 1"
    yield f"evolved     {evolved}"
    if simple == evolved:
        yield "            this form is trained; no simpler form was found"
    else:
        yield "            this form is trained"
        by = "SymPy" if described["simplified_by"] == "sympy" else "the rules of the domain"
        yield f"simplified  {simple}"
        same = _gap(described["difference"], where)
        yield f"            for display, by {by}; for {labels} equal: {same}"
    if short != simple:
        yield f"rounded     {short}"
        gap = _figure(described["rounded_difference"], 2)
        yield (
            "            for display, constants shortened; "
            f"for {labels} differs by at most {gap} {_RELATIVE}"
        )
    of = "evolved" if simple == evolved else "simplified"
    if short != simple:
        of = "rounded"
    yield f"LaTeX       {described['latex_rounded' if of == 'rounded' else 'latex']}"
    yield f"            the {of} form{'' if of == 'evolved' else f', for {labels}'}"
    yield f"protected   {described['latex_protected']}"
    yield "            the evolved form, its protections written out"


def _gap(difference: float | str, where: str) -> str:
    gap = "no difference" if difference == 0 else f"largest difference {_figure(difference, 2)}"
    return f"{gap} {'' if difference == 0 else _RELATIVE + ' '}{where}"


def _proof(certificate: dict[str, Any], prediction: str) -> str:
    low, high = certificate["domain"]
    claim = f"{certificate['claim']} for {prediction} in [{low:g}, {high:g}]"
    if certificate["status"] == "proved":
        least, most = (_figure(x, 4) for x in certificate["value"])
        steepest = _figure(certificate["slope"], 4)
        return f"{claim}: proved (bounds: loss {least} to {most}, slope up to {steepest})"
    near = certificate["unproven_near"]
    if certificate["status"] == "disproved":
        at = _figure(certificate["pole"])
        return f"{claim}: no, it is infinite at {prediction} = {at}, y_real = {near['y_real']}"
    return (
        f"{claim}: unknown (no proof near {prediction} = {_figure(near['from'], 4)}, "
        f"y_real = {near['y_real']})"
    )


def _number(value: float) -> float | str:
    """Return a number that JSON knows: infinities as text, no negative zero."""
    return value + 0.0 if math.isfinite(value) else str(value)


def _place(minimum: dict[str, Any], prediction: str) -> str:
    at, value = _figure(minimum["at"]), _figure(minimum["value"])
    form = minimum["closed_form"]
    where = f"{prediction} = {at}"
    if form and form != at:
        given = ", ".join(f"{k} = {_figure(v)}" for k, v in minimum["constants"].items())
        where += f" = {form}" + (f" with {given}" if given else "")
    if minimum["flat"]:
        low, high = map(_figure, minimum["flat"])
        where = f"{prediction} from {low} to {high}"
    end = f" ({minimum['place']} of the range)" if "end" in minimum["place"] else ""
    return f"at {where}, where the loss is {value}{end}"


def _figure(value: float | str, digits: int = 7) -> str:
    return value if isinstance(value, str) else f"{value:.{digits}g}"
