"""A wall connector in peripheral mode on a pseudo-terminal, until it or its parent ends; then it prints what it saw.

It knows what units do on the wire and nothing of our code. Every byte that it receives must be as it has to be.
Argument: options as JSON, which replace those below. Times are in seconds, currents in 0.01 A.
"""
import json
import os
import select
import signal
import sys
import termios
import time
import tty

OPTIONS = {
    "address": 0x3495, "serial": "A17A0003495", "firmware": [4, 5, 10, 2], "maximum": 3200, "energy": 6782,
    "volts": [243, 0, 0], "vin": "5YJ3E1EA7JF000316", "presence": 1.3, "delay": 0.15,
    "plug": None, "unplug": None, "restart": None,  # after the first claim
    "charging": 0, "closed": True,  # at the start: its limit, if it charges, and its contactors
    "limit": 600,  # no more than this may be offered
    "unknown": [],  # commands that this firmware does not know
    "missed": [],  # requests whose first reply is lost
    "foreign": False,  # another controller has the unit
} | json.loads(sys.argv[1])

# Type and command of everything that may be sent; the rest does harm or belongs to peripherals.
REQUESTS = {
    (0xFC, 0xE1): "announce", (0xFB, 0xE2): "discover", (0xFB, 0xE0): "heartbeat", (0xFB, 0xEB): "meter",
    (0xFB, 0xEC): "version", (0xFB, 0xED): "serial", (0xFB, 0xEE): "vin 1", (0xFB, 0xEF): "vin 2",
    (0xFB, 0xF1): "vin 3", (0xFB, 0xB4): "plug state", (0xFC, 0xB1): "close contactors", (0xFC, 0xB2): "open contactors",
}
BROADCASTS = ("announce", "discover")
# Seconds for a byte at 9600 baud; of silence before anything is sent; for a reply, with some lateness of this process;
# in which two that begin cannot know of each other, with some lateness of the other. Who could not run for so long knows
# no times for a while.
BYTE, SILENCE, WINDOW, COLLISION = 10 / 9600, 0.05, 0.25, 0.02
STALL, WHILE = 0.04, 0.5
FOREIGN, ROUND = 0x7973, (0xE0, 0xEC, 0xE0, 0xED)


class Unit:
    """What is in the box."""

    def __init__(self):
        self.address, self.session, self.controller, self.claimed = OPTIONS["address"], 0x81, None, None
        self.available = self.next = OPTIONS["charging"]
        self.state, self.plugged = (1, time.monotonic()) if self.available else (0, None)
        self.since, self.delivered, self.closed = 0.0, 0, OPTIONS["closed"]

    def go(self, state, now):
        self.state, self.since = state, now

    def live(self, now):
        """The cable, and what follows."""
        after = 0.0 if self.claimed is None else now - self.claimed
        if is_time("plug", after):
            self.plugged = now
            self.go(3, now)
        if is_time("unplug", after):
            self.plugged, self.available, self.next = None, 0, 0
            self.go(0, now)
        if is_time("restart", after):
            self.controller, self.session, self.available, self.next = None, 0x8E, 0, 0
            self.go(3 if self.plugged else 0, now)
        aged = now - self.since
        if self.state == 3 and self.plugged and self.closed and aged > 1.0:
            self.go(4, now)
        elif self.state == 4 and self.available:
            self.go(8, now)
        elif self.state == 8 and aged > 1.5:
            self.go(1, now)
        elif self.state in (6, 7) and aged > 4.0:
            self.go(10, now)
        elif self.state == 10 and aged > 2.0:
            self.go(1, now)
        self.delivered = max(0, self.available - 40) if self.closed and self.state in (1, 6, 7, 10) else 0

    def heartbeat(self, controller, action, limit, now):
        """A limit shows one reply late."""
        if self.controller != controller:
            self.controller, self.claimed = controller, self.claimed or now
        self.available = self.next
        if action in (8, 9) or (action == 5 and self.state not in (1, 8)):
            self.next = limit
        if action in (6, 7) and self.state == 1:
            self.next = self.available + (200 if action == 6 else 0)
            self.go(action, now)
        state = 9 if action == 9 and self.state in (1, 8) else self.state
        shown = (state, *pair(self.available), *pair(self.delivered))
        return bytes([0xFD, 0xE0, *pair(self.address), *pair(controller), *shown, 0, 0, 0, 0])

    def answer(self, name, body, now):
        """The reply without its checksum; nothing where there is none."""
        command, controller = body[1], number(body[2:4])
        if name == "heartbeat":
            return self.heartbeat(controller, body[6], number(body[7:9]), now)
        if command in OPTIONS["unknown"]:
            return None
        vin = OPTIONS["vin"] if self.plugged and now - self.plugged > 2.0 else ""
        payload = {
            "meter": OPTIONS["energy"].to_bytes(4) + b"".join(volts.to_bytes(2) for volts in OPTIONS["volts"])
            + bytes([self.delivered // 50 if volts else 0 for volts in OPTIONS["volts"]]),
            "version": bytes(OPTIONS["firmware"]),
            "serial": OPTIONS["serial"].encode(),
            "vin 1": vin[:7].encode(), "vin 2": vin[7:14].encode(), "vin 3": vin[14:].encode(),
            "plug state": bytes([(1 if self.delivered else 3) if self.plugged else 0]),
        }.get(name, b"")
        if name.endswith("contactors"):
            self.closed = name.startswith("close")
            if not self.closed and self.plugged:
                self.go(3, now)
        length = 19 if name in ("meter", "serial") or name.startswith("vin") else 15
        return (bytes([0xFD, command, *pair(self.address)]) + payload).ljust(length, b"\0")

    def presence(self):
        return bytes([0xFD, 0xE2, *pair(self.address), self.session, *pair(OPTIONS["maximum"])]).ljust(15, b"\0")


class Line:
    """The bus: what came, whether it may have come, and what goes out in its time."""

    def __init__(self):
        self.master, slave = os.openpty()
        tty.setraw(slave, termios.TCSANOW)
        self.path = os.ttyname(slave)
        os.close(slave)
        self.poll = select.poll()
        self.poll.register(self.master, select.POLLIN)
        self.opened, self.heard, self.written, self.pending = None, bytearray(), -1.0, []
        self.due, self.excused, self.alone, self.sender, self.session = 0.0, 0.0, False, None, None
        self.received, self.violations, self.limits = [], [], []

    def wait(self, seconds):
        """Bytes, until there are some or time is over; none while nobody has it open."""
        ready = self.poll.poll(1000 * max(0.0, seconds))
        if ready and ready[0][1] & select.POLLIN:
            return os.read(self.master, 4096)
        if ready:
            time.sleep(0.01)
        elif self.opened is None:
            self.opened = time.monotonic()
        return b""

    def blame(self, what):
        self.violations.append(f"{what} after {time.monotonic() - (self.opened or 0):.2f} s")

    def send(self, body, start):
        """Each part when its last byte would have arrived: a terminal takes no time for bytes."""
        body += bytes([sum(body[1:]) & 0xFF])
        wire = b"\xc0" + body.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") + b"\xc0"
        wire += b"\xfe" if len(body) > 16 else b"\xfc"
        cut = wire.find(b"\xdb") + 1 or 7
        self.pending += [(start + cut * BYTE, wire[:cut]), (start + len(wire) * BYTE, wire[cut:])]

    def announce(self, body):
        """Without being asked: at once."""
        self.send(body, -1.0)
        self.write(0.0)
        self.alone = True

    def write(self, now):
        while self.pending and self.pending[0][0] <= now:
            self.written, self.alone = time.monotonic(), False
            os.write(self.master, self.pending.pop(0)[1])

    def take(self, data, now):
        """Complete frames, in order, unescaped and checked."""
        if not self.heard and self.alone and now - self.written < COLLISION:
            return
        begins = not self.heard and now > self.excused
        if begins and now - self.written < SILENCE:
            self.blame("sent without 50 ms of silence before")
        if begins and (self.pending or now < self.due):
            self.blame("sent while a reply was due")
        self.heard += data
        while (end := self.heard.find(b"\xc0", 1)) > 0 and len(self.heard) > end + 1:
            wire, self.heard = bytes(self.heard[:end + 2]), self.heard[end + 2:]
            if self.heard and now > self.excused:
                self.blame("two frames without a pause")
            if body := self.checked(wire):
                yield body

    def checked(self, wire):
        raw = wire[1:-2]
        body = raw.replace(b"\xdb\xdc", b"\xc0").replace(b"\xdb\xdd", b"\xdb")
        if wire[0] != 0xC0 or wire[-1] != 0xFC:
            return self.blame(f"framed as {wire.hex()}")
        if body.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") != raw:
            return self.blame(f"escaped as {wire.hex()}")
        if len(body) != 16 or sum(body[1:-1]) & 0xFF != body[-1]:
            return self.blame(f"length or checksum of {wire.hex()}")
        return body

    def judge(self, name, body, unit):
        """What each request may hold."""
        sender = number(body[2:4])
        self.sender = sender if self.sender is None else self.sender
        if name is None or sender != self.sender or sender == unit.address or OPTIONS["foreign"]:
            return self.blame(f"{body.hex()} must not be sent")
        rest = body[7:-1] if name in BROADCASTS else body[6:-1]
        if name in BROADCASTS:
            self.session = body[4] if self.session is None else self.session
            rest = body[5:-1] + bytes([body[4] ^ self.session, not body[4]])
        elif name == "heartbeat":
            action, limit = body[6], number(body[7:9])
            rest = body[9:-1]
            is_limit = action in (5, 8, 9) and 600 <= limit <= OPTIONS["limit"] and limit % 100 == 0
            is_step = action == 7 or (action == 6 and unit.available + 200 <= OPTIONS["limit"])
            if not (is_limit or ((action == 0 or is_step) and limit == 0)):
                self.blame(f"action {action} with {limit}")
            if action and self.limits[-1:] != [[action, limit]]:
                self.limits.append([action, limit])
        if any(rest):
            self.blame(f"padding of {body.hex()}")
        return None


def is_time(name, after):
    """Once."""
    if OPTIONS[name] is None or after < OPTIONS[name]:
        return False
    OPTIONS[name] = None
    return True


def number(two):
    return int.from_bytes(two)


def pair(value):
    return value.to_bytes(2)


def serve(line, unit, has_ended):
    presence, foreign, now = 0.5, 1.0, time.monotonic()
    while not has_ended():
        line.write(now)
        data = line.wait(0.005)
        before, now = now, time.monotonic()
        if now - before > STALL:
            line.excused = now + WHILE
        for body in line.take(data, now) if data else ():
            name = REQUESTS.get((body[0], body[1]))
            line.judge(name, body, unit)
            line.received.append(name or "?")
            if name == "discover":
                # Shortly before the next one is due: later than a collision, sooner than silence is over.
                presence = now - line.opened + 0.365
            if name in (None, *BROADCASTS) or number(body[4:6]) != unit.address:
                continue
            end = now + (len(body) + 3) * BYTE
            reply = unit.answer(name, body, now)
            if name in OPTIONS["missed"]:
                OPTIONS["missed"].remove(name)
                reply = None
            line.due = 0.0 if reply else end + WINDOW
            if reply:
                line.send(reply, end + OPTIONS["delay"])
        unit.live(now)
        if line.opened is None or line.pending or line.heard:
            continue
        if OPTIONS["foreign"] and now > line.opened + foreign:
            foreign += 0.6
            command = ROUND[int(foreign / 0.6) % len(ROUND)]
            request = bytes([0xFB, command, *pair(FOREIGN), *pair(unit.address)]).ljust(15, b"\0")
            line.announce(request)
            line.send(unit.answer(REQUESTS[0xFB, command], request, now), now + OPTIONS["delay"])
        elif unit.controller is None and now > max(line.opened + presence, line.due):
            presence = now - line.opened + OPTIONS["presence"]
            line.announce(unit.presence())


def main():
    line, unit, ended, parent = Line(), Unit(), [], os.getppid()
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    print(f"ready twc {line.path}", flush=True)
    serve(line, unit, lambda: ended or os.getppid() != parent)
    told = {
        "received": line.received, "violations": line.violations, "limits": line.limits, "sender": line.sender,
        "state": unit.state, "available": unit.available, "closed": unit.closed, "session": unit.session,
    }
    print(json.dumps(told), flush=True)


main()
