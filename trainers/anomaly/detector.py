"""A trained f-AnoGAN at work: scores, reconstructions and residual maps of images."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from ..networks.rewritten import AT_ONCE as QUICK_AT_ONCE
from ..networks.rewritten import rewritten
from ..preparation import announce
from ..seeding import reproducible
from .residuals import Residuals, residual_map, residuals

AT_ONCE = 32  # images in one evaluation
WORTH_TELLING = 500


class Detector:
    """Generator, critic and encoder in evaluation; a score depends on no other image.

    Args:
        generator: latents (n, latent) to images (n, c, h, w) in [-1, 1].
        critic: its `embed` gives features (n, d) of images.
        encoder: images to latents.
        kappa: the weight of the features' residual.
        bfloat16: whether the networks compute in it: twice as fast where a processor has it; a
            score then has two to three digits.
        quick: whether they compute as `networks.rewritten` has them, which takes two thirds of the
            time of one core where they are wide: a score is the same but for rounding, about 1e-6
            of it. On a processor, in float32, and with the weights that the networks have now.
    """

    def __init__(
        self,
        generator: nn.Module,
        critic: nn.Module,
        encoder: nn.Module,
        kappa: float,
        bfloat16: bool = False,
        *,
        quick: bool = False,
    ) -> None:
        self.kappa, self._bfloat16 = kappa, bfloat16
        for network in (generator, critic, encoder):
            network.eval()
        self._device = next(generator.parameters()).device
        able = quick and not bfloat16 and self._device.type == "cpu"
        found = rewritten(generator, critic, encoder) if able else None
        self._at_once = AT_ONCE if found is None else QUICK_AT_ONCE
        networks: list[Any] = found or [generator, critic.embed, encoder]
        self._generate, self._embed, self._encode = networks

    @torch.inference_mode()
    def residuals(self, images: Tensor) -> Residuals:
        """Both residuals of images (n, c, h, w), uint8 or float32 in [-1, 1]; on the CPU."""
        parts = []
        with reproducible():
            for real, made, count in self._reconstructed(images):
                with self._precision(real):
                    seen, seen_made = (self._embed(each) for each in (real, made))
                found = residuals(real, made, seen.float(), seen_made.float())
                parts.append([each[:count].double().cpu() for each in found])
        image, features = (torch.cat(each) for each in zip(*parts, strict=True))
        return Residuals(image, features)

    @torch.inference_mode()
    def maps(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Reconstructions (n, c, h, w) in [-1, 1], and residual maps (n, h, w); on the CPU."""
        with reproducible():
            pairs = [
                (made[:count].cpu(), residual_map(real, made)[:count].cpu())
                for real, made, count in self._reconstructed(images)
            ]
        made, maps = (torch.cat(each) for each in zip(*pairs, strict=True))
        return made, maps

    def _reconstructed(self, images: Tensor) -> Iterator[tuple[Tensor, Tensor, int]]:
        """Images as floats, their reconstructions, and how many are images; batch by batch.

        Every batch has the same size, the last is filled up: another size may use another kernel,
        and so give other last bits.
        """
        full = self._at_once
        for start in range(0, len(images), full):
            if len(images) >= WORTH_TELLING and start % AT_ONCE == 0:
                announce("scoring images", start, len(images))
            part = images[start : start + full].to(self._device)
            count = len(part)
            if count < full:
                part = torch.cat([part, part[-1:].expand(full - count, *part.shape[1:])])
            if part.dtype == torch.uint8:
                part = part.float().div_(127.5).sub_(1)
            with self._precision(part):
                made = self._generate(self._encode(part))
            yield part, made.float(), count

    def _precision(self, images: Tensor) -> AbstractContextManager[object]:
        if not self._bfloat16:
            return nullcontext()
        return torch.autocast(images.device.type, torch.bfloat16)
