"""Peripherals: readers, scanners, printers, sensors. Nothing of ours is imported here.

peripheral.py   what all have in common: states with words, the loop, the one thread
catalogue.py    every driver and its settings
steering.py     how the simulated ones are steered
smart_card/ scanner/ fingerprint/ printer/ power/ lid/ time_source/ drive/
                a room a kind: its Protocol in `__init__`, real drivers, a simulated one
card_picture.py a card's QR code for a screen or a file
"""
