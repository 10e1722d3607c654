"""What a generator and a discriminator are, whoever built them."""

from __future__ import annotations

from torch import nn

SLOPE = 0.2  # of every LeakyReLU


class GeneratorNetwork(nn.Module):
    """Any generator: latents (batch, latent) to samples (batch, ...), images in [-1, 1]."""


class DiscriminatorNetwork(nn.Module):
    """Any discriminator: samples (batch, ...) to raw scores (batch, 1).

    `features` is the size of the layer before the score, which a second argument (batch, features)
    multiplies: the dropout mask. It is 0 where nothing is dropped. With several `outputs` a
    sample has as many scores, (outputs batch, 1); a loss is the mean over all.
    """

    features: int
    outputs: int = 1
