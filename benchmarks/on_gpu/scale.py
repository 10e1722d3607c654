"""How large everything is: on a card, and where it is rehearsed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Sizes of what is measured.

    Attributes:
        device: where.
        side, width, batch: of the paper's MNIST GAN.
        seconds: how long one timing lasts, about.
        beside: how many trainings run side by side, in turn.
        steps: how many steps a captured training is compared with an eager one.
        search: the configuration of the search.
        patience: how many times its own limit a section may take.
    """

    device: str
    side: int
    width: int
    batch: int
    seconds: float
    beside: tuple[int, ...]
    steps: int
    search: dict[str, object]
    patience: float = 1.0

    @property
    def on_card(self) -> bool:
        return self.device.startswith("cuda")


# The paper's search (section 4.1): 28 x 28, width 64, batch 512.
CARD = Scale(
    "cuda", 28, 64, 512, 1.5, (1, 2, 4, 8), 40,
    {
        "preset": "plain",
        "search": {"population": 20, "generations": 1, "give_up_after": 1},
        "seeds": 2,
    },
)  # fmt: skip
REHEARSAL = Scale(
    "cpu", 8, 2, 4, 0.005, (1, 2), 20,
    {
        "preset": "plain",
        "protocol": "ring",
        "trainer_options": {"iterations": 5, "width": 2, "replicas": 1, "samples": 20},
        "search": {"population": 2, "generations": 1, "give_up_after": 1},
        "seeds": 1,
        "yardsticks": ["bce_logits"],
    },
    patience=10.0,  # that a section comes to its end is what is rehearsed
)  # fmt: skip
