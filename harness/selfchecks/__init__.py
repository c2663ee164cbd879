"""What every evaluation checks of itself before its scores count: that an adapter acts, that the engine computes what the weights say,
that prompts are those of training, and that responses are responses.

A check that fails ends the run or, where it is about responses, is a warning beside the score; what was found is in the manifest.
"""

from harness.selfchecks.record import SelfCheck, SelfCheckLevel

__all__ = ["SelfCheck", "SelfCheckLevel"]
