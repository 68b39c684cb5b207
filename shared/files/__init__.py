"""Files of papers, as anyone may have them: one module a format, each from bytes to an `Election`. Pure."""
