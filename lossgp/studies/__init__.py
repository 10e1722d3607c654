"""What a person asks for: search, compare, sample, and read what is stored."""

from lossgp.report.notebooks import show_results

show_results()  # whatever a study returns, a notebook can show
