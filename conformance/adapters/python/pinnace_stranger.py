#!/usr/bin/env python3
"""A client of Pinnace 1, written from the specification in spec/ and nothing else.

It checks its codec against the vectors, or walks through the protocol with a live server. See the README.
"""
import argparse
import pathlib
import sys

from pinnace.carrier import Failure
from pinnace.channel import Realm
from pinnace.codec import Codec
from pinnace.vectors import check_vectors
from walks import WALKS
from walks.world import LeftOut, World


def run_walks(world, name_part):
    """Prints a line a step; gives whether all walks held."""
    walked, left_out, failed = 0, 0, 0
    for walk in WALKS:
        if name_part not in walk.__name__:
            continue
        print(f"walk  {walk.__name__.replace('_', ' ')}", flush=True)
        try:
            walk(world)
            walked += 1
        except LeftOut as reason:
            left_out += 1
            print(f"left out: {reason}", flush=True)
        except (Failure, OSError) as error:
            failed += 1
            print(f"FAIL  {error or type(error).__name__}", flush=True)
    print(f"{walked} walks, {world.steps} steps, {left_out} left out, {failed} failed", flush=True)
    return walked > 0 and not failed


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vectors", action="store_true", help="check the codec against the vectors and stop")
    parser.add_argument("--server", metavar="HOST:PORT", help="TCP address of the server")
    parser.add_argument("--ws", metavar="HOST:PORT", help="its WebSocket address")
    parser.add_argument("--realm", metavar="HEX", help="realm id")
    parser.add_argument("--number", metavar="E164", help="the first of many telephone numbers, each one above the last")
    parser.add_argument("--codes", type=pathlib.Path, metavar="FILE", help="JSON lines with e164 and code, from the gateway")
    parser.add_argument("--stop", type=int, metavar="PID", help="at the end, stop the server by this process id")
    parser.add_argument("--only", default="", metavar="PART", help="only the walks with this in their name")
    parser.add_argument("--timeout", type=float, default=10, metavar="SECONDS", help="bound of each wait")
    parser.add_argument("--spec", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[3] / "spec")
    options = parser.parse_args()
    if not options.vectors and not (options.server and options.realm and options.codes and options.number):
        parser.error("give --server, --realm, --codes and --number; or --vectors")
    return options


def main():
    options = parse()
    codec = Codec(options.spec)
    if options.vectors:
        return 0 if check_vectors(codec, options.spec) else 1
    realm = Realm(codec, bytes.fromhex(options.realm), f"tcp://{options.server}", options.timeout)
    ws = f"ws://{options.ws}" if options.ws else None
    world = World(realm, options.spec, options.codes, options.number, ws=ws, stop=options.stop)
    return 0 if run_walks(world, options.only.replace(" ", "_")) else 1


if __name__ == "__main__":
    sys.exit(main())
