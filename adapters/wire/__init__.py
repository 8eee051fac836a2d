"""Decoders of the platforms' wires: bytes in, values out."""
