"""UVote's promises, each by trying to break it."""
