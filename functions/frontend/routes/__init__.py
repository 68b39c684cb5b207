"""The pages, one file a journey."""
