"""How UVote is run: manifests for Knative, and the same on one machine."""
