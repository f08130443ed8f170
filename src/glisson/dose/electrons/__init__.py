"""Electrons in matter: stopping, collisions, scattering, and the walk that joins them."""
