"""The manifests of `knative/base` on one machine: processes, a broker, a clock, a database."""
