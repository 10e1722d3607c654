"""What a person asks for: search, compare, sample, and read what is stored."""
