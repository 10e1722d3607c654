"""`python -m lossgp`."""

from lossgp.cli import main

main()
