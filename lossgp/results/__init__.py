"""Results of searches and comparisons as data, and the statistics made of them."""
