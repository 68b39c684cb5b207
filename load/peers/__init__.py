"""What UVote is compared with: the same work done otherwise, and no work at all. Not part of the product."""
