"""Tests of the readers of recorded chat."""
