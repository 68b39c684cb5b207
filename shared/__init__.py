"""What the functions have in common; knows none of them."""
