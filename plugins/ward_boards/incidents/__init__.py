"""Incidents: a thread that is open, gets updated, and is closed with an outcome."""
