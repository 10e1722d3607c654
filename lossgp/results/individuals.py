"""Scored candidates as plain data, as the store keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lossgp.expressions.pair import restored
from lossgp.search import Candidate, Individual, Rates, Score
from lossgp.search.prediction import Prediction
from lossgp.trainers.objective import FID, Objective


def individual_json(individual: Individual) -> dict[str, Any]:
    """Return a scored candidate as plain data, as the store keeps it."""
    candidate, said = individual.candidate, individual.candidate.prediction
    rates = {"rates": candidate.rates.to_json()} if candidate.rates else {}
    return {
        "name": candidate.name,
        "formula": candidate.loss.text(),
        "origin": candidate.origin,
        "parents": list(candidate.parents),
        **rates,
        **({"multipliers": list(candidate.multipliers)} if candidate.multipliers else {}),
        "score": individual.score.to_json(),
        **({} if said is None else {"prediction": said.to_json()}),
    }


def individual_from_json(data: Mapping[str, Any], objective: Objective = FID) -> Individual:
    """Return the scored candidate of `individual_json`'s data.

    Raises:
        FormulaError, KeyError, TypeError, ValueError: the data is not of that form.
    """
    return Individual(candidate_from_json(data), Score.from_json(data["score"], objective))


def candidate_from_json(data: Mapping[str, Any]) -> Candidate:
    """Return the candidate alone; raises as `individual_from_json` does."""
    generation, slot = str(data["name"]).removeprefix("g").split("s")
    said = data.get("prediction")
    return Candidate(
        restored(data["formula"]),
        int(generation),
        int(slot),
        str(data["origin"]),
        tuple(data["parents"]),
        None if said is None else Prediction.from_json(said),
        Rates.from_json(data["rates"]) if "rates" in data else None,
        tuple(map(float, data.get("multipliers", ()))),
    )
