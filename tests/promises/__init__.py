"""What `tests/test_promises.py` breaks things with: crowds, slow locks, processes that are killed, files searched."""
