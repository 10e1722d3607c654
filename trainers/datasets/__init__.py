"""Data sets: read from the files that people have, or downloaded and checked. No torch here."""
