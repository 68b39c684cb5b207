"""Shapes that cross from one function to another; each module is one of them."""
