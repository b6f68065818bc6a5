"""Alerts: CAP 1.2 messages of this borough and of its neighbours, from first issue to expiry."""
