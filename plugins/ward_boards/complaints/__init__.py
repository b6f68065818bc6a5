"""Complaints that the law gives people: defamation notices and complaints about the service."""
