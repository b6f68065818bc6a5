"""Boards for every ward and the borough, and the alerts that officers put on them."""
