"""How far a search or a comparison is, for whoever shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lossgp.search import Individual
from lossgp.trainers.objective import FID, Objective


@dataclass(frozen=True)
class Progress:
    """Where a run stands, for whoever shows it.

    Attributes:
        run: its name.
        stage: "preparing", "yardsticks", "generation", "confirming" (the best, on fresh seeds),
            or, when no more trainings start, "stopping" (Ctrl-C), "time is up" or "budget used up".
        generation, generations: the one being trained, from 1; how many there will be, 0 where
            a budget alone decides.
        done, total: trainings of this stage; known ones and those that are spared, because a
            loss failed, are done.
        best: the fittest candidate so far.
        rejects: trees not trained so far, by reason.
        remaining: estimated seconds until all generations are complete, once there is a basis.
        objective: what is minimised.
        activity: what a preparation, or a generation before its trainings, does at the moment;
            `done` and `total` are its steps.
        warnings: what a user should know of the data, from the start on.
        protocol: under which losses are confirmed; empty before.
    """

    run: str
    stage: str
    generation: int
    generations: int
    done: int
    total: int
    best: Individual | None
    rejects: Mapping[str, int]
    remaining: float | None
    objective: Objective = FID
    activity: str = ""
    warnings: tuple[str, ...] = ()
    protocol: str = ""


@dataclass(frozen=True)
class TrainingProgress:
    """How far a comparison is.

    Attributes:
        stage: "preparing", "training", or, when no more trainings start, "stopping" (Ctrl-C) or
            "time is up" or "budget used up".
        done, total: trainings that were missing in the memo; of a preparation, steps of its
            present activity.
        activity: what a preparation does at the moment; of trainings, what they are part of.
        remaining: estimated seconds, once there is a basis.
        warnings: what a user should know of the data; told once.
    """

    stage: str
    done: int = 0
    total: int = 0
    remaining: float | None = None
    activity: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class StudyProgress:
    """How far a study is.

    Attributes:
        study: its name.
        member, members: the run under way, from 1, and how many there will be; 0 while
            incumbents are confirmed.
        arm, seed: of that run.
        remaining: estimated seconds of the runs that follow, once there is a basis.
        search: how far the run is.
        confirming: how far the confirmation of all incumbents is.
    """

    study: str
    member: int
    members: int
    arm: str = ""
    seed: int = 0
    remaining: float | None = None
    search: Progress | None = None
    confirming: TrainingProgress | None = None
