"""Does one thing with twc-director and prints what it reports, as JSON.

Arguments: case, serial port.
"""
import asyncio
import ctypes
import fcntl
import json
import logging
import os
import pathlib
import re
import shutil
import signal
import struct
import sys
import tempfile
import termios

from twcdirector.device import Commands
from twcdirector.listener import TWCListener

CASE, PORT = sys.argv[1:]
LIMIT = 25.0
WITHOUT_COLOURS = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|\(B|[=>])")


class Complaints(logging.Handler):
    """What it says of itself."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.texts = []

    def emit(self, record):
        raised = record.exc_info[1] if record.exc_info else None
        self.texts.append(repr(raised) if raised else record.getMessage())


class Client:
    """A listener with its controller, the devices that it found and what they raised."""

    def __init__(self, **options):
        loop = asyncio.get_running_loop()
        self.found, self.events = asyncio.Queue(), []
        self.listener = TWCListener(interface=PORT, event_loop=loop, **options)
        self.listener.register_device_queue(self.found)
        self.tasks = [loop.create_task(self.listener.listen())]
        self.tasks.append(loop.create_task(self.listener.process_transmit_messages()))

    @property
    def controller(self):
        return self.listener.get_fake_controller()

    async def device(self, limit=LIMIT):
        """The next that it finds."""
        device = await asyncio.wait_for(self.found.get(), limit)
        for name in ("TWC_CAR_CONNECTED", "__ALL_COMMANDS__", "__ALL_UPDATES__"):
            device.register_device_data_updated_callback({name: lambda name=name: self.events.append(name)})
        return device

    def devices(self):
        return list(self.listener.get_device_list().values())

    def known(self):
        return {f"{device.get_address():04X}": device.get_device_data() for device in self.devices()}


async def until(holds, limit=LIMIT):
    """Waits for something true; False when it never comes."""
    end = asyncio.get_running_loop().time() + limit
    while asyncio.get_running_loop().time() < end:
        if holds():
            return True
        await asyncio.sleep(0.05)
    return False


def report(device):
    return device.get_device_data() | {
        "address": f"{device.get_address():04X}", "vin": device.get_vin(),
        "state": device.get_status_charge_state().name, "restarts": device.get_restart_counter(),
        "maximum": device.get_default_current_available(),
    }


def has(device, *names):
    return lambda: all(name in device.get_device_data() for name in names)


async def read():
    """Everything that is read from a unit."""
    client = Client()
    device = await client.device()
    await until(has(device, "total_kwh", "vin_h", "vin_m", "vin_l"))
    await until(lambda: client.events)
    device.set_setpoint_current(9999)
    return {"device": report(device), "events": client.events, "setpoint": device.get_setpoint_current()}


async def units():
    """As many as there are."""
    client = Client()
    # It loses some presences to its own talking.
    devices = [await client.device(40.0), await client.device(40.0)]
    return {"devices": [report(device) for device in devices]}


async def car():
    """A car gets its initial current; its number is told to whoever asks."""
    client = Client()
    device = await client.device()
    device.set_setpoint_current(600)
    full = await until(lambda: len("".join(device.get_device_data().get(f"vin_{part}", "") for part in "hml")) == 17)
    await until(lambda: device.get_status_current_delivered() > 0)
    await asyncio.sleep(1.0)
    unasked = "TWC_CAR_CONNECTED" in client.events
    device.is_car_connected()
    await until(lambda: "TWC_CAR_CONNECTED" in client.events, 2.0)
    return {"device": report(device), "complete": full, "unasked": unasked, "events": client.events}


async def commands():
    """With as much as a wall connector can give: session current, more, less, contactors."""
    client = Client(shared_max_current=3200)
    # A device is told when it is known well; its car may ask before.
    await until(client.devices)
    client.devices()[0].set_setpoint_current(1600)
    device = await client.device()
    address, told = device.get_address(), {}
    told["initial"] = await until(lambda: device.get_status_charge_state().name == "CHARGING")
    told["before"] = report(device)
    await client.controller.queue_peripheral_session_current_command(address, 1000)
    told["session"] = await until(lambda: device.get_status_current_available() == 1000)
    await until(lambda: device.get_status_charge_state().name == "CHARGING", 5.0)
    await client.controller.queue_peripheral_decrease_current_command(address)
    told["decrease"] = await until(lambda: device.get_status_charge_state().name == "CHARGING_CAR_LOW", 5.0)
    await client.controller.queue_peripheral_increase_current_command(address)
    told["increase"] = await until(lambda: device.get_status_charge_state().name == "ADJUSTING", 5.0)
    await client.controller.queue_peripheral_open_contactors_command(address)
    told["open"] = await until(lambda: device.get_status_current_delivered() == 0, 5.0)
    await client.controller.queue_peripheral_close_contactors_command(address)
    await asyncio.sleep(1.0)
    return told | {"device": report(device)}


async def refused():
    """What it cannot put on the bus."""
    client = Client(shared_max_current=3200)
    device = await client.device()
    controller, told = client.controller, {}
    for name, current in (("above", 4000), ("escaped", 0x04C0)):
        try:
            await controller.queue_peripheral_session_current_command(device.get_address(), current)
        except TypeError as error:
            told[name] = repr(error)
    await asyncio.sleep(2.0)
    return told


async def listen(limit=15.0):
    """Whoever speaks is a device of it. Nobody is asked anything where none does."""
    client = Client()
    await until(lambda: client.found.qsize(), limit)
    return {"known": client.known(), "found": client.found.qsize()}


async def intrude():
    """The same beside another controller: both talk at once, so that finding a unit takes some luck."""
    return await listen(35.0)


def end_with_parent():
    """It catches what its terminal's end sends, and then waits for a byte from the bus, for ever."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Program:
    """Its program in a terminal."""

    async def start(self):
        master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 200, 0, 0))
        self.folder, self.terminal, self.screen = pathlib.Path(tempfile.mkdtemp()), master, bytearray()
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "twcdirector.utility", "--port", PORT, "--log",
            stdin=slave, stdout=slave, stderr=slave, cwd=self.folder, env=os.environ | {"TERM": "xterm"},
            preexec_fn=end_with_parent,
        )
        os.set_blocking(master, False)
        asyncio.get_running_loop().add_reader(master, lambda: self.screen.extend(os.read(master, 4096)))

    def shows(self, text):
        return lambda: text in self.text()

    def text(self):
        return WITHOUT_COLOURS.sub("\n", self.screen.decode())

    async def end(self):
        self.process.send_signal(signal.SIGINT)
        try:
            await asyncio.wait_for(self.process.wait(), 5.0)
        except asyncio.TimeoutError:
            # Sometimes it waits for a byte from the bus, for ever.
            self.process.kill()
        asyncio.get_running_loop().remove_reader(self.terminal)
        [log] = self.folder.glob("*twc-protocol*.log")
        lines = log.read_text().splitlines()
        shutil.rmtree(self.folder)
        return {"screen": self.text(), "log": lines}


async def utility():
    """Its keys."""
    program = Program()
    await program.start()
    told = {"found": await until(program.shows("kWh"))}
    for keys in ("\x1bOB", "1", "6", "7", "8", "9", "0", "+", "-", "d", "c"):
        os.write(program.terminal, keys.encode())
        # The initial current goes out when the unit asks the next time.
        await asyncio.sleep(3.0 if keys == "1" else 0.7)
    await asyncio.sleep(1.0)
    return told | await program.end()


async def vin():
    """Its screen, when a car tells its number."""
    program = Program()
    await program.start()
    await until(program.shows("Traceback"))
    return await program.end()


async def main():
    complaints, raised = Complaints(), []
    logging.getLogger("twcdirector").addHandler(complaints)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: raised.append(repr(context.get("exception"))))
    told = await globals()[CASE]()
    print(json.dumps(told | {"complaints": complaints.texts, "raised": raised}), flush=True)
    # Its own way to end waits for a byte from the bus.
    os._exit(0)


asyncio.run(main())
