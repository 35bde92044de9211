"""Events as columns of numbers in memory-mapped files: the fast way to filter and count them."""
