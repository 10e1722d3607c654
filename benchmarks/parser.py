"""100,000 hostile or random strings through the parser: `python -m benchmarks.parser`.

Prints how many were read and refused, the longest time of one, and every exception that is
not a FormulaError (there must be none).
"""

from __future__ import annotations

import random
import string
import sys
import time
from collections import Counter

from lossgp.expressions import FormulaError, LossPair
from lossgp.expressions.parsing import parse_tree

WORDS = [
    *("y_pred", "y_real", "score", "p", "y", "log", "max", "neg", "aq", "exp", "sqrt"),
    *("(", ")", ",", "**", "*", "-", "+", "/", "1", "2.5", "1e5", "1e999", "9**9**9", "^"),
    *("\\frac{", "\\sqrt{", "}", "\\left(", "\\right)", "\\left|", "e^{", "{", "D:", "G:", ";"),
    *("__import__('os')", "lambda:", "[x for x in y]", "().__class__", "exec", "0x1", "1_0", "\0"),
]
LONG = ["(" * 9_999, "-" * 19_999, "log(" * 4_999, "p+" * 9_999 + "p", "9" * 19_999, "a" * 20_000]


def strings(count: int, seed: int = 1) -> list[str]:
    rng = random.Random(seed)
    made = []
    for k in range(count):
        if k % 1_000 == 0:
            made.append(rng.choice(LONG) + rng.choice(WORDS))
        elif k % 3 == 0:
            made.append("".join(rng.choices(string.printable, k=rng.randrange(40))))
        else:
            made.append("".join(rng.choices(WORDS, k=rng.randrange(25))))
    return made


def main(count: int = 100_000) -> None:
    outcomes: Counter[str] = Counter()
    slowest, longest, start = 0.0, 0.0, time.perf_counter()
    for k, written in enumerate(strings(count)):
        before, at = time.process_time(), time.perf_counter()
        try:
            if k % 2:
                parse_tree(written, notation="latex")
            else:
                LossPair.parse(written)
            outcomes["read"] += 1
        except FormulaError:
            outcomes["refused"] += 1
        except Exception as error:
            outcomes[f"{type(error).__name__}: {error}"[:80]] += 1
        # Of this process alone, so that a busy machine does not count; and by the clock.
        slowest = max(slowest, time.process_time() - before)
        longest = max(longest, time.perf_counter() - at)
    print(f"{count:,} strings in {time.perf_counter() - start:.1f} s: {dict(outcomes)}")
    print(f"slowest: {slowest * 1e3:.1f} ms of processor time, {longest * 1e3:.1f} ms by the clock")
    sys.exit(set(outcomes) != {"read", "refused"})


if __name__ == "__main__":
    main()
