"""Peripherals. Each has a Protocol, a real driver and a simulated one; nothing of ours is imported.

So far: pictures of cards, for a screen or a file.
"""
