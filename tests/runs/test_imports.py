import subprocess
import sys


def test_importing_the_room_loads_nothing_heavy() -> None:
    program = (
        "import sys, lossgp.runs; "
        "print(sorted({'torch', 'sympy', 'matplotlib', 'ray', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
