"""Tests of the Twitch adapter."""
