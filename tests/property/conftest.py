"""Properties are checked for what they say, not for how fast a busy machine says it."""

from hypothesis import HealthCheck, settings

settings.register_profile("insyn", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("insyn")
