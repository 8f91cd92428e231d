"""What the programs in Python wait for."""

import time


def until(states, wanted):
    """Until `states` gives what is wanted three times in a row: a restart is under way only a moment after it was accepted."""
    deadline = time.monotonic() + 30
    row = 0
    while row < 3 and time.monotonic() < deadline:
        time.sleep(0.1)
        row = row + 1 if states() == wanted else 0
    print("states:", states())
