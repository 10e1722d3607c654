"""What a recipe is given to write its stages with: networks, samples, draws, players, the loss."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from . import draws
from .draws import Draw, RealDraw
from .loop import Tally
from .players import Average, Player

if TYPE_CHECKING:
    from ..criterion import Criterion

Half = Callable[[Tensor, Tensor], Tensor]
"""A criterion's discriminator or generator loss: (scores, labels) -> the loss of each."""


class Play:
    """The parts of one training, all of whose state is put away and restored with it.

    Attributes:
        networks: by name, with their initial weights, on the device; averages are added to them.
        samples: the real samples (n, ...), on the device: float32, or uint8.
        criterion: the losses of D and G.
        seed: of every draw.
        iterations: how many the training has.
        bfloat16: whether networks compute in it, within `precision()`.
        made: the last batch that was generated; where its samples are all alike, the training is
            dead. A phase sets it.
        tally: the learning curves.
        held_out: real samples (n, ...), float32, that the training is not to learn from; None
            where there are none.
    """

    def __init__(
        self,
        networks: dict[str, nn.Module],
        samples: Tensor,
        criterion: Criterion,
        seed: int,
        iterations: int,
        bfloat16: bool = False,
    ) -> None:
        self.networks, self.samples, self.criterion = networks, samples, criterion
        self.seed, self.iterations, self.bfloat16 = seed, iterations, bfloat16
        self.device = samples.device
        self.tally = Tally(self.device)
        self.made: Tensor | None = None
        self.held_out: Tensor | None = None
        self.draws: dict[str, Draw] = {}
        self.players: dict[str, Player] = {}
        self.buffers: dict[str, Tensor] = {}
        self._labels: dict[tuple[float, int], Tensor] = {}

    # Draws: name them in the phase before whose runs they are filled anew.

    def real(
        self, name: str, batch: int, flips: str | None = None, samples: Tensor | None = None
    ) -> RealDraw:
        """Real samples (batch, ...), float32, in a random order; mirrored by a stream of flips.

        Of other `samples` (n, ...) than the play's where they are given: another stage's.
        """
        chosen = self.samples if samples is None else samples
        draw = RealDraw(name, chosen, batch, self.seed, flips)
        self._add(draw)
        return draw

    def normal(self, name: str, *shape: int) -> Draw:
        """Standard normal numbers of this shape."""
        return self._add(draws.normal(self.seed, name, self.device, shape))

    def uniform(self, name: str, *shape: int) -> Draw:
        """Uniform numbers in [0, 1) of this shape."""
        return self._add(draws.uniform(self.seed, name, self.device, shape))

    def dropout(self, name: str, rate: float, *shape: int) -> Draw:
        """A dropout mask of this shape: 0 with probability `rate`, else 1/(1 - rate)."""
        return self._add(draws.dropout(self.seed, name, self.device, rate, shape))

    # Players, averages, numbers

    def player(self, network: str, name: str = "", **options: Any) -> Player:
        """The network of this name with an optimiser (see `optimiser_of`).

        A network that a later stage moves with another optimiser is a second player, with a
        `name` of its own.
        """
        name = name or network
        self._is_new(name, self.players)
        self.players[name] = Player(self.networks[network], **options)
        return self.players[name]

    def average(
        self, network: str, batch: int, half_life: float, ramp: float | None = None
    ) -> Average:
        """The moving average of a network, which becomes the network "NAME average"."""
        name = f"{network} average"
        self._is_new(name, self.networks)
        followed = self.networks[network]
        self.networks[name] = copy.deepcopy(followed).requires_grad_(False)
        average = Average(followed, self.networks[name], batch, half_life, ramp)
        self.buffers[f"{name} seen"] = average.seen
        return average

    def buffer(self, name: str, value: Tensor) -> Tensor:
        """A tensor that belongs to the training's state; phases change it in place."""
        self._is_new(name, self.buffers)
        self.buffers[name] = value.to(self.device)
        return self.buffers[name]

    # The loss

    def cost(self, half: Half, scores: Tensor | tuple[Tensor, ...], label: float) -> Tensor:
        """The mean loss of scores with this label (1 real, 0 generated): a scalar.

        The criterion sees one score a row, (n, 1) in float32, whatever the networks compute in and
        however many scores a sample has. Of several outputs the means are summed.
        """
        outputs = scores if isinstance(scores, tuple) else (scores,)
        costs = []
        for output in outputs:
            rows = output.float().reshape(-1, 1)
            costs.append(half(rows, self._label(label, len(rows))).mean())
        return costs[0] if len(costs) == 1 else torch.stack(costs).sum()

    def d_cost(
        self, on_real: Tensor | tuple[Tensor, ...], on_made: Tensor | tuple[Tensor, ...]
    ) -> Tensor:
        """What D loses on real and on generated samples together.

        A recipe that has both scores at hand asks for both at once: here a criterion that compares
        them (relativistic losses: Jolicoeur-Martineau 2019) will find its way in.
        """
        half = self.criterion.discriminator
        return self.cost(half, on_real, 1.0) + self.cost(half, on_made, 0.0)

    def g_cost(self, on_made: Tensor | tuple[Tensor, ...]) -> Tensor:
        """What G loses: its samples are to be taken for real (non-saturating)."""
        return self.cost(self.criterion.generator, on_made, 1.0)

    def tell_d(self, on_real: Tensor, on_made: Tensor) -> None:
        """Add to the curves what D loses on both, and what parts it takes for what they are.

        No gradient comes of it.
        """
        half, tally = self.criterion.discriminator, self.tally
        on_real, on_made = on_real.detach(), on_made.detach()
        tally.add("d_real", self.cost(half, on_real, 1.0))
        tally.add("d_fake", self.cost(half, on_made, 0.0))
        tally.add("d_acc_real", (on_real > 0).float().mean())
        tally.add("d_acc_fake", (on_made <= 0).float().mean())

    def precision(self) -> AbstractContextManager[object]:
        """Autocast to bfloat16, or nothing. Without its cache, whose entries a graph would keep."""
        if not self.bfloat16:
            return nullcontext()
        kind = self.device.type
        return torch.autocast(kind, dtype=torch.bfloat16, cache_enabled=False)

    def _label(self, label: float, rows: int) -> Tensor:
        key = (label, rows)
        if key not in self._labels:
            self._labels[key] = torch.full((rows, 1), label, device=self.device)
        return self._labels[key]

    def _add(self, draw: Draw) -> Draw:
        self._is_new(draw.name, self.draws)
        self.draws[draw.name] = draw
        return draw

    def _is_new(self, name: str, known: Mapping[str, object]) -> None:
        if name in known:
            raise ValueError(f"a training has two parts called {name!r}; give each its own name")
