"""No test depends on how long something takes, those with random examples neither."""

from hypothesis import settings

settings.register_profile("here", deadline=None)
settings.load_profile("here")
