"""Does one thing with besen's LAN client and prints what it reports, as JSON.

Arguments: case, client port, PIN, addresses of chargers.
"""
import asyncio
import dataclasses
import json
import logging
import sys
from datetime import UTC, datetime, timedelta

from besen.exceptions import BesenError
from besen.udp import BesenUdpClient, BesenUdpHub

CASE, PORT, PIN, HOSTS = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4:]
LIMIT = 20.0
HUB = BesenUdpHub(port=PORT)


def session(host, pin=PIN):
    return BesenUdpClient(address=host, pin=pin, hub=HUB, logger=logging.getLogger(), host=host)


async def logged_in(host=None):
    client = session(host or HOSTS[0])
    await client.async_start()
    await client.async_wait_for_status()
    await until(lambda: client.state.charge.session_energy is not None)
    return client


async def until(holds, limit=LIMIT):
    """Waits for something true; None when it never comes."""
    end = asyncio.get_running_loop().time() + limit
    while asyncio.get_running_loop().time() < end:
        if value := holds():
            return value
        await asyncio.sleep(0.05)
    return None


def is_in(client, state):
    return client.state.charge.current_state == state


async def login():
    """Until the charger says by a heading that it has a client."""
    client = await logged_in()
    await client.async_wait_for_heartbeat()
    return client.state


async def wrong_pin():
    client = session(HOSTS[0], "654321" if PIN != "654321" else "123456")
    try:
        await client.async_start()
    except BesenError as error:
        return {"error": type(error).__name__, "authenticated": client.state.authenticated}
    return client.state


async def several():
    return {"clients": [(await logged_in(host)).state for host in HOSTS]}


async def charging():
    """Until the car takes most of its power and both pushes have come: current rises for a while."""
    client = await logged_in()
    await until(lambda: (client.state.charge.power or 0) > 5000)
    await until(lambda: client.state.charge.session_energy)
    return client.state


async def current():
    client = await logged_in()
    await client.async_set_charge_amps(13)
    await until(lambda: client.state.config.charge_amps == 13, 3.0)
    return client.state


async def name():
    client = await logged_in()
    await client.async_set_device_name("Garage 7")
    before = client.state.config.device_name
    await until(lambda: client.state.config.device_name != before, 3.0)
    return client.state


async def language():
    client = await logged_in()
    await client.async_set_language("Français")
    await asyncio.sleep(0.3)
    return client.state


async def unit():
    client = await logged_in()
    await client.async_set_temperature_unit("Fahrenheit")
    await asyncio.sleep(0.3)
    return client.state


async def start():
    client = await logged_in()
    await client.async_start_charging(10)
    await until(lambda: is_in(client, "Charging"))
    await until(lambda: client.state.charge.session_current_limit == 10)
    return client.state


async def stop():
    """After a start; the record of the charge comes by itself and is sent again."""
    client = await logged_in()
    await client.async_start_charging(16, duration_minutes=600)
    await until(lambda: is_in(client, "Charging"))
    await asyncio.sleep(1.0)
    await client.async_stop_charging()
    await until(lambda: not is_in(client, "Charging"))
    await asyncio.sleep(4.5)
    return client.state


async def restart():
    """After a finished charge the charger wants a stop first."""
    client = await logged_in()
    await client.async_start_charging(16, duration_minutes=1)
    await until(lambda: is_in(client, "Completed"))
    await client.async_start_charging(12)
    await until(lambda: is_in(client, "Charging"))
    return client.state


async def reserve():
    """In two hours, and cancelled again."""
    client = await logged_in()
    when = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    await client.async_start_charging(8, start=when, duration_minutes=45)
    await until(lambda: is_in(client, "Charging Reservation") and client.state.charge.scheduled_start)
    reserved = client.state
    await client.async_stop_charging()
    await until(lambda: not is_in(client, "Charging Reservation"))
    return plain(reserved) | {"wanted": when, "after": client.state.charge.current_state}


def plain(value):
    if dataclasses.is_dataclass(value):
        return dataclasses.asdict(value)
    return int(value.timestamp()) if isinstance(value, datetime) else str(value)


async def main():
    told = await asyncio.wait_for(globals()[CASE](), 2 * LIMIT)
    print(json.dumps(told, default=plain))
    await HUB.async_stop()


asyncio.run(main())
