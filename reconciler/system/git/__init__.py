"""git: the commit that a folder of intents is at, and what a commit holds.

Whoever may commit, and whoever owns a clone, must not run programs as us. A repository can name programs in its
configuration, its hooks and its attributes, so git is never given a repository of others: see `objects.py`.
"""
