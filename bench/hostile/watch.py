"""Asks `/livez` all the time until its standard input ends; prints the longest wait in seconds.

Run as `python -m bench.hostile.watch PORT`, in a process of its own: what the benchmark reads must not delay it.
"""

import http.client
import sys
import threading
import time

EVERY_S = 0.01


def longest_wait_s(port: int, over: threading.Event) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    longest = 0.0
    while not over.is_set():
        begun = time.perf_counter()
        connection.request("GET", "/livez")
        connection.getresponse().read()
        longest = max(longest, time.perf_counter() - begun)
        time.sleep(EVERY_S)
    return longest


if __name__ == "__main__":
    ended = threading.Event()
    watching = threading.Thread(target=lambda: print(longest_wait_s(int(sys.argv[1]), ended)))
    watching.start()
    sys.stdin.read()
    ended.set()
