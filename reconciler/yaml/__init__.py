"""The YAML room: text to plain values, and where each of them stands; nothing here knows what an intent is."""
