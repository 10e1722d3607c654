"""What the memo holds of one protocol, as one run may use it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from lossgp.trainers import Outcome, Status

from .answers import checked
from .errors import RunsError
from .memo import scoped
from .store import Store

# Outcomes that say something of the machine and its limits, not only of the loss: they are
# remembered for the run that met them, not shared with the other runs of the directory.
UNFINISHED = frozenset({Status.TIMEOUT, Status.CRASHED})
"""How a training ends that the machine did not let end: another time it may end otherwise."""

FAILED = UNFINISHED | {Status.ERROR}
"""How a training ends that measured nothing, though the loss may not be to blame."""


def protocol_at(protocol_hash: str, part: float) -> str:
    """Return under what the memo keeps a training that was measured at a part of its length.

    The whole has the protocol's own hash, and a part another key: so nobody who asks for
    trainings is given one that was not run to its end.
    """
    return protocol_hash if part == 1 else f"{protocol_hash}@{part!r}"


@dataclass(frozen=True)
class Remembered:
    """The memo under one key of a protocol, for the run `scope`.

    Attributes:
        store, protocol, device: where, and the other half of the memo's key.
        metric: what a training must measure to be called ok.
        scope: the run's name; time-outs and crashes are remembered under it.
        retry: how trainings ended that are done once more, if they were recorded before this.
    """

    store: Store
    protocol: str
    device: str
    metric: str
    scope: str
    retry: Collection[Status]
    _recorded_here: set[tuple[str, int]] = field(default_factory=set)

    def known(self, key: str, own_first: bool = False) -> dict[int, Outcome]:
        """Return the outcomes of a loss by seed; an old row may be one that cannot be scored.

        Where another run has ended well what crashed here, that is taken, unless `own_first`.
        """
        shared, own = (self._stored(each) for each in (key, scoped(key, self.scope)))
        both = {**shared, **own} if own_first else {**own, **shared}
        return {seed: checked(o, self.metric) for seed, o in sorted(both.items())}

    def to_build_on(self, key: str) -> dict[int, Outcome]:
        """Return what is known and is not to be tried once more."""
        return {seed: o for seed, o in self.known(key).items() if not self._again(key, o)}

    def record(self, key: str, text: str, outcome: Outcome) -> None:
        """Commit an outcome, in the place of one that was tried once more."""
        before = self.known(key).get(outcome.seed) if self.retry else None
        if before is not None and self._again(key, before):
            for each in (key, scoped(key, self.scope)):
                self.store.drop_training(each, self.protocol, outcome.seed, self.device)
        own = scoped(key, self.scope) if outcome.status in UNFINISHED else key
        self.store.record(own, self.protocol, self.device, text, outcome)
        self._recorded_here.add((key, outcome.seed))

    def _stored(self, key: str) -> dict[int, Outcome]:
        """Return the rows of the memo; damaged ones go, so that they are trained again."""
        try:
            return self.store.trainings(key, self.protocol, self.device)
        except RunsError:
            if not self.store.drop_damaged(key, self.protocol, self.device):
                raise
            return self.store.trainings(key, self.protocol, self.device)

    def _again(self, key: str, outcome: Outcome) -> bool:
        return outcome.status in self.retry and (key, outcome.seed) not in self._recorded_here
