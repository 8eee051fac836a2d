"""Readers of recorded chat, one small file for each family of formats."""
