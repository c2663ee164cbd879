"""What went wrong in a training, with the evidence, the likely causes and what to do, from its curves and its answers."""
