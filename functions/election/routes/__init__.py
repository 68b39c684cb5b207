"""The election over HTTP, one file a journey."""
