"""f-AnoGAN's residuals: how far an image and its critic's features are from a reconstruction.

Schlegl et al. 2019 (Medical Image Analysis 54), equations 2 to 4. With x an image, E(x) its latent,
G(E(x)) its reconstruction and f the critic's last convolution features, flattened:

    A_R(x) = mean over pixels   (x - G(E(x)))^2
    A_D(x) = mean over features (f(x) - f(G(E(x))))^2
    A(x)   = A_R(x) + kappa A_D(x)

The encoder minimises the mean of A over a batch ("izi_f": image, latent, image, features), and A is
the anomaly score.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

ElementLoss = Callable[[Tensor, Tensor], Tensor]
"""Takes raw scores (n, 1) and labels (n, 1) in [0, 1], gives the loss of each, (n, 1)."""

BRIGHTEST = 1 - 2**-12  # of a pixel: the raw score of white is finite, 2 atanh of it = 9.0


@dataclass(frozen=True, eq=False)
class Residuals:
    """The two terms of each image, (n,) each; their weighted sum is the anomaly score."""

    image: Tensor
    features: Tensor

    def __iter__(self) -> Iterator[Tensor]:
        return iter((self.image, self.features))

    def score(self, kappa: float) -> Tensor:
        """A(x) = A_R(x) + kappa A_D(x), (n,)."""
        return self.image + kappa * self.features


def residuals(images: Tensor, made: Tensor, seen: Tensor, seen_made: Tensor) -> Residuals:
    """The residuals of each image.

    Args:
        images, made: images and their reconstructions, (n, c, h, w).
        seen, seen_made: the critic's features of both, (n, d).
    """
    return Residuals(_squared(images, made), _squared(seen, seen_made))


def residual_map(images: Tensor, made: Tensor) -> Tensor:
    """Where an image and its reconstruction differ: |x - G(E(x))|, mean over channels (n, h, w)."""
    return (images - made).abs().mean(1)


def squared_cost(
    images: Tensor, made: Tensor, seen: Tensor, seen_made: Tensor, kappa: float
) -> Tensor:
    """The encoder's own loss, a scalar: the mean of A over the batch."""
    return residuals(images, made, seen, seen_made).score(kappa).mean()


def criterion_cost(
    loss: ElementLoss, images: Tensor, made: Tensor, seen: Tensor, seen_made: Tensor, kappa: float
) -> Tensor:
    """The encoder's loss with a candidate in the place of the squared error, a scalar.

    A loss compares y_pred in [0, 1] with y_real in [0, 1]; so pixels and features are brought
    there: y_real = sigmoid(r(x)) and y_pred = sigmoid(r(G(E(x)))), element by element, where the
    raw score r of a pixel v in [-1, 1] is 2 atanh(v), so that its sigmoid is (v + 1) / 2, the
    pixel's own brightness, and that of a feature is the feature. Losses of raw scores get r. BCE
    is so the usual Bernoulli reconstruction loss of pixels.
    """
    pixels = _elementwise(loss, _brightness_score(made), _brightness_score(images))
    return pixels + kappa * _elementwise(loss, seen_made, seen)


def _brightness_score(images: Tensor) -> Tensor:
    return 2 * torch.atanh(images.clamp(-BRIGHTEST, BRIGHTEST))


def _elementwise(loss: ElementLoss, scores: Tensor, real_scores: Tensor) -> Tensor:
    labels = torch.sigmoid(real_scores.detach())
    return loss(scores.reshape(-1, 1).float(), labels.reshape(-1, 1).float()).mean()


def _squared(a: Tensor, b: Tensor) -> Tensor:
    return (a - b).square().flatten(1).mean(1)  # (n,)
