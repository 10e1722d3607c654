"""The sections of `benchmarks.gpu`, and what runs them."""
