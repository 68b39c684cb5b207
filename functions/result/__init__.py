"""The count: opens nothing before the seal, counts what the box took, and publishes what anyone needs to recount."""
