"""Many centres without moving patients: each site answers a request with sums under its own rules; the sums are pooled."""
