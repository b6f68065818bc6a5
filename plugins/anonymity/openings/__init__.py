"""Opening a name: two custodians of different wards, a reason, the audit chain, and the member told later."""
