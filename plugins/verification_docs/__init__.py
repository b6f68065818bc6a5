"""Proving that one lives here: papers held sealed for a short while, judged by a reviewer, then deleted."""
