"""Neighbours: verified instances of other boroughs exchange signed alerts, and nothing about people."""
