"""Accounts of the staff and their sessions; voters have none."""
