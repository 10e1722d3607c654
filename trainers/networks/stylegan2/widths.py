"""How many channels each resolution has."""

from __future__ import annotations

LEAST_SIZE = 8
LARGEST_SIZE = 1024


def widths(size: int, base: int, most: int) -> dict[int, int]:
    """Channels by resolution, from 4 to `size`: `base` / resolution, at most `most`.

    StyleGAN2 has base 32768 and most 512 at 1024 x 1024, and StyleGAN2-ADA half the base below
    512 x 512 (Karras et al. 2020b, appendix C).

    Raises `ValueError` on a size that is no power of two from 8 to 1024, or a base below it.
    """
    if size & (size - 1) or not LEAST_SIZE <= size <= LARGEST_SIZE:
        raise ValueError(
            f"size {size} is no power of two from {LEAST_SIZE} to {LARGEST_SIZE}; "
            f"give one of 8, 16, 32, ..., {LARGEST_SIZE}"
        )
    if base < size or most < 1:
        raise ValueError(
            f"base {base} gives {size} x {size} maps no channel; give at least {size} "
            "(each resolution has base / resolution channels), and at most >= 1"
        )
    return {4 << i: min(base // (4 << i), most) for i in range(size.bit_length() - 2)}
