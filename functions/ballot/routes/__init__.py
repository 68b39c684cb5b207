"""The box over HTTP: casting, looking at it, and what other functions may ask."""
