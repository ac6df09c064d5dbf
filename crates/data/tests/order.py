#!/usr/bin/env python3
"""The order of the images, from the description in src/batches.rs alone.

Prints what the test `the_order_is_the_one_described` expects. ChaCha as in Bernstein's
paper (64-bit block counter, zero nonce), checked first against its published test vector
for a zero key and 8 rounds. Python 3, standard library only.
"""
import struct

MASK = 0xFFFFFFFF


def block(key, counter, rounds=8):
    state = [*struct.unpack("<4I", b"expand 32-byte k"), *struct.unpack("<8I", key)]
    state += [counter & MASK, counter >> 32, 0, 0]
    x = list(state)

    def quarter(a, b, c, d):
        for u, v, w, bits in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            x[u] = (x[u] + x[v]) & MASK
            x[w] ^= x[u]
            x[w] = (x[w] << bits | x[w] >> (32 - bits)) & MASK

    for _ in range(rounds // 2):
        for i in range(4):
            quarter(i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return [(a + b) & MASK for a, b in zip(x, state)]


def words(seed, name, number):
    key = struct.pack("<Q8sQQ", seed, name, number, 0)
    counter = 0
    while True:
        yield from block(key, counter)
        counter += 1


def order(seed, epoch, count):
    stream = words(seed, b"shuffled", epoch)
    result = list(range(count))
    for last in range(count - 1, 0, -1):
        n = last + 1
        surplus = (2**32 - n) % n
        product = next(stream) * n
        while (product & MASK) < surplus:
            product = next(stream) * n
        other = product >> 32
        result[last], result[other] = result[other], result[last]
    return result


zero = struct.pack("<16I", *block(bytes(32), 0)).hex()
assert zero.startswith("3e00ef2f895f40d67f5bb8e81f09a5a1"), zero
print(order(1, 0, 10))
print(order(2**64 - 1, 3, 10))
long = order(7, 1, 60_000)
print(long[:4], long[-4:])
