"""What Knative refuses, what it takes without a word and means otherwise, and what our own parts must agree on.

Needs no cluster. `knative.lint.run.lint` is all of it.
"""
