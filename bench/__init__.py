"""How long a pass takes, from 100 to 10,000 services, next to the raw C tools doing the same in the same run."""
