"""Scripted platforms: servers on real sockets that say, refuse, break off and count."""
