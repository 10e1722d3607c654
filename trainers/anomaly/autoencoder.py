"""A plain convolutional autoencoder, the baseline that a GAN-based detector must beat."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from ..networks import initialise
from ..preparation import announce
from ..seeding import reproducible, stream

SLOPE = 0.2
SMALLEST = 4  # pixels along the side of the innermost maps
AT_ONCE = 256


@dataclass(frozen=True)
class AutoencoderRecipe:
    """How an autoencoder is trained; the defaults are the baseline's.

    Adam 2e-3 on the squared error, batches of 32. A tenth of the training images is held out; the
    weights with the least error on it, looked at every `look` steps, are taken, and training ends
    when `patience` looks brought no better ones.
    """

    latent: int
    width: int = 16
    steps: int = 2000
    batch: int = 32
    learning_rate: float = 2e-3
    held_out: float = 0.1
    look: int = 50
    patience: int = 8


class Autoencoder(nn.Module):
    """Images (n, c, s, s) to their reconstructions through `latent` numbers; s a power of two.

    conv 4 /2 with LeakyReLU down to 4 x 4, dense to the latent, dense back, and the mirror of the
    convolutions, with tanh. Maps: width, twice, four times, ... at most eight times it.
    """

    def __init__(self, channels: int, size: int, width: int, latent: int) -> None:
        super().__init__()
        halvings = (size // SMALLEST).bit_length() - 1
        maps = [channels, *(width * min(8, 1 << step) for step in range(halvings))]
        inner = maps[-1] * SMALLEST**2
        down: list[nn.Module] = []
        for before, after in pairwise(maps):
            down += [nn.Conv2d(before, after, 4, stride=2, padding=1), nn.LeakyReLU(SLOPE)]
        up: list[nn.Module] = []
        for before, after in pairwise(reversed(maps)):
            up += [
                nn.LeakyReLU(SLOPE),
                nn.ConvTranspose2d(before, after, 4, stride=2, padding=1),
            ]
        self.network = nn.Sequential(
            *down,
            nn.Flatten(),
            nn.Linear(inner, latent),
            nn.Linear(latent, inner),
            nn.Unflatten(1, (maps[-1], SMALLEST, SMALLEST)),
            *up,
            nn.Tanh(),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Reconstructions of the same shape."""
        made: Tensor = self.network(images)
        return made


def train_autoencoder(images: Tensor, recipe: AutoencoderRecipe, seed: int) -> Autoencoder:
    """Train one on images (n, c, s, s), float32 in [-1, 1]; the seed fixes it to the bit."""
    n, channels, size, _ = images.shape
    order = torch.randperm(n, generator=stream(seed, "autoencoder held out"))
    count = max(1, round(recipe.held_out * n))
    judged, learned = images[order[:count]], images[order[count:]]
    numbers = stream(seed, "autoencoder batches")
    with reproducible():
        with torch.device("meta"):
            network = Autoencoder(channels, size, recipe.width, recipe.latent)
        initialise(network, "cpu", stream(seed, "autoencoder init"))
        optimiser = torch.optim.Adam(network.parameters(), lr=recipe.learning_rate, fused=True)
        best, least, waited = network.state_dict(), float("inf"), 0
        for step in range(1, recipe.steps + 1):
            rows = torch.randint(len(learned), (recipe.batch,), generator=numbers)
            real = learned[rows]
            optimiser.zero_grad()
            torch.autograd.backward((network(real) - real).square().mean())
            optimiser.step()
            if step % recipe.look == 0 or step == recipe.steps:
                announce("training the autoencoder", step, recipe.steps)
                error = float(reconstruction_errors(network, judged).mean())
                waited += 1
                if error < least:
                    best = {name: value.clone() for name, value in network.state_dict().items()}
                    least, waited = error, 0
                if waited > recipe.patience:
                    break
        network.load_state_dict(best)
    return network


@torch.inference_mode()
def reconstruction_errors(network: Autoencoder, images: Tensor) -> Tensor:
    """The mean squared error of each image, (n,), float64: its anomaly score."""
    with reproducible():
        parts = [
            (network(part) - part).square().flatten(1).mean(1).double()
            for part in torch.split(images, AT_ONCE)
        ]
    return torch.cat(parts)
