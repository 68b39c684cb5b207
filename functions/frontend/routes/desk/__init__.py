"""The organisers' desk: an election from its draft to its result, in plain forms."""
