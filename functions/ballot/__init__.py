"""The box: one pass, one paper; a sealed box takes none."""
