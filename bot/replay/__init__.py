"""Recorded chat, read and played."""
