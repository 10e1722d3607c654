"""What a notebook is given to show."""

import subprocess
import sys


def test_a_result_without_the_room_that_shows_is_plain_text(tmp_path):
    code = (
        "import sys\n"
        "from lossgp.results import comparison, load, notebooks, overview, result\n"
        "assert not [m for m in sys.modules if m.startswith(('lossgp.report', 'lossgp.studies'))]\n"
        "assert notebooks.html(object.__new__(result.Result)) is None\n"
        "import lossgp.studies\n"
        "kinds = {kind.__name__ for kind in notebooks._PAGES}\n"
        "assert kinds == {'Result', 'Comparison', 'Reliability', 'Sweep'}, kinds\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
