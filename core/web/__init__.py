"""Core's edge: security headers, the viewer, menu slots and core's own pages."""
