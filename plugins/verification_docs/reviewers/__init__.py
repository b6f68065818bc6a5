"""Whether reviewers can be trusted: their vetting, whom they know, and what they passed."""
