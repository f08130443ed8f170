"""Photons in matter: where electrons radiate them, how they scatter, where their energy stays."""
