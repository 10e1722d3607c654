"""The GANs of the GANetic paper, at any width, depth and image size.

Layers: see the class docstrings; widths are inferred from the authors' published CIFAR-10 network.
At width 64 the MNIST GAN (stages 1, 2 at 28 x 28) has 99,585 and 20.57 million parameters. The
convolutions pad one pixel on every side, where Keras' "same" pads a strided one below and to the
right only.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional as F

from .roles import SLOPE, DiscriminatorNetwork, GeneratorNetwork

MNIST_STAGES = (1, 2)
"""Two convolutions: the network of the paper's search (section 4.1)."""
CIFAR10_STAGES = (1, 2, 2, 4)
"""Two convolutions more (section 4.2)."""


def encoder(channels: int, width: int, stages: Sequence[int] = MNIST_STAGES) -> list[nn.Module]:
    """conv(channels -> s1 w, 3), then conv(-> s w, 3, /2) for each further stage s; LeakyReLU."""
    layers: list[nn.Module] = []
    inputs = [channels, *(width * stage for stage in stages)]
    for place, (before, after) in enumerate(pairwise(inputs)):
        layers.append(nn.Conv2d(before, after, 3, stride=2 if place else 1, padding=1))
        layers.append(nn.LeakyReLU(SLOPE))
    return layers


def decoder(channels: int, width: int, stages: Sequence[int] = MNIST_STAGES) -> list[nn.Module]:
    """The encoder's mirror: a transposed convolution for each of its convolutions, with LeakyReLU.

    Then one to the image's channels, with tanh. The transposed convolutions of stride 1 are plain
    ones here: the same maps, with the kernel read backwards.
    """
    layers: list[nn.Module] = []
    before = width * stages[-1]
    for stage in reversed(stages[1:]):
        after = width * stage
        layers.append(nn.ConvTranspose2d(before, after, 3, stride=2, padding=1, output_padding=1))
        layers.append(nn.LeakyReLU(SLOPE))
        before = after
    first = width * stages[0]
    layers += [nn.Conv2d(before, first, 3, padding=1), nn.LeakyReLU(SLOPE)]
    return [*layers, nn.Conv2d(first, channels, 3, padding=1), nn.Tanh()]


class Discriminator(DiscriminatorNetwork):
    """Encoder, flatten, dropout, dense 1: images (batch, c, side, side) to scores (batch, 1).

    The score is raw: the criterion applies the sigmoid where it wants one. `side` must be a
    multiple of 2 for every stage after the first.
    """

    def __init__(
        self, channels: int, side: int, width: int, stages: Sequence[int] = MNIST_STAGES
    ) -> None:
        super().__init__()
        self.encoder = nn.Sequential(*encoder(channels, width, stages))
        self.features = width * stages[-1] * (side >> (len(stages) - 1)) ** 2
        self.score = nn.Linear(self.features, 1)

    def forward(self, images: Tensor, keep: Tensor | None = None) -> Tensor:
        """Scores (batch, 1); `keep` (batch, features) is the dropout mask, 0 or 1/(1 - rate).

        Without it nothing is dropped (evaluation). The mask is an argument because its random
        numbers belong to the training's own stream.
        """
        hidden = self.encoder(images).flatten(1)  # (batch, features)
        scores: Tensor = self.score(hidden if keep is None else hidden * keep)
        return scores


class Generator(GeneratorNetwork):
    """Latents (batch, latent) to images (batch, c, side, side) in [-1, 1].

    dense(latent -> 4w side side), conv(4w -> c, 3), each with LeakyReLU; encoder; decoder.
    """

    def __init__(
        self,
        channels: int,
        side: int,
        width: int,
        latent: int,
        stages: Sequence[int] = MNIST_STAGES,
    ) -> None:
        super().__init__()
        self.maps = (side, side, 4 * width)
        self.dense = nn.Linear(latent, 4 * width * side * side)
        self.draw = nn.Sequential(
            nn.Conv2d(4 * width, channels, 3, padding=1),
            nn.LeakyReLU(SLOPE),
            *encoder(channels, width, stages),
            *decoder(channels, width, stages),
        )

    def forward(self, latents: Tensor) -> Tensor:
        """Images (batch, c, side, side)."""
        maps = F.leaky_relu(self.dense(latents), SLOPE).view(-1, *self.maps)
        images: Tensor = self.draw(maps.permute(0, 3, 1, 2))  # channels last in memory
        return images
