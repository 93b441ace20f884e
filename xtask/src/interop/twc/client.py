"""Does one thing with twc-director and prints what it reports, as JSON.

Arguments: case, serial port.
"""
import asyncio
import fcntl
import json
import logging
import os
import pathlib
import re
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

    def known(self):
        return {f"{address:04X}": device.get_device_data() for address, device in self.listener.get_device_list().items()}


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
    devices = [await client.device(), await client.device()]
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
    device = await client.device()
    device.set_setpoint_current(1600)
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


async def listen():
    """Whoever speaks is a device of it. Nobody is asked anything where none does."""
    client = Client()
    await asyncio.sleep(12.0)
    return {"known": client.known(), "found": client.found.qsize()}


async def utility():
    """Its program in a terminal, by its keys."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 200, 0, 0))
    folder = pathlib.Path(tempfile.mkdtemp())
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "twcdirector.utility", "--port", PORT, "--log",
        stdin=slave, stdout=slave, stderr=slave, cwd=folder, env=os.environ | {"TERM": "xterm"},
    )
    os.set_blocking(master, False)
    screen = bytearray()
    asyncio.get_running_loop().add_reader(master, lambda: screen.extend(os.read(master, 4096)))
    shown = lambda: WITHOUT_COLOURS.sub("\n", screen.decode())
    told = {"found": await until(lambda: "kWh" in shown())}
    for keys in ("\x1bOB", "1", "6", "7", "8", "9", "0", "+", "-", "d", "c"):
        os.write(master, keys.encode())
        await asyncio.sleep(0.7)
    await asyncio.sleep(1.0)
    program.send_signal(signal.SIGINT)
    try:
        told["exit"] = await asyncio.wait_for(program.wait(), 5.0)
    except asyncio.TimeoutError:
        # Sometimes it waits for a byte from the bus, for ever.
        program.kill()
    [log] = folder.glob("*twc-protocol*.log")
    [errors] = folder.glob("*error.log")
    return told | {"screen": shown(), "log": log.read_text().splitlines(), "errors": errors.read_text().splitlines()}


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
