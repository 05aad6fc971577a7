"""A double of Brevitas 0.6 for tests: the forward pass and the state dictionary's names of what generated modules use.

Written after the formulas of the quantisers, not after Brevitas's code; it is far slower and cannot train.
"""
