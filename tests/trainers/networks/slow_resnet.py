"""The residual networks once more, slowly: NumPy, float64 or complex, as the paper draws them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Weights = Mapping[str, Array]


def generator(weights: Weights, latents: Array, *, running: bool, tanh: bool = True) -> Array:
    """Images of latents (n, latent); normalised by the running means, or by the batch's own."""
    dense = latents @ weights["dense.weight"].T + weights["dense.bias"]
    maps = dense.reshape(len(latents), -1, 4, 4)
    for number in range(_blocks(weights)):
        name = f"blocks.{number}"
        hidden = doubled(relu(batch_norm(weights, f"{name}.norm1", maps, running)))
        hidden = convolution(hidden, weights[f"{name}.conv1.weight"])
        hidden = relu(batch_norm(weights, f"{name}.norm2", hidden, running))
        hidden = layer(weights, f"{name}.conv2", hidden)
        maps = hidden + layer(weights, f"{name}.shortcut", doubled(maps))
    pixels = layer(weights, "pixels", relu(batch_norm(weights, "norm", maps, running)))
    return np.tanh(pixels) if tanh else pixels


def critic(weights: Weights, images: Array) -> Array:
    """Scores (n,) of images (n, c, s, s)."""
    maps = layer(weights, "pixels", images)
    for number in range(_blocks(weights)):
        name = f"blocks.{number}"
        hidden = layer(weights, f"{name}.conv1", relu(layer_norm(weights, f"{name}.norm1", maps)))
        hidden = layer(weights, f"{name}.conv2", relu(layer_norm(weights, f"{name}.norm2", hidden)))
        maps = halved(hidden) + halved(layer(weights, f"{name}.shortcut", maps))
    return maps.reshape(len(maps), -1) @ weights["score.weight"][0] + weights["score.bias"]


def slope_norms(weights: Weights, images: Array) -> Array:
    """The norm of the critic's slope at each image, (n,), each pixel's by a complex step."""
    norms = []
    for image in images:
        steps = 1e-30j * np.eye(image.size).reshape(image.size, *image.shape)
        norms.append(np.sqrt(((critic(weights, image[None] + steps).imag / 1e-30) ** 2).sum()))
    return np.array(norms)


def convolution(maps: Array, kernel: Array) -> Array:
    """Kernel (after, before, k, k) on maps (n, before, s, s), zeros around them."""
    size, reach = maps.shape[-1], kernel.shape[-1] // 2
    padded = np.pad(maps, ((0, 0), (0, 0), (reach, reach), (reach, reach)))
    total = np.zeros((len(maps), len(kernel), size, size), maps.dtype)
    for row in range(kernel.shape[2]):
        for column in range(kernel.shape[3]):
            part = padded[:, :, row : row + size, column : column + size]
            total += np.einsum("nbij,ab->naij", part, kernel[:, :, row, column])
    return total


def layer(weights: Weights, name: str, maps: Array) -> Array:
    """A convolution with its bias, where it has one."""
    made = convolution(maps, weights[f"{name}.weight"])
    bias = weights.get(f"{name}.bias")
    return made if bias is None else made + bias[:, None, None]


def relu(maps: Array) -> Array:
    return maps * (maps.real > 0)


def doubled(maps: Array) -> Array:
    return maps.repeat(2, 2).repeat(2, 3)


def halved(maps: Array) -> Array:
    n, channels, size, _ = maps.shape
    return maps.reshape(n, channels, size // 2, 2, size // 2, 2).mean((3, 5))


def batch_norm(weights: Weights, name: str, maps: Array, running: bool) -> Array:
    if running:
        mean, variance = weights[f"{name}.running_mean"], weights[f"{name}.running_var"]
    else:
        mean, variance = maps.mean((0, 2, 3)), maps.var((0, 2, 3))
    normal = (maps - mean[:, None, None]) / np.sqrt(variance[:, None, None] + 1e-5)
    return (
        normal * weights[f"{name}.weight"][:, None, None] + weights[f"{name}.bias"][:, None, None]
    )


def layer_norm(weights: Weights, name: str, maps: Array) -> Array:
    """Over all of a sample; gains (s, s, c), (c,) or none at all (then nothing is normalised)."""
    gain = weights.get(f"{name}.gain")
    if gain is None:
        return maps
    centred = maps - maps.mean((1, 2, 3), keepdims=True)
    normal = centred / np.sqrt((centred**2).mean((1, 2, 3), keepdims=True) + 1e-5)  # no conjugates
    if gain.ndim == 1:
        return normal * gain[:, None, None] + weights[f"{name}.bias"][:, None, None]
    return normal * gain.transpose(2, 0, 1) + weights[f"{name}.bias"].transpose(2, 0, 1)


def _blocks(weights: Weights) -> int:
    return len({name.split(".")[1] for name in weights if name.startswith("blocks.")})
