"""The election: drafted, scheduled, run and published by its organisers; who did what is kept."""
