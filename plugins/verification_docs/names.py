"""The names of this plugin that more than one module needs; imports nothing."""

from __future__ import annotations

PLUGIN = "verification_docs"
SUBMIT = "verification_docs.submit"
REVIEW = "verification_docs.review"
VET = "verification_docs.vet"
