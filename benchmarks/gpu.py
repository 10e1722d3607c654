"""What a graphics card does with lossgp, in under twelve minutes: `make gpu`.

    python -m benchmarks.gpu -o FOLDER           # on a machine with torch, torchmetrics and a card
    python -m benchmarks.gpu --cpu -o FOLDER     # the rehearsal: every section, at tiny sizes

Nothing is installed: what is missing is named, and the sections that need it are left out. Each
section is a process of its own with a time limit, so that one which fails, hangs or breaks the
device costs the others nothing. Results are written after each: `gpu.json`, and `gpu.md` to read.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.on_gpu import running
from benchmarks.on_gpu.scale import CARD, REHEARSAL
from benchmarks.on_gpu.sections import SECTIONS


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gpu",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--cpu", action="store_true", help="rehearse on the processor")
    parser.add_argument(
        "--minutes", type=_positive, help="at most (default: 12, and 120 of a rehearsal)"
    )
    parser.add_argument("-o", "--output", type=Path, default=Path("gpu"), help="default: gpu")
    parser.add_argument(
        "--only",
        type=_known,
        default=tuple(SECTIONS),
        help=f"sections, with commas between them: {', '.join(SECTIONS)}",
    )
    return parser.parse_args(arguments)


def _positive(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0.0
    if not 0 < minutes < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r}: give a number above 0, as 8")
    return minutes


def _known(text: str) -> tuple[str, ...]:
    asked = tuple(name.strip() for name in text.split(","))
    for name in asked:
        if name not in SECTIONS:
            known = ", ".join(SECTIONS)
            raise argparse.ArgumentTypeError(f"unknown section {name!r}; sections are {known}")
    return asked


def main(arguments: Sequence[str] | None = None) -> int:
    options = options_of(arguments)
    if not options.cpu and not _has_card():
        print("no CUDA device here: nothing to measure (--cpu rehearses it on the processor)")
        return 2
    chosen = [section for name, section in SECTIONS.items() if name in options.only]
    scale = REHEARSAL if options.cpu else CARD
    minutes = options.minutes or 12 * scale.patience
    return running.run(chosen, scale, minutes * 60, options.output)


def _has_card() -> bool:
    try:
        import torch
    except ImportError:
        return False
    return torch.cuda.is_available()


if __name__ == "__main__":
    sys.exit(main())
