"""The fleet as it is: records, `evolve`, snapshots, and the independent `check`. No I/O, no clocks."""
