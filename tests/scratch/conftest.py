import os

from hypothesis import settings

# The same examples in every run: a test that fails now and then stops nobody. SCRATCH_EXAMPLES=2000 looks further.
far = os.environ.get("SCRATCH_EXAMPLES")
settings.register_profile("scratch", deadline=None, derandomize=far is None, max_examples=int(far or 40), database=None)
settings.load_profile("scratch")
