"""Benchmarks on real processes, each beside floors measured in the same run.

    confirm    from "check in" to a card on two disks, for places of one, two and three guards
    sync       a district takes in desks' logs it has never seen: verified, folded and durable

Times of one machine on one day mean little; the ratios to the floors are what to compare.
"""
