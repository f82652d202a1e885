# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C reaches the end of the program although something on its way drops it."""

import signal
import subprocess
import sys
import threading

import pytest

from kws.cli.interrupts import dealt_with, lasting_interrupts

SWALLOWING = """
import os, signal, sys, time
import kws.cli.main

class Destroyed:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(60)

def in_library():
    try:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(60)
    except:
        pass

def work():
    try:
        {swallow}
        time.sleep(600)
    finally:
        time.sleep(3)  # longer than an interrupt waits to be raised again
        print("cleaned up", flush=True)

kws.cli.main.app = work
kws.cli.main.main()
"""


@pytest.mark.parametrize("swallow", ["Destroyed()", "in_library()"])
def test_what_drops_an_interrupt_gets_it_again(swallow: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SWALLOWING.format(swallow=swallow)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 130
    assert done.stdout == "cleaned up\n"
    assert done.stderr == "interrupted; run the same command again to go on\n"


def test_an_interrupt_that_was_dealt_with_does_not_come_again() -> None:
    with lasting_interrupts():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
        dealt_with()
        assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_signals_are_as_before_afterwards() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(KeyboardInterrupt), lasting_interrupts():
        signal.raise_signal(signal.SIGINT)
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ignored_interrupts_stay_ignored() -> None:
    """As under nohup."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with lasting_interrupts():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_have_no_say() -> None:
    def run() -> None:
        with lasting_interrupts():
            seen.append(signal.getsignal(signal.SIGINT))

    seen: list[object] = []
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]
