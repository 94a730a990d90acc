"""The market and its figures: whole cents and whole units, no floats for money, no I/O, no clocks."""
