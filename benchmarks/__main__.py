"""`make bench`: the measurements that take a few minutes, one after another."""

from __future__ import annotations

import runpy
import sys

QUICK = ("seeds", "training", "expressions", "straightforward", "parser", "analysis")


def main() -> None:
    names = sys.argv[1:] or QUICK
    for name in names:
        print(f"\n== python -m benchmarks.{name}", flush=True)
        sys.argv = [f"benchmarks/{name}.py"]
        try:
            runpy.run_module(f"benchmarks.{name}", run_name="__main__")
        except SystemExit as end:
            if end.code:
                raise


if __name__ == "__main__":
    main()
