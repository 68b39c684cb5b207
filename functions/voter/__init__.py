"""The roll: who may vote, with which link, and, after the seal, who has."""
